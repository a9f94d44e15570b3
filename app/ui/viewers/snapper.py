"""Snapping to the shapes around while drawing and dragging: what is near on screen, and the border between two places.

Without Qt. What snaps, and what a border is, is `app.core.snapping`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from app.core.annotation import (
    BoxGeometry,
    EllipseGeometry,
    Geometry,
    MaskGeometry,
    PolygonGeometry,
    PolylineGeometry,
    Ring,
    RotatedBoxGeometry,
    Shape,
)
from app.core.errors import InputError
from app.core.geometry import Box, FloatArray, Point
from app.core.masks import outlines
from app.core.snapping import Snap, border, snapped

TOLERANCE = 9.0
"""How near a vertex or an edge must be, in view pixels."""

LARGE_MASK = 4_000_000
"""Masks with a larger bounding box (pixels) are not snapped to: their outlines take too long to make."""

KEPT = 64
"""Outlines of boxes, ellipses and masks that are kept."""


TOUCHING = 1e-6
"""Places that are nearer than this, in source pixels, are the same."""


class Neighbours(Protocol):
    """Where the shapes around are looked up (an `ImageView`)."""

    def shapes_near(self, box: Box) -> Sequence[Shape]: ...


@dataclass(frozen=True, eq=False)
class Caught:
    """A place that was snapped to, the geometry that it lies on, and that one's outline."""

    snap: Snap
    geometry: Geometry
    outline: Geometry

    @property
    def point(self) -> Point:
        return self.snap.point


class Snapper:
    """Finds what a pointer snaps to while `on`; a held key means the other way round."""

    def __init__(self, neighbours: Neighbours) -> None:
        self._neighbours = neighbours
        self._outlines: dict[int, tuple[Geometry, Geometry]] = {}
        self.on = False

    def find(
        self, point: Point, scale: float, inverted: bool = False, but: Collection[str] = (), reach: float = TOLERANCE
    ) -> Caught | None:
        """The vertex or place on an edge nearest to a source point, of all shapes ``but`` some; None where nothing is
        within ``reach`` view pixels at ``scale`` view pixels for a source pixel, or snapping is off."""
        return self.look(point, reach / scale, but) if self.on != inverted else None

    def look(self, point: Point, tolerance: float, but: Collection[str] = ()) -> Caught | None:
        """The same within a tolerance in source pixels, whether snapping is on or off."""
        near = [s for s in self._neighbours.shapes_near(Box(*point, *point).grown(tolerance)) if s.id not in but]
        drawn = {s.id: (s.geometry, replace(s, geometry=self.outline_of(s.geometry))) for s in near}
        found = snapped(point, [s for _, s in drawn.values()], tolerance)
        if found is None:
            return None
        geometry, shape = drawn[found.shape]
        return Caught(found, geometry, shape.geometry)

    def both(
        self, start: Point, end: Point, tolerance: float, but: Collection[str] = ()
    ) -> tuple[Caught, Caught] | None:
        """Where two places lie on the border of one shape ``but`` some, with something between them there; the highest
        such shape."""
        box = Box(*start, *start).grown(tolerance)
        for shape in reversed(self._neighbours.shapes_near(box)):
            outline = self.outline_of(shape.geometry)
            if shape.id in but or not isinstance(outline, PolygonGeometry | PolylineGeometry):
                continue
            found = [snapped(p, [replace(shape, geometry=outline)], tolerance) for p in (start, end)]
            if found[0] is not None and found[1] is not None:
                ends = Caught(found[0], shape.geometry, outline), Caught(found[1], shape.geometry, outline)
                if border_between(*ends) or border_between(*ends, longer=True):
                    return ends
        return None

    def outline_of(self, geometry: Geometry) -> Geometry:
        """What a geometry is snapped to by: the outline of an area as a polygon, anything else as it is."""
        if not isinstance(geometry, BoxGeometry | RotatedBoxGeometry | EllipseGeometry | MaskGeometry):
            return geometry
        known = self._outlines.get(id(geometry))
        if known is None:
            if len(self._outlines) >= KEPT:
                self._outlines.pop(next(iter(self._outlines)))
            known = self._outlines[id(geometry)] = geometry, _outline(geometry)
        return known[1]


def border_between(start: Caught | None, end: Caught | None, longer: bool = False) -> Ring | None:
    """The border of a neighbour from one place on it to another, both included; None where they do not lie on one
    outline, or nothing lies between them but a straight edge. Where neighbours meet, a place lies on several."""
    if start is None or end is None or start.point == end.point:
        return None
    if start.geometry is not end.geometry:
        return border_between(_on(end, start), end, longer) or border_between(start, _on(start, end), longer)
    if not isinstance(end.outline, PolygonGeometry | PolylineGeometry):
        return None
    try:
        found = border(end.outline, start.snap, end.snap, longer)
    except InputError:
        return None  # on two rings of one polygon
    return found if len(found) > 2 else None


def _on(there: Caught, other: Caught) -> Caught | None:
    """Where another place lies on the same neighbour, if it does."""
    found = snapped(other.point, [Shape(there.outline, "", there.snap.shape)], TOUCHING)
    return Caught(found, there.geometry, there.outline) if found is not None else None


def _outline(geometry: BoxGeometry | RotatedBoxGeometry | EllipseGeometry | MaskGeometry) -> Geometry:
    rings: list[FloatArray]
    match geometry:
        case BoxGeometry(b):
            return PolygonGeometry((((b.x0, b.y0), (b.x1, b.y0), (b.x1, b.y1), (b.x0, b.y1)),))
        case RotatedBoxGeometry():
            rings = [geometry.corners()]
        case EllipseGeometry():
            rings = [geometry.outline()]
        case MaskGeometry(rle):
            if rle.width * rle.height > LARGE_MASK:
                return geometry
            (outer, holes), corner = outlines(rle.crop()), (rle.x, rle.y)
            rings = [ring + corner for ring in (*outer, *holes)]
    return PolygonGeometry(tuple(tuple((float(x), float(y)) for x, y in ring) for ring in rings))
