"""What the heavier commands make of selected shapes: pure, to be run off the window's thread. Without Qt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from app.core import brush, clipping, combine, convert
from app.core.annotation import Geometry, MaskGeometry, PolylineGeometry, Shape, new_id
from app.core.document import Document
from app.core.errors import InputError
from app.core.masks import Rle
from app.core.runs import Operation

SMOOTHING = 2
"""The radius, in pixels, that masks are smoothed with."""

SPECK = 0.01
"""Parts of a mask of at most this share of it are specks."""

NO_MASK = "{} is no mask: convert it to one first (Shape, Convert to)."


@dataclass(frozen=True)
class Outcome:
    """What takes each shape's place, by id (nothing where it goes), and sentences for the person."""

    replaced: Mapping[str, tuple[Shape, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


Work = Callable[[Sequence[Shape], int, int], Outcome]
"""From shapes, the lowest first, in a picture of a width and a height."""


def converting(kind: str) -> Work:
    """Every shape as another kind, with what that loses; those that cannot be stay, with the reason."""

    def work(shapes: Sequence[Shape], width: int, height: int) -> Outcome:
        def one(geometry: Geometry) -> tuple[Geometry | None, tuple[str, ...]]:
            lost = convert.losses(geometry, kind, width, height)
            return convert.converted(geometry, kind, width, height), lost

        return _each(shapes, one)

    return work


def combining(operation: Operation) -> Work:
    """The lowest shape with the others: a union or an intersection takes their place, what they cover is subtracted
    from it and they stay. Raises InputError for fewer than two shapes."""

    def work(shapes: Sequence[Shape], width: int, height: int) -> Outcome:
        if len(shapes) < 2:
            raise InputError("Select two shapes or more: the others are combined with the lowest one.")
        first, *others = shapes
        found = combine.combine(first.geometry, [s.geometry for s in others], operation)
        if found.geometry is None and operation == "intersect":
            raise InputError("The shapes have no place in common: nothing was changed.")
        left = (replace(first, geometry=found.geometry),) if found.geometry is not None else ()
        notes = found.notes if left else (*found.notes, "Nothing was left of the lowest shape: it is gone.")
        gone: dict[str, tuple[Shape, ...]] = {s.id: () for s in others} if operation != "subtract" else {}
        return Outcome({first.id: left, **gone}, notes)

    return work


def split(shapes: Sequence[Shape], width: int, height: int) -> Outcome:
    """Each part becomes a shape of its own; the largest keeps the shape's id."""
    replaced: dict[str, tuple[Shape, ...]] = {}
    notes: list[str] = []
    for shape in shapes:
        try:
            parts = combine.parts(shape.geometry)
        except InputError as error:
            notes.append(str(error))
            continue
        if len(parts) > 1:
            rest = (replace(shape, geometry=part, id=new_id()) for part in parts[1:])
            replaced[shape.id] = (replace(shape, geometry=parts[0]), *rest)
    if not replaced and not notes:
        notes.append("Nothing to split: each of these shapes is in one part.")
    return Outcome(replaced, _once(notes))


def cutting(line: PolylineGeometry) -> Work:
    """The pieces that a line cuts each shape in; the largest keeps the shape's id. What it does not cut stays."""

    def work(shapes: Sequence[Shape], width: int, height: int) -> Outcome:
        replaced: dict[str, tuple[Shape, ...]] = {}
        notes: list[str] = []
        changed: list[str] = []
        for shape in shapes:
            try:
                first, *rest = combine.split(shape.geometry, line.points)
            except InputError as error:
                notes.append(str(error))
                continue
            replaced[shape.id] = (
                replace(shape, geometry=first),
                *(replace(shape, geometry=piece, id=new_id()) for piece in rest),
            )
            if first.kind != shape.kind:
                changed.append(f"The {shape.kind.replace('_', ' ')} became polygons.")
        # Of several shapes that are selected some may well lie beside the line.
        return Outcome(replaced, _once(changed if replaced else notes))

    return work


def fill_holes(shapes: Sequence[Shape], width: int, height: int) -> Outcome:
    return _each(shapes, lambda g: (combine.holes_filled(g), ()))


def clip(shapes: Sequence[Shape], width: int, height: int) -> Outcome:
    """Cut off what lies outside the picture; shapes wholly outside go."""
    return _each(shapes, lambda g: (clipping.clipped(g, width, height), ()))


def changing(change: Callable[[Geometry], Geometry]) -> Work:
    """Every geometry changed alike; those that cannot be stay, with the reason."""
    return lambda shapes, width, height: _each(shapes, lambda g: (change(g), ()))


def smooth(shapes: Sequence[Shape], width: int, height: int) -> Outcome:
    return _masks(shapes, lambda rle: brush.smooth(rle, SMOOTHING, bounds=(width, height)))


def grow(shapes: Sequence[Shape], width: int, height: int) -> Outcome:
    return _masks(shapes, lambda rle: brush.grow(rle, 1, (width, height)))


def shrink(shapes: Sequence[Shape], width: int, height: int) -> Outcome:
    return _masks(shapes, lambda rle: brush.grow(rle, -1, (width, height)))


def remove_specks(shapes: Sequence[Shape], width: int, height: int) -> Outcome:
    return _masks(shapes, lambda rle: brush.remove_specks(rle, rle.area() * SPECK))


def after(document: Document, replaced: Mapping[str, tuple[Shape, ...]]) -> Document:
    """The document with shapes put in place of others; the rest are the same objects."""
    shapes = (x for s in document.shapes for x in replaced.get(s.id, (s,)))
    return replace(document, shapes=tuple(shapes))


def _masks(shapes: Sequence[Shape], change: Callable[[Rle], Rle | None]) -> Outcome:
    def one(geometry: Geometry) -> tuple[Geometry | None, tuple[str, ...]]:
        if not isinstance(geometry, MaskGeometry):
            raise InputError(NO_MASK.format(f"A {geometry.kind.replace('_', ' ')}"))
        rle = change(geometry.rle)
        return (MaskGeometry(rle) if rle is not None else None), ()

    return _each(shapes, one)


def _each(shapes: Sequence[Shape], change: Callable[[Geometry], tuple[Geometry | None, tuple[str, ...]]]) -> Outcome:
    replaced: dict[str, tuple[Shape, ...]] = {}
    notes: list[str] = []
    for shape in shapes:
        try:
            geometry, said = change(shape.geometry)
        except InputError as error:
            notes.append(str(error))
            continue
        notes += said
        if geometry is None:
            replaced[shape.id] = ()
        elif geometry != shape.geometry:
            replaced[shape.id] = (replace(shape, geometry=geometry),)
    return Outcome(replaced, _once(notes))


def _once(notes: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(notes))
