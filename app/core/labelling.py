"""Edits of labels that reach into documents, seen before they are done.

A `Plan` says what is to become of the list; over documents it gives a `LabelEdit`: what it would touch, what would
become invalid, and the one `history.Change` that does it. Where there are too many documents for that, the project file
does what a plan says by itself (`app.io.wide_edits`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from app.core.annotation import Shape
from app.core.document import Document
from app.core.errors import InputError
from app.core.history import Change
from app.core.labels import Label, LabelList

MOST_PROBLEMS = 1000


@dataclass(frozen=True)
class Problem:
    """A shape that would no longer be what its label asks, and the sentence that says so."""

    document: str
    shape: str
    sentence: str


def sentence(name: str, shapes: int, images: int, problems: int) -> str:
    """What an edit of labels would do, for the person who is asked."""
    bad = f" {_counted(problems, 'shape')} would no longer fit the label." if problems else ""
    if not shapes and not images:
        return f"{name}: shapes stay as they are.{bad}"
    return f"{name}: {_counted(shapes, 'shape')} in {_counted(images, 'image')}.{bad}"


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
        return sentence(self.name, self.shapes, len(self.documents), self.problem_count)

    def change(self) -> Change:
        """The whole edit as one undoable step."""
        return Change(self.name, self.documents, self.labels)


@dataclass(frozen=True)
class Plan:
    """What is to become of a label list, and by that of all shapes and images, before any document is looked at.

    ``names`` says what shapes of a label are called afterwards, None that they go; ``moved`` what their attributes are
    called. Shapes of the labels in ``watch`` may cease to fit although they stay as they are; ``judged`` says that
    shapes come under another label.
    """

    name: str
    labels: tuple[LabelList, LabelList]
    names: Mapping[str, str | None] = field(default_factory=dict)
    watch: frozenset[str] = frozenset()
    judged: bool = False
    moved: Mapping[str, str] = field(default_factory=dict)

    @property
    def concerned(self) -> tuple[str, ...]:
        """The labels whose shapes have to be looked at."""
        return tuple(dict.fromkeys((*self.names, *sorted(self.watch))))

    def changed(self, shape: Shape) -> Shape | None:
        """What becomes of a shape of one of ``names``; None where it goes."""
        name = self.names[shape.label]
        if name is None:
            return None
        before, after = self.labels
        label = before.get(shape.label)
        if not self.moved.keys().isdisjoint(shape.attributes):
            shape = replace(shape, attributes={self.moved.get(k, k): v for k, v in shape.attributes.items()})
        return shape if name == shape.label else relabelled(shape, after.get(name), label, name)

    def own(self, names: Iterable[str]) -> tuple[str, ...]:
        """What becomes of the labels of an image as a whole."""
        return tuple(dict.fromkeys(n for n in (self.names.get(x, x) for x in names) if n is not None))

    def problems(self, old: Shape, new: Shape) -> list[str]:
        """What would be wrong with a shape that is not wrong with it now."""
        before, after = self.labels
        if not self.watch and not self.judged:
            return []
        known: set[str] = set()
        if old.label in self.watch and (label := before.get(old.label)) is not None:
            known = set(replace(label, name=new.label).problems(old))
        return [sentence for sentence in after.problems(new) if sentence not in known]

    def over(self, documents: Iterable[Document]) -> LabelEdit:
        """The edit that this is for some documents."""
        pairs: list[tuple[Document, Document]] = []
        problems: list[Problem] = []
        count = shapes = images = 0
        for document in documents:
            changed = [self.changed(s) if s.label in self.names else s for s in document.shapes]
            touched = sum(a is not b for a, b in zip(document.shapes, changed, strict=True))
            own = self.own(document.labels)
            for old, new in zip(document.shapes, changed, strict=True):
                if new is None or (old is new and old.label not in self.watch):
                    continue
                fresh = self.problems(old, new)
                count += bool(fresh)
                room = MOST_PROBLEMS - len(problems)
                problems += [Problem(document.path, new.id, sentence) for sentence in fresh[:room]]
            if touched or own != document.labels:
                kept = tuple(s for s in changed if s is not None)
                pairs.append((document, replace(document, shapes=kept, labels=own)))
                shapes, images = shapes + touched, images + (own != document.labels)
        return LabelEdit(self.name, self.labels, tuple(pairs), shapes, images, tuple(problems), count)


def to_rename(labels: LabelList, old: str, new: str) -> Plan:
    """Give a label another name in the list, in all shapes and images, and in the labels below it. Raises InputError
    for an empty name, one that is taken, and a label that is not there."""
    return to_revise(labels, old, replace(_require(labels, old), name=new.strip()))


def to_revise(labels: LabelList, name: str, label: Label) -> Plan:
    """Put a label in the place of the one called ``name``: its attributes, kinds, colour, parent, and its name, which
    shapes and images then have. Values of an attribute that has only got another name (`moved_attributes`) go with it.
    Apart from that shapes stay as they are: what no longer fits is told. Raises InputError for an empty name, one that
    is taken, a label that is not there or one that would be below itself."""
    before = _require(labels, name)
    if not label.name:
        raise InputError("A label needs a name.")
    if label.name != name and label.name in labels:
        raise InputError(f"There is a label called {label.name} already. Merge the two instead.")
    after = LabelList(tuple(label if x is before else _adopted(x, name, label.name) for x in labels.labels))
    if label.parent is not None and (label.parent == label.name or label.name in after.ancestors(label.parent)):
        raise InputError(f"{label.name} cannot be below {label.parent}, which is below it.")
    asks = (before.kinds, before.attributes, before.skeleton) != (label.kinds, label.attributes, label.skeleton)
    watch = frozenset({name} if asks else ())
    moved = moved_attributes(before, label)
    said = "".join(f", {old} is now {new}" for old, new in moved.items())
    if label.name == name:
        return Plan(f"Change label {name}{said}", (labels, after), {name: name} if moved else {}, watch, moved=moved)
    only = replace(label, name=name) == before
    title = f"Rename {name} to {label.name}" if only else f"Change label {name}, now {label.name}{said}"
    return Plan(title, (labels, after), {name: label.name}, watch, moved=moved)


def moved_attributes(before: Label, after: Label) -> dict[str, str]:
    """The attributes that have got another name, by their old one: those that stand where one of the same kind stood
    whose name is there no more."""
    had, have = ({spec.name for spec in label.attributes} for label in (before, after))
    pairs = zip(before.attributes, after.attributes, strict=False)
    alike = ((a.name, b.name) for a, b in pairs if a.kind == b.kind)
    return {old: new for old, new in alike if old not in have and new not in had}


def to_move(labels: LabelList, name: str, step: int) -> Plan:
    """Put a label before (-1) or behind (1) the next one beside it, which is below the same; at an end it stays. Raises
    InputError for a label that is not there."""
    label = _require(labels, name)
    after = list(labels.labels)
    beside = [n for n, x in enumerate(after) if x.parent == label.parent]
    place = next(n for n, x in enumerate(after) if x is label)
    other = beside.index(place) + step
    if 0 <= other < len(beside):
        after[place], after[beside[other]] = after[beside[other]], label
    return Plan(f"Move label {name} {'up' if step < 0 else 'down'}", (labels, LabelList(tuple(after))))


def to_merge(labels: LabelList, names: Iterable[str], into: str) -> Plan:
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
    title = f"Merge {', '.join(gone)} into {into}"
    return Plan(title, (labels, LabelList(tuple(after))), dict.fromkeys(gone, into), judged=True)


def to_delete(labels: LabelList, name: str, instead: str | None = None, keep_shapes: bool = False) -> Plan:
    """Take a label out of the list. Its shapes get the label ``instead``, or go with it; with ``keep_shapes`` they stay
    and name a label that is not there. What was below it comes below its own parent. Raises InputError for a label that
    is not there."""
    label = _require(labels, name)
    if instead is not None:
        _require(labels, instead)
    after = tuple(replace(x, parent=label.parent) if x.parent == name else x for x in labels.labels if x.name != name)
    names: dict[str, str | None] = {} if keep_shapes and instead is None else {name: instead}
    watch = frozenset() if names else frozenset({name})
    return Plan(f"Delete label {name}", (labels, LabelList(after)), names, watch, judged=instead is not None)


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


def _adopted(label: Label, old: str, new: str) -> Label:
    return replace(label, parent=new) if label.parent == old else label


def _require(labels: LabelList, name: str) -> Label:
    label = labels.get(name)
    if label is None:
        raise InputError(f"There is no label {name}.")
    return label


def _counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
