"""Drawing what is given by two opposite corners: boxes and ellipses."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QKeyEvent

from app.core.geometry import Box, Point
from app.ui.viewers.drawn import spanned
from app.ui.viewers.gestures.base import DRAG_FROM, Pointer
from app.ui.viewers.gestures.draw import Canvas, DrawGesture, reachable

Modifier = Qt.KeyboardModifier


class SpanGesture(DrawGesture):
    """Drag from corner to corner, or click both. Shift: equal sides; Ctrl: from the centre; both at once too."""

    guided = True

    def __init__(self, canvas: Canvas, parent: QObject | None = None) -> None:
        super().__init__(canvas, parent)
        self._anchor: Point | None = None
        self._moved = self._second = self._square = self._centred = False

    @property
    def begun(self) -> bool:
        return self._anchor is not None

    def reset(self) -> None:
        self._anchor = None
        self._moved = self._second = self._square = self._centred = False

    @property
    def box(self) -> Box | None:
        """The box between the corner that is fixed and the pointer; None before there is any."""
        if self._anchor is None or self._at is None:
            return None
        return spanned(self._anchor, self._at.clamped, self._at.size, self._square, self._centred)

    def solid_box(self) -> Box | None:
        """The same if it has a size."""
        box = self.box
        return box if box is not None and box.width > 0 and box.height > 0 else None

    def press(self, pointer: Pointer) -> bool:
        if pointer.button != Qt.MouseButton.LeftButton or (not self.begun and not reachable(pointer)):
            return False
        self._second = self.begun
        if self._anchor is None:
            self._anchor = pointer.clamped
        self._follow(pointer)
        return True

    def move(self, pointer: Pointer) -> None:
        self._follow(pointer)

    def hover(self, pointer: Pointer) -> None:
        self._follow(pointer)

    def release(self, pointer: Pointer) -> None:
        self._follow(pointer)
        if not self.begun or not (self._second or self._moved):
            return
        if self._moved:
            self.finish()
        else:
            # The second half of a double click: nothing was spanned.
            self.reset()
            self.changed.emit()

    def _follow(self, pointer: Pointer) -> None:
        self._at = pointer
        self._square, self._centred = pointer.has(Modifier.ShiftModifier), pointer.has(Modifier.ControlModifier)
        if self._anchor is not None and pointer.view_distance(self._anchor) >= DRAG_FROM:
            self._moved = True
        self.changed.emit()

    def key(self, event: QKeyEvent) -> bool:
        return self._hold(event.key(), True) or super().key(event)

    def key_released(self, event: QKeyEvent) -> bool:
        return self._hold(event.key(), False)

    def _hold(self, key: int, down: bool) -> bool:
        """The shape changes at once with Shift and Ctrl, not only with the next step of the mouse."""
        if key == Qt.Key.Key_Shift:
            self._square = down
        elif key == Qt.Key.Key_Control:
            self._centred = down
        else:
            return False
        self.changed.emit()
        return False
