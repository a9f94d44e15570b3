"""Edits of labels that reach into documents, seen before they are done.

Each gives a `LabelEdit`: what it would touch, what would become invalid, and the one `history.Change` that does it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from app.core.annotation import Shape
from app.core.document import Document
from app.core.errors import InputError
from app.core.history import Change
from app.core.labels import AttributeSpec, Label, LabelList

_MOST_PROBLEMS = 1000


@dataclass(frozen=True)
class Problem:
    """A shape that would no longer be what its label asks, and the sentence that says so."""

    document: str
    shape: str
    sentence: str


@dataclass(frozen=True)
class LabelEdit:
    """What an edit of labels would do.

    ``shapes`` counts the shapes that it changes, ``images`` the documents whose own labels it changes; ``problems``
    are the first thousand of the ``problem_count`` that it would bring and that were not there before.
    """

    name: str
    labels: tuple[LabelList, LabelList]
    documents: tuple[tuple[Document, Document], ...] = ()
    shapes: int = 0
    images: int = 0
    problems: tuple[Problem, ...] = ()
    problem_count: int = 0

    @property
    def sentence(self) -> str:
        """What it would do, for the person who is asked."""
        touched = f"{_counted(self.shapes, 'shape')} in {_counted(len(self.documents), 'image')}"
        bad = f" {_counted(self.problem_count, 'shape')} would no longer fit the label." if self.problem_count else ""
        return f"{self.name}: {touched}.{bad}"

    def change(self) -> Change:
        """The whole edit as one undoable step."""
        return Change(self.name, self.documents, self.labels)


def rename(labels: LabelList, documents: Iterable[Document], old: str, new: str) -> LabelEdit:
    """Give a label another name in the list, in all shapes and images, and in the labels below it. Raises InputError
    for an empty name, one that is taken, and a label that is not there."""
    new = new.strip()
    _require(labels, old)
    if not new:
        raise InputError("A label needs a name.")
    if new != old and new in labels:
        raise InputError(f"There is a label called {new} already. Merge the two instead.")
    after = tuple(_adopted(replace(x, name=new) if x.name == old else x, old, new) for x in labels.labels)
    return _edit(f"Rename {old} to {new}", labels, LabelList(after), documents, {old: new})


def merge(labels: LabelList, documents: Iterable[Document], names: Iterable[str], into: str) -> LabelEdit:
    """Make several labels one: their shapes get the label ``into`` and keep the attributes that it also has; their
    names become its aliases; what was below them comes below it. Raises InputError for a label that is not there."""
    gone = [name for name in dict.fromkeys(names) if name != into]
    for name in (*gone, into):
        _require(labels, name)
    after = []
    for label in labels.labels:
        if label.name in gone:
            continue
        if label.name == into:
            merged = [a for name in gone for a in (name, *_require(labels, name).aliases)]
            parent = next((p for p in (label.parent, *labels.ancestors(into)) if p not in gone), None)
            label = replace(label, aliases=tuple(dict.fromkeys((*label.aliases, *merged))), parent=parent)
        elif label.parent in gone:
            label = replace(label, parent=into)
        after.append(label)
    name = f"Merge {', '.join(gone)} into {into}"
    return _edit(name, labels, LabelList(tuple(after)), documents, dict.fromkeys(gone, into))


def delete(
    labels: LabelList, documents: Iterable[Document], name: str, instead: str | None = None, keep_shapes: bool = False
) -> LabelEdit:
    """Take a label out of the list. Its shapes get the label ``instead``, or go with it; with ``keep_shapes`` they stay
    and name a label that is not there. What was below it comes below its own parent. Raises InputError for a label that
    is not there."""
    label = _require(labels, name)
    if instead is not None:
        _require(labels, instead)
    after = tuple(replace(x, parent=label.parent) if x.parent == name else x for x in labels.labels if x.name != name)
    names: dict[str, str | None] = {} if keep_shapes and instead is None else {name: instead}
    return _edit(f"Delete label {name}", labels, LabelList(after), documents, names, watch={name})


def respecify(
    labels: LabelList, documents: Iterable[Document], name: str, attributes: Iterable[AttributeSpec]
) -> LabelEdit:
    """Ask other attributes of a label's shapes. The shapes stay as they are: what no longer fits is told."""
    return change_label(labels, documents, replace(_require(labels, name), attributes=tuple(attributes)))


def change_label(labels: LabelList, documents: Iterable[Document], label: Label) -> LabelEdit:
    """Put a label in place of the one of its name (its attributes, kinds, skeleton, colour ...). The shapes stay as
    they are: what no longer fits is told. Raises InputError for a label that is not there or would be below itself."""
    before = _require(labels, label.name)
    after = LabelList(tuple(label if x is before else x for x in labels.labels))
    if label.parent is not None and (label.parent == label.name or label.name in after.ancestors(label.parent)):
        raise InputError(f"{label.name} cannot be below {label.parent}, which is below it.")
    return _edit(f"Change label {label.name}", labels, after, documents, {}, watch={label.name})


def relabelled(shape: Shape, label: Label | None, before: Label | None, name: str) -> Shape:
    """A shape under another label. It keeps the attributes that the new label also has, and those that its old label
    did not speak of; what the new label has a default for is filled in."""
    if label and before and label.attributes == before.attributes:
        return replace(shape, label=name)
    known = {spec.name for spec in before.attributes} if before else set()
    wanted = {spec.name for spec in label.attributes} if label else set()
    kept = {key: value for key, value in shape.attributes.items() if key in wanted or key not in known}
    filled = {key: value for key, value in (label.defaults() if label else {}).items() if key not in kept}
    return replace(shape, label=name, attributes={**kept, **filled})


def _edit(
    name: str,
    labels: LabelList,
    after: LabelList,
    documents: Iterable[Document],
    names: Mapping[str, str | None],
    watch: Collection[str] = (),
) -> LabelEdit:
    pairs: list[tuple[Document, Document]] = []
    problems: list[Problem] = []
    count = shapes = images = 0
    for document in documents:
        changed = [_changed(s, labels, after, names) if s.label in names else s for s in document.shapes]
        touched = sum(a is not b for a, b in zip(document.shapes, changed, strict=True))
        own = tuple(dict.fromkeys(n for n in (names.get(x, x) for x in document.labels) if n is not None))
        for old, new in zip(document.shapes, changed, strict=True):
            if new is None or (old is new and old.label not in watch):
                continue
            known = set(labels.problems(old)) if old.label == new.label else set()
            fresh = [sentence for sentence in after.problems(new) if sentence not in known]
            count += bool(fresh)
            room = _MOST_PROBLEMS - len(problems)
            problems += [Problem(document.path, new.id, sentence) for sentence in fresh[:room]]
        if touched or own != document.labels:
            kept = tuple(s for s in changed if s is not None)
            pairs.append((document, replace(document, shapes=kept, labels=own)))
            shapes, images = shapes + touched, images + (own != document.labels)
    return LabelEdit(name, (labels, after), tuple(pairs), shapes, images, tuple(problems), count)


def _changed(shape: Shape, labels: LabelList, after: LabelList, names: Mapping[str, str | None]) -> Shape | None:
    name = names[shape.label]
    if name is None:
        return None
    return relabelled(shape, after.get(name), labels.get(shape.label), name)


def _adopted(label: Label, old: str, new: str) -> Label:
    return replace(label, parent=new) if label.parent == old else label


def _require(labels: LabelList, name: str) -> Label:
    label = labels.get(name)
    if label is None:
        raise InputError(f"There is no label {name}.")
    return label


def _counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
