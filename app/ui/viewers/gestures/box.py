"""Drawing boxes."""

from __future__ import annotations

from PySide6.QtGui import QPainter

from app.core.annotation import BoxGeometry, Geometry
from app.ui.viewers.gestures.draw import in_view
from app.ui.viewers.gestures.span import SpanGesture
from app.ui.viewers.transform import ViewTransform


class BoxGesture(SpanGesture):
    """Draws axis-aligned boxes; see `SpanGesture`."""

    kind = BoxGeometry.kind
    usage = "Drag from corner to corner, or click both. Shift: square; Ctrl: from the centre."

    def result(self) -> Geometry | None:
        box = self.solid_box()
        return None if box is None else BoxGeometry(box)

    def paint_drawing(self, painter: QPainter, transform: ViewTransform) -> None:
        if (b := self.box) is not None:
            self.paint_shape(painter, in_view([(b.x0, b.y0), (b.x1, b.y0), (b.x1, b.y1), (b.x0, b.y1)], transform))
