"""At high magnification: lines between pixels, and the values written in them."""

from __future__ import annotations

from math import ceil, floor

import numpy as np
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen

from app.core.sources import Image
from app.ui.viewers.display import Window, displayed, planes, value_text
from app.ui.viewers.transform import Size, ViewTransform

GRID_FROM = 16.0
VALUES_FROM = 40.0
"""View pixels per source pixel."""

MAX_CHANNELS = 4
MAX_CELLS = 3000


def paint_grid(painter: QPainter, image: Image, view: ViewTransform, size: Size, window: Window) -> None:
    """Paint the grid, and the values if they fit; nothing below `GRID_FROM`."""
    if view.scale < GRID_FROM:
        return
    seen = view.visible(size).clipped(image.width, image.height)
    columns = range(floor(seen.x0), ceil(seen.x1) + 1)
    rows = range(floor(seen.y0), ceil(seen.y1) + 1)
    box = view.box_to_view(seen)
    lines = [QLineF(x, box.y0, x, box.y1) for x in (view.to_view((c, 0))[0] for c in columns)]
    lines += [QLineF(box.x0, y, box.x1, y) for y in (view.to_view((0, r))[1] for r in rows)]
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    # A mid grey between light and dark neighbours, faint enough not to be taken for the picture.
    painter.setPen(QPen(QColor(128, 128, 128, 110), 1))
    painter.drawLines(lines)
    if view.scale >= VALUES_FROM and len(columns) * len(rows) <= MAX_CELLS:
        _paint_values(painter, image, view, columns[:-1], rows[:-1], window)


def _paint_values(
    painter: QPainter, image: Image, view: ViewTransform, columns: range, rows: range, window: Window
) -> None:
    cells = image.pixels[rows.start : rows.stop, columns.start : columns.stop]
    colour, _ = planes(cells)
    shown = displayed(colour, None, window)
    brightness = shown if shown.ndim == 2 else shown @ np.array([0.299, 0.587, 0.114])
    lines = min(image.channels, MAX_CHANNELS)
    font = QFont(painter.font())
    longest = 3 if image.pixels.dtype == np.uint8 else 6
    font.setPixelSize(max(7, min(13, int(view.scale / (lines + 1)), int(view.scale / (0.62 * longest + 0.6)))))
    painter.setFont(font)
    inks = (QPen(QColor(255, 255, 255, 235)), QPen(QColor(0, 0, 0, 235)))
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            values = np.atleast_1d(cells[i, j])[:lines]
            x, y = view.to_view((column, row))
            painter.setPen(inks[int(brightness[i, j] > 128)])
            text = "\n".join(value_text(v.item()) for v in values)
            painter.drawText(QRectF(x, y, view.scale, view.scale), Qt.AlignmentFlag.AlignCenter, text)
