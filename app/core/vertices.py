"""Vertices: finding, dragging, adding and removing the points that polygons, lines, points and keypoints are made of.

A vertex is named by (ring, index); everything but a polygon has the one ring 0. Pure functions, source pixels.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from app.core.annotation import (
    Geometry,
    KeypointsGeometry,
    PointGeometry,
    PolygonGeometry,
    PolylineGeometry,
    Ring,
)
from app.core.errors import InputError
from app.core.geometry import FloatArray, Point, point_in_ring

_CYCLE = {2: 1, 1: 0, 0: 2}


@dataclass(frozen=True)
class Vertex:
    """A vertex by its ring and its place in the ring."""

    ring: int
    index: int


@dataclass(frozen=True)
class Spot:
    """A place on an edge: the edge from vertex ``index`` of ``ring`` to the next one, the point nearest to what was
    asked, and how far that is in source pixels."""

    ring: int
    index: int
    point: Point
    distance: float


def rings_of(geometry: Geometry) -> tuple[Ring, ...]:
    """The vertices of a geometry, ring by ring; none for a kind that has handles instead (see `transform`)."""
    match geometry:
        case PolygonGeometry(rings):
            return rings
        case PolylineGeometry(points) | PointGeometry(points) | KeypointsGeometry(points):
            return (points,)
        case _:
            return ()


def nearest_vertex(geometry: Geometry, point: Point, tolerance: float) -> Vertex | None:
    """The vertex nearest to a point, within a tolerance; joints that are not given are not found."""
    best, found = tolerance, None
    for n, ring in enumerate(_arrays(geometry)):
        if len(ring) == 0:
            continue
        away = np.hypot(*(ring - point).T)
        if isinstance(geometry, KeypointsGeometry):
            away = np.where(np.asarray(geometry.visibility) > 0, away, np.inf)
        i = int(away.argmin())
        if away[i] <= best:
            best, found = float(away[i]), Vertex(n, i)
    return found


def nearest_edge(geometry: Geometry, point: Point, tolerance: float) -> Spot | None:
    """The place on an edge of a polygon or polyline that is nearest to a point, within a tolerance."""
    if not isinstance(geometry, PolygonGeometry | PolylineGeometry):
        return None
    found: Spot | None = None
    for n, ring in enumerate(_arrays(geometry)):
        spot = nearest_on(ring, point, closed=isinstance(geometry, PolygonGeometry))
        if spot and spot.distance <= (found.distance if found else tolerance):
            found = replace(spot, ring=n)
    return found


def nearest_on(line: FloatArray, point: Point, closed: bool) -> Spot | None:
    """The nearest place on a line of (N, 2) points, as of ring 0; None for a line without edges."""
    a, b = (line, np.roll(line, -1, axis=0)) if closed else (line[:-1], line[1:])
    if len(line) < 2:
        return None
    d = b - a
    t = np.clip(((point - a) * d).sum(axis=1) / np.maximum((d**2).sum(axis=1), 1e-300), 0, 1)
    at = a + d * t[:, None]
    away = np.hypot(*(at - point).T)
    i = int(away.argmin())
    return Spot(0, i, (float(at[i, 0]), float(at[i, 1])), float(away[i]))


def with_vertex_at(geometry: Geometry, vertex: Vertex, to: Point) -> Geometry:
    """A vertex dragged to a place; a joint that was not given becomes visible."""
    ring = rings_of(geometry)[vertex.ring]
    changed = _with_ring(geometry, vertex.ring, (*ring[: vertex.index], to, *ring[vertex.index + 1 :]))
    if isinstance(changed, KeypointsGeometry) and changed.visibility[vertex.index] == 0:
        return _seen(changed, vertex.index, 2)
    return changed


def with_vertex_added(geometry: Geometry, after: Vertex, point: Point) -> Geometry:
    """A new vertex behind another one; index -1 puts it first. Raises InputError for keypoints and for kinds without
    vertices."""
    if isinstance(geometry, KeypointsGeometry) or not rings_of(geometry):
        raise InputError(f"A {_spoken(geometry)} takes no more points: what it is made of is fixed.")
    ring = rings_of(geometry)[after.ring]
    return _with_ring(geometry, after.ring, (*ring[: after.index + 1], point, *ring[after.index + 1 :]))


def without_vertex(geometry: Geometry, vertex: Vertex) -> Geometry | None:
    """The geometry with a vertex less; None where nothing is left.

    A polygon's ring that is left with fewer than three points goes, and its holes with it; a polyline goes with its
    second-last point. A joint stays in the skeleton as "not given". Raises InputError for kinds without vertices.
    """
    if isinstance(geometry, KeypointsGeometry):
        gone = _seen(geometry, vertex.index, 0)
        return gone if any(gone.visibility) else None
    if not rings_of(geometry):
        raise InputError(f"A {_spoken(geometry)} has no points to remove.")
    ring = rings_of(geometry)[vertex.ring]
    left = (*ring[: vertex.index], *ring[vertex.index + 1 :])
    least = {PolygonGeometry: 3, PolylineGeometry: 2}.get(type(geometry), 1)
    if len(left) >= least:
        return _with_ring(geometry, vertex.ring, left)
    return without_ring(geometry, vertex.ring) if isinstance(geometry, PolygonGeometry) else None


def without_ring(polygon: PolygonGeometry, ring: int) -> PolygonGeometry | None:
    """The polygon without a ring; with an outer one its holes go too, else they would turn into parts. None where no
    ring is left."""
    gone = {ring, *(_holes(polygon, ring) if _depth(polygon, ring) % 2 == 0 else ())}
    rings = tuple(r for i, r in enumerate(polygon.rings) if i not in gone)
    return PolygonGeometry(rings) if rings else None


def with_visibility_cycled(geometry: KeypointsGeometry, joint: int) -> KeypointsGeometry:
    """A joint's visibility, one step on: visible, hidden, not given, visible."""
    return _seen(geometry, joint, _CYCLE[geometry.visibility[joint]])


