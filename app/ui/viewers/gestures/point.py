"""Setting points."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, Qt
from PySide6.QtGui import QColor, QPainter

from app.core.annotation import Geometry, PointGeometry
from app.core.geometry import Point
from app.ui.viewers.gestures.base import DRAG_FROM, Pointer
from app.ui.viewers.gestures.draw import Canvas, DrawGesture, two_tones
from app.ui.viewers.transform import ViewTransform

RADIUS = 4.0


class PointGesture(DrawGesture):
    """A click keeps a point at once. Shift+click gathers several that belong together; Enter, or a click without
    Shift, keeps them as one shape."""

    kind = PointGeometry.kind
    usage = "Click a point. Shift+click gathers several into one shape, Enter keeps them."

    def __init__(self, canvas: Canvas, parent: QObject | None = None) -> None:
        super().__init__(canvas, parent)
        self.points: list[Point] = []
        self._last: Point | None = None

    @property
    def begun(self) -> bool:
        return bool(self.points)

    def reset(self) -> None:
        self.points = []

    def step_back(self) -> None:
        self.points.pop()

    def press(self, pointer: Pointer) -> bool:
        if pointer.button != Qt.MouseButton.LeftButton or not pointer.inside:
            return False
        self._last = pointer.point
        self.points.append(pointer.point)
        if not pointer.has(Qt.KeyboardModifier.ShiftModifier):
            self.finish()
        self.changed.emit()
        return True

    def double(self, pointer: Pointer) -> bool:
        """The second click at the same place sets no second point."""
        return self._last is not None and pointer.view_distance(self._last) < DRAG_FROM

    def result(self) -> Geometry | None:
        return PointGeometry(tuple(self.points))

    def paint_drawing(self, painter: QPainter, transform: ViewTransform) -> None:
        painter.setBrush(QColor(self.colour))
        for point in self.points:
            for pen in two_tones(self.colour):
                painter.setPen(pen)
                painter.drawEllipse(QPointF(*transform.to_view(point)), RADIUS, RADIUS)
