"""A finer outline: looks at parts along the outline of an answer, each nearer than the answer was given from.

An object that fills a picture of 12 megapixels is found at a few hundred pixels across. Once it is, only its outline is
unsure, and that is looked at in tiles (as the refinement of FocalClick does, Chen et al., CVPR 2022; training shows the
network such parts with a coarse answer).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from app.core.coarse import Window
from app.nets.click_input import OUTPUT_STRIDE, STRIDE, FloatMap
from plugins.segmentation._click_views import Answer

TILE = 192  # px: a tile's longest side, as the network sees it
MOST_TILES = 16
FINER = 4.0  # at most so many times as fine as the answer
WORTH_IT = 1.25  # times: less is not worth a look
BAND = 4.0  # pixels of the answer on either side of the outline that may change
APART = 0.6  # of a tile: the outline in a square of that size is seen by one tile

Look = Callable[[Window, FloatMap, tuple[int, int]], FloatMap]
"""Looks at a window, given what is believed of it so far (h, w) and the size (h, w); gives logits (h / 2, w / 2)."""


@dataclass(frozen=True)
class _Grid:
    """The pixels of a finer answer: ``step`` source pixels each, from the corner (``x0``, ``y0``) of the answer on."""

    x0: int
    y0: int
    step: int
    rows: int
    columns: int

    @classmethod
    def over(cls, answer: Answer, reduction: int) -> _Grid:
        x0, y0, x1, y1 = answer.window
        step = OUTPUT_STRIDE * reduction
        return cls(x0, y0, step, -(-(y1 - y0) // step), -(-(x1 - x0) // step))

    def window(self, row: int, column: int, rows: int, columns: int) -> Window:
        x0, y0 = self.x0 + column * self.step, self.y0 + row * self.step
        return x0, y0, x0 + columns * self.step, y0 + rows * self.step

    def tile(self, size: tuple[int, int]) -> tuple[int, int]:
        """Rows and columns of a tile in a picture of ``size`` (height, width); 0 where none fits."""
        unit = STRIDE // OUTPUT_STRIDE
        rows, columns = (min(TILE // OUTPUT_STRIDE, length // self.step // unit * unit) for length in size)
        return rows, columns

    def first(self, middle: float, length: int, start: int, whole: int) -> int:
        """Where a tile of ``length`` begins so that it has ``middle`` in its middle, as far as it stays in a picture
        that reaches from 0 to ``whole`` on an axis where the grid begins at ``start``."""
        return max(-(start // self.step), min(round(middle - length / 2), (whole - start) // self.step - length))


def finer(answer: Answer, size: tuple[int, int], look: Look) -> Answer:
    """The answer with its outline looked at closely, for a picture of ``size`` (height, width); the answer itself where
    it is as fine as the picture already, or nothing was found."""
    own = OUTPUT_STRIDE * answer.logits.shape[1] / (answer.window[2] - answer.window[0])
    reduction = max(1, math.ceil(1 / (FINER * own)))
    while own * reduction * WORTH_IT <= 1:
        grid = _Grid.over(answer, reduction)
        begun = answer.enlarged(grid.window(0, 0, grid.rows, grid.columns), (grid.rows, grid.columns))
        outline = _outline(begun)
        rows, columns = grid.tile(size)
        if not rows or not columns or not outline.any():
            return answer
        places = _places(outline, APART * min(rows, columns))
        if len(places) <= MOST_TILES:
            return _merged(answer, size, look, grid, begun, outline, places)
        reduction += max(1, reduction // 4)
    return answer


def _merged(
    answer: Answer,
    size: tuple[int, int],
    look: Look,
    grid: _Grid,
    begun: FloatMap,
    outline: NDArray[np.uint8],
    places: list[tuple[float, float]],
) -> Answer:
    rows, columns = grid.tile(size)
    ramps = [1 - np.abs(np.linspace(-1, 1, length + 2)[1:-1]) for length in (rows, columns)]
    weight = np.outer(*ramps).astype(np.float32) ** 2  # the middle of a tile knows most of what is around it
    total, weights = np.zeros_like(begun), np.zeros_like(begun)
    for y, x in places:
        row = grid.first(y, rows, grid.y0, size[0])
        column = grid.first(x, columns, grid.x0, size[1])
        window = grid.window(row, column, rows, columns)
        seen = rows * OUTPUT_STRIDE, columns * OUTPUT_STRIDE
        logits = look(window, answer.within(window, seen), seen)
        top, left = max(row, 0), max(column, 0)
        bottom, right = min(row + rows, grid.rows), min(column + columns, grid.columns)
        part = np.s_[top - row : bottom - row, left - column : right - column]
        total[top:bottom, left:right] += (logits * weight)[part]
        weights[top:bottom, left:right] += weight[part]
    far = cv2.distanceTransform(1 - outline, cv2.DIST_L2, cv2.DIST_MASK_3)
    near = (far <= BAND * grid.columns / answer.logits.shape[1]) & (weights > 0)
    logits = np.where(near, total / np.maximum(weights, 1e-6), begun)
    return Answer(grid.window(0, 0, grid.rows, grid.columns), logits.astype(np.float32))


def _outline(logits: FloatMap) -> NDArray[np.uint8]:
    """1 where what was found meets what was not."""
    found = (logits > 0).astype(np.uint8)
    return np.asarray(cv2.morphologyEx(found, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)), dtype=np.uint8)


def _places(outline: NDArray[np.uint8], apart: float) -> list[tuple[float, float]]:
    """(row, column): the middles of the outline in each square of a grid."""
    rows, columns = np.nonzero(outline)
    squares = (rows // apart).astype(int) * 100_000 + (columns // apart).astype(int)
    _, which, count = np.unique(squares, return_inverse=True, return_counts=True)
    y, x = (np.bincount(which, weights=axis + 0.5) / count for axis in (rows, columns))
    return list(zip(y.tolist(), x.tolist(), strict=True))
