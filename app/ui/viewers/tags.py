"""Small labels beside things in the picture."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from app.core.geometry import Box
from app.ui.look.theme import ink_on
from app.ui.viewers.transform import Size

PADDING = 4.0
GAP = 3.0


class Tags:
    """Places tags during one paint so that they lie outside what they name and not over each other."""

    def __init__(self, painter: QPainter, size: Size) -> None:
        self._painter = painter
        self._view = QRectF(0, 0, *size)
        self._taken: list[QRectF] = []
        font = QFont(painter.font())
        font.setPixelSize(12)
        self._font = font
        self._metrics = QFontMetricsF(font)

    def paint(self, text: str, anchor: Box, colour: str) -> None:
        """Write text beside ``anchor`` (view pixels) on a ground of that colour (#rrggbb)."""
        area = self._place(text, anchor)
        self._taken.append(area)
        painter = self._painter
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(QPen(QColor(0, 0, 0, 160), 1))
        painter.setBrush(QColor(colour))
        painter.drawRoundedRect(area, 3, 3)
        painter.setFont(self._font)
        painter.setPen(QColor(ink_on(colour)))
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)

    def _place(self, text: str, anchor: Box) -> QRectF:
        width = self._metrics.horizontalAdvance(text) + 2 * PADDING
        height = self._metrics.height() + 2
        seen = QRectF(anchor.x0, anchor.y0, anchor.width, anchor.height).intersected(self._view)
        if seen.isEmpty():
            seen = QRectF(anchor.x0, anchor.y0, max(anchor.width, 1), max(anchor.height, 1))
        left = max(seen.left(), self._view.left() + 1)
        corners = (
            QPointF(left, seen.top() - height - GAP),
            QPointF(left, seen.bottom() + GAP),
            QPointF(seen.right() + GAP, seen.top()),
            QPointF(seen.left() - width - GAP, seen.top()),
        )
        places = [QRectF(corner.x(), corner.y(), width, height) for corner in corners]
        inside = QRectF(left + GAP, max(seen.top(), 0.0) + GAP, width, height)
        if seen.width() > 2 * width and seen.height() > 3 * height:
            places.append(inside)
        free = (p for p in places if self._view.contains(p) and not any(p.intersects(t) for t in self._taken))
        fallback = (p for p in (*places, inside) if self._view.contains(p))
        return next(free, None) or next(fallback, None) or places[0]
