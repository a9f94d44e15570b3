"""The real window, driven from a benchmark."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEventLoop, QObject, QTimer, Slot
from PySide6.QtGui import QPaintEvent

from app.ui.main_window import MainWindow
from app.ui.viewers.image_view import ImageView


class Frames(QObject):
    """Knows when a frame of the picture view has been painted. Made before the view is."""

    def __init__(self) -> None:
        super().__init__()
        self.painted: Callable[[ImageView], None] = lambda _: None
        paint, outer = ImageView.paintEvent, self

        def watched(view: ImageView, event: QPaintEvent) -> None:
            paint(view, event)
            outer.painted(view)

        ImageView.paintEvent = watched  # type: ignore[method-assign]


class Ticks(QObject):
    """Gaps between the ticks of a 5 ms timer on the window's thread, in ms."""

    def __init__(self) -> None:
        super().__init__()
        self.gaps: list[float] = []
        self._last = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(5)
        self._timer.timeout.connect(self._tick)

    def start(self) -> None:
        self.gaps, self._last = [], time.perf_counter()
        self._timer.start()

    def stop(self) -> list[float]:
        self._timer.stop()
        return self.gaps

    @Slot()
    def _tick(self) -> None:
        now = time.perf_counter()
        self.gaps.append((now - self._last) * 1000)
        self._last = now


def wait_until(done: Callable[[], bool], seconds: float = 60.0, every_ms: int = 2) -> None:
    """Let the window live until something is so; raises TimeoutError."""
    loop, end = QEventLoop(), time.perf_counter() + seconds
    timer = QTimer()
    timer.setInterval(every_ms)
    timer.timeout.connect(lambda: loop.quit() if done() or time.perf_counter() > end else None)
    timer.start()
    loop.exec()
    timer.stop()
    if not done():
        raise TimeoutError("the window did not come to the awaited state")


def live(seconds: float) -> None:
    """Let the window live for a while."""
    end = time.perf_counter() + seconds
    wait_until(lambda: time.perf_counter() >= end, seconds + 10)


def open_window(folder: Path) -> MainWindow:
    """The window with its tools loaded, a folder's first picture shown, and the click engine ready for it."""
    from app.ui.opening import make_app, make_window

    app = make_app()
    window = make_window(app, folder)
    loaded: list[bool] = []
    window.tools_loaded.connect(lambda: loaded.append(True))
    window.resize(1600, 1000)
    window.show()
    wait_until(lambda: bool(loaded) and window.session.image is not None, 120)
    wait_until(lambda: not window.jobs.busy and window.files.list.model().rowCount() > 0, 120)
    live(0.5)
    return window
