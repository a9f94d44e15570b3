"""What every gesture that draws a geometry by hand has in common."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from PySide6.QtCore import QLineF, QObject, QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPen, QPolygonF

from app.core.annotation import Geometry
from app.core.document import LABEL_COLOURS
from app.core.geometry import Point
from app.core.huge import HugeImage
from app.core.sources import Image
from app.ui.look.theme import ink_on
from app.ui.viewers.background import Job
from app.ui.viewers.display import Window
from app.ui.viewers.gestures.base import Gesture, Pointer
from app.ui.viewers.transform import ViewTransform

EDGE_REACH = 24.0
"""How far beside the picture a drawing may begin, in view pixels: shapes often touch the border."""

LINE = 1.5
VERTEX = 3.5
LONG = 100
"""From so many points on, lines are drawn piece by piece: joining them takes three times as long."""

BUG = "This could not be drawn: a bug. The log has the details; the program goes on."

FILL = 40
"""The alpha of what is being drawn."""

Key = Qt.Key


class Canvas(Protocol):
    """What gestures that look at the pixels see of the view (an `ImageView`)."""

    @property
    def image(self) -> Image | HugeImage | None: ...
    @property
    def window_level(self) -> Window: ...


class DrawGesture(Gesture):
    """Draws one geometry after the other and stays in the tool.

    Enter (or the last click) hands the geometry to ``keeper``; if that returns true the next one can begin, else the
    drawing stays as it is, so that nothing is lost. Backspace takes back the last step, Esc drops the drawing, and
    leaves the tool when there is none. Everything is clamped to the picture; what has no size is dropped.
    """

    kind: ClassVar[str] = ""
    """The kind of the geometries that it draws."""
    guided: ClassVar[bool] = False
    """Whether lines across the view help to place it."""
    usage: ClassVar[str] = ""

    left = Signal()
    """Esc with nothing begun: take another gesture."""
    bug_met = Signal(str, str)
    """(sentence, traceback) Work in the background failed; the drawing was dropped."""

    keys = frozenset({Key.Key_Backspace, Key.Key_Return, Key.Key_Enter, Key.Key_Escape})

    def __init__(self, canvas: Canvas, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.canvas = canvas
        self.colour = LABEL_COLOURS[0]
        self.guides = True
        self.keeper: Callable[[Geometry], bool] = _keep_nothing
        self._at: Pointer | None = None
        self._actions: dict[int, Callable[[], object]] = {
            Key.Key_Backspace: self.undo,
            Key.Key_Return: self.finish,
            Key.Key_Enter: self.finish,
            Key.Key_Escape: self._escape,
        }

    # What each of them says

    @property
    def begun(self) -> bool:
        """Whether something is unfinished."""
        return False

    @property
    def hint(self) -> str:
        """One short line: how the tool is used just now."""
        return self.usage

    @property
    def value_text(self) -> str:
        """The setting that can be changed while drawing, with its unit, or nothing."""
        return ""

    def result(self) -> Geometry | None:
        """What has been drawn, if it is something."""
        return None

    def reset(self) -> None:
        """Forget what is unfinished."""

    def step_back(self) -> None:
        """Take back the last step of what is unfinished."""
        self.reset()

    def paint_drawing(self, painter: QPainter, transform: ViewTransform) -> None:
        """Paint what is unfinished, in view pixels."""

    # What they share

    @Slot()
    def finish(self) -> None:
        """Keep what has been drawn; what has no size is dropped without a word."""
        if not self.begun:
            return
        geometry = self.result()
        if geometry is None or self.keeper(geometry):
            self.reset()
        self.changed.emit()

    @Slot()
    def undo(self) -> bool:
        """Take back the last step; false if nothing is unfinished."""
        if not self.begun:
            return False
        self.step_back()
        self.changed.emit()
        return True

    def give_up(self, failure: Failure) -> None:
        """Drop the drawing, because what it needed could not be computed."""
        self.reset()
        self.bug_met.emit(BUG, failure.traceback)
        self.changed.emit()

    def _escape(self) -> None:
        if self.begun:
            self.reset()
            self.changed.emit()
        else:
            self.left.emit()

    def key(self, event: QKeyEvent) -> bool:
        action = self._actions.get(event.key())
        if action is None:
            return False
        action()
        return True

    def hover(self, pointer: Pointer) -> None:
        self._at = pointer
        self.changed.emit()

    def move(self, pointer: Pointer) -> None:
        self._at = pointer
        self.changed.emit()

    def leave(self) -> None:
        self._at = None
        self.changed.emit()

    def cancel(self) -> None:
        self.reset()
        self._at = None
        self.changed.emit()

    def cursor(self) -> Qt.CursorShape:
        return Qt.CursorShape.CrossCursor

    def paint(self, painter: QPainter, transform: ViewTransform) -> None:
        if self.guided and self.guides and self._at is not None and reachable(self._at):
            paint_guides(painter, transform.to_view(self._at.clamped))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        self.paint_drawing(painter, transform)

    def paint_shape(self, painter: QPainter, line: QPolygonF, closed: bool = True) -> None:
        """A line in the label's colour, two-toned; a closed one is filled thinly."""
        if closed:
            self.paint_fill(painter, line)
        for pen in two_tones(self.colour):
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            if closed:
                painter.drawPolygon(line)
            elif line.size() > LONG:
                painter.drawLines([QLineF(line.at(i), line.at(i + 1)) for i in range(line.size() - 1)])
            else:
                painter.drawPolyline(line)

    def paint_fill(self, painter: QPainter, line: QPolygonF) -> None:
        """Fill what a line encloses, thinly, in the label's colour."""
        fill = QColor(self.colour)
        fill.setAlpha(FILL)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawPolygon(line)


