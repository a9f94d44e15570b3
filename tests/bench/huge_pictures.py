"""Pictures of 40,000 x 40,000 pixels, one with its own pyramid and one in plain strips: first view, gaps, memory.

FOVEA_BENCH_HUGE names a folder with ``pyramid.tif`` and ``striped.tif`` to take instead of making them (minutes and
2 GB of disk), FOVEA_BENCH_SIDE another side.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
from PySide6.QtCore import QPoint, QPointF, Qt, Slot
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from app.core.huge import HugeImage
from app.ui.main_window import MainWindow
from app.ui.opening import make_app, make_window
from tests.bench.figures import Figure, percentile
from tests.bench.pictures import write
from tests.bench.windows import Frames, Ticks, live, wait_until

SIDE = int(os.environ.get("FOVEA_BENCH_SIDE", "40000"))
GAP_MS, MEMORY_MIB = 50.0, 1000.0
FIRST_S = {"pyramid": 2.0, "striped": 3.0}
MAKE = (
    "import sys; from pathlib import Path; from tests.bench import huge_files as f; f.write_{}(Path(sys.argv[1]), {})"
)


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(os.environ.get("FOVEA_BENCH_HUGE", place))
        figures = []
        for kind in FIRST_S:
            if not (folder / f"{kind}.tif").exists():  # in a process of its own: making it takes much memory
                command = [sys.executable, "-c", MAKE.format(kind, SIDE), str(folder / f"{kind}.tif")]
                subprocess.run(command, check=True)
        for kind in FIRST_S:
            pictures = Path(place) / kind
            write(pictures, 600, 800)
            (pictures / "huge.tif").symlink_to(folder / f"{kind}.tif")
            figures += _open(kind, pictures)
        return figures


class WaitingTicks(Ticks):
    """Knows besides how long the window's thread was ready to run and got no core, in ms for each gap (Linux)."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float] = []
        self._waited = 0.0
        self._file = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat")

    def start(self) -> None:
        self.waits, self._waited = [], self._now()
        super().start()

    def _now(self) -> float:
        return int(self._file.read_text().split()[1]) / 1e6 if self._file.exists() else 0.0

    @Slot()
    def _tick(self) -> None:
        super()._tick()
        now = self._now()
        self.waits.append(now - self._waited)
        self._waited = now


class Memory(threading.Thread):
    """The most memory that was resident, looked at every 20 ms."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak, self._process, self._going = 0, psutil.Process(), True
        self.start()

    def run(self) -> None:
        while self._going:
            self.peak = max(self.peak, self._process.memory_info().rss)
            time.sleep(0.02)

    def stop(self) -> float:
        """MiB."""
        self._going = False
        self.join()
        return self.peak / 2**20


def _open(kind: str, folder: Path) -> list[Figure]:
    frames, ticks = Frames(), WaitingTicks()
    app = make_app()
    window = make_window(app, folder)
    loaded: list[int] = []
    window.tools_loaded.connect(lambda: loaded.append(1))
    window.resize(1600, 1000)
    window.show()
    wait_until(lambda: bool(loaded) and window.session.picture is not None and not window.jobs.busy, 120)
    live(1)
    plain = max(_gaps(ticks, lambda: _travel(window)))
    memory, times = Memory(), {}
    frames.painted = lambda view: times.setdefault("first", time.perf_counter()) if _huge(window) else None
    ticks.start()
    started = time.perf_counter()
    window.session.go_to("huge.tif")
    wait_until(lambda: "first" in times, 60)
    opening = ticks.stop()
    moving = _gaps(ticks, lambda: _travel(window))
    waits = list(ticks.waits)
    wait_until(lambda: window.view.settled, 300)
    sharp = time.perf_counter() - started
    again = _gaps(ticks, lambda: _travel(window))
    waits += ticks.waits
    corner = _corner(window)
    peak = memory.stop()
    window.session.go_to("800x600.jpg")
    wait_until(lambda: window.session.image is not None)
    live(1)
    after = psutil.Process().memory_info().rss / 2**20
    window.close()
    first = times["first"] - started
    size = f"{SIDE:,} x {SIDE:,}, {kind}"
    limit = FIRST_S[kind]
    gaps = [*moving, *again]
    longest = max(gaps)
    own = [gap - wait for gap, wait in zip(gaps, waits, strict=True)]
    p99 = (
        f"99th percentile {percentile(gaps, 99):.0f} ms; {waits[gaps.index(longest)]:.0f} ms of the longest the thread "
        f"was ready and other programs had the cores; without such waits the longest is {max(own):.0f} ms; "
        f"{max(opening):.0f} ms at most while it was opened"
    )
    freed = f"{after:.0f} MiB after another picture was opened"
    whole = f"{sharp:.1f} s until all of it was averaged, while the view moved"
    return [
        _figure(f"{size}: first view", first * 1000, "ms", f"under {limit:.0f} s", first < limit, 1, whole),
        _figure(f"{size}: one to one at a far corner, all sharp", corner * 1000, "ms"),
        _figure(
            f"{size}: the same with a small picture", plain, "ms", note="longest gap: what the machine itself costs"
        ),
        _figure(
            f"{size}: longest gap in panning and zooming",
            longest,
            "ms",
            "under 50 ms",
            longest < GAP_MS,
            len(gaps),
            p99,
        ),
        _figure(f"{size}: most memory resident", peak, "MiB", "under 1,000 MiB", peak < MEMORY_MIB, 1, freed),
    ]


def _figure(
    what: str, value: float, unit: str, budget: str = "", within: bool | None = None, count: int = 1, note: str = ""
) -> Figure:
    return Figure("huge pictures", what, value, unit, count=count, budget=budget, within=within, note=note)


def _huge(window: MainWindow) -> bool:
    return isinstance(window.view.image, HugeImage)


def _gaps(ticks: Ticks, work: Callable[[], None]) -> list[float]:
    ticks.start()
    work()
    return ticks.stop()


def _travel(window: MainWindow) -> None:
    """Wheel in at four places, drag around there, wheel out: an event every 16 ms, as from a hand."""
    view = window.view
    for x, y in ((0.3, 0.4), (0.7, 0.2), (0.2, 0.8), (0.6, 0.6)):
        at = QPointF(view.width() * x, view.height() * y)
        for _ in range(22):
            _wheel(window, at, 60)
        for step in range(60):
            view.navigator.pan(-18 if step < 30 else 11, -9 if step % 20 < 10 else 14)
            live(0.016)
        for _ in range(22):
            _wheel(window, at, -60)


def _wheel(window: MainWindow, at: QPointF, delta: int) -> None:
    view, none = window.view, Qt.MouseButton.NoButton
    phase, keys = Qt.ScrollPhase.NoScrollPhase, Qt.KeyboardModifier.NoModifier
    event = QWheelEvent(at, view.mapToGlobal(at), QPoint(), QPoint(0, delta), none, keys, phase, False)
    QApplication.sendEvent(view, event)
    live(0.016)


def _corner(window: MainWindow) -> float:
    """Seconds until the last corner, where nobody was yet, is sharp at one to one."""
    view = window.view
    view.fit()
    live(0.5)
    started = time.perf_counter()
    view.navigator.actual_size()
    view.navigator.pan(-SIDE, -SIDE)
    live(0.02)
    wait_until(lambda: view.settled, 60)
    return time.perf_counter() - started
