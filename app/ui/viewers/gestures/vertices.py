"""Drawing what is given by a row of vertices: polygons and polylines, clicked or freehand."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import QObject, QPointF, Qt, Slot
from PySide6.QtGui import QPainter, QPolygonF

from app.core.annotation import Ring
from app.core.geometry import Point
from app.ui.viewers.drawn import simplify
from app.ui.viewers.gestures.base import DRAG_FROM, Pointer
from app.ui.viewers.gestures.draw import Canvas, DrawGesture, in_view, paint_vertices, reachable, two_tones
from app.ui.viewers.gestures.snapping import SnappingGesture
from app.ui.viewers.snapper import TOLERANCE, Caught, border_between
from app.ui.viewers.transform import ViewTransform

CLOSE = 8.0
"""How near to the first vertex a click closes, in view pixels."""

COARSE = 1.0
"""What freehand lines may be off after simplifying, in view pixels: nobody sees less, and sharper lines need zoom."""

HANDLES = 400
"""The most vertices that are marked; more would hide the picture."""

FOLLOW = "Shift+click follows the neighbour's border; Tab: the other way round."


class VertexGesture(SnappingGesture):
    """Click the vertices, or press and drag freehand. Enter, a double click or (if ``closes``) a click on the first
    vertex keeps the line; Backspace takes back the last vertex, or the last freehand stretch as a whole.

    With Shift a click takes over the border of a neighbour from the vertex before, where both lie on it: the shorter
    way, or after Tab the longer one.
    """

    closes: ClassVar[bool] = False

    def __init__(self, canvas: Canvas, parent: QObject | None = None) -> None:
        super().__init__(canvas, parent)
        self.points: list[Point] = []
        self._steps: list[int] = []
        self._on: list[Caught | None] = []
        self._longer = False
        self._known: tuple[Caught | None, Caught | None, dict[bool, Ring | None]] = None, None, {}
        self._pressed: Pointer | None = None
        self._free: list[Point] = []
        self._ended_by_click = False
        self._actions[Qt.Key.Key_Tab] = self.turn_around

    @property
    def keys(self) -> frozenset[Qt.Key]:  # type: ignore[override]
        """Tab belongs to the drawing only while there is a border to follow."""
        return DrawGesture.keys | ({Qt.Key.Key_Tab} if self.bordered else set())

    @property
    def begun(self) -> bool:
        return bool(self.points)

    @property
    def border(self) -> Ring | None:
        """The border that a click with Shift would take over."""
        return self._border(self._longer)

    @property
    def bordered(self) -> bool:
        """Whether there is a border to follow, the one way round or the other."""
        return any(self._border(longer) for longer in (False, True))

    def _border(self, longer: bool) -> Ring | None:
        """Asked for several times at each step of the mouse, and neighbours may have very many vertices."""
        start, end = self._ends
        if start is not self._known[0] or end is not self._known[1]:
            self._known = start, end, {}
        found = self._known[2]
        if longer not in found:
            found[longer] = border_between(start, end, longer)
        return found[longer]

    @property
    def _ends(self) -> tuple[Caught | None, Caught | None]:
        """What the last vertex has snapped to, and what the next one would."""
        if not self.points:
            return None, None
        closing = self._at is not None and self._near_first(self._at)
        return self._on[-1], self._on[0] if closing else self.caught

    def reset(self) -> None:
        super().reset()
        self.points, self._steps, self._on, self._longer = [], [], [], False
        self._forget_press()

    def step_back(self) -> None:
        self._forget_press()
        kept = self._steps.pop()
        del self.points[kept:], self._on[kept:]

    def _forget_press(self) -> None:
        self._pressed, self._free = None, []

    @Slot()
    def turn_around(self) -> None:
        """Follow borders the other way round."""
        self._longer = not self._longer
        self.changed.emit()

    # Mouse

    def press(self, pointer: Pointer) -> bool:
        if pointer.button != Qt.MouseButton.LeftButton or (not self.begun and not reachable(pointer)):
            return False
        self._at, self._ended_by_click = pointer, False
        place = self.look(pointer)
        border = self.border if pointer.has(Qt.KeyboardModifier.ShiftModifier) else None
        if self._near_first(pointer):
            self._ended_by_click = True
            if border is not None:
                self._add(border[1:-1], None)
            self.finish()
            return True
        if not self.points:
            self.begin(pointer)
        self._pressed = pointer
        if border is not None:
            self._add(border[1:], self.caught)
            self._longer = False
        elif not self.points or self.points[-1] != place:
            self._add((place,), self.caught)
        self.changed.emit()
        return True

    def _add(self, points: Ring, last: Caught | None) -> None:
        """Go on with points, as one step; ``last`` is what the last one has snapped to."""
        self._steps.append(len(self.points))
        self.points += points
        self._on += [None] * (len(points) - 1) + [last]

    def begin(self, pointer: Pointer) -> None:
        """The first vertex is about to be set."""

    def move(self, pointer: Pointer) -> None:
        self._at = pointer
        self.look(pointer)
        if self._pressed is not None and self.points:
            self._scrawl(pointer)
        self.changed.emit()

    def _scrawl(self, pointer: Pointer) -> None:
        if not self._free and pointer.view_distance(self.points[-1]) < DRAG_FROM:
            return
        if not self._free:
            if self._pressed is not None and pointer.view_distance(self._pressed.point) < DRAG_FROM:
                return  # the vertex stands where it snapped to; the hand has not moved yet
            self._free = [self.points[-1]]
        if pointer.view_distance(self._free[-1]) >= 1:
            self._free.append(pointer.clamped)

    def release(self, pointer: Pointer) -> None:
        self._at = pointer
        free = self._free
        self._forget_press()
        if len(free) > 1:
            end = self.look(pointer)
            drawn = simplify([*free[:-1], end] if self.caught else free, COARSE / pointer.scale)[1:]
            self.points += drawn
            self._on += [None] * (len(drawn) - 1) + [self.caught]
            if self._near_first(pointer):
                self.points.pop()
                self._on.pop()
                self.finish()
        self.changed.emit()

    def double(self, pointer: Pointer) -> bool:
        if self._ended_by_click:
            # The first click of the two has closed the line already.
            return True
        if not self.points or pointer.view_distance(self.points[-1]) > self._slack:
            return False
        self.finish()
        return True

    @property
    def _slack(self) -> float:
        """How far the last vertex may stand from the pointer that set it, in view pixels."""
        return DRAG_FROM + (TOLERANCE if self._on[-1] is not None else 0.0)

    def _near_first(self, pointer: Pointer) -> bool:
        return self.closes and len(self.points) >= 3 and pointer.view_distance(self.points[0]) <= CLOSE

    # Painting

    def paint_drawing(self, painter: QPainter, transform: ViewTransform) -> None:
        if not self.points:
            return
        vertices = in_view(self.points, transform)
        shown = in_view([*self.points, *self._free[1:]], transform) if self._free else vertices
        if self.closes and shown.size() > 2:
            self.paint_fill(painter, shown)
        self.paint_shape(painter, shown, closed=False)
        if self._at is not None and self._pressed is None:
            self._paint_rubber(painter, transform, self._at)
        near = self._at is not None and self._near_first(self._at)
        corners = vertices.toList() if len(self.points) <= HANDLES else [vertices.first(), vertices.last()]
        paint_vertices(painter, corners, vertices.first() if near else None)

    def _paint_rubber(self, painter: QPainter, transform: ViewTransform, at: Pointer) -> None:
        """The line to the pointer; with Shift along the border that is offered, which is dotted without."""
        border, follows = self.border, at.has(Qt.KeyboardModifier.ShiftModifier)
        end = self.caught.point if self.caught is not None else at.clamped
        if border is not None:
            style = Qt.PenStyle.DashLine if follows else Qt.PenStyle.DotLine
            self._paint_line(painter, in_view(border, transform), style)
        if border is None or not follows:
            straight = [QPointF(*transform.to_view(p)) for p in (self.points[-1], end)]
            self._paint_line(painter, QPolygonF(straight), Qt.PenStyle.DashLine)

    def _paint_line(self, painter: QPainter, line: QPolygonF, style: Qt.PenStyle) -> None:
        for pen in two_tones(self.colour, style=style):
            painter.setPen(pen)
            painter.drawPolyline(line)