def _arrays(geometry: Geometry) -> list[FloatArray]:
    if isinstance(geometry, PolygonGeometry):
        return geometry.arrays
    return [np.asarray(ring, dtype=np.float64).reshape(-1, 2) for ring in rings_of(geometry)]


def _with_ring(geometry: Geometry, ring: int, points: Ring) -> Geometry:
    match geometry:
        case PolygonGeometry(rings):
            return PolygonGeometry((*rings[:ring], points, *rings[ring + 1 :]))
        case PolylineGeometry() | PointGeometry() | KeypointsGeometry():
            return replace(geometry, points=points)
    raise InputError(f"A {_spoken(geometry)} has no points of its own: take it by its handles.")


def _seen(geometry: KeypointsGeometry, joint: int, visibility: int) -> KeypointsGeometry:
    seen = geometry.visibility
    return replace(geometry, visibility=(*seen[:joint], visibility, *seen[joint + 1 :]))


def _around(polygon: PolygonGeometry, ring: int) -> list[int]:
    """The rings that hold a ring: those that most of its edges' middles lie in, since rings may touch in corners."""
    own = polygon.arrays[ring]
    middles = ((own + np.roll(own, -1, axis=0)) / 2)[:: max(1, len(own) // 15)].tolist()
    others = (i for i, r in enumerate(polygon.arrays) if i != ring and len(r) >= 3)
    return [i for i in others if 2 * sum(point_in_ring((x, y), polygon.arrays[i]) for x, y in middles) > len(middles)]


def _depth(polygon: PolygonGeometry, ring: int) -> int:
    return len(_around(polygon, ring))


def _holes(polygon: PolygonGeometry, ring: int) -> list[int]:
    """The holes right inside an outer ring."""
    depth = _depth(polygon, ring)
    rings = (i for i in range(len(polygon.rings)) if i != ring and len(polygon.arrays[i]))
    return [i for i in rings if ring in (around := _around(polygon, i)) and len(around) == depth + 1]


def _spoken(geometry: Geometry) -> str:
    return geometry.kind.replace("_", " ")
