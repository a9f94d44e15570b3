"""Drawing ellipses and circles."""

from __future__ import annotations

from PySide6.QtGui import QPainter

from app.core.annotation import EllipseGeometry, Geometry
from app.ui.viewers.gestures.draw import in_view
from app.ui.viewers.gestures.span import SpanGesture
from app.ui.viewers.transform import ViewTransform


class EllipseGesture(SpanGesture):
    """Draws the ellipse inside the box that is dragged; see `SpanGesture`."""

    kind = EllipseGeometry.kind
    usage = "Drag the box around it, or click two corners. Shift: circle; Ctrl: from the centre."

    def result(self) -> Geometry | None:
        box = self.solid_box()
        return None if box is None else EllipseGeometry(box.centre, box.width / 2, box.height / 2)

    def paint_drawing(self, painter: QPainter, transform: ViewTransform) -> None:
        if (b := self.box) is not None:
            outline = EllipseGeometry(b.centre, b.width / 2, b.height / 2).outline(128)
            self.paint_shape(painter, in_view(outline.tolist(), transform))