@dataclass(frozen=True)
class Failure:
    """A worker's job that ended with an exception, as its last result."""

    traceback: str


def guarded(job: Job) -> Job:
    """The same job, with its exception as a `Failure` instead of only in the program's log."""

    def run() -> Iterator[object]:
        try:
            yield from job()
        except Exception:
            yield Failure(traceback.format_exc())

    return run


def _keep_nothing(_: Geometry) -> bool:
    return False


def reachable(pointer: Pointer) -> bool:
    """Whether the pointer is on the picture or just beside it."""
    return pointer.view_distance(pointer.clamped) <= EDGE_REACH


def in_view(points: Iterable[Point], transform: ViewTransform) -> QPolygonF:
    """Source points as a polygon in view pixels."""
    scale, dx, dy = transform.scale, transform.dx, transform.dy
    return QPolygonF([QPointF(x * scale + dx, y * scale + dy) for x, y in points])


def two_tones(colour: str, width: float = LINE, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> tuple[QPen, QPen]:
    """A contrasting wide pen and the colour's own: readable on any picture."""
    halo = QColor(ink_on(colour))
    halo.setAlpha(190)
    below, above = QPen(halo, width + 2), QPen(QColor(colour), width, style)
    for pen in (below, above):
        # Mitres of sharp corners reach far beyond the point that was clicked.
        pen.setJoinStyle(Qt.PenJoinStyle.BevelJoin)
    return below, above


def paint_vertices(painter: QPainter, points: Sequence[QPointF], big: QPointF | None = None) -> None:
    """Small white squares, and one that is larger: where a click would close the line."""
    painter.setPen(QPen(QColor(0, 0, 0, 220), 1))
    painter.setBrush(QColor("#ffffff"))
    painter.drawRects([QRectF(p.x() - VERTEX, p.y() - VERTEX, 2 * VERTEX, 2 * VERTEX) for p in points])
    if big is not None:
        side = VERTEX + 3
        painter.drawRect(QRectF(big.x() - side, big.y() - side, 2 * side, 2 * side))


def paint_guides(painter: QPainter, at: Point) -> None:
    """Thin lines across the view through a point, black and white, so that they show on any picture."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    window = painter.window()
    x, y = round(at[0]), round(at[1])
    lines = [QLineF(window.left(), y, window.right() + 1, y), QLineF(x, window.top(), x, window.bottom() + 1)]
    painter.setPen(QPen(QColor(0, 0, 0, 150), 1))
    painter.drawLines(lines)
    painter.setPen(QPen(QColor(255, 255, 255, 200), 1, Qt.PenStyle.CustomDashLine))
    pen = painter.pen()
    pen.setDashPattern([4, 4])
    painter.setPen(pen)
    painter.drawLines(lines)
