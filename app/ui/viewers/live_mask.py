"""A mask while a stroke goes over it: exactly the pixels that the stroke will leave. Without Qt."""

from __future__ import annotations

import math

import numpy as np

from app.core import brush
from app.core.geometry import Box, Point
from app.core.masks import Rle
from app.core.runs import NO_RUNS, combined, pixels_in, rle_of, runs_of
from app.ui.viewers.region import Region

MARGIN = 64
"""How much the window at least grows beyond what is painted, in pixels."""


class LiveMask:
    """``base`` painted on (or erased from) by a round brush, in a picture of ``size`` (width, height)."""

    def __init__(self, base: Rle, size: tuple[int, int], erase: bool) -> None:
        self._base, self._size, self._erase = base, size, erase
        self.region = Region.of(base)
        self._stroke = NO_RUNS
        self._last: tuple[Point, float] | None = None

    def extend(self, point: Point, radius: float) -> None:
        """Go on to a place, the radius changing evenly on the way."""
        way = [(point, radius)] if self._last is None else [self._last, (point, radius)]
        self._last = point, radius
        points, radii = [p for p, _ in way], [r for _, r in way]
        stamp = brush.stamp(points, radii, self._size)
        if len(stamp) == 0:
            return
        self._stroke = combined(self._stroke, stamp, "union")
        box = brush.touched(points, radii).clipped(*self._size)
        if not self._erase:
            self._grow(box)
        self._put(box, pixels_in(stamp, box))

    def result(self) -> Rle | None:
        """The mask after the stroke; None where nothing is left of it."""
        return rle_of(combined(runs_of(self._base), self._stroke, "subtract" if self._erase else "union"))

    def _put(self, box: Box, pixels: np.ndarray) -> None:
        region = self.region
        h, w = region.mask.shape
        x0, y0 = max(int(box.x0), region.x), max(int(box.y0), region.y)
        x1, y1 = min(int(box.x1), region.x + w), min(int(box.y1), region.y + h)
        if x0 >= x1 or y0 >= y1:
            return
        here = region.mask[y0 - region.y : y1 - region.y, x0 - region.x : x1 - region.x]
        painted = pixels[y0 - int(box.y0) : y1 - int(box.y0), x0 - int(box.x0) : x1 - int(box.x0)]
        here[...] = here & ~painted if self._erase else here | painted

    def _grow(self, box: Box) -> None:
        """Make room, by half the window at a time, so that a long stroke does not copy it at every step."""
        region = self.region
        h, w = region.mask.shape
        more = max(MARGIN, h // 2, w // 2)
        x0 = region.x if box.x0 >= region.x else max(int(box.x0) - more, 0)
        y0 = region.y if box.y0 >= region.y else max(int(box.y0) - more, 0)
        right, bottom = region.x + w, region.y + h
        x1 = right if box.x1 <= right else min(math.ceil(box.x1) + more, self._size[0])
        y1 = bottom if box.y1 <= bottom else min(math.ceil(box.y1) + more, self._size[1])
        if (x0, y0, x1, y1) == (region.x, region.y, right, bottom):
            return
        grown = np.zeros((y1 - y0, x1 - x0), dtype=bool)
        grown[region.y - y0 : bottom - y0, region.x - x0 : right - x0] = region.mask
        self.region = Region(x0, y0, grown)
