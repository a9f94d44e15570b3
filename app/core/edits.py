"""Edits: pure functions from a document (or the label list) to the next one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from app.core.annotation import Attribute, Geometry, Shape, new_id
from app.core.document import LABEL_COLOURS, Document, Label, LabelList, State, changed_stretch
from app.core.labelling import relabelled


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


def editable(document: Document, ids: Iterable[str]) -> tuple[str, ...]:
    """Of these shapes the ones that are not locked, in the document's order."""
    meant = set(ids)
    return tuple(s.id for s in document.shapes if s.id in meant and not s.locked)


def reshape(document: Document, ids: Iterable[str], change: Callable[[Geometry], Geometry | None]) -> Document:
    """Apply a change (see `transform`, `vertices`, `convert` ...) to the geometries of shapes that are not locked; a
    shape that nothing is left of goes."""
    meant = set(editable(document, ids))
    shapes: list[Shape] = []
    for shape in document.shapes:
        if shape.id not in meant:
            shapes.append(shape)
        elif (geometry := change(shape.geometry)) is not None:
            shapes.append(shape if geometry == shape.geometry else replace(shape, geometry=geometry))
    return replace(document, shapes=tuple(shapes))


def relabel(document: Document, ids: Iterable[str], label: str, labels: LabelList | None = None) -> Document:
    """Give shapes another label. With the label list they keep the attributes that the new label also has (see
    `labelling.relabelled`), without it all."""
    if labels is None:
        return change_shapes(document, ids, lambda s: replace(s, label=label))
    new = labels.get(label)
    return change_shapes(document, ids, lambda s: relabelled(s, new, labels.get(s.label), label))


def takeable(
    document: Document, ids: Iterable[str], label: str, labels: LabelList
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Of these shapes the ones that may have a label by their kind, and why the others may not (each reason once)."""
    meant = set(ids)
    refused = {s.id: labels.refusal(s.kind, label) for s in document.shapes if s.id in meant and s.label != label}
    reasons = dict.fromkeys(reason for reason in refused.values() if reason is not None)
    return tuple(s.id for s in document.shapes if s.id in meant and refused.get(s.id) is None), tuple(reasons)


def labelled(shape: Shape, name: str, labels: LabelList) -> Shape:
    """A new shape under a label, with what that gives it at first; an alias means the label that it belongs to."""
    label = labels.get(name) or labels.aliased(name)
    if label is None:
        return replace(shape, label=name)
    return replace(shape, label=label.name, attributes={**label.defaults(), **shape.attributes})


def forbidden(pairs: Iterable[tuple[Document, Document]], labels: LabelList) -> str | None:
    """Why documents may not become others: the first shape that is new there, or has another kind or label, and whose
    label does not take its kind. None where there is no such shape. Costs what differs."""
    for before, after in pairs:
        head, tail = changed_stretch(before.shapes, after.shapes)
        known = {(s.id, s.kind, s.label) for s in before.shapes[head : len(before.shapes) - tail]}
        for shape in after.shapes[head : len(after.shapes) - tail]:
            reason = labels.refusal(shape.kind, shape.label)
            if reason is not None and (shape.id, shape.kind, shape.label) not in known:
                return reason
    return None


def set_attributes(document: Document, ids: Iterable[str], values: Mapping[str, Attribute]) -> Document:
    """Set attributes of shapes; a value of None takes the attribute away."""

    def change(shape: Shape) -> Shape:
        both = {**shape.attributes, **values}
        return replace(shape, attributes={key: value for key, value in both.items() if value is not None})

    return change_shapes(document, ids, change)


def set_locked(document: Document, ids: Iterable[str], locked: bool = True) -> Document:
    return change_shapes(document, ids, lambda s: replace(s, locked=locked))


def set_hidden(document: Document, ids: Iterable[str], hidden: bool = True) -> Document:
    return change_shapes(document, ids, lambda s: replace(s, hidden=hidden))


def set_track(document: Document, ids: Iterable[str], track: int | None) -> Document:
    return change_shapes(document, ids, lambda s: replace(s, track=track))


def group(document: Document, ids: Iterable[str]) -> Document:
    """Make shapes a group of their own, whatever groups they were in."""
    name = new_id()
    return change_shapes(document, ids, lambda s: replace(s, group=name))


def ungroup(document: Document, ids: Iterable[str]) -> Document:
    """Take the groups of these shapes apart, with all their members."""
    meant = set(ids)
    groups = {s.group for s in document.shapes if s.id in meant and s.group is not None}
    members = (s.id for s in document.shapes if s.group in groups)
    return change_shapes(document, members, lambda s: replace(s, group=None))


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
