"""The magic wand's arithmetic: the connected pixels that look like one of them. Without Qt."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.core.sources import as_rgb8
from app.ui.viewers.region import Region

FIRST = 512
"""The side of the window that is looked at first, in pixels."""

GROWTH = 3


def flood(pixels: NDArray[Any], column: int, row: int, tolerance: int, levels: tuple[float, float]) -> Region:
    """The 4-connected pixels around a seed that differ from it by at most ``tolerance`` in each channel.

    ``pixels`` is (H, W) or (H, W, C) of any dtype that an `Image` holds. They are compared as displayed: ``levels``
    are the stored values shown as 0 and as 255, ``tolerance`` is in those 256 steps. By OpenCV's `floodFill` with a
    fixed range. The region is cropped to what was flooded.

    A window around the seed is flooded, and a larger one while the flood runs out of it: the answer is that of the
    whole picture, and a small region in a large picture costs little.
    """
    height, width = pixels.shape[:2]
    side = FIRST
    while True:
        x0, y0 = max(column - side // 2, 0), max(row - side // 2, 0)
        x1, y1 = min(column + side // 2, width), min(row + side // 2, height)
        found = _flood(pixels[y0:y1, x0:x1], column - x0, row - y0, tolerance, levels)
        h, w = found.mask.shape
        left, top, right, bottom = x0 + found.x, y0 + found.y, x0 + found.x + w, y0 + found.y + h
        cut = (left == x0 > 0) or (top == y0 > 0) or (right == x1 < width) or (bottom == y1 < height)
        if not cut:
            return Region(left, top, found.mask)
        side *= GROWTH


def _flood(window: NDArray[Any], column: int, row: int, tolerance: int, levels: tuple[float, float]) -> Region:
    import cv2  # not at the top: the window paints before OpenCV is loaded

    # floodFill refuses arrays that are read-only, although it is told to write into the mask alone.
    rgb = np.array(as_rgb8(window, *levels))
    mask = np.zeros((rgb.shape[0] + 2, rgb.shape[1] + 2), dtype=np.uint8)
    flags = 4 | cv2.FLOODFILL_MASK_ONLY | cv2.FLOODFILL_FIXED_RANGE | (1 << 8)
    reach = (tolerance,) * 3
    _, _, _, (x, y, w, h) = cv2.floodFill(rgb, mask, (column, row), (0, 0, 0), reach, reach, flags)
    return Region(x, y, mask[y + 1 : y + 1 + h, x + 1 : x + 1 + w].astype(bool))
