"""What the click network is shown, as arrays: shared by training and by the engine, without torch.

The network sees a *view*: a part of a picture at working size, whose sides are multiples of `STRIDE`. Coordinates in a
view follow `app.core.geometry`: the origin is the outer corner of the top-left pixel.
"""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from app.core.geometry import Box
from app.core.prompts import Click

STRIDE = 32
"""Height and width of what goes in are multiples of this."""

OUTPUT_STRIDE = 2
"""Input pixels per pixel of the answer, in each direction."""

CLICK_RADIUS = 5
"""Input pixels: radius of a click's disc, as in RITM (Sofiiuk et al., ICIP 2022), whatever the size of the view."""

POSITIVE, NEGATIVE, PREVIOUS, BOX = range(4)
"""The channels of the prompt maps, in order."""

FloatMap = NDArray[np.float32]


def picture_input(view: NDArray[np.uint8]) -> FloatMap:
    """(H, W, 3) uint8 RGB as (3, H, W) float32 in 0..1."""
    return np.ascontiguousarray(view.transpose(2, 0, 1), dtype=np.float32) * np.float32(1 / 255)


def prompt_input(
    size: tuple[int, int], clicks: Iterable[Click], box: Box | None = None, previous: FloatMap | None = None
) -> FloatMap:
    """(4, H, W) float32 prompt maps in 0..1 for a view of ``size`` (H, W); clicks and box are in the view's pixels.

    `POSITIVE` and `NEGATIVE` hold a disc per click (clicks outside the view are left out), `PREVIOUS` the (H, W)
    probability that was answered before (zeros if nothing was), `BOX` ones inside the box (zeros if there is none).
    """
    height, width = size
    maps = np.zeros((4, height, width), dtype=np.float32)
    for click in clicks:
        if -CLICK_RADIUS <= click.x < width + CLICK_RADIUS and -CLICK_RADIUS <= click.y < height + CLICK_RADIUS:
            centre = int(np.floor(click.x)), int(np.floor(click.y))
            cv2.circle(maps[POSITIVE if click.positive else NEGATIVE], centre, CLICK_RADIUS, 1.0, -1)
    if previous is not None:
        maps[PREVIOUS] = previous
    if box is not None:
        rows, columns = box.pixels(width, height)
        maps[BOX, rows, columns] = 1
    return maps


def fitted(height: int, width: int, long_side: int) -> tuple[int, int]:
    """The (height, width) nearest to a picture's proportions with that long side, both multiples of `STRIDE`.

    The picture is stretched to it, by at most half a stride on its short side; nothing is padded.
    """
    scale = long_side / max(height, width)
    return _multiple(height * scale), _multiple(width * scale)


def _multiple(length: float) -> int:
    return max(STRIDE, round(length / STRIDE) * STRIDE)
