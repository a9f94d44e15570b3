"""What gestures have in common that set points which snap to neighbouring shapes."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPen

from app.core.geometry import Point
from app.ui.viewers.gestures.base import Pointer
from app.ui.viewers.gestures.draw import Canvas, DrawGesture
from app.ui.viewers.snapper import Caught, Snapper
from app.ui.viewers.transform import ViewTransform

MARK = 7.0
SNAPPED = "#1b86e8"

Modifier = Qt.KeyboardModifier
HELD_KEYS = {Qt.Key.Key_Control: Modifier.ControlModifier, Qt.Key.Key_Shift: Modifier.ShiftModifier}


class SnappingGesture(DrawGesture):
    """Points snap to vertices and edges of the shapes around while its `snapper` is on, or Ctrl is held instead. A
    mark shows where."""

    snaps = True

    def __init__(self, canvas: Canvas, parent: QObject | None = None) -> None:
        super().__init__(canvas, parent)
        self.snapper: Snapper | None = None
        self.caught: Caught | None = None
        """What the pointer has snapped to."""

    def look(self, pointer: Pointer) -> Point:
        """Where a point would be set now; `caught` says what it snaps to."""
        self.caught = None
        if self.snapper is not None:
            found = self.snapper.find(pointer.point, pointer.scale, pointer.has(Modifier.ControlModifier))
            inside = found is not None and all(0 <= v <= s for v, s in zip(found.point, pointer.size, strict=True))
            self.caught = found if inside else None
        return self.caught.point if self.caught is not None else pointer.clamped

    def hover(self, pointer: Pointer) -> None:
        self.look(pointer)
        super().hover(pointer)

    def leave(self) -> None:
        self.caught = None
        super().leave()

    def reset(self) -> None:
        self.caught = None

    def key(self, event: QKeyEvent) -> bool:
        return self._hold(event, True) or super().key(event)

    def key_released(self, event: QKeyEvent) -> bool:
        return self._hold(event, False)

    def _hold(self, event: QKeyEvent, down: bool) -> bool:
        """Ctrl and Shift count at once, not only with the next step of the mouse."""
        mine, at = HELD_KEYS.get(Qt.Key(event.key())), self._at
        if mine is None or at is None:
            return False
        held = at.modifiers | mine if down else at.modifiers & ~mine
        self._at = Pointer(at.point, at.button, held, at.scale, at.size, at.pressure)
        self.look(self._at)
        self.changed.emit()
        return False

    def paint(self, painter: QPainter, transform: ViewTransform) -> None:
        super().paint(painter, transform)
        if self.caught is not None:
            paint_caught(painter, transform, self.caught)


def paint_caught(painter: QPainter, transform: ViewTransform, caught: Caught) -> None:
    """Where a point snaps to: a square around a vertex, a diamond on an edge; white on dark, blue within."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.save()
    painter.translate(QPointF(*transform.to_view(caught.point)))
    if not caught.snap.on_vertex:
        painter.rotate(45)
    area = QRectF(-MARK, -MARK, 2 * MARK, 2 * MARK)
    for colour, width in ((QColor(0, 0, 0, 220), 5.0), (QColor("#ffffff"), 3.5), (QColor(SNAPPED), 2.0)):
        painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.SquareCap, Qt.PenJoinStyle.MiterJoin))
        painter.drawRect(area)
    painter.restore()
