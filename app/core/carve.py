"""Shapes that do not overlap: what one covers is taken away from the other. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal

from app.core.annotation import Geometry, MaskGeometry, Shape
from app.core.areas import AREA_KINDS, area_of, bounds_meet, pixels_within
from app.core.combine import subtract
from app.core.document import Document
from app.core.runs import overlap

Direction = Literal["new", "others"]
"""Who gives way: the new shape, or those that it overlaps."""


def carved(geometry: Geometry, neighbours: Iterable[Geometry]) -> Geometry | None:
    """What is left of a geometry without what its neighbours cover; None where nothing is.

    Where nothing overlaps the geometry comes back as it is. Lines and points cover nothing, and nothing is taken from
    them. A box, rotated box or ellipse that loses something becomes a polygon.
    """
    if geometry.kind not in AREA_KINDS:
        return geometry
    met = [other for other in neighbours if overlaps(geometry, other)]
    return subtract(geometry, met).geometry if met else geometry


def carve(document: Document, ids: Iterable[str], gives_way: Direction = "new") -> Document:
    """Make shapes of a document free of overlap with the others.

    ``new``: each gives up what the others cover, and so among these shapes the later ones what the earlier cover.
    ``others``: the others give up what these cover. Locked shapes never give way, hidden ones are left out of it, and
    so are shapes of one group among each other; a shape that nothing is left of goes.
    """
    meant = set(ids)
    chosen = [s for s in document.shapes if s.id in meant]
    changed = given_way(chosen, [s for s in document.shapes if s.id not in meant], gives_way)
    if not changed:
        return document
    shapes = tuple(changed.get(s.id, s) for s in document.shapes)
    return replace(document, shapes=tuple(s for s in shapes if s is not None))


def given_way(
    chosen: Sequence[Shape], others: Sequence[Shape], gives_way: Direction = "new"
) -> dict[str, Shape | None]:
    """What becomes of shapes by id, where anything does, and None where nothing is left; see `carve`."""
    chosen, others = [s for s in chosen if not s.hidden], [s for s in others if not s.hidden]
    return _given_way(chosen, others) if gives_way == "new" else _all_given_way(others, chosen)


def overlaps(a: Geometry, b: Geometry) -> bool:
    """Whether two geometries have an area in common; with a mask, a pixel."""
    if not {a.kind, b.kind} <= set(AREA_KINDS) or not bounds_meet(a.bounds(), b.bounds()):
        return False
    if isinstance(a, MaskGeometry) or isinstance(b, MaskGeometry):
        size = _reach(a, b)
        one, two = pixels_within(a, *size), pixels_within(b, *size)
        return one is not None and two is not None and overlap(one, two) > 0
    one_area, two_area = area_of(a), area_of(b)
    return bool(one_area.intersects(two_area) and one_area.intersection(two_area).area > 0)


def _given_way(chosen: Sequence[Shape], others: Sequence[Shape]) -> dict[str, Shape | None]:
    changed: dict[str, Shape | None] = {}
    taken = [*others, *(s for s in chosen if s.locked)]
    for shape in chosen:
        if shape.locked:
            continue
        left = _without(shape, taken)
        if left is not shape:
            changed[shape.id] = left
        if left is not None:
            taken.append(left)
    return changed


def _all_given_way(others: Sequence[Shape], chosen: Sequence[Shape]) -> dict[str, Shape | None]:
    changed: dict[str, Shape | None] = {}
    for shape in others:
        left = shape if shape.locked else _without(shape, chosen)
        if left is not shape:
            changed[shape.id] = left
    return changed


def _without(shape: Shape, taken: Sequence[Shape]) -> Shape | None:
    """A shape without what others cover that are not of its own group."""
    left = carved(shape.geometry, (s.geometry for s in taken if shape.group is None or s.group != shape.group))
    if left is shape.geometry:
        return shape
    return None if left is None else replace(shape, geometry=left)


def _reach(a: Geometry, b: Geometry) -> tuple[int, int]:
    boxes = a.bounds(), b.bounds()
    return int(max(box.x1 for box in boxes)) + 1, int(max(box.y1 for box in boxes)) + 1
