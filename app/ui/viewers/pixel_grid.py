"""At high magnification: lines between pixels, and the values written in them."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, floor

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QStaticText

from app.ui.viewers.display import Pixels, Window, displayed, planes, value_text
from app.ui.viewers.transform import Size, ViewTransform

GRID_FROM = 16.0
VALUES_FROM = 40.0
"""View pixels per source pixel."""

Cells = Callable[[range, range], Pixels | None]
"""Gives the true values of these rows and columns, None where they are not there yet."""

MAX_CHANNELS = 4
MAX_CELLS = 3000


class PixelGrid:
    """Paints the grid of one view; keeps the laid-out texts from paint to paint."""

    def __init__(self) -> None:
        self._texts: dict[str, QStaticText] = {}

    def paint(
        self, painter: QPainter, source: Size, view: ViewTransform, size: Size, window: Window, read: Cells
    ) -> None:
        """Paint the grid of a picture of size ``source``, and the values if they fit; nothing below `GRID_FROM`."""
        if view.scale < GRID_FROM:
            return
        seen = view.visible(size).clipped(*source)
        columns = range(floor(seen.x0), ceil(seen.x1) + 1)
        rows = range(floor(seen.y0), ceil(seen.y1) + 1)
        box = view.box_to_view(seen)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        # A mid grey between light and dark neighbours, faint enough not to be taken for the picture. Filled rectangles
        # are painted ten times faster than translucent lines.
        grey = QColor(128, 128, 128, 110)
        for column in columns:
            painter.fillRect(QRectF(round(view.to_view((column, 0))[0]), box.y0, 1, box.height), grey)
        for row in rows:
            painter.fillRect(QRectF(box.x0, round(view.to_view((0, row))[1]), box.width, 1), grey)
        if view.scale >= VALUES_FROM and len(columns) * len(rows) <= MAX_CELLS:
            cells = read(rows[:-1], columns[:-1])
            if cells is not None:
                self._paint_values(painter, cells, view, (columns.start, rows.start), window)

    def _paint_values(
        self, painter: QPainter, cells: Pixels, view: ViewTransform, first: tuple[int, int], window: Window
    ) -> None:
        colour, _ = planes(cells)
        shown = displayed(colour, None, window)
        bright = (shown if shown.ndim == 2 else shown @ np.array([0.299, 0.587, 0.114])) > 128
        lines = min(1 if cells.ndim == 2 else cells.shape[2], MAX_CHANNELS)
        font = QFont(painter.font())
        longest = 3 if cells.dtype == np.uint8 else 6
        font.setPixelSize(max(7, min(13, int(view.scale / (lines + 1)), int(view.scale / (0.62 * longest + 0.6)))))
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        step = min(metrics.height(), view.scale / lines)
        top = (view.scale - step * lines) / 2
        stacks = cells.reshape(*cells.shape[:2], -1)[:, :, :lines].tolist()
        for ink, wanted in ((QColor(255, 255, 255, 235), False), (QColor(0, 0, 0, 235), True)):
            painter.setPen(ink)
            for i, j in np.argwhere(bright == wanted).tolist():
                x, y = view.to_view((first[0] + j, first[1] + i))
                for k, value in enumerate(stacks[i][j]):
                    text = self._text(value_text(value))
                    indent = (view.scale - metrics.horizontalAdvance(text.text())) / 2
                    painter.drawStaticText(QPointF(x + indent, y + top + k * step), text)

    def _text(self, text: str) -> QStaticText:
        if len(self._texts) > 4 * MAX_CELLS:
            self._texts.clear()
        if text not in self._texts:
            self._texts[text] = QStaticText(text)
            self._texts[text].setTextFormat(Qt.TextFormat.PlainText)
        return self._texts[text]
