"""A vertical divider: the plain picture on its left, the picture with everything over it on its right."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from app.ui.viewers.transform import Size

REACH = 7.0
STEP = 0.02


class Swipe:
    """Where the divider is, as a part of the view's width, and whether it is being dragged."""

    def __init__(self) -> None:
        self.on = False
        self.at = 0.5
        self.dragging = False

    def x(self, size: Size) -> float:
        return self.at * size[0]

    def hit(self, x: float, size: Size) -> bool:
        return self.on and abs(x - self.x(size)) <= REACH

    def move_to(self, x: float, size: Size) -> None:
        self.at = min(max(x / max(size[0], 1.0), 0.0), 1.0)

    def step(self, steps: int) -> None:
        self.at = min(max(self.at + steps * STEP, 0.0), 1.0)

    def covered(self, size: Size) -> QRectF:
        """The part of the view with everything over the picture."""
        x = self.x(size) if self.on else 0.0
        return QRectF(x, 0, size[0] - x, size[1])

    def paint(self, painter: QPainter, size: Size) -> None:
        """A two-toned line with a handle."""
        if not self.on:
            return
        x, middle = self.x(size), size[1] / 2
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        for colour, width in ((QColor(0, 0, 0, 180), 4.0), (QColor("#ffffff"), 2.0)):
            painter.setPen(QPen(colour, width))
            painter.drawLine(QPointF(x, 0), QPointF(x, size[1]))
        painter.setPen(QPen(QColor(0, 0, 0, 180), 1))
        painter.setBrush(QColor("#ffffff"))
        painter.drawEllipse(QPointF(x, middle), 13, 13)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor("#303030"))
        for side in (-1, 1):
            tip = [QPointF(x + side * 9, middle), QPointF(x + side * 4, middle - 5), QPointF(x + side * 4, middle + 5)]
            painter.drawPolygon(QPolygonF(tip))
