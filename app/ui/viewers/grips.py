"""Where a selected shape can be taken hold of, and what lies under the pointer. Source pixels, without Qt.

Boxes, rotated boxes and ellipses have eight handles and one to turn them by; polygons, lines, points and skeletons are
held by their points; edges of polygons and lines carry a mark in their middle, which becomes a new point.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import dist, hypot

import numpy as np

from app.core.annotation import (
    BoxGeometry,
    EllipseGeometry,
    Geometry,
    KeypointsGeometry,
    PolygonGeometry,
    PolylineGeometry,
    RotatedBoxGeometry,
)
from app.core.geometry import FloatArray, Point
from app.core.transform import HANDLES, Handle, handles
from app.core.vertices import Vertex, nearest_edge, rings_of

GRAB = 8.0
"""How far off a handle the pointer may be, in view pixels."""

TURN_AT = 26.0
"""How far beyond the upper side the handle for turning stands, in view pixels."""

ROOM_FOR_SIDES = 36.0
"""Sides shorter than this on screen have no handle in their middle."""

ROOM_FOR_MARKS = 28.0
"""Edges shorter than this on screen have no mark in their middle."""

TURNED = BoxGeometry | RotatedBoxGeometry | EllipseGeometry


@dataclass(frozen=True)
class Resize:
    """One of the eight handles."""

    handle: Handle


@dataclass(frozen=True)
class Turn:
    """The handle for turning."""


@dataclass(frozen=True)
class OnVertex:
    """A point of the shape."""

    vertex: Vertex


@dataclass(frozen=True)
class OnEdge:
    """A place where a new point may come, behind ``after``."""

    after: Vertex
    point: Point


@dataclass(frozen=True)
class Body:
    """The shape itself."""


Grip = Resize | Turn | OnVertex | OnEdge | Body


def resize_handles(geometry: Geometry, scale: float) -> dict[Handle, Point]:
    """The handles that have room at ``scale`` view pixels for a source pixel."""
    if not isinstance(geometry, TURNED):
        return {}
    found = handles(geometry)
    wide = dist(found["nw"], found["ne"]) * scale >= ROOM_FOR_SIDES
    high = dist(found["nw"], found["sw"]) * scale >= ROOM_FOR_SIDES
    left_out = (() if wide else ("n", "s")) + (() if high else ("e", "w"))
    return {name: found[name] for name in HANDLES if name not in left_out}


def turn_handle(geometry: Geometry, scale: float, picture: tuple[float, float]) -> tuple[Point, Point] | None:
    """Where the handle for turning stands, and the place on the outline that it hangs on.

    It stands outside the upper side, or the lower one where the picture (width, height) ends above it.
    """
    if not isinstance(geometry, TURNED):
        return None
    found = handles(geometry)
    for near, far in (("n", "s"), ("s", "n")):
        start, across = found[near], found[far]  # type: ignore[index]
        length = dist(start, across)
        if length * scale < 1:
            up = (0.0, -1.0) if near == "n" else (0.0, 1.0)
        else:
            up = ((start[0] - across[0]) / length, (start[1] - across[1]) / length)
        at = start[0] + up[0] * TURN_AT / scale, start[1] + up[1] * TURN_AT / scale
        if near == "s" or (0 <= at[0] <= picture[0] and 0 <= at[1] <= picture[1]):
            return at, start
    return None


def edge_marks(geometry: Geometry, scale: float) -> list[tuple[Vertex, FloatArray]]:
    """The middles of the edges that have room for a mark, with the vertex that each edge begins at."""
    if not isinstance(geometry, PolygonGeometry | PolylineGeometry):
        return []
    found = []
    for n, ring in enumerate(_arrays(geometry)):
        if len(ring) < 2:
            continue
        ends = np.roll(ring, -1, axis=0) if isinstance(geometry, PolygonGeometry) else ring[1:]
        starts = ring[: len(ends)]
        room = np.hypot(*(ends - starts).T) * scale >= ROOM_FOR_MARKS
        middles = (starts + ends) / 2
        found += [(Vertex(n, int(i)), middles[i]) for i in np.flatnonzero(room)]
    return found


def grip_at(
    geometry: Geometry, point: Point, scale: float, picture: tuple[float, float], anywhere: bool = False
) -> Grip | None:
    """What the pointer holds of a selected shape, handles and points before marks; None beside all of them.

    ``anywhere`` takes any place of an edge as one for a new point, not its mark alone.
    """
    reach = GRAB / scale
    if isinstance(geometry, TURNED):
        return _held_handle(geometry, point, scale, picture, reach)
    if (vertex := nearest_point(geometry, point, reach)) is not None:
        return OnVertex(vertex)
    if anywhere and (spot := nearest_edge(geometry, point, reach)) is not None:
        return OnEdge(Vertex(spot.ring, spot.index), spot.point)
    marks = ((hypot(*(at - point)), vertex, at) for vertex, at in edge_marks(geometry, scale))
    near = min((m for m in marks if m[0] <= reach), key=lambda m: m[0], default=None)
    return OnEdge(near[1], (float(near[2][0]), float(near[2][1]))) if near else None


def _held_handle(
    geometry: Geometry, point: Point, scale: float, picture: tuple[float, float], reach: float
) -> Grip | None:
    turning = turn_handle(geometry, scale, picture)
    if turning and dist(turning[0], point) <= reach:
        return Turn()
    box = handles(geometry)
    shortest = min(dist(box["nw"], box["ne"]), dist(box["nw"], box["sw"]))
    if geometry.contains(point):  # a small shape keeps a middle to be moved by
        reach = min(reach, shortest / 4)
    near = min((dist(at, point), name) for name, at in resize_handles(geometry, scale).items())
    return Resize(near[1]) if near[0] <= reach else None


def nearest_point(geometry: Geometry, point: Point, reach: float) -> Vertex | None:
    """The vertex or joint nearest to a point; joints that are not given are found too, to be given again."""
    best, found = reach, None
    for n, ring in enumerate(_arrays(geometry)):
        if len(ring) == 0:
            continue
        away = np.hypot(*(ring - point).T)
        i = int(away.argmin())
        if away[i] <= best:
            best, found = float(away[i]), Vertex(n, i)
    return found


def place_of(geometry: Geometry, grip: Grip, scale: float, picture: tuple[float, float]) -> Point | None:
    """Where a grip lies; None for the shape itself."""
    match grip:
        case Resize(handle):
            return handles(geometry)[handle]
        case Turn():
            turning = turn_handle(geometry, scale, picture)
            return turning[0] if turning else None
        case OnVertex(vertex):
            return rings_of(geometry)[vertex.ring][vertex.index]
        case OnEdge(_, point):
            return point
        case _:
            return None


def joints(geometry: KeypointsGeometry) -> Iterator[tuple[Point, int]]:
    """Each joint's place and visibility."""
    yield from zip(geometry.points, geometry.visibility, strict=True)


def _arrays(geometry: Geometry) -> list[FloatArray]:
    if isinstance(geometry, PolygonGeometry):
        return geometry.arrays
    return [np.asarray(ring, dtype=np.float64).reshape(-1, 2) for ring in rings_of(geometry)]
