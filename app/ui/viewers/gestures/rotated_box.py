"""Drawing boxes that lie askew."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QPainter

from app.core.annotation import Geometry, RotatedBoxGeometry
from app.core.geometry import Point
from app.ui.viewers.drawn import rotated_box
from app.ui.viewers.gestures.base import DRAG_FROM, Pointer
from app.ui.viewers.gestures.draw import Canvas, DrawGesture, in_view, reachable
from app.ui.viewers.transform import ViewTransform


class RotatedBoxGesture(DrawGesture):
    """Drag the first side (or click both its ends), then move to give the width and click."""

    kind = RotatedBoxGeometry.kind
    guided = True

    def __init__(self, canvas: Canvas, parent: QObject | None = None) -> None:
        super().__init__(canvas, parent)
        self._first: Point | None = None
        self._second: Point | None = None
        self._pressed_anew = False

    @property
    def begun(self) -> bool:
        return self._first is not None

    @property
    def hint(self) -> str:
        if self._second is not None:
            return "Move to give the width, then click. Backspace: the side once more."
        return "Drag along one side, or click both its ends; then give the width."

    def reset(self) -> None:
        self._first = self._second = None

    def step_back(self) -> None:
        if self._second is not None:
            self._second = None
        else:
            self._first = None

    def press(self, pointer: Pointer) -> bool:
        if pointer.button != Qt.MouseButton.LeftButton or (not self.begun and not reachable(pointer)):
            return False
        self._at, self._pressed_anew = pointer, self._first is None
        if self._first is None:
            self._first = pointer.clamped
        self.changed.emit()
        return True

    def release(self, pointer: Pointer) -> None:
        self._at = pointer
        if self._first is None:
            return
        if self._second is not None:
            self.finish()
        elif pointer.view_distance(self._first) >= DRAG_FROM:
            self._second = pointer.clamped
        elif not self._pressed_anew:
            self.reset()
        self.changed.emit()

    def result(self) -> Geometry | None:
        if self._first is None or self._second is None or self._at is None:
            return None
        return rotated_box(self._first, self._second, self._at.clamped, self._at.size)

    def paint_drawing(self, painter: QPainter, transform: ViewTransform) -> None:
        if self._first is None or self._at is None:
            return
        box = self.result()
        if isinstance(box, RotatedBoxGeometry):
            self.paint_shape(painter, in_view(box.corners().tolist(), transform))
        else:
            end = self._second or self._at.clamped
            self.paint_shape(painter, in_view([self._first, end], transform), closed=False)
