"""Going to any step of the history, a few milliseconds of it at a time."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.ui.session import Session

SLICE_S = 0.025


class TimeTravel(QObject):
    """Undoes or redoes until a position is reached; the window stays in use meanwhile, and an edit ends the journey."""

    busy = Signal(str)
    """What is under way, "" for nothing."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._target: int | None = None
        self._expected = 0
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._go_on)
        session.project_changed.connect(self.stop)
        session.wide.busy.connect(self._on_wide)

    @Slot(int)
    def go_to(self, position: int) -> None:
        """Make everything as it was after that many steps."""
        if position == self._session.history.position and self._target is None:
            return
        self._target, self._expected = position, self._session.history.position
        self._go_on()
        if self._target is not None:
            self._timer.start()

    @Slot()
    def stop(self) -> None:
        """Stay where the journey has led so far."""
        self._timer.stop()
        if self._target is not None:
            self._target = None
            self.busy.emit("")

    @Slot(str)
    def _on_wide(self, what: str) -> None:
        if not what and self._target is not None:
            self._timer.start()

    @property
    def under_way(self) -> bool:
        return self._target is not None

    @Slot()
    def _go_on(self) -> None:
        session, target = self._session, self._target
        if target is None or session.history.position != self._expected:  # an edit or undo came between
            self.stop()
            return
        end = time.perf_counter() + SLICE_S
        more = session.jump(target, lambda: time.perf_counter() < end)
        self._expected = session.history.position
        if session.wide.held and self._expected != target:  # a step of its own thread, after which the journey goes on
            self._timer.stop()
            return
        if not more:
            self.stop()
            return
        left = abs(target - self._expected)
        self.busy.emit(f"{left:,} steps to go (Ctrl+. stops)")
