"""Drawing open lines."""

from __future__ import annotations

from app.core.annotation import Geometry, PolylineGeometry
from app.ui.viewers.gestures.vertices import FOLLOW, VertexGesture


class PolylineGesture(VertexGesture):
    """Draws open lines; see `VertexGesture`."""

    kind = PolylineGeometry.kind
    usage = "Click vertices or drag freehand. Enter or a double click keeps the line."

    @property
    def hint(self) -> str:
        return FOLLOW if self.bordered else self.usage

    def result(self) -> Geometry | None:
        kept = [p for i, p in enumerate(self.points) if i == 0 or p != self.points[i - 1]]
        return PolylineGeometry(tuple(kept)) if len(kept) >= 2 else None
