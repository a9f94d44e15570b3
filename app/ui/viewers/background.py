"""Long-lived threads for the viewers: newest-wins jobs whose results come back as a signal."""

from __future__ import annotations

import atexit
import itertools
import logging
import threading
from collections.abc import Callable, Iterator

from PySide6.QtCore import QCoreApplication, QObject, Qt, QThread, Signal, Slot

Job = Callable[[], Iterator[object]]
"""Yields results; between two of them it is dropped if a newer job has come on its channel."""

log = logging.getLogger(__name__)


class Worker(QObject):
    """Runs jobs in its thread. Each client asks for a channel and listens to `done` for it.

    One waiting job per channel: a newer one replaces it. All methods may be called from the window's thread.
    """

    done = Signal(int, int, object)
    """(channel, serial, result); one per yielded result. Results of replaced jobs are not sent."""

    _wake = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._waiting: dict[int, tuple[int, Job]] = {}
        self._newest: dict[int, int] = {}
        self._channels = itertools.count(1)
        self._wake.connect(self._work, Qt.ConnectionType.QueuedConnection)

    def channel(self) -> int:
        return next(self._channels)

    def submit(self, channel: int, job: Job) -> int:
        """Queue a job, the newest of its channel; returns its serial."""
        with self._lock:
            serial = self._newest.get(channel, 0) + 1
            self._newest[channel] = serial
            self._waiting[channel] = serial, job
        self._wake.emit()
        return serial

    def cancel(self, channel: int) -> None:
        """Drop the channel's job, waiting or running; its results are not sent any more."""
        with self._lock:
            self._waiting.pop(channel, None)
            self._newest[channel] = self._newest.get(channel, 0) + 1

    def _current(self, channel: int, serial: int) -> bool:
        with self._lock:
            return self._newest.get(channel) == serial

    @Slot()
    def _work(self) -> None:
        with self._lock:
            if not self._waiting:
                return
            channel = next(iter(self._waiting))
            serial, job = self._waiting.pop(channel)
        try:
            for result in job():
                if not self._current(channel, serial):
                    return
                self.done.emit(channel, serial, result)
        except Exception:
            log.exception("a viewer job failed")


class WorkerThread(QThread):
    """A thread with one `Worker`. It belongs to the application and ends with it."""

    def __init__(self, app: QCoreApplication, name: str) -> None:
        super().__init__(app)
        self.setObjectName(name)
        self.worker = Worker()
        self.worker.moveToThread(self)
        app.aboutToQuit.connect(self.stop)
        # A test run never leaves an event loop, so aboutToQuit alone would leave the thread running at exit.
        atexit.register(self.stop)
        self.start()

    @Slot()
    def stop(self) -> None:
        atexit.unregister(self.stop)
        self.quit()
        self.wait()


def worker(name: str) -> Worker:
    """The application's worker of that name, started when it is first asked for."""
    app = QCoreApplication.instance()
    if app is None:
        raise RuntimeError("a viewer needs a QApplication")
    found = app.findChild(WorkerThread, name)
    return (found or WorkerThread(app, name)).worker
