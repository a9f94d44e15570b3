"""Edits: pure functions from a document (or the label list) to the next one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from app.core.annotation import Shape
from app.core.document import LABEL_COLOURS, Document, Label, LabelList, State


def add_shapes(document: Document, shapes: Iterable[Shape]) -> Document:
    """Put shapes on top of the others; a document that was new is now in work."""
    state: State = "in_work" if document.state == "new" else document.state
    return replace(document, shapes=(*document.shapes, *shapes), state=state)


def remove_shapes(document: Document, ids: Iterable[str]) -> Document:
    gone = set(ids)
    return replace(document, shapes=tuple(s for s in document.shapes if s.id not in gone))


def change_shapes(document: Document, ids: Iterable[str], change: Callable[[Shape], Shape]) -> Document:
    """Apply a change to the shapes with those ids, in place of them."""
    meant = set(ids)
    return replace(document, shapes=tuple(change(s) if s.id in meant else s for s in document.shapes))


def relabel(document: Document, ids: Iterable[str], label: str) -> Document:
    return change_shapes(document, ids, lambda s: replace(s, label=label))


def set_state(document: Document, state: State) -> Document:
    return replace(document, state=state)


def add_label(labels: LabelList, name: str, colour: str | None = None) -> LabelList:
    """Append a label with the next free colour and digit key; a name that is there already changes nothing."""
    name = name.strip()
    if not name or name in labels:
        return labels
    taken = {label.colour for label in labels.labels}
    free = (c for c in LABEL_COLOURS if c not in taken)
    colour = colour or next(free, LABEL_COLOURS[len(labels.labels) % len(LABEL_COLOURS)])
    keys = {label.key for label in labels.labels}
    key = next((k for k in range(1, 10) if k not in keys), None)
    return LabelList((*labels.labels, Label(name, colour, key)))


def recolour_label(labels: LabelList, name: str, colour: str) -> LabelList:
    return LabelList(tuple(replace(x, colour=colour) if x.name == name else x for x in labels.labels))


def rename_label(labels: LabelList, old: str, new: str) -> LabelList:
    """Rename in the list only; shapes are renamed by `relabel` in the same `history.Change`."""
    new = new.strip()
    if not new or new in labels:
        return labels
    return LabelList(tuple(replace(x, name=new) if x.name == old else x for x in labels.labels))


def remove_label(labels: LabelList, name: str) -> LabelList:
    return LabelList(tuple(x for x in labels.labels if x.name != name))
