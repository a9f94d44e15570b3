"""A folder of 100,000 pictures, measured: `python -m tests.large_folder`.

The window runs in a process of its own; this one watches its processor time and memory (all processes below it too).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from PIL import Image as Pillow

QUIET_SHARE = 0.08
QUIET_S = 1.5
PATIENCE_S = 60.0


def make(folder: Path, count: int) -> None:
    """Hard links of one small JPEG, in a hundred subfolders."""
    folder.mkdir(parents=True)
    one = folder / "one.jpg"
    Pillow.effect_noise((64, 48), 40).convert("RGB").save(one)
    for i in range(count - 1):
        if i % 1000 == 0:
            under = folder / f"part {i // 1000}"
            under.mkdir()
        if i % 30_000 == 29_999:  # a file system allows only so many links of one file
            one = Path(shutil.copyfile(one, folder / f"one {i}.jpg"))
        os.link(one, under / f"picture {i}.jpg")


def measure(folder: Path, home: Path) -> dict[str, float]:
    """Seconds to the first picture, to the whole list and until it is quiet; megabytes; tick gaps in milliseconds."""
    environment = {**os.environ, "FOVEA_HOME": str(home), "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-m", "tests.large_folder", "--window", str(folder)]
    begun = time.monotonic()
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True) as child:
        quiet, memory = _watch(psutil.Process(child.pid), begun)
        assert child.stdin is not None and child.stdout is not None
        said = json.loads(child.communicate("stop\n", timeout=30)[0].splitlines()[-1])
    started = {name: round(said[name] - begun, 2) for name in ("painted", "first_picture", "listed")}
    return {**started, "quiet": round(quiet, 2), "megabytes": round(memory), **said["gaps"]}


def _watch(process: psutil.Process, begun: float) -> tuple[float, float]:
    """When less than 8 % of a core has been used for 1.5 s on end, and the largest memory until then."""
    most, since, used = 0.0, time.monotonic(), 0.0
    while time.monotonic() - begun < PATIENCE_S:
        time.sleep(0.1)
        tree = [process, *process.children(recursive=True)]
        most = max(most, sum(p.memory_info().rss for p in tree) / 2**20)
        now = sum(sum(p.cpu_times()[:2]) for p in tree)
        if time.monotonic() - since >= QUIET_S:
            share = (now - used) / (time.monotonic() - since)
            if share < QUIET_SHARE and time.monotonic() - begun > 3:
                return time.monotonic() - QUIET_S - begun, most
            since, used = time.monotonic(), now
    return PATIENCE_S, most


def window(folder: Path) -> None:
    """Open the folder, note when what was seen, and say it when a line comes in."""
    from PySide6.QtCore import QSocketNotifier, QTimer

    from app.ui.opening import make_app, make_window

    app = make_app()
    shown = make_window(app, folder)
    seen: dict[str, float] = {}
    gaps: list[float] = []
    last = [time.monotonic()]

    def note(what: str) -> None:
        seen.setdefault(what, time.monotonic())

    def tick() -> None:
        now = time.monotonic()
        gaps.append(1000 * (now - last[-1]))
        last[:] = [now]
        if shown.view.image is not None:
            note("first_picture")
        if "listed" in seen and time.monotonic() - seen["listed"] > 1:
            timer.stop()

    shown.files.listed.connect(lambda: note("listed"))
    timer = QTimer(interval=5)
    timer.timeout.connect(tick)

    def begin() -> None:
        note("painted")
        last[:] = [time.monotonic()]
        timer.start()

    shown.painted.connect(begin)
    stop = QSocketNotifier(0, QSocketNotifier.Type.Read)
    stop.activated.connect(shown.close)
    shown.show()
    app.exec()
    ordered = sorted(gaps)
    at = {"gap_p50": 0.5, "gap_p99": 0.99, "gap_worst": 1.0}
    told = {name: ordered[min(int(part * len(ordered)), len(ordered) - 1)] for name, part in at.items()}
    print(json.dumps({**seen, "gaps": told}))


if __name__ == "__main__":
    parser = argparse.ArgumentParser("python -m tests.large_folder")
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--window", type=Path)
    given = parser.parse_args()
    if given.window:
        window(given.window)
    else:
        with tempfile.TemporaryDirectory() as place:
            make(Path(place) / "pictures", given.count)
            print(json.dumps(measure(Path(place) / "pictures", Path(place) / "home"), indent=1))
