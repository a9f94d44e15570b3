"""Choosing shapes by clicking and by a rubber band."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPen

from app.core.annotation import Shape
from app.core.geometry import Box, Point
from app.ui.viewers.gestures.base import DRAG_FROM, Gesture, Pointer
from app.ui.viewers.transform import ViewTransform

REACH = 5.0
"""How far off a line or a point a click may be, in view pixels."""

SAME_PLACE = 4.0


class ShapeFinder(Protocol):
    """Where the gesture looks shapes up (an `ImageView`)."""

    def shapes_at(self, point: Point, tolerance: float) -> Sequence[Shape]: ...
    def shapes_inside(self, box: Box) -> Sequence[str]: ...
    def selected_shapes(self) -> frozenset[str]: ...
    def set_hovered_shape(self, shape_id: str | None) -> None: ...


class SelectGesture(Gesture):
    """A click takes the smallest shape under the pointer, the next one at the same place the one below it; a drag
    takes what lies wholly inside; Shift adds or takes away; Delete asks to remove; Esc selects nothing."""

    shape_clicked = Signal(str)
    selection_requested = Signal(frozenset, bool)
    """(ids, additive): additive ids join the selection, or leave it if they were all in it."""
    remove_requested = Signal(frozenset)

    keys = frozenset({Qt.Key.Key_Delete, Qt.Key.Key_Escape})

    def __init__(self, finder: ShapeFinder, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._finder = finder
        self._pressed: Pointer | None = None
        self._band: Box | None = None
        self._last: tuple[Pointer, tuple[str, ...], int] | None = None

    def press(self, pointer: Pointer) -> bool:
        if pointer.button != Qt.MouseButton.LeftButton:
            return False
        self._pressed = pointer
        return True

    def move(self, pointer: Pointer) -> None:
        if self._pressed is None:
            return
        if self._band is not None or pointer.view_distance(self._pressed.point) >= DRAG_FROM:
            self._band = Box.spanning(self._pressed.point, pointer.point)
            self.changed.emit()

    def release(self, pointer: Pointer) -> None:
        pressed, band = self._pressed, self._band
        self._pressed = self._band = None
        if pressed is None:
            return
        additive = pressed.has(Qt.KeyboardModifier.ShiftModifier)
        if band is None:
            self._click(pressed, additive)
        else:
            self._last = None
            self.selection_requested.emit(frozenset(self._finder.shapes_inside(band)), additive)
        self.changed.emit()

    def _click(self, pointer: Pointer, additive: bool) -> None:
        found = tuple(s.id for s in self._finder.shapes_at(pointer.point, REACH / pointer.scale))
        if not found:
            self._last = None
            if not additive:
                self.selection_requested.emit(frozenset(), False)
            return
        turn = 0
        if self._last is not None and not additive:
            before, ids, at = self._last
            if ids == found and pointer.view_distance(before.point) < SAME_PLACE:
                turn = (at + 1) % len(found)
        self._last = pointer, found, turn
        self.shape_clicked.emit(found[turn])
        self.selection_requested.emit(frozenset({found[turn]}), additive)

    def hover(self, pointer: Pointer) -> None:
        found = self._finder.shapes_at(pointer.point, REACH / pointer.scale)
        self._finder.set_hovered_shape(found[0].id if found else None)

    def leave(self) -> None:
        self._finder.set_hovered_shape(None)

    def key(self, event: QKeyEvent) -> bool:
        if event.key() == Qt.Key.Key_Delete and self._finder.selected_shapes():
            self.remove_requested.emit(self._finder.selected_shapes())
            return True
        if event.key() == Qt.Key.Key_Escape and (self._band is not None or self._finder.selected_shapes()):
            if self._band is None:
                self.selection_requested.emit(frozenset(), False)
            self.cancel()
            return True
        return False

    def paint(self, painter: QPainter, transform: ViewTransform) -> None:
        if self._band is not None:
            paint_band(painter, transform.box_to_view(self._band))

    def cancel(self) -> None:
        self._pressed = self._band = self._last = None
        self._finder.set_hovered_shape(None)
        self.changed.emit()


def paint_band(painter: QPainter, box: Box, fill: QColor | None = None) -> None:
    """A dashed two-toned rectangle in view pixels, readable on any picture."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    area = QRectF(box.x0, box.y0, box.width, box.height)
    painter.fillRect(area, fill or QColor(255, 255, 255, 28))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(0, 0, 0, 200), 1.5))
    painter.drawRect(area)
    painter.setPen(QPen(QColor(255, 255, 255), 1.5, Qt.PenStyle.DashLine))
    painter.drawRect(area)
