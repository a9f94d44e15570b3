"""How long the window is deaf while something works: gaps between ticks of a 5 ms timer on its thread."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QSlider

from app.core.prompts import Click, Prompts
from app.core.sources import Prompted
from app.tools.weights import Weights
from app.ui.main_window import MainWindow
from app.ui.running.jobs import Request
from tests.bench.figures import Figure, percentile
from tests.bench.pictures import SIZES, write
from tests.bench.windows import Ticks, live, open_window, wait_until

BUDGET_MS = 50.0
RANDOM_SAM = """
import sys, torch
from plugins._shared import sam
torch.manual_seed(0)
torch.save(sam.build("mobile-sam").state_dict(), sys.argv[1])
"""


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        _weights(folder)
        write(folder / "pictures", *SIZES["12 MP"])
        window, ticks = open_window(folder / "pictures"), Ticks()
        figures = [_gaps("nothing runs", ticks, lambda: live(3))]
        figures.append(_gaps("a slider is dragged, Canny, 12 MP", ticks, lambda: _drag(window)))
        if Weights().find("yolov8n"):
            # Each size of the network's input is a run of its own: nothing is remembered.
            yolo = lambda size: _network(window, "detection.yolo", [{"size": size + 32 * n} for n in range(6)])  # noqa: E731
            figures.append(_gaps("YOLOv8n starts and runs in the process, 12 MP", ticks, lambda: yolo(320)))
            figures.append(_gaps("YOLOv8n runs on in the process, 12 MP", ticks, lambda: yolo(640)))
        sam = lambda: _network(window, "segmentation.click", [{"engine": "mobile-sam"}])  # noqa: E731
        figures.append(_gaps("MobileSAM (random weights) loads, encodes and answers, 12 MP", ticks, sam))
        window.close()
    return figures


def _weights(folder: Path) -> None:
    """Real weights where they lie beside the checkout; a network of the real class with random ones."""
    shared = Path(os.environ.get("FOVEA_SHARED", Path(__file__).resolve().parents[3] / "shared")) / "weights"
    if shared.is_dir():
        os.environ["FOVEA_WEIGHTS"] = str(shared)
    file = folder / "random.pt"
    subprocess.run([sys.executable, "-c", RANDOM_SAM, str(file)], check=True)
    Weights().import_file(file, "mobile-sam", unverified=True)


def _gaps(what: str, ticks: Ticks, work: Any) -> Figure:
    ticks.start()
    work()
    gaps = ticks.stop()
    p99 = percentile(gaps, 99)
    note = f"longest {max(gaps):.0f} ms, median {percentile(gaps, 50):.1f} ms"
    budget = f"p99 under {BUDGET_MS:.0f} ms"
    return Figure("smoothness", what, p99, "ms", None, len(gaps), "", None, budget, p99 < BUDGET_MS, note)


def _drag(window: MainWindow) -> None:
    """Move Canny's first slider on every 16 ms for three seconds, as a hand does."""
    window.show_workspace("analyse")
    window.tools.open("fundamentals.canny")
    wait_until(lambda: not window.jobs.busy)
    panel = window.tools.panel("fundamentals.canny")
    assert panel is not None
    slider = panel.findChildren(QSlider)[1]  # the upper threshold: every position is valid
    moved = []
    timer = QTimer()
    timer.setInterval(16)

    def step() -> None:
        moved.append(1)
        slider.setValue(slider.minimum() + (slider.maximum() - slider.minimum()) * (60 + len(moved) % 100) // 200)

    timer.timeout.connect(step)
    timer.start()
    live(3)
    timer.stop()
    wait_until(lambda: not window.jobs.busy)


def _network(window: MainWindow, tool_id: str, runs: list[dict[str, Any]]) -> None:
    """Run a tool with each of these parameters through the window's own job runner."""
    tool, image = window.catalog.find(tool_id), window.session.image
    assert image is not None
    source = Prompted(image, Prompts((Click(100.5, 100.5),))) if tool_id == "segmentation.click" else image
    failures: list[str] = []
    window.jobs.failed.connect(lambda _, failure: failures.append(failure.sentence))
    for given in runs:
        window.jobs.submit(Request(tool, source, tool.params(**given), "bench"))
        wait_until(lambda: not window.jobs.busy, 180)
    if failures:
        raise RuntimeError(failures[0])
