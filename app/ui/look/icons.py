"""The icons of buttons, from `resources/icons`, in the colours of the theme.

One family (Material Design Icons). They are SVG files and not the icon font of the package qtawesome, because importing
that package stands still for half a second on the window's thread.
"""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from app.core.paths import resource_dir
from app.ui.look.theme import Tokens

SIZE = 20
"""The side of an icon in logical pixels."""

SCALES = (1.0, 1.5, 2.0, 3.0)


def icon(name: str, tokens: Tokens, angle: float = 0.0) -> QIcon:
    """The icon of a file ``name``.svg, turned clockwise by ``angle`` degrees: in the text's colour, in the accent
    colour where it is checked. Sharp at every usual scale of the screen. Raises OSError if there is no such file."""
    made = QIcon()
    colours = (
        (tokens.text, QIcon.Mode.Normal, QIcon.State.Off),
        (tokens.accent, QIcon.Mode.Normal, QIcon.State.On),
        (tokens.disabled, QIcon.Mode.Disabled, QIcon.State.Off),
    )
    for colour, mode, state in colours:
        renderer = QSvgRenderer(QByteArray(_source(name).replace("currentColor", colour).encode()))
        for scale in SCALES:
            made.addPixmap(_drawn(renderer, scale, angle), mode, state)
    return made


@cache
def _source(name: str) -> str:
    return (resource_dir() / "icons" / f"{name}.svg").read_text(encoding="utf-8")


def _drawn(renderer: QSvgRenderer, scale: float, angle: float) -> QPixmap:
    side = round(SIZE * scale)
    pixmap = QPixmap(side, side)
    pixmap.setDevicePixelRatio(scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    try:
        painter.translate(SIZE / 2, SIZE / 2)
        painter.rotate(angle)
        if angle:
            # Turned corners would reach out of the square.
            painter.scale(0.9, 0.9)
        renderer.render(painter, QRectF(-SIZE / 2, -SIZE / 2, SIZE, SIZE))
    finally:
        painter.end()
    return pixmap
