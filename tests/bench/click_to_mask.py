"""From a real mouse event in the real window to the frame that shows the mask, against the engine's own call."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from app.core.prompts import Click, Prompts
from app.ui.main_window import MainWindow
from app.ui.viewers.image_view import ImageView
from tests.bench.figures import Figure, median, milliseconds, percentile
from tests.bench.pictures import SIZES, objects, write
from tests.bench.windows import Frames, open_window, wait_until

CLICKS = 25


class ClickTimer:
    """Clicks, and waits for the first frame whose preview is an answer."""

    def __init__(self, window: MainWindow, frames: Frames) -> None:
        self._window, self._view = window, window.view
        self._shown_at = 0.0
        frames.painted = self._on_frame

    def _on_frame(self, view: ImageView) -> None:
        if view is self._view and view._preview is not None and not self._shown_at:
            self._shown_at = time.perf_counter()

    def click(self, x: float, y: float) -> float:
        """Milliseconds from the mouse event to the painted mask; the prompts are dropped afterwards."""
        at = QPointF(*self._view.transform.to_view((x, y))).toPoint()
        self._shown_at = 0.0
        started = time.perf_counter()
        QTest.mouseClick(self._view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
        wait_until(lambda: bool(self._shown_at), 60, every_ms=1)
        taken = (self._shown_at - started) * 1000
        QTest.keyClick(self._view, Qt.Key.Key_Escape)
        wait_until(lambda: self._view._preview is None and not self._window.jobs.busy)
        return taken


def measure() -> list[Figure]:
    from app.io.preferences import Preferences
    from app.tools.weights import Weights
    from plugins.segmentation import _click_net

    Preferences().set("segmentation.engine", "click-net")
    network = _click_net.load(Weights().require("click-net").path)
    frames = Frames()
    figures = []
    for name, (height, width) in SIZES.items():
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder), height, width)
            window = open_window(Path(folder))
            image = window.session.image
            assert image is not None
            timer, session = ClickTimer(window, frames), _click_net.ClickNetSession(image.rgb8(), network)
            clicked, engine = [], []
            for n, (x, y) in enumerate(objects(height, width, CLICKS + 2)):
                prompts = Prompts((Click(int(x) + 0.5, int(y) + 0.5),))
                ask = lambda s=session, p=prompts: s.predict(p)  # noqa: E731
                # Turn about, so that neither always meets the colder caches.
                own = milliseconds(ask) if n % 2 else 0.0
                took = timer.click(x, y)
                own = own or milliseconds(ask)
                if n >= 2:
                    engine.append(own)
                    clicked.append(took)
            window.close()
        against = "the click network's own call, picture prepared"
        own_ms, over = median(engine), median(clicked) - median(engine)
        note = f"{over:+.1f} ms against the engine's own call"
        figures.append(
            Figure(
                "click to mask",
                f"click to painted mask, {name}",
                median(clicked),
                "ms",
                percentile(clicked, 95),
                CLICKS,
                against,
                own_ms,
                note=note,
            )
        )
    return figures
