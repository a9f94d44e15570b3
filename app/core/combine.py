"""Union, difference, intersection and cutting of shapes that cover an area.

The result follows the first operand's kind: masks are computed on runs of pixels, everything else exactly as polygons
(shapely). What that changes is said in sentences.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.core import brush
from app.core.annotation import Geometry, MaskGeometry, PolygonGeometry
from app.core.areas import AREA_KINDS, area_of, faces, pixels_within, polygon_of, rings_of, union_of
from app.core.errors import InputError
from app.core.geometry import FloatArray, IntArray, Point
from app.core.masks import rasterised
from app.core.runs import NO_RUNS, Operation, combined, rle_of, runs_of

_ROUNDED = "Outlines were rounded to whole pixels, because the first shape is a mask."
_ALONG_PIXELS = "Masks were followed along their pixels' edges, because the first shape is a polygon."


@dataclass(frozen=True)
class Combined:
    """What came out, None where nothing is left, and sentences on what was changed on the way."""

    geometry: Geometry | None
    notes: tuple[str, ...] = ()


def union(first: Geometry, others: Sequence[Geometry]) -> Combined:
    """Everything that any of them covers."""
    return combine(first, others, "union")


def subtract(first: Geometry, others: Sequence[Geometry]) -> Combined:
    """What the first covers and none of the others does."""
    return combine(first, others, "subtract")


def intersect(first: Geometry, others: Sequence[Geometry]) -> Combined:
    """What all of them cover."""
    return combine(first, others, "intersect")


def combine(first: Geometry, others: Sequence[Geometry], operation: Operation) -> Combined:
    """Any of the three. Raises InputError for a kind that covers no area."""
    _require_areas(first, *others)
    if not others:
        return Combined(first)
    if isinstance(first, MaskGeometry):
        result = runs_of(first.rle)
        for other in others:
            result = combined(result, _runs(other), operation)
        rle = rle_of(result)
        notes = (_ROUNDED,) if any(not isinstance(o, MaskGeometry) for o in others) else ()
        return Combined(MaskGeometry(rle) if rle else None, notes)
    return Combined(polygon_of(_areas(first, others, operation)), _notes(first, others))


def split(geometry: Geometry, line: Sequence[Point]) -> tuple[Geometry, ...]:
    """The pieces of a shape that is cut along a line, the largest first.

    Parts that the line does not cut stay with the largest piece. A mask is cut between pixels: each goes to the piece
    that its centre lies in. Raises InputError where the line does not cut the shape in two.
    """
    import shapely

    _require_areas(geometry)
    if len(line) < 2:
        raise InputError("A cut needs a line of two points at least.")
    cut: list[Any] = []
    whole: list[Any] = []
    knife = shapely.LineString(line)
    for part in faces(area_of(geometry)):
        pieces = _cut(part, knife) if part.intersects(knife) else [part]
        (cut.extend if len(pieces) > 1 else whole.extend)(pieces)
    if not cut:
        raise InputError("The line does not cut the shape: draw it from outside, across and out again.")
    cut.sort(key=lambda piece: -piece.area)
    if isinstance(geometry, MaskGeometry):
        return _split_mask(geometry, cut)
    largest = union_of([cut[0], *whole]) if whole else cut[0]
    return tuple(p for p in map(polygon_of, (largest, *cut[1:])) if p)


def parts(geometry: Geometry) -> tuple[Geometry, ...]:
    """The parts of a shape, each with its holes, the largest first; pixels that meet in a corner belong together.
    Raises InputError for a kind that covers no area."""
    _require_areas(geometry)
    match geometry:
        case MaskGeometry(rle):
            return tuple(MaskGeometry(part) for part in brush.parts(rle))
        case PolygonGeometry():
            return tuple(p for p in map(polygon_of, faces(area_of(geometry))) if p)
        case _:
            return (geometry,)


def holes_filled(geometry: Geometry, largest: float = float("inf")) -> Geometry:
    """The shape with all holes of up to ``largest`` square pixels filled. Raises InputError for other kinds than
    polygons and masks."""
    import shapely

    if isinstance(geometry, MaskGeometry):
        return MaskGeometry(brush.fill_holes(geometry.rle, largest))
    if not isinstance(geometry, PolygonGeometry):
        raise InputError(f"A {_spoken(geometry)} has no holes.")
    filled = []
    for part in faces(area_of(geometry)):
        kept = [r for r in part.interiors if shapely.Polygon(r).area > largest]
        filled.append(shapely.Polygon(part.exterior, kept))
    return polygon_of(union_of(filled)) or geometry


def _areas(first: Geometry, others: Sequence[Geometry], operation: Operation) -> Any:
    area, rest = area_of(first), [area_of(other) for other in others]
    match operation:
        case "union":
            return union_of([area, *rest])
        case "subtract":
            return area.difference(union_of(rest))
        case "intersect":
            for other in rest:
                area = area.intersection(other)
            return area


def _notes(first: Geometry, others: Sequence[Geometry]) -> tuple[str, ...]:
    notes = []
    if not isinstance(first, PolygonGeometry):
        notes.append(f"The {_spoken(first)} became a polygon.")
    if any(isinstance(other, MaskGeometry) for other in others):
        notes.append(_ALONG_PIXELS)
    return tuple(notes)


def _runs(geometry: Geometry) -> IntArray:
    if isinstance(geometry, MaskGeometry):
        return runs_of(geometry.rle)
    # A mask may reach beyond its picture: nothing is cut off on the right and below.
    box = geometry.bounds()
    return runs_of(pixels_within(geometry, int(box.x1) + 1, int(box.y1) + 1)) if box.x1 > 0 and box.y1 > 0 else NO_RUNS


def _cut(part: Any, knife: Any) -> list[Any]:
    """The faces between a polygon's border and the cuts through it: the line may cross itself and the holes."""
    import shapely

    noded = shapely.union_all([part.boundary, knife])
    found = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded))).tolist()
    return [face for face in found if part.contains(face.representative_point())]


def _split_mask(mask: MaskGeometry, pieces: Sequence[Any]) -> tuple[Geometry, ...]:
    """The smaller pieces take their pixels from the whole; the largest keeps what is left."""
    left, result = runs_of(mask.rle), []
    box = mask.rle.box
    for piece in pieces[1:]:
        rings = _rings(piece)
        found = rasterised(rings, int(box.x1), int(box.y1)) if box.x1 > 0 and box.y1 > 0 else None
        taken = combined(left, runs_of(found), "intersect")
        left = combined(left, taken, "subtract")
        if rle := rle_of(taken):
            result.append(MaskGeometry(rle))
    rest = rle_of(left)
    if rest is None or not result:
        raise InputError("The line runs too close to the border: no whole pixel lies on its other side.")
    return tuple(sorted((MaskGeometry(rest), *result), key=lambda m: -m.area()))


def _rings(piece: Any) -> list[FloatArray]:
    polygon = polygon_of(piece)
    return rings_of(polygon) if polygon else []


def _require_areas(*geometries: Geometry) -> None:
    for geometry in geometries:
        if geometry.kind not in AREA_KINDS:
            raise InputError(f"A {_spoken(geometry)} covers no area. Make a polygon or a mask of it first.")


def _spoken(geometry: Geometry) -> str:
    return geometry.kind.replace("_", " ")
