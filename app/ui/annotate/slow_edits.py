"""Edits that may take longer than a frame: worked out off the window's thread, then made as one step."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal, Slot

from app.core.annotation import Shape
from app.core.document import Document
from app.core.errors import FoveaError
from app.core.history import Change
from app.ui.annotate.shape_work import Outcome, Work, after
from app.ui.session import Session
from app.ui.viewers.background import worker

Then = Callable[[Change, tuple[str, ...]], object]
"""Takes what was worked out, as a change that has not been made, and the notes."""


@dataclass(frozen=True, eq=False)
class _Asked:
    name: str
    path: str
    shapes: tuple[Shape, ...]
    merge_key: str | None = None
    then: Then | None = None


class SlowEdits(QObject):
    """Runs `shape_work` on shapes of the current picture. An answer whose shapes have changed meanwhile is dropped."""

    busy = Signal(str)
    """What is under way, for the status bar; empty when nothing is."""
    done = Signal(str, object, object)
    """(name, notes, ids that took the shapes' places; None where nothing was changed)"""
    noted = Signal(str)
    bug_met = Signal(str, str)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._worker = worker("shape-edits")
        self._worker.done.connect(self._take)
        self._asked: dict[int, _Asked] = {}

    def start(
        self,
        name: str,
        shapes: tuple[Shape, ...],
        work: Work,
        merge_key: str | None = None,
        then: Then | None = None,
    ) -> None:
        """Work something out for shapes, the lowest first; ``name`` is the step that it becomes, or that it joins by
        its ``merge_key``. With ``then`` whoever asked makes the change, and `done` is not sent."""
        document = self._session.document
        if document is None or not shapes:
            return
        width, height = document.width, document.height

        def job() -> Iterator[object]:
            try:
                yield work(shapes, width, height)
            except FoveaError as error:
                yield str(error)
            except Exception as error:
                yield f"{name} failed: {error}. The log has the details; nothing was changed.", traceback.format_exc()

        channel = self._worker.channel()  # one of its own: nothing that was asked for replaces anything else
        self._asked[channel] = _Asked(name, document.path, shapes, merge_key, then)
        self._say()
        self._worker.submit(channel, job)

    @property
    def pending(self) -> bool:
        return bool(self._asked)

    @Slot()
    def cancel(self) -> None:
        """Call off everything; nothing is changed any more."""
        if self._asked:
            for channel in self._asked:
                self._worker.cancel(channel)
            self._asked.clear()
            self._say()
            self.noted.emit("Cancelled; the shapes are as they were.")

    @Slot(int, int, object)
    def _take(self, channel: int, _: int, answer: object) -> None:
        asked = self._asked.pop(channel, None)
        if asked is None:
            return
        self._say()
        if isinstance(answer, Outcome):
            self._apply(asked, answer)
        elif isinstance(answer, tuple):
            self.bug_met.emit(*answer)
        else:
            self.noted.emit(str(answer))

    def _apply(self, asked: _Asked, outcome: Outcome) -> None:
        document = self._document(asked.path)
        now = {s.id: s for s in document.shapes} if document is not None else {}
        if document is None or any(now.get(s.id) != s for s in asked.shapes):
            self.noted.emit(f"{asked.name}: the shapes were changed meanwhile, so the answer was dropped.")
            return
        pairs = ((document, after(document, outcome.replaced)),) if outcome.replaced else ()
        change = Change(asked.name, pairs, None, asked.merge_key)
        if asked.then is not None:
            asked.then(change, outcome.notes)
            return
        changed = self._session.edit(change)
        if not changed and not change.empty:
            return  # refused, and said why
        ids = tuple(s.id for old in asked.shapes for s in outcome.replaced.get(old.id, (old,)))
        self.done.emit(asked.name, outcome.notes, ids if changed else None)

    def _document(self, path: str) -> Document | None:
        """The picture may have been left by now."""
        current, store = self._session.document, self._session.store
        if current is not None and current.path == path:
            return current
        return store.document(path) if store is not None else None

    def _say(self) -> None:
        waiting = [a.name for a in self._asked.values()]
        self.busy.emit(f"{waiting[-1]}... (Ctrl+. cancels)" if waiting else "")
