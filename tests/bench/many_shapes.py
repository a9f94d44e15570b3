"""Ten thousand polygons of forty vertices on a 12-megapixel picture: frames, selecting, dragging a vertex, undo.

The reference is one plain raster of them all with OpenCV, at the view's size. Times are processor time of the window's
thread and wall time: on a machine that does other work they differ by the waiting.
"""

from __future__ import annotations

import math
import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QPaintEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.core.annotation import PolygonGeometry, Shape
from app.core.document import Document
from app.core.history import Change
from app.io.project import ProjectStore
from app.ui.main_window import MainWindow
from app.ui.viewers.image_view import ImageView
from tests.bench.figures import Figure, median, milliseconds, percentile
from tests.bench.pictures import write
from tests.bench.windows import Frames, live, open_window, wait_until

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
NO_KEYS = Qt.KeyboardModifier.NoModifier
COUNT, VERTICES = 10_000, 40
HEIGHT, WIDTH = 3000, 4000
FRAME_MS, EDIT_MS = 16.0, 30.0
EDITS = 25


def star(chance: random.Random) -> Shape:
    x, y, r = chance.uniform(40, WIDTH - 40), chance.uniform(40, HEIGHT - 40), chance.uniform(8, 30)
    turns = [k * 2 * math.pi / VERTICES for k in range(VERTICES)]
    far = [r * (1 + 0.2 * math.sin(5 * turn)) for turn in turns]
    ring = tuple((x + f * math.cos(turn), y + f * math.sin(turn)) for f, turn in zip(far, turns, strict=True))
    return Shape(PolygonGeometry((ring,)), f"cell {chance.randrange(5)}")


@dataclass
class Timed:
    """ms of wall time and of the window's thread's own processor time."""

    wall: list[float] = field(default_factory=list)
    own: list[float] = field(default_factory=list)

    def take(self, work: Callable[[], object]) -> None:
        wall, own = time.perf_counter(), time.thread_time()
        work()
        self.own.append((time.thread_time() - own) * 1000)
        self.wall.append((time.perf_counter() - wall) * 1000)


def measure() -> list[Figure]:
    frames, chance, painting = Frames(), random.Random(1), Timed()
    watch_paints(painting)
    with tempfile.TemporaryDirectory() as place:
        picture = write(Path(place), HEIGHT, WIDTH)
        document = Document(picture.name, WIDTH, HEIGHT, shapes=tuple(star(chance) for _ in range(COUNT)))
        with ProjectStore.open(Path(place)) as store:
            store.apply(Change("many", ((Document(picture.name, WIDTH, HEIGHT), document),)))
        window = open_window(Path(place))
        wait_until(lambda: window.view.settled, 60)
        live(2)
        reference = plain_raster(window, document)
        painting.wall.clear(), painting.own.clear()
        travel(window)
        paints = Timed(list(painting.wall), list(painting.own))
        window.gestures.select()
        window.view.fit()
        live(1)
        edits = edit_often(window, frames, chance)
        window.close()
    against = "all of them once into a plain raster with OpenCV"
    figures = [figure("a frame in panning and zooming", paints, FRAME_MS, against, reference, 95)]
    return figures + [figure(what, timed, EDIT_MS) for what, timed in edits.items()]


def figure(
    what: str, timed: Timed, budget: float, against: str = "", reference: float | None = None, of_100: int = 50
) -> Figure:
    value = percentile(timed.wall, of_100)
    note = f"{median(timed.own):.1f} ms of processor time at the median, {percentile(timed.own, 95):.1f} ms at the 95th"
    limit = f"{'p95' if of_100 == 95 else 'median'} under {budget:.0f} ms"
    return Figure(
        "many shapes",
        f"{COUNT:,} polygons: {what}",
        value,
        p95=percentile(timed.wall, 95),
        count=len(timed.wall),
        against=against,
        reference=reference,
        budget=limit,
        within=value < budget,
        note=note,
    )


def watch_paints(timed: Timed) -> None:
    paint = ImageView.paintEvent

    def watched(view: ImageView, event: QPaintEvent) -> None:
        timed.take(lambda: paint(view, event))

    ImageView.paintEvent = watched  # type: ignore[method-assign]


