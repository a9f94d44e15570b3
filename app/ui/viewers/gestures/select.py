"""Choosing shapes by clicking and by a rubber band, and changing the chosen ones by dragging them and their handles."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter

from app.core.annotation import (
    BoxGeometry,
    Geometry,
    KeypointsGeometry,
    PolygonGeometry,
    PolylineGeometry,
    Shape,
)
from app.core.geometry import Box, Point
from app.core.selecting import picked
from app.core.skeletons import readable
from app.core.vertices import Vertex
from app.ui.viewers.beside import paint_beside
from app.ui.viewers.drags import Drag, Find, Live, VertexDrag, drag_of
from app.ui.viewers.frame import FrameDrag, frame_drag
from app.ui.viewers.gestures.base import DRAG_FROM, Gesture, Pointer
from app.ui.viewers.gestures.holding import REACH, Holding, ShapeFinder
from app.ui.viewers.gestures.snapping import paint_caught
from app.ui.viewers.grip_painter import paint_band, paint_frame, paint_grips
from app.ui.viewers.grips import (
    GRAB,
    Body,
    Grip,
    OnEdge,
    OnVertex,
    Resize,
    Turn,
    nearest_point,
    place_of,
)
from app.ui.viewers.snapper import Caught, Snapper
from app.ui.viewers.transform import Size, ViewTransform

SAME_PLACE = 4.0
NO_JOINT = "Select one skeleton and point at one of its joints first."
SAID_ON = "#2b2b2b"
SEEN = {0: " (not given)", 1: " (hidden)", 2: ""}
LOCKED = "This shape is locked. Unlock it to change it (Ctrl+L)."

Key = Qt.Key
Button = Qt.MouseButton
Modifier = Qt.KeyboardModifier
Cursor = Qt.CursorShape

STEPS: dict[int, tuple[int, int]] = {
    Key.Key_Left: (-1, 0),
    Key.Key_Right: (1, 0),
    Key.Key_Up: (0, -1),
    Key.Key_Down: (0, 1),
}
FAR = 10
"""Pixels that an arrow key moves by with Shift."""

HELD_KEYS = {
    Key.Key_Shift: Modifier.ShiftModifier,
    Key.Key_Control: Modifier.ControlModifier,
    Key.Key_Alt: Modifier.AltModifier,
}


class SelectGesture(Gesture):
    """A click takes the smallest shape under the pointer with its group, the next one at the same place the shape
    alone, then the one below it; a drag takes what lies wholly inside, with its groups; Alt leaves the groups out,
    Shift adds or takes away; Delete asks to remove; Esc selects nothing.

    A drag inside a selected shape moves all selected ones. One selected shape shows handles: eight and one to turn by,
    or its points, and marks that become points. Several, a mask, and with `set_framing` any shape, are held by a frame.
    Shift keeps proportions and goes in steps of 45 degrees; Ctrl or Alt resizes about the middle, or switches snapping
    while a point is dragged; Esc takes the drag back. Alt+click or Delete removes a point, Ctrl+click adds one anywhere
    on an edge, a right click on a joint steps its visibility, elsewhere it asks for a menu. Arrow keys nudge.
    """

    shape_clicked = Signal(str)
    selection_requested = Signal(frozenset, bool)
    """(ids, additive): additive ids join the selection, or leave it if they were all in it."""
    remove_requested = Signal(frozenset)
    reshaped = Signal(str, object)
    """(name of the step, new geometries by shape id) A drag has ended."""
    reworked = Signal(str, object, object)
    """(name of the step, shapes, what happens to each geometry) The same of so many that it takes longer."""
    vertex_removed = Signal(str, object)
    """(shape id, `Vertex`)"""
    joint_stepped = Signal(str, int)
    """(shape id, joint) Its visibility goes one step on."""
    nudged = Signal(int, int)
    """Source pixels."""
    menu_requested = Signal(object)
    """A menu for the selection, at this source place."""
    refused = Signal(str)

    keys = frozenset({Key.Key_Delete, Key.Key_Escape})

    def __init__(self, finder: ShapeFinder, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._finder = finder
        self.snapper: Snapper | None = None
        self._hold = Holding(finder)
        self._pressed: Pointer | None = None
        self._menu_at: Point | None = None
        self._held: Grip | None = None
        self._drag: Drag | None = None
        self._given_up = False
        self._band: Box | None = None
        self._last: tuple[Pointer, tuple[str, ...]] | None = None

    # Mouse

    def press(self, pointer: Pointer) -> bool:
        if pointer.button == Button.RightButton:
            return self._press_right(pointer)
        if pointer.button != Button.LeftButton:
            return False
        self._pressed, self._held, self._given_up = pointer, self._hold.grip(pointer), False
        return True

    def move(self, pointer: Pointer) -> None:
        if self._pressed is None or self._given_up:
            return
        self._hold.at = pointer
        far = self._drag is not None or self._band is not None
        if not far and pointer.view_distance(self._pressed.point) < DRAG_FROM:
            return
        if self._held is None:
            self._band = Box.spanning(self._pressed.point, pointer.point)
        elif self._drag is None and not self._start_drag(self._held, self._pressed):
            return
        self._follow()
        self.changed.emit()

    def _start_drag(self, held: Grip, pressed: Pointer) -> bool:
        free = [s for s in self._finder.chosen_shapes() if not s.locked]
        if not free:
            self._given_up = True
            self.refused.emit(LOCKED)
            return False
        frame = self._hold.frame()
        if frame is not None and isinstance(held, Resize | Turn):
            at = place_of(frame, held, pressed.scale, pressed.size) or pressed.point
            self._drag = frame_drag(held, free, frame.box, pressed.point, at)
            return True
        place = place_of(free[0].geometry, held, pressed.scale, pressed.size)
        self._drag = drag_of(held, free, pressed.point, place, pressed.size, self._snapping(free[0], pressed.scale))
        return True

    def _snapping(self, shape: Shape, scale: float) -> Find | None:
        """How the points of a line or an area find their neighbours' borders; joints and landmarks have none."""
        snapper = self.snapper
        if snapper is None or not isinstance(shape.geometry, PolygonGeometry | PolylineGeometry):
            return None

        def find(point: Point, inverted: bool) -> Caught | None:
            return snapper.find(point, scale, inverted, but=(shape.id,))

        return find

    def _follow(self) -> None:
        if self._drag is not None and self._hold.at is not None:
            self._finder.set_live(self._drag.live(self._hold.at.point, *_manner(self._hold.at)))

    def release(self, pointer: Pointer) -> None:
        pressed, band, held, drag = self._pressed, self._band, self._held, self._drag
        given_up, menu_at = self._given_up, self._menu_at
        self._forget_press()
        if menu_at is not None:  # not before: a menu would swallow the release
            self.menu_requested.emit(menu_at)
        if pressed is None or given_up:
            return
        if drag is not None:
            self._put(drag, pointer)
            self._finder.set_live(Live())
        elif band is not None:
            self._last = None
            inside = self._finder.shapes_inside(band)
            ids = frozenset(inside) if pressed.has(Modifier.AltModifier) else self._finder.with_groups(inside)
            self.selection_requested.emit(ids, _additive(pressed))
        else:
            self._clicked(pressed, held)
        self.hover(pointer)
        self.changed.emit()

    def _put(self, drag: Drag, pointer: Pointer) -> None:
        """A drag has ended there."""
        manner = pointer.point, *_manner(pointer)
        if isinstance(drag, FrameDrag):
            for loss in drag.losses(*manner):
                self.refused.emit(loss)
            if not drag.light:
                self.reworked.emit(drag.name, drag.shapes, drag.change(*manner))
                return
        self.reshaped.emit(drag.name, drag.result(*manner))

    def _clicked(self, pressed: Pointer, held: Grip | None) -> None:
        """A press that did not become a drag."""
        shape = self._hold.one()
        if shape is not None and isinstance(held, OnVertex) and pressed.has(Modifier.AltModifier):
            self._remove_vertex(held.vertex)
        elif shape is not None and isinstance(held, OnEdge):
            grown = drag_of(held, [shape], held.point, held.point, pressed.size)
            self.reshaped.emit(grown.name, grown.result(held.point, False, False))
        elif not isinstance(held, Resize | Turn | OnVertex):
            self._click(pressed, _additive(pressed))

    def _click(self, pointer: Pointer, additive: bool) -> None:
        under = self._finder.shapes_at(pointer.point, REACH / pointer.scale)
        ids = tuple(s.id for s in under)
        again = self._last is not None and self._last[1] == ids
        if again and self._last is not None:
            again = pointer.view_distance(self._last[0].point) < SAME_PLACE
        self._last = (pointer, ids) if under else None
        selected = frozenset[str]() if additive else self._finder.selected_shapes()
        alone = pointer.has(Modifier.AltModifier)
        found = picked(under, selected, self._finder.group_of, again and not additive, alone)
        if found is not None:
            self.shape_clicked.emit(next(s.id for s in under if s.id in found))
            self.selection_requested.emit(found, additive)
        elif not additive:
            self.selection_requested.emit(frozenset(), False)

    def _press_right(self, pointer: Pointer) -> bool:
        shape = self._hold.one()
        if shape is not None and isinstance(shape.geometry, KeypointsGeometry) and not shape.locked:
            joint = nearest_point(shape.geometry, pointer.point, GRAB / pointer.scale)
            if joint is not None:
                self.joint_stepped.emit(shape.id, joint.index)
                return True
        under = self._finder.shapes_at(pointer.point, REACH / pointer.scale)
        if not under:
            return False
        if not self._finder.selected_shapes() & {s.id for s in under}:
            found = picked(under, frozenset(), self._finder.group_of, alone=pointer.has(Modifier.AltModifier))
            self.selection_requested.emit(found or frozenset(), False)
        self._menu_at = pointer.point
        return True

    def hover(self, pointer: Pointer) -> None:
        found = self._finder.shapes_at(pointer.point, REACH / pointer.scale)
        self._finder.set_hovered_shape(found[0].id if found else None)
        self._hold.at = pointer
        if self._hold.look() or self._hold.one() is not None:
            self.changed.emit()

    def leave(self) -> None:
        self._hold.at = None
        self._hold.look()
        self._finder.set_hovered_shape(None)
        self.changed.emit()

    # What is held

    @property
    def pointer(self) -> Pointer | None:
        """Where the pointer is; None while it is beside the view."""
        return self._hold.at

    def set_framing(self, on: bool) -> None:
        """Whether one shape that is held by its points has a frame around it instead."""
        self._hold.framing = on
        self._hold.look()
        self.changed.emit()

    def _remove_vertex(self, vertex: Vertex) -> None:
        shape = self._hold.one()
        if shape is not None:
            self.vertex_removed.emit(shape.id, vertex)

    def step_joint(self) -> None:
        """The visibility of the joint under the pointer goes one step on; says so where there is none."""
        shape, under = self._hold.one(), self._hold.under
        joint = shape is not None and isinstance(shape.geometry, KeypointsGeometry) and isinstance(under, OnVertex)
        if shape is not None and isinstance(under, OnVertex) and joint:
            self.joint_stepped.emit(shape.id, under.vertex.index)
        else:
            self.refused.emit(NO_JOINT)

    # Keys

    def key(self, event: QKeyEvent) -> bool:
        if event.key() in HELD_KEYS:
            return self._modify(event, True)
        selected = self._finder.selected_shapes()
        if event.key() == Key.Key_Escape:
            return self._escape(selected)
        if self._drag is not None:
            return event.key() in STEPS or event.key() == Key.Key_Delete
        if event.key() == Key.Key_Delete and selected:
            if isinstance(self._hold.under, OnVertex) and self._drag is None:
                self._remove_vertex(self._hold.under.vertex)
            else:
                self.remove_requested.emit(selected)
            return True
        plain = not event.modifiers() & (Modifier.ControlModifier | Modifier.AltModifier)
        if event.key() in STEPS and selected and plain:
            x, y = STEPS[event.key()]
            by = FAR if event.modifiers() & Modifier.ShiftModifier else 1
            self.nudged.emit(x * by, y * by)
            return True
        return False

    def key_released(self, event: QKeyEvent) -> bool:
        return self._modify(event, False) if event.key() in HELD_KEYS else False

    def _modify(self, event: QKeyEvent, down: bool) -> bool:
        """Shift, Ctrl or Alt in the middle of a drag counts at once, before the mouse moves on."""
        if self._drag is None or self._hold.at is None:
            return False
        mine = HELD_KEYS[Key(event.key())]
        held = self._hold.at.modifiers | mine if down else self._hold.at.modifiers & ~mine
        at = self._hold.at
        self._hold.at = Pointer(at.point, at.button, held, at.scale, at.size, at.pressure)
        self._follow()
        self.changed.emit()
        return False

    def _escape(self, selected: frozenset[str]) -> bool:
        if self._drag is not None or self._band is not None:
            self._drop()
            self._given_up = True  # the button is still down
            return True
        if selected:
            self.selection_requested.emit(frozenset(), False)
            self.cancel()
            return True
        return False

    # Looks

    def paint(self, painter: QPainter, transform: ViewTransform) -> None:
        if self._band is not None:
            paint_band(painter, transform.box_to_view(self._band))
        shape, size = self._hold.one(), self._finder.source_size()
        if self._drag is not None and self._hold.at is not None:
            self._paint_numbers(painter, transform, self._drag, self._hold.at)
        frame = self._hold.frame()
        if frame is not None and size is not None:
            self._paint_frame(painter, transform, frame, size)
            return
        if shape is None or shape.locked or size is None:
            return
        pointer = self._hold.at.point if self._hold.at is not None else None
        if self._drag is None:
            paint_grips(painter, shape.geometry, transform, size, self._hold.under, pointer)
            self._paint_joint(painter, shape.geometry, transform)
        elif self._hold.at is not None and not isinstance(self._held, Body):
            now = self._drag.live(self._hold.at.point, *_manner(self._hold.at)).geometries.get(shape.id)
            if now is not None:
                paint_grips(painter, now, transform, size, None, pointer)
            if isinstance(self._drag, VertexDrag) and self._drag.caught is not None:
                paint_caught(painter, transform, self._drag.caught)

    def _paint_frame(self, painter: QPainter, transform: ViewTransform, frame: BoxGeometry, size: Size) -> None:
        """The frame with its handles, or as it is dragged."""
        drag, at = self._drag, self._hold.at
        if drag is None:
            paint_frame(painter, frame, transform)
            paint_grips(painter, frame, transform, size, self._hold.under)
        elif isinstance(drag, FrameDrag) and at is not None:
            manner = at.point, *_manner(at)
            paint_frame(painter, drag.frame(*manner), transform, drag.boxes(*manner))

    @staticmethod
    def _paint_numbers(painter: QPainter, transform: ViewTransform, drag: Drag, at: Pointer) -> None:
        """Width and height, or the angle, or the way: beside the pointer, while it is dragged."""
        text = drag.says(at.point, *_manner(at))
        if text:
            paint_beside(painter, transform.to_view(at.point), text, SAID_ON)

    def _paint_joint(self, painter: QPainter, geometry: Geometry, transform: ViewTransform) -> None:
        """The name of the joint under the pointer, and whether it is seen."""
        under = self._hold.under
        if isinstance(geometry, KeypointsGeometry) and isinstance(under, OnVertex):
            i = under.vertex.index
            name = readable(geometry.names[i]) if geometry.names else f"Joint {i + 1}"
            paint_beside(painter, transform.to_view(geometry.points[i]), name + SEEN[geometry.visibility[i]], SAID_ON)

    def cursor(self) -> Qt.CursorShape:
        return self._hold.cursor(self._held if self._drag is not None else self._hold.under, self._drag is not None)

    def cancel(self) -> None:
        self._last = None
        self._drop()
        self._hold.forget()
        self._finder.set_hovered_shape(None)

    def _drop(self) -> None:
        dragged = self._drag is not None
        self._forget_press()
        if dragged:
            self._finder.set_live(Live())
        self.changed.emit()

    def _forget_press(self) -> None:
        self._pressed = self._band = self._held = self._drag = self._menu_at = None
        self._given_up = False


def _additive(pointer: Pointer) -> bool:
    return pointer.has(Modifier.ShiftModifier)


def _manner(pointer: Pointer) -> tuple[bool, bool]:
    """(even, centred): Shift, and Ctrl or Alt."""
    centred = pointer.has(Modifier.ControlModifier) or pointer.has(Modifier.AltModifier)
    return pointer.has(Modifier.ShiftModifier), centred
