"""Polygons as shapely's and back: exact boolean operations, holes and parts kept, validity mended.

shapely is imported inside functions: it is not needed before the first paint.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from app.core.annotation import (
    EllipseGeometry,
    Geometry,
    MaskGeometry,
    PolygonGeometry,
    pixel_rings,
)
from app.core.errors import InputError
from app.core.geometry import Box, FloatArray, point_in_ring
from app.core.masks import Rle, outlines, rasterised

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

AREA_KINDS = ("box", "rotated_box", "polygon", "mask", "ellipse")
"""The kinds that cover pixels."""

_LARGEST_GAP = 0.05
"""How far a polygon may run inside its ellipse, in pixels."""


def area_of(geometry: Geometry) -> BaseGeometry:
    """The geometry as a valid shapely area: rings filled by the even-odd rule, as everywhere in Fovea; a mask along its
    pixels' edges. Raises InputError for a kind that covers nothing."""
    return _even_odd(rings_of(geometry))


def rings_of(geometry: Geometry) -> list[FloatArray]:
    """The closed rings around what a geometry covers, (N, 2) each. Raises InputError for a kind that covers nothing.

    An ellipse is drawn with as many points as it takes to stay within a twentieth of a pixel of it.
    """
    if geometry.kind not in AREA_KINDS:
        raise InputError(f"A {geometry.kind} covers no area. Make a polygon or a mask of it first.")
    match geometry:
        case MaskGeometry(rle):
            outer, holes = outlines(rle.crop())
            return [ring + np.array([rle.x, rle.y]) for ring in (*outer, *holes)]
        case EllipseGeometry(_, rx, ry):
            return [geometry.outline(ellipse_steps(rx, ry))]
        case _:
            return pixel_rings(geometry)


def ellipse_steps(rx: float, ry: float) -> int:
    """How many points an ellipse is drawn with: the sagitta of a chord is r (1 - cos(pi / n))."""
    radius = max(rx, ry)
    if radius <= _LARGEST_GAP:
        return 16
    steps = np.pi / np.arccos(1 - _LARGEST_GAP / radius)
    return int(np.clip(4 * np.ceil(steps / 4), 16, 4096))


def pixels_within(geometry: Geometry, width: int, height: int) -> Rle | None:
    """The pixels inside a picture whose centres a geometry covers, at the cost of its bounding box; None for none.
    Raises InputError for a kind that covers nothing."""
    from app.core.runs import clipped, rle_of, runs_of

    if isinstance(geometry, MaskGeometry):
        return rle_of(clipped(runs_of(geometry.rle), Box(0, 0, width, height)))
    rings = [r for r in rings_of(geometry) if len(r) >= 3]
    if isinstance(geometry, EllipseGeometry):  # no finer than pixels need, no coarser than `pixels_of`
        rings = [geometry.outline(max(256, len(rings[0])))]
    return rasterised(rings, width, height)


def polygon_of(area: BaseGeometry) -> PolygonGeometry | None:
    """A shapely area as a polygon, its lines and points dropped; None where no area is left."""
    rings = [ring for part in faces(area) for ring in (part.exterior, *part.interiors)]
    return PolygonGeometry(tuple(_ring(ring) for ring in rings)) if rings else None


def faces(area: BaseGeometry) -> list[Any]:
    """The shapely polygons in an area, the largest first; slivers without area are left out."""
    import shapely

    parts = [p for p in shapely.get_parts(area).tolist() if p.geom_type in ("Polygon", "MultiPolygon")]
    flat = [q for p in parts for q in shapely.get_parts(p).tolist() if q.area > 0]
    return sorted(flat, key=lambda p: (-p.area, p.bounds))


def _ring(ring: Any) -> tuple[tuple[float, float], ...]:
    return tuple((float(x), float(y)) for x, y in list(ring.coords)[:-1])


def _even_odd(rings: Sequence[FloatArray]) -> BaseGeometry:
    """Rings by the even-odd rule."""
    import shapely

    parts = [_valid(ring) for ring in rings if len(ring) >= 3]
    while len(parts) > 1:  # by halves: areas stay small for as long as they can
        pairs = zip(parts[0::2], parts[1::2], strict=False)
        parts = [a.symmetric_difference(b) for a, b in pairs] + (parts[-1:] if len(parts) % 2 else [])
    return parts[0] if parts else shapely.Polygon()


def _valid(ring: FloatArray) -> BaseGeometry:
    """What one ring fills. Where it crosses itself: the faces between its lines whose inside the rule counts.

    Not `make_valid`, which fills what a ring goes around twice.
    """
    import shapely

    polygon = shapely.Polygon(ring)
    if polygon.is_valid:
        return polygon
    noded = shapely.unary_union(shapely.LineString(np.concatenate([ring, ring[:1]])))
    found = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded))).tolist()
    inside = ((face, face.representative_point()) for face in found)
    return shapely.union_all([face for face, at in inside if point_in_ring((at.x, at.y), ring)])


def union_of(areas: Iterable[BaseGeometry]) -> BaseGeometry:
    """All areas as one."""
    import shapely

    return shapely.union_all(list(areas))


def bounds_meet(a: Box, b: Box) -> bool:
    """Whether two boxes have an area in common."""
    return min(a.x1, b.x1) > max(a.x0, b.x0) and min(a.y1, b.y1) > max(a.y0, b.y0)
