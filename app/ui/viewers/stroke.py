"""Painting into a mask with a round brush. Without Qt."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.core import brush
from app.core.geometry import Box, Point
from app.core.runs import pixels_in
from app.ui.viewers.brush_size import SMALLEST
from app.ui.viewers.region import Region

MARGIN = 64
"""How much the window at least grows beyond what is painted, in pixels."""


class PaintedMask:
    """A mask of a ``width`` x ``height`` picture that is painted into.

    It is a window of uint8 pixels, 0 or 1, that grows with what is painted, by half its size at a time, so that a
    stroke costs what it covers and not what the picture has.
    """

    def __init__(self, width: int, height: int) -> None:
        self._size = width, height
        self._x = self._y = 0
        self._pixels: NDArray[np.uint8] = np.zeros((0, 0), dtype=np.uint8)

    @property
    def region(self) -> Region:
        """The window as it is now; it shares the pixels until the window grows."""
        return Region(self._x, self._y, self._pixels.view(np.bool_))

    def dab(self, a: Point, radius_a: float, b: Point, radius_b: float, value: int = 1) -> None:
        """Paint (1) or erase (0) what a round brush touches on its way from ``a`` to ``b``, its radius changing evenly.

        All in source pixels. A pixel is touched when its centre is; a brush smaller than a pixel touches that under it.
        """
        points, radii = [a, b], [max(radius_a, SMALLEST), max(radius_b, SMALLEST)]
        box = brush.touched(points, radii).clipped(*self._size)
        if value:
            self._grow(box)
        if self._pixels.size == 0:
            return
        stamp = brush.stamp(points, radii, self._size)
        if len(stamp) == 0:
            return
        h, w = self._pixels.shape
        x0, y0 = max(int(box.x0), self._x), max(int(box.y0), self._y)
        x1, y1 = min(int(box.x1), self._x + w), min(int(box.y1), self._y + h)
        if x0 < x1 and y0 < y1:
            painted = pixels_in(stamp, Box(x0, y0, x1, y1))
            self._pixels[y0 - self._y : y1 - self._y, x0 - self._x : x1 - self._x][painted] = value

    def _grow(self, box: Box) -> None:
        rows, columns = box.pixels(*self._size)
        h, w = self._pixels.shape
        x0, y0, x1, y1 = self._x, self._y, self._x + w, self._y + h
        if rows.start >= rows.stop or columns.start >= columns.stop:
            return
        if h and x0 <= columns.start and columns.stop <= x1 and y0 <= rows.start and rows.stop <= y1:
            return
        if not h:
            x0, y0, x1, y1 = columns.start, rows.start, columns.stop, rows.stop
        more = max(MARGIN, w // 2, h // 2)
        left = max(min(x0, columns.start - more if columns.start < x0 else x0), 0)
        top = max(min(y0, rows.start - more if rows.start < y0 else y0), 0)
        right = min(max(x1, columns.stop + more if columns.stop > x1 else x1), self._size[0])
        bottom = min(max(y1, rows.stop + more if rows.stop > y1 else y1), self._size[1])
        grown = np.zeros((bottom - top, right - left), dtype=np.uint8)
        if h:
            grown[self._y - top : self._y - top + h, self._x - left : self._x - left + w] = self._pixels
        self._x, self._y, self._pixels = left, top, grown
