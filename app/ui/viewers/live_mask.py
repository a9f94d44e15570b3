"""A mask while a stroke goes over it: exactly the pixels that the stroke will leave. Without Qt."""

from __future__ import annotations

from app.core import brush
from app.core.geometry import Point
from app.core.masks import Rle
from app.core.runs import NO_RUNS, combined, rle_of, runs_of
from app.ui.viewers.region import Region


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
            self.region = self.region.holding(box, self._size)
        self.region.paint(box, stamp, not self._erase)

    def result(self) -> Rle | None:
        """The mask after the stroke; None where nothing is left of it."""
        return rle_of(combined(runs_of(self._base), self._stroke, "subtract" if self._erase else "union"))
