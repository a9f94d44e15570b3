"""Drawing what is given by a row of vertices: polygons and polylines, clicked or freehand."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import QObject, QPointF, Qt
from PySide6.QtGui import QPainter

from app.core.geometry import Point
from app.ui.viewers.drawn import simplify
from app.ui.viewers.gestures.base import DRAG_FROM, Pointer
from app.ui.viewers.gestures.draw import Canvas, DrawGesture, in_view, paint_vertices, reachable, two_tones
from app.ui.viewers.transform import ViewTransform

CLOSE = 8.0
"""How near to the first vertex a click closes, in view pixels."""

COARSE = 1.0
"""What freehand lines may be off after simplifying, in view pixels: nobody sees less, and sharper lines need zoom."""

HANDLES = 400
"""The most vertices that are marked; more would hide the picture."""


class VertexGesture(DrawGesture):
    """Click the vertices, or press and drag freehand. Enter, a double click or (if ``closes``) a click on the first
    vertex keeps the line; Backspace takes back the last vertex, or the last freehand stretch as a whole."""

    closes: ClassVar[bool] = False

    def __init__(self, canvas: Canvas, parent: QObject | None = None) -> None:
        super().__init__(canvas, parent)
        self.points: list[Point] = []
        self._steps: list[int] = []
        self._pressed: Pointer | None = None
        self._free: list[Point] = []
        self._ended_by_click = False

    @property
    def begun(self) -> bool:
        return bool(self.points)

    def reset(self) -> None:
        self.points, self._steps = [], []
        self._forget_press()

    def step_back(self) -> None:
        self._forget_press()
        del self.points[self._steps.pop() :]

    def _forget_press(self) -> None:
        self._pressed, self._free = None, []

    # Mouse

    def press(self, pointer: Pointer) -> bool:
        if pointer.button != Qt.MouseButton.LeftButton or (not self.begun and not reachable(pointer)):
            return False
        self._at, self._ended_by_click = pointer, False
        if self._near_first(pointer):
            self._ended_by_click = True
            self.finish()
            return True
        if not self.points:
            self.begin(pointer)
        self._pressed = pointer
        if not self.points or self.points[-1] != pointer.clamped:
            self._steps.append(len(self.points))
            self.points.append(pointer.clamped)
        self.changed.emit()
        return True

    def begin(self, pointer: Pointer) -> None:
        """The first vertex is about to be set."""

    def move(self, pointer: Pointer) -> None:
        self._at = pointer
        if self._pressed is not None and self.points:
            self._scrawl(pointer)
        self.changed.emit()

    def _scrawl(self, pointer: Pointer) -> None:
        if not self._free and pointer.view_distance(self.points[-1]) < DRAG_FROM:
            return
        if not self._free:
            self._free = [self.points[-1]]
        if pointer.view_distance(self._free[-1]) >= 1:
            self._free.append(pointer.clamped)

    def release(self, pointer: Pointer) -> None:
        self._at = pointer
        free = self._free
        self._forget_press()
        if len(free) > 1:
            self.points += simplify(free, COARSE / pointer.scale)[1:]
            if self._near_first(pointer):
                self.points.pop()
                self.finish()
        self.changed.emit()

    def double(self, pointer: Pointer) -> bool:
        if self._ended_by_click:
            # The first click of the two has closed the line already.
            return True
        if not self.points or pointer.view_distance(self.points[-1]) > DRAG_FROM:
            return False
        self.finish()
        return True

    def _near_first(self, pointer: Pointer) -> bool:
        return self.closes and len(self.points) >= 3 and pointer.view_distance(self.points[0]) <= CLOSE

    # Painting

    def paint_drawing(self, painter: QPainter, transform: ViewTransform) -> None:
        if not self.points:
            return
        vertices = in_view(self.points, transform)
        shown = in_view([*self.points, *self._free[1:]], transform) if self._free else vertices
        if self.closes and shown.size() > 2:
            self.paint_fill(painter, shown)
        self.paint_shape(painter, shown, closed=False)
        if self._at is not None and self._pressed is None:
            self._paint_rubber(painter, shown.last(), QPointF(*transform.to_view(self._at.clamped)))
        near = self._at is not None and self._near_first(self._at)
        corners = vertices.toList() if len(self.points) <= HANDLES else [vertices.first(), vertices.last()]
        paint_vertices(painter, corners, vertices.first() if near else None)

    def _paint_rubber(self, painter: QPainter, start: QPointF, end: QPointF) -> None:
        for pen in two_tones(self.colour, style=Qt.PenStyle.DashLine):
            painter.setPen(pen)
            painter.drawLine(start, end)
