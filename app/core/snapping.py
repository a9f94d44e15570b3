"""Snapping to neighbours: the vertex or edge nearest to a point, and borders that two polygons share exactly."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from app.core.annotation import PolygonGeometry, PolylineGeometry, Ring, Shape
from app.core.errors import InputError
from app.core.geometry import Point, ring_area
from app.core.vertices import nearest_edge, nearest_vertex, rings_of


@dataclass(frozen=True)
class Snap:
    """Where a point snaps to: on the edge behind vertex ``index`` of a shape's ring, or on the vertex itself."""

    point: Point
    shape: str
    ring: int
    index: int
    on_vertex: bool


def snapped(point: Point, neighbours: Iterable[Shape], tolerance: float) -> Snap | None:
    """The nearest vertex of the neighbours within a tolerance in source pixels, or else the nearest place on an edge.

    Vertices go first, because a corner is meant more often than a place beside it. Hidden shapes are not snapped to.
    """
    near = [s for s in neighbours if not s.hidden and s.bounds().grown(tolerance + 1e-9).contains(point)]
    best, found = tolerance, None
    for shape in near:
        vertex = nearest_vertex(shape.geometry, point, best)
        if vertex is not None:
            at = rings_of(shape.geometry)[vertex.ring][vertex.index]
            best = float(np.hypot(at[0] - point[0], at[1] - point[1]))
            found = Snap(at, shape.id, vertex.ring, vertex.index, True)
    if found is not None:
        return found
    for shape in near:
        spot = nearest_edge(shape.geometry, point, best)
        if spot is not None:
            best, found = spot.distance, Snap(spot.point, shape.id, spot.ring, spot.index, False)
    return found


def border(neighbour: PolygonGeometry | PolylineGeometry, start: Snap, end: Snap, longer: bool = False) -> Ring:
    """The neighbour's border from one snapped place to another, both included: around a polygon the shorter way, or the
    longer one. Raises InputError for places on different rings."""
    if start.ring != end.ring:
        raise InputError("The two places lie on different outlines of the neighbour: there is no border between them.")
    ring = rings_of(neighbour)[start.ring]
    onwards = _walk(ring, start, end)
    if isinstance(neighbour, PolylineGeometry):
        ahead = _place(ring, start) <= _place(ring, end)
        return onwards if ahead else _walk(ring, end, start)[::-1]
    back = _walk(ring, end, start)[::-1]
    return back if (_length(back) < _length(onwards)) != longer else onwards


def shared_border(
    polygon: PolygonGeometry,
    ring: int,
    first: int,
    last: int,
    neighbour: PolygonGeometry | PolylineGeometry,
    start: Snap,
    end: Snap,
    longer: bool = False,
) -> PolygonGeometry:
    """Replace a stretch of a polygon by the neighbour's border.

    The stretch goes from vertex ``first`` onwards to vertex ``last`` of the ring, both included; ``start`` and ``end``
    are where these two snapped to. Raises InputError where no area would be left.
    """
    points = polygon.rings[ring]
    kept = (*points[last + 1 :], *points[:first]) if last >= first else points[last + 1 : first]
    joined = _without_repeats((*kept, *border(neighbour, start, end, longer)))
    if len(joined) < 3 or ring_area(np.asarray(joined)) == 0:
        raise InputError("Nothing would be left between the two borders. Take a shorter stretch.")
    return PolygonGeometry((*polygon.rings[:ring], joined, *polygon.rings[ring + 1 :]))


def _walk(ring: Ring, start: Snap, end: Snap) -> Ring:
    """Onwards around a ring from one place to another."""
    first = (start.index + 1) % len(ring)
    same_edge = start.index == end.index and _place(ring, end) >= _place(ring, start)
    count = 0 if same_edge else (end.index - first) % len(ring) + 1
    between = (ring[(first + i) % len(ring)] for i in range(count))
    return _without_repeats((start.point, *between, end.point), closed=False)


def _place(ring: Ring, snap: Snap) -> float:
    """How far along a ring a place is, in edges."""
    ax, ay = ring[snap.index]
    bx, by = ring[(snap.index + 1) % len(ring)]
    length = np.hypot(bx - ax, by - ay)
    part = np.hypot(snap.point[0] - ax, snap.point[1] - ay) / length if length else 0.0
    return float(snap.index + min(part, 1.0))


def _length(line: Ring) -> float:
    xy = np.asarray(line)
    return float(np.hypot(*np.diff(xy, axis=0).T).sum())


def _without_repeats(points: Ring, closed: bool = True) -> Ring:
    kept = [p for i, p in enumerate(points) if i == 0 or p != points[i - 1]]
    if closed and len(kept) > 1 and kept[0] == kept[-1]:
        kept.pop()
    return tuple(kept)
