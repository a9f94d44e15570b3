"""Painting into a mask with a round brush. Without Qt."""

from __future__ import annotations

import numpy as np

from app.core import brush
from app.core.geometry import Point
from app.ui.viewers.brush_size import SMALLEST
from app.ui.viewers.region import Region


class PaintedMask:
    """A mask of a ``width`` x ``height`` picture that is painted into.

    `region` is a window that grows with what is painted, so that a stroke costs what it covers and not what the
    picture has.
    """

    def __init__(self, width: int, height: int) -> None:
        self._size = width, height
        self.region = Region(0, 0, np.zeros((0, 0), dtype=bool))

    def dab(self, a: Point, radius_a: float, b: Point, radius_b: float, value: int = 1) -> None:
        """Paint (1) or erase (0) what a round brush touches on its way from ``a`` to ``b``, its radius changing evenly.

        All in source pixels. A pixel is touched when its centre is; a brush smaller than a pixel touches that under it.
        """
        points, radii = [a, b], [max(radius_a, SMALLEST), max(radius_b, SMALLEST)]
        box = brush.touched(points, radii).clipped(*self._size)
        if value:
            self.region = self.region.holding(box, self._size)
        if self.region.mask.size == 0:
            return
        stamp = brush.stamp(points, radii, self._size)
        if len(stamp) == 0:
            return
        self.region.paint(box, stamp, bool(value))