def plain_raster(window: MainWindow, document: Document) -> float:
    """ms to fill and outline every polygon in the view's pixels."""
    view = window.view.transform
    rings = [
        np.rint(shape.geometry.arrays[0] * view.scale + (view.dx, view.dy)).astype(np.int32)
        for shape in document.shapes
        if isinstance(shape.geometry, PolygonGeometry)
    ]

    def draw() -> None:
        buffer = np.zeros((window.view.height(), window.view.width(), 4), np.uint8)
        for ring in rings:
            cv2.fillPoly(buffer, [ring], (90, 60, 30, 90))
            cv2.polylines(buffer, [ring], True, (250, 160, 80, 255), 2, cv2.LINE_AA)

    return median([milliseconds(draw) for _ in range(5)])


def travel(window: MainWindow) -> None:
    """Wheel in, drag around, wheel out, at three places; an event every 16 ms, as from a hand."""
    view = window.view
    for x, y in ((0.3, 0.4), (0.7, 0.3), (0.5, 0.7)):
        at = QPointF(view.width() * x, view.height() * y)
        for _ in range(12):
            wheel(view, at, 60)
        for step in range(50):
            view.navigator.pan(-18 if step < 25 else 15, -9 if step % 20 < 10 else 11)
            live(0.016)
        for _ in range(12):
            wheel(view, at, -60)


def wheel(view: ImageView, at: QPointF, delta: int) -> None:
    phase = Qt.ScrollPhase.NoScrollPhase
    event = QWheelEvent(at, view.mapToGlobal(at), QPoint(), QPoint(0, delta), NONE, NO_KEYS, phase, False)
    QApplication.sendEvent(view, event)
    live(0.016)


def edit_often(window: MainWindow, frames: Frames, chance: random.Random) -> dict[str, Timed]:
    """Select a polygon with all in view; drag one of its vertices and undo that from close by; each until the frame
    that shows it."""
    view, shown = window.view, [0]
    count = shown.__setitem__
    frames.painted = lambda _: count(0, shown[0] + 1)

    def painted(work: Callable[[], object]) -> None:
        before = shown[0]
        work()
        while shown[0] == before:
            QApplication.processEvents()

    selected, dragged, undone = Timed(), Timed(), Timed()
    for _ in range(EDITS):
        document = window.session.document
        assert document is not None
        shape = chance.choice(document.shapes)
        assert isinstance(shape.geometry, PolygonGeometry)
        x, y = (float(v) for v in shape.geometry.arrays[0].mean(axis=0))
        view.fit()
        window.session.select(())
        settle(window)
        at = QPointF(*view.transform.to_view((x, y))).toPoint()
        selected.take(partial(painted, partial(QTest.mouseClick, view, LEFT, pos=at)))
        window.session.select([shape.id])  # which of a pile was clicked is not what is measured
        view.navigator.actual_size(view.transform.to_view((x, y)))
        view.zoom_in()
        settle(window)
        before = window.session.document
        drag_vertex(view, shape.geometry, dragged, painted)
        settle(window)
        assert window.session.document is not before, "no vertex was dragged"
        undone.take(partial(painted, window.undo))
    return {
        "one is selected": selected,
        "a step of dragging a vertex": dragged,
        "undo of that": undone,
    }


def settle(window: MainWindow) -> None:
    live(0.2)
    wait_until(lambda: window.view.settled, 60)


def drag_vertex(
    view: ImageView, geometry: PolygonGeometry, timed: Timed, painted: Callable[[Callable[[], object]], None]
) -> None:
    """Take the first vertex sixteen pixels to the right in four steps."""
    x, y = view.transform.to_view(geometry.rings[0][0])
    move(view, x, y, False)
    press(view, x, y, True)
    for step in range(1, 5):
        timed.take(partial(painted, partial(move, view, x + 4 * step, y, True)))
    press(view, x + 16, y, False)


def move(view: ImageView, x: float, y: float, held: bool) -> None:
    at, kind = QPointF(x, y), QMouseEvent.Type.MouseMove
    QApplication.sendEvent(view, QMouseEvent(kind, at, view.mapToGlobal(at), NONE, LEFT if held else NONE, NO_KEYS))


def press(view: ImageView, x: float, y: float, down: bool) -> None:
    at = QPointF(x, y)
    kind = QMouseEvent.Type.MouseButtonPress if down else QMouseEvent.Type.MouseButtonRelease
    QApplication.sendEvent(view, QMouseEvent(kind, at, view.mapToGlobal(at), LEFT, LEFT if down else NONE, NO_KEYS))
