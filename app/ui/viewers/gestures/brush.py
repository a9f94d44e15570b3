"""Painting a mask with a round brush."""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtCore import QObject, QPointF, Qt
from PySide6.QtGui import QPainter

from app.core.annotation import Geometry, MaskGeometry
from app.core.geometry import Point
from app.ui.viewers import brush_size
from app.ui.viewers.gestures.base import Pointer
from app.ui.viewers.gestures.draw import Canvas, DrawGesture, reachable, two_tones
from app.ui.viewers.mask_preview import RegionPainter
from app.ui.viewers.stroke import PaintedMask
from app.ui.viewers.transform import ViewTransform

Button = Qt.MouseButton


@dataclass
class Stroke:
    """One way of the brush: where it went and how large it was there; 1 paints, 0 erases."""

    value: int
    way: list[tuple[Point, float]] = field(default_factory=list)


class BrushGesture(DrawGesture):
    """Left button paints, right button erases, Alt+wheel changes the size, a pen's pressure scales it. Strokes gather
    until Enter keeps them as one mask; Backspace takes back the last stroke."""

    kind = MaskGeometry.kind
    usage = "Left paints, right erases, Alt+wheel or [ ] sizes. Enter keeps the mask."
    keys = DrawGesture.keys | {Qt.Key.Key_BracketLeft, Qt.Key.Key_BracketRight}

    def __init__(self, canvas: Canvas, parent: QObject | None = None) -> None:
        super().__init__(canvas, parent)
        self.radius = 0.0
        """In source pixels; 0 before the first use."""
        self._strokes: list[Stroke] = []
        self._painting = False
        self._mask: PaintedMask | None = None
        self._painter = RegionPainter()
        self._version = 0
        self._actions[Qt.Key.Key_BracketLeft] = lambda: self.resize_brush(-1)
        self._actions[Qt.Key.Key_BracketRight] = lambda: self.resize_brush(1)

    @property
    def begun(self) -> bool:
        return bool(self._strokes)

    @property
    def value_text(self) -> str:
        return f"Radius {self.radius:.3g} px" if self.radius else ""

    def resize_brush(self, steps: int) -> None:
        if self.radius:
            self.radius = brush_size.notched(self.radius, steps)
            self.changed.emit()

    def reset(self) -> None:
        self._strokes, self._painting, self._mask = [], False, None

    def step_back(self) -> None:
        """Take back the last stroke: the others are painted once more."""
        self._strokes.pop()
        self._painting = False
        self._mask = self._clean() if self._strokes else None
        for stroke in self._strokes:
            self._paint(stroke, 0)

    def press(self, pointer: Pointer) -> bool:
        if pointer.button not in (Button.LeftButton, Button.RightButton) or not reachable(pointer):
            return False
        self._follow(pointer)
        if self._mask is None:
            self._mask = self._clean()
        self._strokes.append(Stroke(1 if pointer.button == Button.LeftButton else 0))
        self._painting = True
        self._extend(pointer)
        return True

    def move(self, pointer: Pointer) -> None:
        self._follow(pointer)
        if self._painting:
            self._extend(pointer)

    def hover(self, pointer: Pointer) -> None:
        self._follow(pointer)

    def release(self, pointer: Pointer) -> None:
        self.move(pointer)
        self._painting = False

    def _follow(self, pointer: Pointer) -> None:
        self._at = pointer
        if not self.radius:
            self.radius = brush_size.first(pointer.scale)
        self.changed.emit()

    def _extend(self, pointer: Pointer) -> None:
        stroke = self._strokes[-1]
        radius = brush_size.pressed(self.radius, pointer.pressure)
        if stroke.way and stroke.way[-1][0] == pointer.point:
            return
        stroke.way.append((pointer.point, radius))
        self._paint(stroke, len(stroke.way) - 1)

    def _clean(self) -> PaintedMask | None:
        image = self.canvas.image
        return None if image is None else PaintedMask(image.width, image.height)

    def _paint(self, stroke: Stroke, start: int) -> None:
        """Paint a stroke from its ``start``-th place on."""
        self._version += 1
        if self._mask is None:
            return
        for i in range(start, len(stroke.way)):
            (a, ra), (b, rb) = stroke.way[max(i - 1, 0)], stroke.way[i]
            self._mask.dab(a, ra, b, rb, stroke.value)

    def result(self) -> Geometry | None:
        rle = None if self._mask is None else self._mask.region.encoded()
        return None if rle is None else MaskGeometry(rle)

    def paint_drawing(self, painter: QPainter, transform: ViewTransform) -> None:
        if self._mask is not None and self._mask.region.mask.size:
            self._painter.paint(painter, transform, self._mask.region, self.colour, self._version)
        if self._at is None or not self.radius:
            return
        centre, radius = QPointF(*transform.to_view(self._at.point)), self.radius * transform.scale
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for pen in two_tones(self.colour):
            painter.setPen(pen)
            painter.drawEllipse(centre, radius, radius)
