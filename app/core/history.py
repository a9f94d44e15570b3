"""Undo and redo: one history per project, bounded in bytes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

from app.core.annotation import MaskGeometry, PolygonGeometry, Shape
from app.core.document import Document, LabelList


@dataclass(frozen=True)
class Change:
    """One undoable step: documents (and the label list) before and after it.

    ``merge_key`` is equal for the many small changes of one gesture (a drag, a slider): they become one step.
    """

    name: str
    documents: tuple[tuple[Document, Document], ...] = ()
    labels: tuple[LabelList, LabelList] | None = None
    merge_key: str | None = None

    @property
    def empty(self) -> bool:
        return all(a == b for a, b in self.documents) and (self.labels is None or self.labels[0] == self.labels[1])

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
        total = 200
        for before, after in self.documents:
            changed = {id(s): s for s in before.shapes} | {id(s): s for s in after.shapes}
            common = {id(s) for s in before.shapes} & {id(s) for s in after.shapes}
            total += 16 * (len(before.shapes) + len(after.shapes))
            total += sum(_cost(s) for key, s in changed.items() if key not in common)
        return total


@dataclass
class History:
    """Steps that were made and steps that were taken back. Holds no documents of its own: `Change` values go in
    and out, whoever keeps the documents applies them."""

    limit_bytes: int = 256 * 1024 * 1024
    done: list[Change] = field(default_factory=list)
    undone: list[Change] = field(default_factory=list)

    def push(self, change: Change) -> None:
        """Remember a step that has just been applied; what was undone before it is forgotten."""
        self.undone.clear()
        last = self.done[-1] if self.done else None
        if last and change.merge_key is not None and last.merge_key == change.merge_key:
            self.done[-1] = _merged(last, change)
        else:
            self.done.append(change)
        total = sum(c.cost() for c in self.done)
        while total > self.limit_bytes and len(self.done) > 1:
            total -= self.done.pop(0).cost()

    def undo(self) -> Change | None:
        """The change that takes the last step back, to be applied by the caller; None when there is nothing to undo."""
        if not self.done:
            return None
        step = self.done.pop()
        self.undone.append(step)
        return step.inverse()

    def redo(self) -> Change | None:
        if not self.undone:
            return None
        step = self.undone.pop()
        self.done.append(step)
        return step

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
            return 400 + len(rle.counts)
        case PolygonGeometry(rings):
            return 400 + 120 * sum(len(r) for r in rings)
        case _:
            return 600
