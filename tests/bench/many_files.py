"""A folder of many pictures: the first one shown, the whole list, quiet again, memory."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import psutil

from app.io.images import is_image_name
from app.ui.opening import make_app, make_window
from tests.bench.figures import Figure, milliseconds, percentile
from tests.bench.pictures import photograph
from tests.bench.windows import Frames, Ticks, wait_until

FILES = int(os.environ.get("FOVEA_BENCH_FILES", "100000"))
A_FILE = 20_000
"""Links to one file: file systems allow 65,000."""
QUIET_SHARE, QUIET_S = 0.08, 1.5


def make_folder(folder: Path, count: int) -> None:
    """``count`` pictures that take the room of a few."""
    import cv2

    for n in range(count):
        if n % A_FILE == 0:
            original = folder / f".original{n}.jpg"
            cv2.imwrite(str(original), photograph(480, 640, seed=n))
        os.link(original, folder / f"picture {n:06}.jpg")


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "many"
        folder.mkdir()
        make_folder(folder, FILES)
        return _open(folder)


def _open(folder: Path) -> list[Figure]:
    frames, ticks, process = Frames(), Ticks(), psutil.Process()
    app = make_app()
    (folder.parent / "empty").mkdir()
    window = make_window(app, folder.parent / "empty")
    loaded: list[float] = []
    window.tools_loaded.connect(lambda: loaded.append(1))
    window.show()
    wait_until(lambda: bool(loaded))
    before = process.memory_info().rss
    times: dict[str, float] = {}
    window.files.listed.connect(lambda: times.setdefault("listed", time.perf_counter()))

    def on_frame(view: object) -> None:
        if window.session.image is not None:
            times.setdefault("first", time.perf_counter())

    frames.painted = on_frame
    ticks.start()
    started = time.perf_counter()
    window.open(folder)
    wait_until(lambda: "first" in times and "listed" in times, 300)
    quiet = _quiet(process, started)
    gaps = ticks.stop()
    rss = (process.memory_info().rss - before) / 2**20
    raw = milliseconds(lambda: sorted(e.name for e in os.scandir(folder) if is_image_name(e.name) and e.is_file()))
    shown = window.files.model.total
    window.close()
    what = f"{FILES:,} pictures"
    first, listed = ((times[k] - started) * 1000 for k in ("first", "listed"))
    note = f"{shown:,} listed"
    longest = f"longest {max(gaps):.0f} ms"
    return [
        Figure("many files", f"{what}: first picture painted", first),
        Figure("many files", f"{what}: all listed", listed, against="os.scandir and sorted", reference=raw, note=note),
        Figure("many files", f"{what}: quiet", quiet * 1000, note="under 8 % of a core for 1.5 s from then on"),
        Figure("many files", f"{what}: memory more than with an empty folder", rss, "MiB"),
        Figure("many files", f"{what}: p99 gap between ticks meanwhile", percentile(gaps, 99), note=longest),
    ]


def _quiet(process: psutil.Process, started: float) -> float:
    """Seconds from ``started`` until the program used little of a core, and went on so."""
    calm_since, last, at = time.perf_counter(), _cpu(process), time.perf_counter()
    while time.perf_counter() - calm_since < QUIET_S and time.perf_counter() - started < 300:
        until = time.perf_counter() + 0.25
        wait_until(lambda end=until: time.perf_counter() >= end, every_ms=50)
        now, clock = _cpu(process), time.perf_counter()
        if (now - last) / (clock - at) > QUIET_SHARE:
            calm_since = clock
        last, at = now, clock
    return calm_since - started


def _cpu(process: psutil.Process) -> float:
    used = process.cpu_times()
    return float(used.user + used.system)
