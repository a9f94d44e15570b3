"""Shapes that do not overlap: what is drawn or changed gives way to its neighbours, or they to it, in the same step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal, Slot

from app.core.annotation import MaskGeometry, Shape, new_id
from app.core.areas import AREA_KINDS, rings_of
from app.core.carve import Direction, given_way
from app.core.document import Document, changed_stretch
from app.core.geometry import Box
from app.core.history import Change
from app.core.labels import LabelList
from app.ui.annotate.shape_work import Outcome
from app.ui.annotate.slow_edits import SlowEdits
from app.ui.session import Session
from app.ui.viewers.drags import counted

AT_ONCE = 2000
"""Up to so many vertices, and a thousand times as many pixels of masks, are worked out at once (10 ms)."""

COVERED = (
    "Neighbours cover all of it, so nothing would be left: nothing was done. Overlap can be allowed in Draw, Overlap."
)
LEFT_OUT = "{} would lie wholly under others: left out."
STILL = "{} drawn wholly over others: the overlap stays."
GONE = "{} covered wholly by it, and gone."
NOT_TAKEN = "{} would become another kind than the label {} takes, so its overlap stays."

Near = Callable[[Box], Sequence[Shape]]
Carved = dict[str, Shape | None]


@dataclass(frozen=True)
class _Waiting:
    name: str
    key: str
    path: str
    changed: tuple[Shape, ...]
    near: tuple[Shape, ...]


class NoOverlap(QObject):
    """Stands at `Session.settle`: every edit of the shown picture that adds shapes or changes where they are goes
    through it. What takes longer is worked out afterwards, off the window's thread, and joins the same step."""

    told = Signal(str)

    def __init__(self, session: Session, near: Near, slow: SlowEdits, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._near, self._slow = session, near, slow
        self.direction: Direction | None = None
        """Who gives way; None allows overlap."""
        self._waiting: _Waiting | None = None
        self._own = False
        session.settle = self.settle
        session.document_changed.connect(self._start)

    def settle(self, change: Change) -> Change | None:
        """The change with everything carved; None where nothing would be left of what was drawn or changed."""
        self._waiting = None
        document, direction = self._session.document, self.direction
        if direction is None or self._own or document is None or len(change.documents) != 1:
            return change
        before, after = change.documents[0]
        changed = _moved(before, after) if after.path == document.path else ()
        if not changed:
            return change
        near = self._neighbours(changed, after)
        if not near and len(changed) == 1:
            return change
        if _cost((*changed, *near)) > AT_ONCE:
            key = change.merge_key or f"overlap {new_id()}"
            self._waiting = _Waiting(change.name, key, after.path, changed, near)
            return replace(change, merge_key=key)
        carved, notes = _allowed(given_way(changed, near, direction), (*changed, *near), self._session.labels)
        covered = [s.id for s in changed if carved.get(s.id, s) is None]
        there = {s.id for s in before.shapes}
        if len(covered) == len(changed) or any(i in there for i in covered):
            self.told.emit(COVERED)
            return None
        for note in notes:
            self.told.emit(note)
        if covered:
            self.told.emit(LEFT_OUT.format(counted(len(covered))))
        self._tell_gone({i: s for i, s in carved.items() if i not in covered})
        return replace(change, documents=((before, _with(after, carved)),))

    def _neighbours(self, changed: Sequence[Shape], after: Document) -> tuple[Shape, ...]:
        box = changed[0].bounds()
        for shape in changed[1:]:
            box = box.united(shape.bounds())
        own, left = {s.id for s in changed}, {s.id for s in after.shapes}
        found = (s for s in self._near(box) if s.id not in own and s.id in left and s.kind in AREA_KINDS)
        return tuple(s for s in found if len(changed) > 1 or _meet(s.bounds(), box))

    def _tell_gone(self, carved: Carved) -> None:
        gone = sum(shape is None for shape in carved.values())
        if gone:
            self.told.emit(GONE.format(f"{counted(gone)} {'was' if gone == 1 else 'were'}"))

    # -- what takes longer

    @Slot()
    def _start(self) -> None:
        """The edit has been made: what it asks for is worked out now."""
        waiting, direction = self._waiting, self.direction
        self._waiting = None
        document = self._session.document
        if waiting is None or direction is None or document is None or document.path != waiting.path:
            return
        ids, labels = {s.id for s in waiting.changed}, self._session.labels
        if not ids <= {s.id for s in document.shapes}:
            return  # the edit was refused

        def work(shapes: Sequence[Shape], width: int, height: int) -> Outcome:
            changed = [s for s in shapes if s.id in ids]
            others = [s for s in shapes if s.id not in ids]
            carved, notes = _allowed(given_way(changed, others, direction), shapes, labels)
            # What is drawn already is not taken away again: what is covered wholly stays as it is.
            lost = {s.id for s in changed if carved.get(s.id, s) is None}
            left = {i: (s,) if s is not None else () for i, s in carved.items() if i not in lost}
            return Outcome(left, (*notes, STILL.format(counted(len(lost)))) if lost else notes)

        shapes = (*waiting.near, *waiting.changed)
        self._slow.start(waiting.name, shapes, work, waiting.key, self._join)

    def _join(self, change: Change, notes: tuple[str, ...]) -> None:
        """What was worked out becomes a part of the step that it belongs to, if that is still the last one."""
        self._own = True
        try:
            self._session.edit(change)
        finally:
            self._own = False
        for note in notes:
            self.told.emit(note)


def _allowed(carved: Carved, shapes: Sequence[Shape], labels: LabelList) -> tuple[Carved, tuple[str, ...]]:
    """Without what a label would not take (a box that gives way becomes a polygon), and sentences about that."""
    by_id, kept, notes = {s.id: s for s in shapes}, dict(carved), []
    for shape_id, shape in carved.items():
        label = labels.get(by_id[shape_id].label)
        if shape is not None and label is not None and label.kinds and shape.kind not in label.kinds:
            del kept[shape_id]
            notes.append(NOT_TAKEN.format(f"A {by_id[shape_id].kind.replace('_', ' ')}", label.name))
    return kept, tuple(dict.fromkeys(notes))


def _moved(before: Document, after: Document) -> tuple[Shape, ...]:
    """The shapes that cover pixels and are new or lie elsewhere now, the lowest first."""
    head, tail = changed_stretch(before.shapes, after.shapes)
    was = {s.id: s.geometry for s in before.shapes[head : len(before.shapes) - tail]}
    now = after.shapes[head : len(after.shapes) - tail]
    return tuple(s for s in now if s.kind in AREA_KINDS and not s.hidden and was.get(s.id) is not s.geometry)


def _meet(a: Box, b: Box) -> bool:
    return a.x0 < b.x1 and b.x0 < a.x1 and a.y0 < b.y1 and b.y0 < a.y1


def _cost(shapes: Sequence[Shape]) -> float:
    """Vertices, and thousands of pixels of masks."""
    total = 0.0
    for shape in shapes:
        if isinstance(shape.geometry, MaskGeometry):
            total += shape.geometry.rle.width * shape.geometry.rle.height / 1000
        else:
            total += sum(len(ring) for ring in rings_of(shape.geometry))
        if total > AT_ONCE:
            break
    return total


def _with(document: Document, carved: Carved) -> Document:
    shapes = (carved.get(s.id, s) for s in document.shapes)
    return replace(document, shapes=tuple(s for s in shapes if s is not None))
