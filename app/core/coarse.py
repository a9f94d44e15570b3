"""Masks as networks answer them: at a low resolution, enlarged where somebody looks and no sooner.

At 12 megapixels enlarging a mask costs more than the network that made it, and a click gets three of them, of which
one is looked at, in part, at the resolution of the screen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.core.geometry import BoolArray, Box, pixel_of
from app.core.masks import Rle, encode
from app.core.prompts import Click

INSIDE = 128
"""Levels above this are inside."""

CLICK_RADIUS = 0.004
"""What a click fixes at least, of the picture's short side."""

Window = tuple[int, int, int, int]
"""Left, top, right, bottom in whole source pixels."""

Coordinates = NDArray[np.floating[Any]]


@dataclass(frozen=True, eq=False)
class CoarseMask:
    """A mask of a picture of ``size`` (height, width).

    ``levels`` (h, w) uint8 cover ``window``, beyond which nothing is set; a source pixel is set where they are above
    `INSIDE` when enlarged bilinearly (pixel centres, as OpenCV does). Every click holds at its pixel and around it.
    """

    levels: NDArray[np.uint8] = field(repr=False)
    window: Window
    size: tuple[int, int]
    clicks: tuple[Click, ...] = ()

    def sample(self, x0: float, y0: float, step: float, size: tuple[int, int]) -> BoolArray:
        """The mask at a grid of ``size`` (rows, columns) points ``step`` source pixels apart, whose first cell has its
        top-left corner at (x0, y0). With whole numbers and step 1, that part of the mask."""
        found = self._enlarged(x0, y0, step, size) > INSIDE
        left, top, right, bottom = self.window
        for axis, first, low, high in ((1, x0, left, right), (0, y0, top, bottom)):
            at = first + (np.arange(size[axis]) + 0.5) * step
            outside = (at < low) | (at >= high)
            if outside.any():
                found[(slice(None), outside) if axis else outside] = False
        keep_clicks(found, self._lost, self.clicks, self.size, (x0, y0, step))
        return found

    def _enlarged(self, x0: float, y0: float, step: float, size: tuple[int, int]) -> NDArray[np.uint8]:
        import cv2  # not at the top: the window paints before OpenCV is loaded

        left, top, right, bottom = self.window
        rows, columns = self.levels.shape
        across, down = columns / (right - left), rows / (bottom - top)
        # From the index of a sample to an index of the levels, both counted at pixel centres.
        matrix = np.array(
            [
                [step * across, 0, (x0 + 0.5 * step - left) * across - 0.5],
                [0, step * down, (y0 + 0.5 * step - top) * down - 0.5],
            ]
        )
        way = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        found = cv2.warpAffine(self.levels, matrix, size[::-1], flags=way, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(found, dtype=np.uint8)

    @cached_property
    def _lost(self) -> tuple[Click, ...]:
        """The clicks that the levels alone do not keep."""
        left, top, right, bottom = self.window
        lost = []
        for click in self.clicks:
            row, column = pixel_of(click.point, self.size[1], self.size[0])
            within = left <= column < right and top <= row < bottom
            held = within and bool(self._enlarged(column, row, 1, (1, 1))[0, 0] > INSIDE)
            if held != click.positive:
                lost.append(click)
        return tuple(lost)

    @cached_property
    def extent(self) -> Window | None:
        """A window outside of which nothing is set; None if nothing is anywhere."""
        boxes = [_around(click, self.size) for click in self._lost if click.positive]
        found = self.levels > INSIDE
        rows, columns = np.flatnonzero(found.any(axis=1)), np.flatnonzero(found.any(axis=0))
        if rows.size:
            left, top, right, bottom = self.window
            across, down = (right - left) / found.shape[1], (bottom - top) / found.shape[0]
            # Nothing is set farther out than the next pixel of the levels.
            box = Box(
                max(left + (columns[0] - 1) * across, left),
                max(top + (rows[0] - 1) * down, top),
                min(left + (columns[-1] + 2) * across, right),
                min(top + (rows[-1] + 2) * down, bottom),
            )
            boxes.append(box)
        if not boxes:
            return None
        whole = boxes[0]
        for box in boxes[1:]:
            whole = whole.united(box)
        at = whole.pixels(self.size[1], self.size[0])
        return at[1].start, at[0].start, at[1].stop, at[0].stop

    def part(self, window: Window) -> BoolArray:
        """The pixels of a window."""
        left, top, right, bottom = window
        return self.sample(left, top, 1, (bottom - top, right - left))

    def whole(self) -> BoolArray:
        """All pixels, (H, W)."""
        mask = np.zeros(self.size, dtype=bool)
        if self.extent is not None:
            left, top, right, bottom = self.extent
            mask[top:bottom, left:right] = self.part(self.extent)
        return mask

    def encoded(self) -> Rle | None:
        """Run-length encoded; None for an empty mask."""
        if self.extent is None:
            return None
        rle = encode(self.part(self.extent))
        return None if rle is None else replace(rle, x=rle.x + self.extent[0], y=rle.y + self.extent[1])


def keep_clicks(
    mask: BoolArray,
    lost: Sequence[Click],
    clicks: Sequence[Click],
    size: tuple[int, int],
    grid: tuple[float, float, float] = (0.0, 0.0, 1.0),
) -> None:
    """Set the surroundings of each lost click to what it says, as far as no other kind of click is nearer; in place.

    Two clicks of different kind may share one pixel of a network, and a region's outline moves when it is enlarged:
    both would break the promise that clicks are kept. ``size`` (height, width) is the picture's; ``grid`` says what the
    mask's samples are: left and top of the first, and the step, in source pixels.
    """
    x0, y0, step = grid
    for click in lost:
        around = _around(click, size)
        columns = _steps(around.x0, around.x1, x0, step, mask.shape[1])
        rows = _steps(around.y0, around.y1, y0, step, mask.shape[0])
        if columns.size == 0 or rows.size == 0:
            continue
        x, y = x0 + (columns + 0.5) * step, (y0 + (rows + 0.5) * step)[:, None]
        mine = _distance(click, size, x, y)
        free = mine <= max(_radius(size), 0.75 * step)
        for other in clicks:
            if other.positive != click.positive:
                free &= mine < _distance(other, size, x, y)
        part = np.ix_(rows, columns)
        mask[part] = np.where(free, click.positive, mask[part])
    for click in clicks:
        row, column = pixel_of(click.point, size[1], size[0])
        at = int((row + 0.5 - y0) // step), int((column + 0.5 - x0) // step)
        if step <= 1 and 0 <= at[0] < mask.shape[0] and 0 <= at[1] < mask.shape[1]:
            mask[at] = click.positive


def _radius(size: tuple[int, int]) -> int:
    return max(1, round(CLICK_RADIUS * min(size)))


def _around(click: Click, size: tuple[int, int]) -> Box:
    """What a click may change, in source pixels."""
    row, column = pixel_of(click.point, size[1], size[0])
    return Box(column + 0.5, row + 0.5, column + 0.5, row + 0.5).grown(_radius(size) + 0.5)


def _steps(low: float, high: float, first: float, step: float, count: int) -> NDArray[np.intp]:
    """The indices of the samples between two source coordinates."""
    begin, end = int(np.floor((low - first) / step)), int(np.ceil((high - first) / step))
    return np.arange(max(begin, 0), max(min(end, count), 0))


def _distance(click: Click, size: tuple[int, int], x: Coordinates, y: Coordinates) -> Coordinates:
    """How far points are from the centre of a click's pixel."""
    row, column = pixel_of(click.point, size[1], size[0])
    return np.asarray(np.hypot(x - (column + 0.5), y - (row + 0.5)))
