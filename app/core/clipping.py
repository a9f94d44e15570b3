"""Cutting geometries off at the picture's border."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from app.core.annotation import (
    BoxGeometry,
    Geometry,
    KeypointsGeometry,
    MaskGeometry,
    PointGeometry,
    PolylineGeometry,
)
from app.core.areas import area_of, pixels_within, polygon_of
from app.core.geometry import Box, Point


def clipped(geometry: Geometry, width: int, height: int) -> Geometry | None:
    """The part inside a picture of that size; None where nothing is.

    A rotated box or an ellipse that reaches outside becomes a polygon. A polyline keeps its longest stretch inside.
    Points outside are dropped; joints outside become "not given".
    """
    box = geometry.bounds()
    if box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height and not _has_joints(geometry):
        return geometry
    match geometry:
        case BoxGeometry(b):
            cut = b.clipped(width, height)
            return BoxGeometry(cut) if cut.area > 0 else None
        case MaskGeometry():
            rle = pixels_within(geometry, width, height)
            return MaskGeometry(rle) if rle else None
        case PolylineGeometry(points):
            return _longest(points, width, height)
        case PointGeometry(points):
            kept = tuple(p for p in points if _inside(p, width, height))
            return PointGeometry(kept) if kept else None
        case KeypointsGeometry():
            return _joints(geometry, width, height)
        case _:
            import shapely

            return polygon_of(area_of(geometry).intersection(shapely.box(0, 0, width, height)))


def _has_joints(geometry: Geometry) -> bool:
    """Bounds speak of given joints alone, or of a box that joints may lie outside of."""
    return isinstance(geometry, KeypointsGeometry)


def _inside(p: Point, width: int, height: int) -> bool:
    return 0 <= p[0] <= width and 0 <= p[1] <= height


def _longest(points: tuple[Point, ...], width: int, height: int) -> PolylineGeometry | None:
    import shapely

    inside: Any = shapely.LineString(points).intersection(shapely.box(0, 0, width, height))
    lines = [part for part in shapely.get_parts(inside).tolist() if part.geom_type == "LineString" and part.length > 0]
    if len(lines) > 1:  # a line that crosses itself comes in pieces that belong together
        merged = shapely.line_merge(shapely.MultiLineString(lines))
        lines = shapely.get_parts(merged).tolist()
    if not lines:
        return None
    longest = max(lines, key=lambda part: part.length)
    return PolylineGeometry(tuple((float(x), float(y)) for x, y in longest.coords))


def _joints(geometry: KeypointsGeometry, width: int, height: int) -> KeypointsGeometry | None:
    seen = zip(geometry.points, geometry.visibility, strict=True)
    visibility = tuple(v if _inside(p, width, height) else 0 for p, v in seen)
    if not any(visibility):
        return None
    box: Box | None = geometry.box and geometry.box.clipped(width, height)
    return replace(geometry, visibility=visibility, box=box if box and box.area > 0 else None)
