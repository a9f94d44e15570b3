"""Questions about a whole project, asked of its file on a thread of their own."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QThread, Signal, Slot

from app.core.errors import FoveaError
from app.io import survey
from app.ui import threads
from app.ui.session import Session

T = TypeVar("T")
Question = Callable[[sqlite3.Connection], Any]


class Lookups(QObject):
    """Of each lane only the newest question matters: an older one is called off, and not answered. Lives on the
    window's thread, and so do the answers."""

    failed = Signal(str)
    _ask = Signal(str, int, object, object)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._serial = 0
        self._waiting: dict[str, tuple[int, Callable[[Any], object]]] = {}
        self._worker = _Worker()
        self._thread = QThread(self)
        self._thread.setObjectName("lookups")
        self._worker.moveToThread(self._thread)
        self._ask.connect(self._worker.ask)
        self._worker.answered.connect(self._on_answer)
        session.project_changed.connect(self.forget)
        session.closing.connect(self._shutdown)
        self._thread.start()

    def ask(self, lane: str, question: Callable[[sqlite3.Connection], T], answer: Callable[[T], object]) -> None:
        """Put a question to the open project; ``answer`` is called later with what it gives."""
        store = self._session.store
        if store is None:
            return
        self._serial += 1
        self._waiting[lane] = self._serial, answer
        self._worker.expect(lane, self._serial)
        self._ask.emit(lane, self._serial, store.file, question)

    def drop(self, lane: str) -> None:
        """What was asked in a lane does not matter any more."""
        self._waiting.pop(lane, None)
        self._worker.expect(lane, 0)

    @Slot()
    def forget(self) -> None:
        """Nothing that was asked matters any more."""
        self._waiting.clear()
        self._worker.expect("", 0)

    @Slot(str, int, object, str)
    def _on_answer(self, lane: str, serial: int, found: Any, problem: str) -> None:
        if self._waiting.get(lane, (0,))[0] != serial:
            return
        _, answer = self._waiting.pop(lane)
        if problem:
            self.failed.emit(problem)
        else:
            answer(found)

    @Slot()
    def _shutdown(self) -> None:
        self.forget()
        threads.end(self._thread, self._worker)


class _Worker(QObject):
    answered = Signal(str, int, object, str)

    def __init__(self) -> None:
        super().__init__()
        self._newest: dict[str, int] = {}
        self._running: tuple[str, sqlite3.Connection] | None = None
        self._lock = threading.Lock()

    def expect(self, lane: str, serial: int) -> None:
        """A newer question of a lane comes: what runs in it is called off. No lane means all of them. Any thread."""
        with self._lock:
            if lane:
                self._newest[lane] = serial
            else:
                self._newest.clear()
            if self._running is not None and lane in ("", self._running[0]):
                self._running[1].interrupt()

    @Slot(str, int, object, object)
    def ask(self, lane: str, serial: int, file: Path, question: Question) -> None:
        if self._newest.get(lane) != serial:
            return
        try:
            with survey.reading(file) as database:
                with self._lock:
                    self._running = lane, database
                try:
                    found = question(database)
                finally:
                    with self._lock:
                        self._running = None
            self.answered.emit(lane, serial, found, "")
        except FoveaError as error:
            if self._newest.get(lane) == serial:  # else it was called off
                self.answered.emit(lane, serial, None, str(error))
        except Exception as error:  # a bug in one question costs its answer, not the thread
            self.answered.emit(
                lane, serial, None, f"The project could not be searched: {type(error).__name__}: {error}"
            )
