"""From nothing to the first painted window, in processes of their own, turn about with what it is compared with."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time

from tests.bench.figures import Figure, median, percentile

ROUNDS = 9
BUDGET = 1.5
LIMIT_S = 60.0

FOVEA = """
import gc, os
gc.disable()  # as app/__main__.py does
from app.ui import opening as module
from app.ui.opening import make_app, make_window
def opening(window, path):
    window.painted.connect(lambda: (print("painted", flush=True), os._exit(0)))
module._Opening = opening
app = make_app()
window = make_window(app)
window.show()
app.exec()
"""

BARE = """
import os, sys
import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow
class View(pg.GraphicsLayoutWidget):
    def paintEvent(self, event):
        super().paintEvent(event)
        QTimer.singleShot(0, lambda: (print("painted", flush=True), os._exit(0)))
app = QApplication(sys.argv)
window = QMainWindow()
view = View()
box = view.addViewBox()
box.addItem(pg.ImageItem(np.zeros((600, 800, 3), np.uint8)))
window.setCentralWidget(view)
window.resize(1280, 800)
window.show()
app.exec()
"""

TORCH = """
import os, torch
print("painted", flush=True)
os._exit(0)
"""


def seconds_to_painted(code: str) -> float:
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "FOVEA_HOME": home}
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert process.stdout is not None
        overdue = threading.Timer(LIMIT_S, process.kill)
        overdue.start()
        said = process.stdout.readline()
        taken = time.perf_counter() - started
        overdue.cancel()
        process.stdout.close()
        process.wait()
        if b"painted" not in said:
            raise RuntimeError("the window was not painted")
        return taken


def measure() -> list[Figure]:
    codes = {"fovea": FOVEA, "bare": BARE, "torch": TORCH}
    for code in codes.values():
        seconds_to_painted(code)
    taken: dict[str, list[float]] = {name: [] for name in codes}
    for _ in range(ROUNDS):
        for name, code in codes.items():
            taken[name].append(seconds_to_painted(code) * 1000)
    fovea, bare, torch = (median(taken[name]) for name in ("fovea", "bare", "torch"))
    p95 = percentile(taken["fovea"], 95)
    beside = "a bare PySide6 window with one pyqtgraph ImageItem"
    ratio = fovea / bare
    budget = f"at most {BUDGET} times"
    return [
        Figure("cold start", "first painted window", fovea, "ms", p95, ROUNDS, beside, bare, budget, ratio <= BUDGET),
        Figure("cold start", "first painted window", fovea, "ms", p95, ROUNDS, "`import torch` alone", torch),
    ]
