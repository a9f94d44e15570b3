"""What is said beside the pointer: the name of a joint, the size of what is dragged."""

from __future__ import annotations

from PySide6.QtGui import QPainter

from app.core.geometry import Box, Point
from app.ui.viewers.tags import Tags

AWAY = 14.0
"""How far from the pointer it stands, in view pixels, so that the pointer does not cover it."""


def paint_beside(painter: QPainter, at: Point, text: str, colour: str) -> None:
    """One tag beside a place in view pixels, on a ground of that colour (#rrggbb)."""
    ratio = painter.device().devicePixelRatioF()
    size = painter.viewport().width() / ratio, painter.viewport().height() / ratio
    Tags(painter, size).paint(text, Box(*at, *at).grown(AWAY), colour)
