"""The arithmetic of drawing by hand, in source pixels. Without Qt."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np

from app.core.annotation import PolygonGeometry, Ring, RotatedBoxGeometry
from app.core.geometry import Box, Point, ring_area
from app.ui.viewers.transform import Size


def spanned(anchor: Point, corner: Point, size: Size, square: bool = False, centred: bool = False) -> Box:
    """The box dragged from ``anchor`` to ``corner`` inside a picture of ``size``.

    ``square`` gives it equal sides, as long as the longer one where the picture has room; ``centred`` takes the anchor
    for its middle.
    """
    dx, dy = corner[0] - anchor[0], corner[1] - anchor[1]
    room_x = _room(anchor[0], size[0], dx, centred)
    room_y = _room(anchor[1], size[1], dy, centred)
    w, h = min(abs(dx), room_x), min(abs(dy), room_y)
    if square:
        w = h = min(max(abs(dx), abs(dy)), room_x, room_y)
    if centred:
        return Box(anchor[0] - w, anchor[1] - h, anchor[0] + w, anchor[1] + h)
    return Box.spanning(anchor, (anchor[0] + math.copysign(w, dx), anchor[1] + math.copysign(h, dy)))


def _room(at: float, length: float, step: float, centred: bool) -> float:
    before, after = at, length - at
    return min(before, after) if centred else (after if step >= 0 else before)


def rotated_box(a: Point, b: Point, beside: Point, size: Size) -> RotatedBoxGeometry | None:
    """The box with the side ``a``-``b`` that reaches as far as ``beside``, but not out of a picture of ``size``.

    None if it has no size. Its angle is that of the side, in degrees, clockwise on screen.
    """
    side = math.dist(a, b)
    if side == 0:
        return None
    nx, ny = -(b[1] - a[1]) / side, (b[0] - a[0]) / side
    wanted = (beside[0] - a[0]) * nx + (beside[1] - a[1]) * ny
    sign = math.copysign(1.0, wanted)
    far = min([abs(wanted), *(_way(p, (nx * sign, ny * sign), size) for p in (a, b))])
    if far <= 0:
        return None
    centre = (a[0] + b[0]) / 2 + nx * sign * far / 2, (a[1] + b[1]) / 2 + ny * sign * far / 2
    return RotatedBoxGeometry(centre, side, far, math.degrees(math.atan2(b[1] - a[1], b[0] - a[0])))


def _way(start: Point, direction: Point, size: Size) -> float:
    """How far one can go from a point of the picture before leaving it."""
    ways = [math.inf]
    for at, step, length in zip(start, direction, size, strict=True):
        if abs(step) > 1e-12:
            ways.append(((length if step > 0 else 0.0) - at) / step)
    return max(min(ways), 0.0)


def simplify(points: Sequence[Point], tolerance: float) -> list[Point]:
    """An open line with fewer points, nowhere farther than ``tolerance`` from the given one; both ends are kept.

    Douglas and Peucker (1973), by shapely. OpenCV's `approxPolyDP` has a last stage that breaks the bound.
    """
    if len(points) < 3:
        return list(points)
    from shapely import LineString

    found = LineString(points).simplify(tolerance, preserve_topology=False)
    return [(float(x), float(y)) for x, y in found.coords]


def ring_of(points: Sequence[Point]) -> Ring | None:
    """A closed ring without points that repeat the one before; it begins where it was begun. None if it has no area."""
    kept = [p for i, p in enumerate(points) if i == 0 or p != points[i - 1]]
    if len(kept) > 1 and kept[-1] == kept[0]:
        kept.pop()
    if len(kept) < 3 or ring_area(np.asarray(kept, dtype=np.float64)) == 0:
        return None
    return tuple(kept)


def with_ring(geometry: PolygonGeometry, ring: Ring) -> PolygonGeometry | None:
    """A polygon with a hole cut by a ring that begins inside it, or with a part added by one that begins outside.

    Rings that touch nothing are kept corner for corner; where they cross, shapely computes the difference or the
    union. None if nothing would be left.
    """
    hole = geometry.contains(ring[0])
    from shapely import Polygon, make_valid

    old, new = _area_of(geometry.rings), make_valid(Polygon(ring))
    clear = old.contains_properly(new) if hole else old.disjoint(new)
    if clear and new.geom_type == "Polygon" and not new.interiors:
        return PolygonGeometry((*geometry.rings, ring))
    rings = _rings_of(old.difference(new) if hole else old.union(new))
    return PolygonGeometry(rings) if rings else None


def _area_of(rings: Sequence[Ring]) -> Any:
    """Even-odd rings as one shapely area."""
    from shapely import Polygon, make_valid

    areas = [make_valid(Polygon(ring)) for ring in rings if len(ring) >= 3]
    return reduce(lambda a, b: a.symmetric_difference(b), areas, Polygon())


def _rings_of(area: Any) -> tuple[Ring, ...]:
    parts = [p for p in getattr(area, "geoms", (area,)) if p.geom_type == "Polygon" and p.area > 0]
    lines = [line for p in parts for line in (p.exterior, *p.interiors)]
    return tuple(tuple((float(x), float(y)) for x, y in line.coords[:-1]) for line in lines)
