"""Painting and erasing on the selected mask with a round brush."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPen

from app.core.geometry import Point
from app.core.masks import Rle
from app.ui.viewers import brush_size
from app.ui.viewers.gestures.base import Gesture, Pointer
from app.ui.viewers.live_mask import LiveMask
from app.ui.viewers.mask_preview import RegionPainter
from app.ui.viewers.transform import ViewTransform

SEEN = 3.0
"""A smaller circle (view pixels) is helped by a cross."""

Key = Qt.Key
Button = Qt.MouseButton
Begin = Callable[[], Rle | None]


class RetouchGesture(Gesture):
    """The left button paints, or erases if ``erasing``; the right one does the other. Each stroke is sent when the
    button comes up. Shift+click fills the hole under the pointer. Alt+wheel and [ ] size the brush, a pen's pressure
    scales it. Esc takes back the stroke under way, then leaves.
    """

    stroked = Signal(object, bool)
    """(`Rle` after the stroke or None for nothing left, whether it erased)"""
    fill_requested = Signal(object)
    """Fill the hole at this source place."""
    live_changed = Signal(bool)
    """A stroke has begun (the mask is drawn here and nowhere else), or ended."""
    left = Signal()

    keys = frozenset({Key.Key_Escape, Key.Key_BracketLeft, Key.Key_BracketRight})

    def __init__(self, begin: Begin, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._begin = begin
        self.erasing = False
        self.colour = "#e69f00"
        self.radius = 0.0
        """In source pixels; 0 before the first use."""
        self._mask: LiveMask | None = None
        self._erases = False
        self._at: Pointer | None = None
        self._painter = RegionPainter()
        self._version = 0

    @property
    def painting(self) -> bool:
        """Whether a stroke is under way."""
        return self._mask is not None

    def resize_brush(self, steps: int) -> None:
        if self.radius:
            self.radius = brush_size.notched(self.radius, steps)
            self.changed.emit()

    # Mouse

    def press(self, pointer: Pointer) -> bool:
        if pointer.button not in (Button.LeftButton, Button.RightButton) or self._mask is not None:
            return False
        self._follow(pointer)
        erases = self.erasing != (pointer.button == Button.RightButton)
        if pointer.has(Qt.KeyboardModifier.ShiftModifier) and not erases:
            self.fill_requested.emit(pointer.point)
            return True
        base = self._begin()
        if base is None:
            return True
        width, height = pointer.size
        self._mask, self._erases = LiveMask(base, (int(width), int(height)), erases), erases
        self.live_changed.emit(True)
        self._extend(pointer)
        return True

    def move(self, pointer: Pointer) -> None:
        self._extend(pointer)
        self._follow(pointer)

    def hover(self, pointer: Pointer) -> None:
        self._follow(pointer)

    def release(self, pointer: Pointer) -> None:
        mask = self._mask
        if mask is None:
            return
        self._mask = None
        self.stroked.emit(mask.result(), self._erases)
        self.live_changed.emit(False)
        self._follow(pointer)

    def leave(self) -> None:
        self._at = None
        self.changed.emit()

    def _follow(self, pointer: Pointer) -> None:
        self._at = pointer
        if not self.radius:
            self.radius = brush_size.first(pointer.scale)
        self.changed.emit()

    def _extend(self, pointer: Pointer) -> None:
        if self._mask is not None:
            self._version += 1
            self._mask.extend(pointer.point, brush_size.pressed(self.radius, pointer.pressure))

    # Keys

    def key(self, event: QKeyEvent) -> bool:
        if event.key() in (Key.Key_BracketLeft, Key.Key_BracketRight):
            self.resize_brush(1 if event.key() == Key.Key_BracketRight else -1)
        elif event.key() == Key.Key_Escape:
            if not self._drop():
                self.left.emit()
        else:
            return False
        return True

    def cancel(self) -> None:
        self._drop()

    def _drop(self) -> bool:
        """Take back the stroke under way; false if there is none."""
        if self._mask is None:
            return False
        self._mask = None
        self.live_changed.emit(False)
        self.changed.emit()
        return True

    # Looks

    def cursor(self) -> Qt.CursorShape:
        small = self._at is None or self.radius * self._at.scale < SEEN
        return Qt.CursorShape.CrossCursor if small else Qt.CursorShape.BlankCursor

    def paint(self, painter: QPainter, transform: ViewTransform) -> None:
        if self._mask is not None:
            self._painter.paint(painter, transform, self._mask.region, self.colour, self._version)
        if self._at is not None and self.radius:
            erases = self._erases if self._mask is not None else self.erasing
            _paint_circle(painter, transform.to_view(self._at.point), self.radius * transform.scale, erases)


def _paint_circle(painter: QPainter, at: Point, radius: float, erases: bool) -> None:
    """White within black, so that it shows on any picture; a minus in the middle erases, a plus paints."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    centre = QPointF(*at)
    for colour, width in (("#000000", 3.0), ("#ffffff", 1.25)):
        painter.setPen(QPen(QColor(colour), width))
        painter.drawEllipse(centre, radius, radius)
        if radius >= 2 * SEEN:
            painter.drawLine(centre - QPointF(3, 0), centre + QPointF(3, 0))
            if not erases:
                painter.drawLine(centre - QPointF(0, 3), centre + QPointF(0, 3))
