"""Duplicating shapes and pasting them into the same or another picture, at the same place. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from app.core import edits
from app.core.annotation import Shape, new_id
from app.core.clipping import clipped
from app.core.document import Document
from app.core.transform import moved


def copies(shapes: Iterable[Shape], dx: float = 0.0, dy: float = 0.0) -> tuple[Shape, ...]:
    """The shapes again under new ids, shifted. Groups stay together under new names; locks are not copied."""
    groups: dict[str, str] = {}
    return tuple(
        replace(
            shape,
            geometry=moved(shape.geometry, dx, dy) if dx or dy else shape.geometry,
            id=new_id(),
            group=groups.setdefault(shape.group, new_id()) if shape.group is not None else None,
            locked=False,
        )
        for shape in shapes
    )


def duplicate(document: Document, ids: Iterable[str], dx: float = 0.0, dy: float = 0.0) -> Document:
    """Put copies of shapes on top, in their order, shifted by (dx, dy) pixels."""
    meant = set(ids)
    return edits.add_shapes(document, copies((s for s in document.shapes if s.id in meant), dx, dy))


def paste(document: Document, shapes: Sequence[Shape], clip: bool = True) -> Document:
    """Put copies of shapes, of this or another picture, on top at the same place.

    With ``clip`` what lies outside the picture is cut off, and shapes wholly outside are left out; without, or while
    the picture's size is not known, they are kept as they are.
    """
    new = copies(shapes)
    if clip and document.width and document.height:
        cut = ((shape, clipped(shape.geometry, document.width, document.height)) for shape in new)
        new = tuple(replace(shape, geometry=geometry) for shape, geometry in cut if geometry is not None)
    return edits.add_shapes(document, new) if new else document
