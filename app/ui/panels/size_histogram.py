"""Bars of how many shapes there are of each size, with COCO's borders between small, medium and large."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from app.core.statistics import MEDIUM, SIDES, SMALL
from app.ui.look.theme import tokens_for

HEIGHT = 104
FOOT = 18
MARKED = (8, SMALL, MEDIUM, 256, 1024)


class SizeHistogram(QWidget):
    """Classes are even steps of the logarithm: each side is at most half as long again as the one before."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("statistics.sizes")
        self.setAccessibleName("Shapes by size")
        self._counts: tuple[int, ...] = (0,) * (len(SIDES) + 1)
        self.setMinimumHeight(HEIGHT)

    def sizeHint(self) -> QSize:
        return QSize(200, HEIGHT)

    def show_counts(self, counts: tuple[int, ...]) -> None:
        """How many shapes there are in each class (see `app.core.statistics.SIDES`)."""
        self._counts = counts
        said = [f"{words(n)}: {count:,}" for n, count in enumerate(counts) if count]
        self.setAccessibleDescription("; ".join(said) or "no shapes with an area")
        self.update()

    def event(self, event: object) -> bool:
        if isinstance(event, QHelpEvent):
            number = int(event.pos().x() / max(1.0, self._step()))
            if 0 <= number < len(self._counts):
                QToolTip.showText(event.globalPos(), f"{words(number)}: {self._counts[number]:,} shapes", self)
            return True
        return super().event(event)  # type: ignore[arg-type]

    def _step(self) -> float:
        return self.width() / len(self._counts)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            self._paint(painter)
        finally:
            painter.end()

    def _paint(self, painter: QPainter) -> None:
        tokens, step = tokens_for(self.palette()), self._step()
        room, most = self.height() - FOOT - 4, max(max(self._counts), 1)
        base = self.height() - FOOT
        for n, count in enumerate(self._counts):
            height = max(2.0, room * count / most) if count else 0.0
            painter.fillRect(QRectF(n * step + 1, base - height, max(step - 2, 1), height), QColor(tokens.accent))
        painter.setPen(QPen(QColor(tokens.border), 1))
        painter.drawLine(QPointF(0, base + 0.5), QPointF(self.width(), base + 0.5))
        font = painter.font()
        font.setPixelSize(11)
        painter.setFont(font)
        for side in MARKED:
            x = (SIDES.index(side) + 1) * step
            border = side in (SMALL, MEDIUM)
            painter.setPen(QPen(QColor(tokens.muted if border else tokens.border), 1, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(x, 0 if border else base), QPointF(x, base + 3))
            painter.setPen(QColor(tokens.muted))
            painter.drawText(QRectF(x - 30, base + 3, 60, FOOT - 3), Qt.AlignmentFlag.AlignCenter, f"{side:,}")


def words(number: int) -> str:
    """A class in words: sides of squares of the same area."""
    if number == 0:
        return f"under {SIDES[0]} px"
    return f"from {SIDES[-1]:,} px" if number == len(SIDES) else f"{SIDES[number - 1]:,} to {SIDES[number]:,} px"
