"""Edits of labels in large projects, off the window's thread: it goes on showing pictures, edits wait for the end."""

from __future__ import annotations

import sqlite3
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal, Slot

from app.core.document import State
from app.core.errors import FoveaError
from app.core.history import Change, Step
from app.core.labelling import Plan
from app.io import project_file, wide_edits
from app.io.background import go_last
from app.io.deltas import OutdatedError
from app.io.project import ProjectStore
from app.ui.viewers.background import worker

if TYPE_CHECKING:
    from app.ui.session import Session

PATIENCE_S = 30.0
Work = Callable[[sqlite3.Connection], object]


class _Stopped(Exception):
    """The project is closed."""


@dataclass(frozen=True)
class _Failed:
    """A sentence for the person; ``lost`` says that the step it is about fits no more."""

    sentence: str
    lost: bool = False


@dataclass(frozen=True)
class _Done:
    """A change that is in the file; ``key`` is that of a new step."""

    change: Change
    key: int | None
    counts: Mapping[str, tuple[State, int]]


class WideEdits(QObject):
    """One at a time, each one transaction over a connection of its own. While one is under way `held` is the sentence
    that refuses other edits."""

    busy = Signal(str)
    """What is under way, for the status bar; empty when nothing is."""
    surveyed = Signal(object)
    """A `wide_edits.Survey`, the newest that was asked for, or the sentence that says why there is none."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.held = ""
        self._then: Callable[[], object] = lambda: None
        self._step: tuple[Step, bool] | None = None
        self._stop = threading.Event()
        self._idle = threading.Event()
        self._idle.set()
        self._connection: sqlite3.Connection | None = None
        self._worker = worker("wide-edits")
        self._edits, self._surveys = self._worker.channel(), self._worker.channel()
        self._worker.done.connect(self._take)

    def survey(self, plan: Plan) -> None:
        """Look what a plan would do; `surveyed` says it."""
        store = self._session.store
        if store is not None:
            self._submit(self._surveys, store, lambda database: wide_edits.survey(database, plan, self._going))

    def perform(self, plan: Plan, then: Callable[[], object] = lambda: None) -> None:
        """Carry a plan out, as one step; then call ``then`` if it could be."""
        store = self._session.store
        if store is None or self._refused():
            return
        if store.read_only:
            self._session.refused.emit(f"The edit was not kept. {store.note}")
            return
        journal = store.journal
        self._hold(plan.name, then, None)

        def work(database: sqlite3.Connection) -> _Done:
            change, key = wide_edits.perform(database, plan, journal, self._going)
            return _Done(change, key, wide_edits.counts(database, change))

        self._submit(self._edits, store, work)

    def travel(self, change: Change, step: Step, back: bool) -> None:
        """Take a step back or do it again that the history has just handed out."""
        store = self._session.store
        if store is None or self._refused():
            self._session.put_back(back)
            return
        journal = store.journal
        self._hold(f"{'Undo' if back else 'Redo'} {step.name[:1].lower()}{step.name[1:]}", lambda: None, (step, back))

        def work(database: sqlite3.Connection) -> _Done:
            wide_edits.travel(database, change, step.key, journal, back)
            return _Done(change, None, wide_edits.counts(database, change))

        self._submit(self._edits, store, work)

    def stop(self) -> None:
        """Call off what is under way, which leaves the file as it was, and wait for that."""
        self._stop.set()
        if self._connection is not None:
            self._connection.interrupt()
        self._worker.cancel(self._edits)
        self._worker.cancel(self._surveys)
        self._idle.wait(PATIENCE_S)
        self._stop.clear()
        self._release()

    def _refused(self) -> bool:
        if self.held:
            self._session.refused.emit(self.held)
        return bool(self.held)

    def _hold(self, title: str, then: Callable[[], object], step: tuple[Step, bool] | None) -> None:
        self._then, self._step = then, step
        self.held = f"{title} is under way: edits wait until it is done."
        if self._session.store is not None:
            self._session.store.held = self.held
        self.busy.emit(f"{title}...")

    def _release(self) -> None:
        self.held, self._step = "", None
        if self._session.store is not None:
            self._session.store.held = ""
        self.busy.emit("")

    def _going(self) -> None:
        if self._stop.is_set():
            raise _Stopped

    # -- on the worker

    def _submit(self, channel: int, store: ProjectStore, work: Work) -> None:
        file, read_only = store.file, store.read_only or channel == self._surveys

        def job() -> Iterator[object]:
            self._idle.clear()
            go_last()
            try:
                yield self._worked(file, read_only, work)
            finally:
                self._idle.set()

        self._worker.submit(channel, job)

    def _worked(self, file: Any, read_only: bool, work: Work) -> object:
        try:
            database = project_file.connect_beside(file, read_only)
            self._connection = database
            try:
                answer = work(database)
                if not read_only:  # here, or the window would copy hundreds of MB when it is next idle
                    database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                return answer
            finally:
                self._connection = None
                database.close()
        except _Stopped:
            return _Failed("")
        except OutdatedError as error:
            return _Failed(str(error), lost=True)
        except FoveaError as error:
            return _Failed(str(error))
        except sqlite3.Error as error:
            return _Failed("" if self._stop.is_set() else project_file.sentence(file, error))
        except (ValueError, KeyError, TypeError, IndexError):
            traceback.print_exc()
            return _Failed(project_file.damaged(file))

    # -- back on the window's thread

    @Slot(int, int, object)
    def _take(self, channel: int, _: int, answer: object) -> None:
        if channel == self._surveys:
            self.surveyed.emit(answer.sentence if isinstance(answer, _Failed) else answer)
        elif channel == self._edits and self.held:
            step, then = self._step, self._then
            self._release()
            if isinstance(answer, _Failed):
                self._failed(answer, step)
            elif isinstance(answer, _Done):
                self._show(answer)
                then()

    def _show(self, done: _Done) -> None:
        session = self._session
        if session.store is None:
            return
        if done.key is not None:
            session.history.push(done.change, done.key, session.store.journal.oldest)
        session.read_again()
        session.counts_read.emit(done.counts)
        session.history_changed.emit()

    def _failed(self, failed: _Failed, step: tuple[Step, bool] | None) -> None:
        if step is not None:
            self._session.put_back(step[1], failed.sentence if failed.lost else "")
        if failed.sentence and not failed.lost:
            self._session.refused.emit(failed.sentence)
