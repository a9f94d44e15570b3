"""The marks of a picture's state: told apart by shape, and by colour besides."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap, QPolygonF

from app.core.document import State
from app.ui.look.theme import Tokens

SIDE = 16


def paint_state(painter: QPainter, place: QRectF, state: State, tokens: Tokens, ink: str = "") -> None:
    """An empty ring for new, a half disc for in work, a tick for done, a cross for rejected. ``ink`` is one colour for
    all, as on a selected row."""
    colours = {"in_work": tokens.accent, "done": tokens.ok, "rejected": tokens.danger}
    colour = QColor(ink or colours.get(state, tokens.muted))
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    box = place.adjusted(2, 2, -2, -2)
    painter.setPen(QPen(colour, 1.5))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if state in ("new", "in_work"):
        painter.drawEllipse(box)
    if state == "in_work":
        painter.setBrush(colour)
        painter.drawPie(box, 90 * 16, -180 * 16)
    stroke = QPen(colour, 2.2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    painter.setPen(stroke)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if state == "done":
        at = [(0.05, 0.55), (0.38, 0.88), (0.95, 0.18)]
        painter.drawPolyline(QPolygonF([QPointF(box.x() + x * box.width(), box.y() + y * box.height()) for x, y in at]))
    elif state == "rejected":
        inner = box.adjusted(1, 1, -1, -1)
        painter.drawLine(inner.topLeft(), inner.bottomRight())
        painter.drawLine(inner.topRight(), inner.bottomLeft())
    painter.restore()


def state_icon(state: State, tokens: Tokens) -> QIcon:
    """The mark as an icon of 16 logical pixels."""
    pixmap = QPixmap(2 * SIDE, 2 * SIDE)
    pixmap.setDevicePixelRatio(2)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    paint_state(painter, QRectF(0, 0, SIDE, SIDE), state, tokens)
    painter.end()
    return QIcon(pixmap)


def number_icon(text: str, ground: str, ink: str) -> QIcon:
    """A disc with a number in it."""
    pixmap = QPixmap(40, 40)
    pixmap.setDevicePixelRatio(2)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(ground))
    painter.drawEllipse(QRectF(0, 0, 20, 20))
    painter.setPen(QColor(ink))
    font = painter.font()
    font.setPixelSize(11)
    font.setBold(True)
    painter.setFont(font)
    painter.drawText(QRectF(0, 0, 20, 20), Qt.AlignmentFlag.AlignCenter, text)
    painter.end()
    icon = QIcon(pixmap)
    icon.addPixmap(pixmap, QIcon.Mode.Selected)  # or the style tints it with the selection's colour
    return icon
