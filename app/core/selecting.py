"""What a click or a rubber band selects. Pure functions on a document's shapes; hidden shapes are never selected."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from app.core.annotation import (
    Geometry,
    KeypointsGeometry,
    MaskGeometry,
    PointGeometry,
    PolylineGeometry,
    Shape,
    hits,
)
from app.core.areas import area_of
from app.core.geometry import Box, Point
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


def next_below(under: Sequence[Shape], selection: Collection[str]) -> Shape | None:
    """Of the shapes under a click (see `annotation.hits`), the one that the click selects.

    The first, if none of them is selected; else the one that comes after the selected one, and after the last the first
    again: clicking on the same place goes through all that lies there. None for a click beside everything.
    """
    chosen = [i for i, shape in enumerate(under) if shape.id in selection]
    return under[(chosen[0] + 1) % len(under) if len(chosen) == 1 else 0] if under else None


def clicked(
    shapes: Sequence[Shape],
    point: Point,
    selection: Collection[str],
    tolerance: float = 0.0,
    skip_locked: bool = False,
) -> Shape | None:
    """`next_below` for the shapes under a point."""
    return next_below(hits(shapes, point, tolerance, skip_locked), selection)


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
