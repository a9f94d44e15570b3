"""Painting into a mask with a round brush. Without Qt."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from app.core.geometry import Box, Point
from app.core.masks import Rle
from app.ui.viewers.region import Region

FINE = 4
"""Bits of a pixel's fraction that OpenCV is given."""

CORNERS = 64
MARGIN = 64
"""How much the window at least grows beyond what is painted, in pixels."""


class PaintedMask:
    """A mask of a ``width`` x ``height`` picture that is painted into.

    It is a window of uint8 pixels, 0 or 1, that grows with what is painted, by half its size at a time, so that a
    stroke costs what it covers and not what the picture has. ``base`` is a mask to go on from.
    """

    def __init__(self, width: int, height: int, base: Rle | None = None) -> None:
        self._size = width, height
        self._x = self._y = 0
        self._pixels: NDArray[np.uint8] = np.zeros((0, 0), dtype=np.uint8)
        if base is not None:
            whole = Region.of(base)
            self._x, self._y, self._pixels = whole.x, whole.y, whole.mask.astype(np.uint8)

    @property
    def region(self) -> Region:
        """The window as it is now; it shares the pixels until the window grows."""
        return Region(self._x, self._y, self._pixels.view(np.bool_))

    def dab(self, a: Point, radius_a: float, b: Point, radius_b: float, value: int = 1) -> None:
        """Paint (1) or erase (0) what a round brush touches on its way from ``a`` to ``b``, its radius changing evenly.

        All in source pixels. A pixel is touched when its centre is; a brush smaller than a pixel touches that under it.
        """
        import cv2  # not at the top: the window paints before OpenCV is loaded

        reach = max(radius_a, radius_b) + 1
        if value:
            self._grow(Box.around([a, b]).grown(reach))
        if self._pixels.size == 0:
            return
        # OpenCV's whole numbers are pixel centres, and it paints the pixels that the outline crosses: hence half a
        # pixel less.
        origin = np.array([self._x + 0.5, self._y + 0.5])
        discs = [_circle(p, max(r - 0.5, 0.0)) - origin for p, r in ((a, radius_a), (b, radius_b))]
        hull = cv2.convexHull(np.concatenate(discs).astype(np.float32))
        corners = np.rint(hull * (1 << FINE)).astype(np.int32)
        cv2.fillConvexPoly(self._pixels, corners, value, cv2.LINE_8, FINE)

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


def _circle(centre: Point, radius: float) -> NDArray[np.float64]:
    angles = np.arange(CORNERS) * (2 * math.pi / CORNERS)
    return np.stack([centre[0] + radius * np.cos(angles), centre[1] + radius * np.sin(angles)], axis=1)
