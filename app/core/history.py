"""Undo and redo: one history per project, bounded in bytes; older steps may lie in the project file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from app.core.annotation import KeypointsGeometry, MaskGeometry, PolygonGeometry, Shape
from app.core.document import Comment, Document, changed_stretch
from app.core.errors import FoveaError
from app.core.labels import LabelList
from app.core.vertices import rings_of


@dataclass(frozen=True)
class Change:
    """One undoable step: documents (and the label list) before and after it.

    ``merge_key`` is equal for the many small changes of one gesture (a drag, a slider): they become one step.
    ``rows`` is what it does to rows of the project file, where there are too many documents to be held: bytes that
    only whoever made them can read (`app.io.wide_edits`).
    """

    name: str
    documents: tuple[tuple[Document, Document], ...] = ()
    labels: tuple[LabelList, LabelList] | None = None
    merge_key: str | None = None
    rows: bytes | None = None

    @property
    def empty(self) -> bool:
        same = all(a == b for a, b in self.documents) and (self.labels is None or self.labels[0] == self.labels[1])
        return same and self.rows is None

    @property
    def shown(self) -> str | None:
        """The path of the document that a person should look at to see what this step changes."""
        return self.documents[0][1].path if self.documents else None

    def inverse(self) -> Change:
        return replace(
            self,
            documents=tuple((after, before) for before, after in self.documents),
            labels=None if self.labels is None else (self.labels[1], self.labels[0]),
        )

    def cost(self) -> int:
        """Bytes that this step keeps alive, roughly: only shapes that differ between before and after count."""
        return self._bytes

    @cached_property
    def _bytes(self) -> int:
        # Counted once: `History.push` adds up all steps, and each may hold documents of thousands of shapes.
        total = 200 + len(self.rows or b"")
        for before, after in self.documents:
            head, tail = changed_stretch(before.shapes, after.shapes)
            old = {id(s): s for s in before.shapes[head : len(before.shapes) - tail]}
            new = {id(s): s for s in after.shapes[head : len(after.shapes) - tail]}
            total += 16 * (len(before.shapes) + len(after.shapes))
            total += sum(_cost(s) for key, s in (old | new).items() if not (key in old and key in new))
            total += _about(before) + _about(after)
        if self.labels is not None and self.labels[0] is not self.labels[1]:
            total += _listed(self.labels[0]) + _listed(self.labels[1])
        return total


@dataclass(frozen=True)
class Step:
    """A step of the history. ``key`` is its name in the project file, 0 where it is not kept there; ``change`` is None
    where what it changed lies in the file alone."""

    name: str
    key: int = 0
    change: Change | None = None
    shown: str = ""
    """The path of the first of the ``pictures`` documents that it changes; empty where it changes none."""
    pictures: int = 0

    @classmethod
    def of(cls, change: Change, key: int) -> Step:
        """A step that has just been made."""
        return cls(change.name, key, change, change.shown or "", len(change.documents))

    def cost(self) -> int:
        """Bytes that this step keeps alive beside its name, roughly."""
        return 0 if self.change is None else self.change.cost()


@dataclass
class History:
    """Steps that were made and steps that were taken back. Holds no documents of its own: `Change` values go in
    and out, whoever keeps the documents applies them.

    ``read`` gives the change of a step that lies in the project file alone, to take it back (True) or to do it again
    (False); it raises FoveaError where that cannot be done, and nothing has moved then. Steps over ``limit_bytes`` are
    left to the file, or forgotten where they are not kept there.
    """

    limit_bytes: int = 256 * 1024 * 1024
    done: list[Step] = field(default_factory=list)
    undone: list[Step] = field(default_factory=list)
    read: Callable[[Step, bool], Change] | None = None

    def merged(self, change: Change) -> Change | None:
        """What the last step would be with a change that goes on with it; None where it does not."""
        last = self.done[-1].change if self.done else None
        if last is None or change.merge_key is None or last.merge_key != change.merge_key:
            return None
        return _merged(last, change)

    def push(self, change: Change, key: int = 0, oldest: int = 0) -> None:
        """Remember a step that has just been applied; what was undone before it is forgotten.

        ``key`` is what it is called in the project file, which no longer knows steps below ``oldest``.
        """
        self.undone.clear()
        whole = self.merged(change)
        if whole is not None:
            self.done[-1] = Step.of(whole, self.done[-1].key)
        else:
            self.done.append(Step.of(change, key))
        lost = [n for n, step in enumerate(self.done) if step.change is None and step.key < oldest]
        del self.done[: lost[-1] + 1 if lost else 0]
        self._bound(oldest)

    def _bound(self, oldest: int) -> None:
        total = sum(step.cost() for step in self.done)
        for n, step in enumerate(self.done[:-1]):
            if total <= self.limit_bytes:
                return
            total -= step.cost()
            self.done[n] = replace(step, key=step.key if step.key >= oldest else 0, change=None)
            if not self.done[n].key:  # nor can those before it be reached
                gone = n
                break
        else:
            return
        del self.done[: gone + 1]
        self._bound(oldest)

    def undo(self) -> Change | None:
        """The change that takes the last step back, to be applied by the caller; None when there is nothing to undo."""
        if not self.done:
            return None
        step = self.done[-1]
        change = self._read(step, True) if step.change is None else step.change.inverse()
        self.undone.append(self.done.pop())
        return change

    def redo(self) -> Change | None:
        if not self.undone:
            return None
        step = self.undone[-1]
        change = self._read(step, False) if step.change is None else step.change
        self.done.append(self.undone.pop())
        return change

    def put_back(self, back: bool) -> None:
        """The change that `undo` (True) or `redo` (False) gave last could not be applied: it does not count."""
        if back:
            self.done.append(self.undone.pop())
        else:
            self.undone.append(self.done.pop())

    def _read(self, step: Step, back: bool) -> Change:
        if self.read is None:
            raise FoveaError(f"What {step.name} changed is not known any more.")
        return self.read(step, back)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all steps, the oldest first; the first `position` of them are done, the others undone."""
        return (*(s.name for s in self.done), *(s.name for s in reversed(self.undone)))

    def step(self, number: int) -> Step:
        """A step by its place in `names`."""
        done = len(self.done)
        return self.done[number] if number < done else self.undone[len(self.undone) - 1 - (number - done)]

    @property
    def position(self) -> int:
        """How many steps are done."""
        return len(self.done)

    def jump(self, position: int) -> Iterator[Change]:
        """The changes to apply, one after the other, until that many steps are done.

        A step counts as taken when its change is handed out, as with `undo` and `redo`: whoever cannot apply one calls
        `put_back` and goes no further. Raises IndexError for a position that there is not.
        """
        if not 0 <= position <= len(self.done) + len(self.undone):
            raise IndexError(f"there are {len(self.done) + len(self.undone)} steps, not {position}")
        return self._steps(position)

    def _steps(self, position: int) -> Iterator[Change]:
        while len(self.done) != position:
            change = self.undo() if len(self.done) > position else self.redo()
            if change is None:
                return
            yield change

    @property
    def undo_name(self) -> str | None:
        return self.done[-1].name if self.done else None

    @property
    def redo_name(self) -> str | None:
        return self.undone[-1].name if self.undone else None


