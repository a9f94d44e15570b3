"""What the click network is shown, as arrays: shared by training and by the engine, without torch.

The network sees a *view*: a part of a picture at working size, whose sides are multiples of `STRIDE`. Coordinates in a
view follow `app.core.geometry`: the origin is the outer corner of the top-left pixel.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

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

CELL_STRIDES = (8, 16, 32)
"""Input pixels between the cells of each level of the finder (`app.nets.finder`)."""
CLICKED, BOXED, ANSWERED, ELSEWHERE = 0.0, -7.0, -9.0, -30.0
"""Logits added to a cell's confidence: a clicked cell is asked before one in the box, that before one in the answer."""
CANDIDATES = 48
"""So many of the cells that the prompts name are held against the prompts."""
AGREEMENT = 4.0
"""How much it weighs that a cell's object holds the positive clicks and no negative one, and fills the box."""
DISC = 78.5 / 16
"""Cells of stride 4 that a click's disc covers."""
SUREST = 8.0
"""The largest logit of a first idea."""
IDEA_CHANNELS = 5

FINDER_FILE, LOOK_FILE = "finder.onnx", "look.onnx"
"""The members of the file that `app.nets.click_onnx.export` writes."""
FINDER_OUTPUTS = ("sure", "coefficients", "sides", "prototypes")
LOOK_INPUTS = ("picture", "prompts", "idea")

FloatMap = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Found:
    """What the finder found in a view, as `app.nets.finder.Found` without its first axis."""

    sure: FloatMap = field(repr=False)
    coefficients: FloatMap = field(repr=False)
    sides: FloatMap = field(repr=False)
    prototypes: FloatMap = field(repr=False)


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


def idea(found: Found, prompts: FloatMap) -> FloatMap:
    """The first idea of the object, (`IDEA_CHANNELS`, H/4, W/4): see `app.nets.finder.idea`."""
    return weighed_idea(found, prompts)[0]


def weighed_idea(found: Found, prompts: FloatMap) -> tuple[FloatMap, float]:
    """The first idea, and what speaks for it: the confidence and agreement (logarithms) of its best cell."""
    named = np.concatenate([_named(cells).ravel() for cells in _cells(prompts)])
    sure = found.sure + named
    best = np.argsort(-sure, kind="stable")[:CANDIDATES]
    sure, coefficients, sides = sure[best], found.coefficients[:, best], found.sides[:, best]
    agreed = _agreement(coefficients, sides, found.prototypes, prompts)
    evidence = sure + AGREEMENT * agreed
    weights = np.exp(evidence - evidence.max())
    weights /= weights.sum()
    mask = np.tensordot(coefficients @ weights, found.prototypes, axes=1)
    inside = _inside(sides @ weights, *_grid(mask.shape[0], mask.shape[1]))
    both = np.minimum(mask, inside)
    confidence = np.full_like(mask, np.exp(min(float(agreed @ weights), 0.0)) / (1 + np.exp(-float(sure @ weights))))
    parts = [np.clip(both, -SUREST, SUREST), *(np.tanh(part / 4) for part in (mask, inside, both)), confidence]
    return np.stack(parts).astype(np.float32), float(evidence.max())


def _agreement(coefficients: FloatMap, sides: FloatMap, prototypes: FloatMap, prompts: FloatMap) -> FloatMap:
    """What the prompts make of the objects of K cells, (K,) of at most 0: the log of their probability at the clicks,
    and of the overlap of their box with the drawn one. Only pixels that were clicked are looked at."""
    _, height, width = prompts.shape
    clicked = prompts[:2].reshape(2, height // 4, 4, width // 4, 4).mean(axis=(2, 4))
    rows, columns = np.nonzero(clicked.sum(axis=0))
    agreed = _overlap(sides, prompts[BOX])
    if rows.size:
        logits = coefficients.T @ prototypes[:, rows, columns]
        y, x = _grid(height // 4, width // 4)
        inside = _inside(sides[:, :, None], y[rows, 0], x[columns])
        logits = np.clip(np.minimum(logits, inside), -SUREST, SUREST)
        positive, negative = clicked[:, rows, columns] / DISC
        agreed = agreed - np.logaddexp(0, -logits) @ positive - np.logaddexp(0, logits) @ negative
    return np.asarray(agreed, dtype=np.float32)


def _overlap(sides: FloatMap, box: FloatMap) -> FloatMap:
    """The log of the IoU (at least a twentieth) of K boxes with the drawn one, (K,); zeros if there is none."""
    rows, columns = np.flatnonzero(box.any(axis=1)), np.flatnonzero(box.any(axis=0))
    if rows.size == 0:
        return np.zeros(sides.shape[1], dtype=np.float32)
    x0, y0, x1, y1 = sides
    a, b, c, d = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
    both = np.maximum(np.minimum(x1, c) - np.maximum(x0, a), 0) * np.maximum(np.minimum(y1, d) - np.maximum(y0, b), 0)
    either = np.maximum(x1 - x0, 0) * np.maximum(y1 - y0, 0) + (c - a) * (d - b) - both
    return np.asarray(np.log(np.maximum(both / np.maximum(either, 1), 0.05)), dtype=np.float32)


def _cells(prompts: FloatMap) -> Iterator[FloatMap]:
    """The largest of the prompts in the cells of each level, (4, H / stride, W / stride)."""
    cells, stride = prompts, 1
    for wanted in CELL_STRIDES:
        while stride < wanted:
            rows = np.maximum(cells[:, ::2], cells[:, 1::2])  # many times faster than a maximum over axes
            cells, stride = np.maximum(rows[:, :, ::2], rows[:, :, 1::2]), 2 * stride
        yield cells


def _named(cells: FloatMap) -> FloatMap:
    """What the prompts of cells (4, h, w) add to their confidence, (h, w)."""
    offers = ((POSITIVE, CLICKED), (BOX, BOXED), (PREVIOUS, ANSWERED))
    gains = [np.float32(value - ELSEWHERE) * cells[channel] for channel, value in offers]
    return np.asarray(np.maximum(np.maximum(gains[0], gains[1]), gains[2]) + np.float32(ELSEWHERE))


def _grid(rows: int, columns: int) -> tuple[FloatMap, FloatMap]:
    """(rows, 1) and (columns,): where the pixels of a map at stride 4 lie in the view."""
    y, x = (np.arange(rows) + 0.5)[:, None] * 4, (np.arange(columns) + 0.5) * 4
    return y.astype(np.float32), x.astype(np.float32)


def _inside(sides: FloatMap, y: FloatMap, x: FloatMap) -> FloatMap:
    """Positive at points inside a box of sides x0, y0, x1, y1, and 1 at a twentieth of it from its side."""
    x0, y0, x1, y1 = sides
    nearest = np.minimum(np.minimum(x - x0, x1 - x), np.minimum(y - y0, y1 - y))
    return np.asarray(np.clip(nearest / (0.05 * np.maximum(x1 - x0, y1 - y0) + 1), -SUREST, SUREST))
