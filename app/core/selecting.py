"""What a click or a rubber band selects. Pure functions on a document's shapes; hidden shapes are never selected."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import numpy as np

from app.core.annotation import (
    Geometry,
    KeypointsGeometry,
    MaskGeometry,
    PointGeometry,
    PolylineGeometry,
    Shape,
)
from app.core.areas import area_of
from app.core.geometry import Box
from app.core.runs import clipped, runs_of


def enclosed(shapes: Sequence[Shape], band: Box, skip_locked: bool = False) -> list[Shape]:
    """The shapes that lie wholly inside a rubber band, the lowest first."""
    found = (s for s in shapes if _free(s, skip_locked))
    return [s for s in found if _holds(band, s.bounds())]


def touched(shapes: Sequence[Shape], band: Box, skip_locked: bool = False) -> list[Shape]:
    """The shapes that a rubber band touches, the lowest first: with their outline or inside, not only with their
    bounding box."""
    found = (s for s in shapes if _free(s, skip_locked) and _meets(band, s.bounds()))
    return [s for s in found if _holds(band, s.bounds()) or touches(s.geometry, band)]


def picked(
    under: Sequence[Shape],
    selection: frozenset[str],
    members: Callable[[str], frozenset[str]],
    again: bool = False,
    alone: bool = False,
) -> frozenset[str] | None:
    """What a click on the shapes ``under`` it (see `annotation.hits`) selects; None beside everything.

    The smallest, and of a group first all ``members`` (ids, by the group's name). ``again`` is a click at the place of
    the one before: it goes on to what comes next there, the member after its group, then the shape below, and after the
    last the first again. Inside a group that is selected, or one of whose members is, a click anywhere takes the
    member; so it does in any group with ``alone``.
    """
    if not under:
        return None
    stops: list[frozenset[str]] = []
    for shape in under:
        group = members(shape.group) if shape.group is not None and not alone else frozenset[str]()
        if len(group) > 1 and group not in stops:
            stops.append(group)
        stops.append(frozenset({shape.id}))
    if again:
        return stops[(stops.index(selection) + 1) % len(stops)] if selection in stops else stops[0]
    within = bool(selection) and len(stops[0]) > 1 and selection <= stops[0]
    return frozenset({under[0].id}) if within else stops[0]


def with_groups(shapes: Sequence[Shape], ids: Collection[str]) -> frozenset[str]:
    """Ids, and those of all that is in a group with one of them and not hidden."""
    groups = {s.group for s in shapes if s.group is not None and s.id in ids}
    if not groups:
        return frozenset(ids)
    return frozenset(ids) | {s.id for s in shapes if s.group in groups and not s.hidden}


def touches(geometry: Geometry, band: Box) -> bool:
    """Whether any of a geometry lies in a box: a pixel, a stretch of a line, a point, a piece of an area."""
    import shapely

    if isinstance(geometry, MaskGeometry):
        outer = Box(*(float(v) for v in (*np.floor([band.x0, band.y0]), *np.ceil([band.x1, band.y1]))))
        return len(clipped(runs_of(geometry.rle), outer)) > 0
    area = shapely.box(*band.as_tuple())
    match geometry:
        case PolylineGeometry(points):
            line = shapely.LineString(points) if len(points) > 1 else shapely.Point(points[0])
            return bool(area.intersects(line))
        case PointGeometry(points):
            return bool(area.intersects(shapely.MultiPoint(points)))
        case KeypointsGeometry():
            seen = [v > 0 for v in geometry.visibility]
            joints = [p for p, v in zip(geometry.points, seen, strict=True) if v]
            bones = [shapely.LineString([geometry.points[a], geometry.points[b]]) for a, b in _bones(geometry, seen)]
            return any(area.intersects(part) for part in (shapely.MultiPoint(joints), *bones))
        case _:
            return bool(area.intersects(area_of(geometry)))


def _bones(geometry: KeypointsGeometry, seen: Sequence[bool]) -> list[tuple[int, int]]:
    return [(a, b) for a, b in geometry.edges if seen[a] and seen[b] and a != b]


def _free(shape: Shape, skip_locked: bool) -> bool:
    return not shape.hidden and not (skip_locked and shape.locked)


def _holds(band: Box, box: Box) -> bool:
    return box.x0 >= band.x0 and box.x1 <= band.x1 and box.y0 >= band.y0 and box.y1 <= band.y1


def _meets(band: Box, box: Box) -> bool:
    return box.x0 <= band.x1 and box.x1 >= band.x0 and box.y0 <= band.y1 and box.y1 >= band.y0