def _merged(first: Change, second: Change) -> Change:
    documents = {a.path: (a, b) for a, b in first.documents}
    for before, after in second.documents:
        documents[after.path] = (documents.get(after.path, (before, after))[0], after)
    labels = second.labels if first.labels is None else first.labels
    if first.labels and second.labels:
        labels = (first.labels[0], second.labels[1])
    return replace(second, documents=tuple(documents.values()), labels=labels)


def _cost(shape: Shape) -> int:
    match shape.geometry:
        case MaskGeometry(rle):
            size = len(rle.counts)
        case PolygonGeometry():
            size = 200 + len(shape.geometry.packed)
        case KeypointsGeometry(points, _, names):
            size = 100 * len(points) + sum(map(len, names))
        case geometry:
            size = 200 + 120 * sum(len(r) for r in rings_of(geometry))
    texts = (len(key) + len(value) if isinstance(value, str) else len(key) for key, value in shape.attributes.items())
    return 400 + size + sum(120 + text for text in texts)


def _about(document: Document) -> int:
    """What a document holds beside its shapes. Before and after may share it; it is small."""
    said = sum(400 + _length(comment) for comment in document.comments)
    judged = 200 + len(document.review.reason) + len(document.review.reviewer) if document.review else 0
    return said + judged + sum(60 + len(name) for name in document.labels)


def _length(comment: Comment) -> int:
    return len(comment.text) + len(comment.author)


def _listed(labels: LabelList) -> int:
    """A label's parts are shared between lists for as long as they are the same; a list's own are names and places."""
    return sum(400 + 300 * len(x.attributes) + sum(60 + len(a) for a in x.aliases) for x in labels.labels)
