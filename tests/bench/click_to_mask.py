"""From a real mouse event in the real window to the frame that shows the mask, against the engine's own call."""

from __future__ import annotations

import tempfile
import time
from functools import partial
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
LATER = ((1.0, 0.5), (-1.5, 1.0))
"""How far from the first the second and third click on an object fall, in sixtieths of the picture's short side."""
FIRST_MS, LATER_MS, LOOK_MS = 100.0, 60.0, 300.0


class ClickTimer:
    """Clicks, and waits for the first frame that shows another preview than before."""

    def __init__(self, window: MainWindow, frames: Frames) -> None:
        self._window, self._view = window, window.view
        self._before: object | None = None
        self._shown_at = 0.0
        frames.painted = self._on_frame

    def _on_frame(self, view: ImageView) -> None:
        shown = view._preview
        if view is self._view and shown is not None and shown is not self._before and not self._shown_at:
            self._shown_at = time.perf_counter()

    def click(self, x: float, y: float) -> float:
        """Milliseconds from the mouse event to the painted mask."""
        at = QPointF(*self._view.transform.to_view((x, y))).toPoint()
        self._before, self._shown_at = self._view._preview, 0.0
        started = time.perf_counter()
        QTest.mouseClick(self._view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
        wait_until(lambda: bool(self._shown_at), 60, every_ms=1)
        wait_until(lambda: not self._window.jobs.busy)
        return (self._shown_at - started) * 1000

    def drop(self) -> None:
        """Drop the prompts."""
        QTest.keyClick(self._view, Qt.Key.Key_Escape)
        wait_until(lambda: self._view._preview is None and not self._window.jobs.busy)


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
            pixels = image.rgb8()
            looks = [milliseconds(partial(_click_net.ClickNetSession, pixels, network)) for _ in range(5)]
            timer, session = ClickTimer(window, frames), _click_net.ClickNetSession(pixels, network)
            first, later, engine = [], [], []
            reach = min(height, width) / 60
            for n, (x, y) in enumerate(objects(height, width, CLICKS + 2)):
                prompts = Prompts((Click(int(x) + 0.5, int(y) + 0.5),))
                ask = lambda s=session, p=prompts: s.predict(p)  # noqa: E731
                # Turn about, so that neither always meets the colder caches.
                own = milliseconds(ask) if n % 2 else 0.0
                took = timer.click(x, y)
                own = own or milliseconds(ask)
                more = [timer.click(x + reach * across, y + reach * down) for across, down in LATER]
                timer.drop()
                if n >= 2:
                    engine.append(own)
                    first.append(took)
                    later += more
            window.close()
        against = "the click network's own call, picture prepared"
        over = f"{median(first) - median(engine):+.1f} ms against the engine's own call"
        figures += [
            _figure(f"first click to painted mask, {name}", first, FIRST_MS, against, median(engine), over),
            _figure(f"later click to painted mask, {name}", later, LATER_MS),
            _figure(f"the network's first look at a decoded picture, {name}", looks, LOOK_MS),
        ]
    return figures


def _figure(
    what: str, taken: list[float], limit: float, against: str = "", reference: float | None = None, note: str = ""
) -> Figure:
    p95 = percentile(taken, 95)
    return Figure(
        "click to mask",
        what,
        median(taken),
        "ms",
        p95,
        len(taken),
        against,
        reference,
        budget=f"p95 under {limit:.0f} ms",
        within=p95 < limit,
        note=note,
    )
