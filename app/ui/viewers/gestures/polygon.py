"""Drawing polygons, and holes and parts of one that is there."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt

from app.core.annotation import Geometry, PolygonGeometry
from app.ui.viewers.drawn import ring_of
from app.ui.viewers.gestures.base import Pointer
from app.ui.viewers.gestures.draw import Canvas
from app.ui.viewers.gestures.vertices import FOLLOW, VertexGesture

PART = "Begin inside the selected polygon to cut a hole, outside it to add a part. Enter closes."
HOLE_NOW = "Cutting a hole into the selected polygon. Enter closes it, Esc drops it."
PART_NOW = "Adding a part to the selected polygon. Enter closes it, Esc drops it."


class PolygonGesture(VertexGesture):
    """Draws polygons; see `VertexGesture`.

    With ``into`` given, a polygon begun with Alt held (or every one, if ``always_into``) changes the polygon that
    ``into`` returns: begun inside it cuts a hole, begun outside it adds a part.
    """

    kind = PolygonGeometry.kind
    closes = True
    usage = "Click vertices or drag freehand. Enter or the first vertex closes. Alt: hole or part of the selected."

    def __init__(self, canvas: Canvas, parent: QObject | None = None, always_into: bool = False) -> None:
        super().__init__(canvas, parent)
        self.always_into = always_into
        self.into: Callable[[], PolygonGeometry | None] = _nothing
        self.target: PolygonGeometry | None = None
        """The polygon that the unfinished ring will change."""

    @property
    def hint(self) -> str:
        if self.target is not None and self.points:
            return HOLE_NOW if self.target.contains(self.points[0]) else PART_NOW
        if self.bordered:
            return FOLLOW
        return PART if self.always_into else self.usage

    def begin(self, pointer: Pointer) -> None:
        meant = self.always_into or pointer.has(Qt.KeyboardModifier.AltModifier)
        self.target = self.into() if meant else None

    def reset(self) -> None:
        super().reset()
        self.target = None

    def result(self) -> Geometry | None:
        ring = ring_of(self.points)
        return None if ring is None else PolygonGeometry((ring,))


def _nothing() -> PolygonGeometry | None:
    return None
