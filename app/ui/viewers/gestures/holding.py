"""What of the selected shapes the pointer holds: a handle, a point, the frame around them, or themselves."""

from __future__ import annotations

from collections.abc import Sequence
from math import atan2, degrees
from typing import Protocol

from PySide6.QtCore import Qt

from app.core.annotation import BoxGeometry, Geometry, MaskGeometry, Shape
from app.core.geometry import Box, Point
from app.ui.viewers.drags import Live
from app.ui.viewers.frame import frame_around
from app.ui.viewers.gestures.base import Pointer
from app.ui.viewers.grips import TURNED, Body, Grip, OnEdge, OnVertex, Resize, Turn, grip_at, place_of
from app.ui.viewers.transform import Size

REACH = 5.0
"""How far off a line or a point a click may be, in view pixels."""

Cursor = Qt.CursorShape
SLANTS = (Cursor.SizeHorCursor, Cursor.SizeFDiagCursor, Cursor.SizeVerCursor, Cursor.SizeBDiagCursor)


class ShapeFinder(Protocol):
    """Where the gesture looks shapes up, and shows them while they change (an `ImageView`)."""

    def shapes_at(self, point: Point, tolerance: float) -> Sequence[Shape]: ...
    def shapes_inside(self, box: Box) -> Sequence[str]: ...
    def selected_shapes(self) -> frozenset[str]: ...
    def group_of(self, name: str) -> frozenset[str]: ...
    def with_groups(self, ids: Sequence[str]) -> frozenset[str]: ...
    def chosen_shapes(self) -> Sequence[Shape]: ...
    def set_hovered_shape(self, shape_id: str | None) -> None: ...
    def set_live(self, live: Live) -> None: ...
    def source_size(self) -> Size | None: ...


class Holding:
    """Looks at the selection anew when it has changed; `at` is where the pointer is."""

    def __init__(self, finder: ShapeFinder) -> None:
        self._finder = finder
        self.framing = False
        """Whether one shape that is held by its points has a frame around it instead."""
        self.at: Pointer | None = None
        self._frame: tuple[Sequence[Shape], BoxGeometry | None] = (), None
        self._found: tuple[Geometry | None, Grip | None] = None, None

    def one(self) -> Shape | None:
        """The shape that shows its handles: the only selected one."""
        chosen = self._finder.chosen_shapes() if len(self._finder.selected_shapes()) == 1 else ()
        return chosen[0] if len(chosen) == 1 else None

    def frame(self) -> BoxGeometry | None:
        """The frame around what is selected and not locked, where it is held by one."""
        chosen = self._finder.chosen_shapes()
        if self._frame[0] is not chosen:
            self._frame = chosen, frame_around([s for s in chosen if not s.locked])
        if len(chosen) == 1:
            geometry = chosen[0].geometry
            by_points = self.framing and not isinstance(geometry, TURNED)
            return self._frame[1] if by_points or isinstance(geometry, MaskGeometry) else None
        return self._frame[1]

    def geometry(self) -> Geometry | None:
        """What has the handles: the frame, or the only selected shape's geometry."""
        shape, frame = self.one(), self.frame()
        return frame if frame is not None else shape.geometry if shape is not None else None

    def look(self) -> bool:
        """Find out what the pointer would hold now; whether that is something else than before."""
        before = self._found[1]
        self._found = self.geometry(), None if self.at is None else self.grip(self.at)
        return self._found[1] != before

    def forget(self) -> None:
        self._found, self.at = (None, None), None

    @property
    def under(self) -> Grip | None:
        """What the pointer would hold. An undo may have changed the shape under a pointer that stands still."""
        if self.geometry() is not self._found[0]:
            self.look()
        return self._found[1]

    def grip(self, pointer: Pointer) -> Grip | None:
        """What a press there would hold."""
        shape, frame = self.one(), self.frame()
        held = frame if frame is not None else shape.geometry if shape is not None and not shape.locked else None
        if held is not None:
            anywhere = pointer.has(Qt.KeyboardModifier.ControlModifier)
            grip = grip_at(held, pointer.point, pointer.scale, pointer.size, anywhere)
            if grip is not None:
                return grip
        selected = self._finder.selected_shapes()
        if not selected:
            return None
        under = self._finder.shapes_at(pointer.point, REACH / pointer.scale)
        return Body() if any(s.id in selected for s in under) else None

    def cursor(self, grip: Grip | None, dragging: bool) -> Qt.CursorShape:
        """The cursor that says what can be done with a grip."""
        held = self.geometry()
        match grip:
            case Resize() if held is not None and self.at is not None:
                return _slant(held, grip, self.at)
            case Turn():
                return Cursor.ClosedHandCursor if dragging else Cursor.OpenHandCursor
            case OnVertex():
                return Cursor.PointingHandCursor
            case OnEdge():
                return Cursor.CrossCursor
            case Body():
                return Cursor.SizeAllCursor
            case _:
                return Cursor.ArrowCursor


def _slant(geometry: Geometry, grip: Resize, at: Pointer) -> Qt.CursorShape:
    """The double arrow nearest to the direction in which the handle pulls."""
    place = place_of(geometry, grip, at.scale, at.size) or at.point
    x, y = geometry.bounds().centre
    return SLANTS[round(degrees(atan2(place[1] - y, place[0] - x)) / 45) % 4]
