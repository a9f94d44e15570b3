"""Clicking with a segmentation model: points, a box, and the keys that go with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, QPointF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPen

from app.core.geometry import Box, Point
from app.core.prompts import Click, Prompts
from app.ui.look.theme import DARK
from app.ui.viewers.gestures.base import DRAG_FROM, Gesture, Pointer
from app.ui.viewers.grip_painter import paint_band
from app.ui.viewers.transform import ViewTransform

MARKER = 7.0
"""A marker's radius in view pixels."""

GRAB = MARKER + 3
HOVER_MS = 33

Key = Qt.Key


class PromptGesture(Gesture):
    """Owns one `Prompts` value and its undo list; the owner segments and shows the result.

    Left click: on the object. Right click or Ctrl+left: not on it. Left drag: a box, live. Shift held: preview under
    the pointer. Tab, Shift+Tab: next and previous candidate. Backspace: take back the last prompt. A marker can be
    dragged, and deleted by a right click or by Delete under the pointer. Enter accepts; Esc drops the prompts, and
    leaves when there are none.
    """

    prompts_changed = Signal(object)
    """The new `Prompts` (a drag sends many)."""
    accepted = Signal()
    """Enter: keep the mask, then call `reset`. Not sent while there are no prompts."""
    left = Signal()
    """Esc without prompts: take another gesture."""
    hover_requested = Signal(object)
    """`Prompts` with a click under the pointer added, at most every 33 ms, the newest only; not part of `prompts`."""
    hover_ended = Signal()
    """The hover preview is over: show the mask of `prompts` again."""
    candidate_step = Signal(int)
    """+1 or -1."""

    keys = frozenset(
        {Key.Key_Tab, Key.Key_Backtab, Key.Key_Backspace, Key.Key_Delete, Key.Key_Return, Key.Key_Enter, Key.Key_Escape}
    )

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._prompts = Prompts()
        self._undo: list[Prompts] = []
        self._pressed: Pointer | None = None
        self._before: Prompts | None = None
        self._dragged: int | None = None
        self._under: int | None = None
        self._hover: Point | None = None
        self._hovering = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(HOVER_MS)
        self._timer.timeout.connect(self._ask_hover)
        self._actions: dict[int, Callable[[], None]] = {
            Key.Key_Tab: self._next,
            Key.Key_Backtab: self._previous,
            Key.Key_Backspace: self.undo,
            Key.Key_Delete: self._delete_hovered,
            Key.Key_Return: self.accept,
            Key.Key_Enter: self.accept,
            Key.Key_Escape: self._escape,
        }

    @property
    def prompts(self) -> Prompts:
        return self._prompts

    @property
    def can_undo(self) -> bool:
        return bool(self._undo)

    def reset(self, prompts: Prompts | None = None) -> None:
        """Start anew: for the next object, or from prompts (a mask to refine). Sends `prompts_changed`."""
        self._undo.clear()
        self._forget_press()
        self._set(prompts or Prompts(), undoable=False)

    @Slot()
    def undo(self) -> None:
        """Take back the last prompt."""
        if self._undo:
            self._set(self._undo.pop(), undoable=False)

    @Slot()
    def clear(self) -> None:
        """Drop all prompts; `undo` brings them back."""
        if not self._prompts.empty:
            self._set(Prompts())

    @Slot()
    def accept(self) -> None:
        """Ask the owner to keep the mask."""
        if not self._prompts.empty:
            self.accepted.emit()

    def cancel(self) -> None:
        self.reset()

    # Mouse

    def press(self, pointer: Pointer) -> bool:
        if pointer.button not in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            return False
        marker = self._marker_at(pointer)
        if marker is None and not pointer.inside:
            return False
        self._end_hover()
        self._pressed, self._before = pointer, self._prompts
        if pointer.button == Qt.MouseButton.LeftButton:
            self._dragged = marker
        elif marker is not None:
            self._forget_press()
            self._remove(marker)
        return True

    def move(self, pointer: Pointer) -> None:
        if self._pressed is None or self._before is None or self._negative(self._pressed):
            return
        started = self._prompts is not self._before
        if not started and pointer.view_distance(self._pressed.point) < DRAG_FROM:
            return
        if self._dragged is not None:
            self._set(_moved(self._prompts, self._dragged, pointer.clamped), undoable=False)
        else:
            self._set(self._before.with_box(Box.spanning(self._pressed.point, pointer.clamped)), undoable=False)

    def release(self, pointer: Pointer) -> None:
        pressed, before, marker = self._pressed, self._before, self._dragged
        self._forget_press()
        if pressed is None or before is None:
            return
        if self._prompts is not before:
            self._undo.append(before)
        elif marker is None:
            self._set(self._prompts.with_click(*pressed.point, positive=not self._negative(pressed)))
        self.changed.emit()

    def hover(self, pointer: Pointer) -> None:
        under = self._marker_at(pointer)
        if under != self._under:
            self._under = under
            self.changed.emit()
        self._hover = pointer.point if pointer.inside else None
        if self._hover is not None and pointer.has(Qt.KeyboardModifier.ShiftModifier):
            self._start_hover()
        else:
            self._end_hover()

    def leave(self) -> None:
        self._under = self._hover = None
        self._end_hover()
        self.changed.emit()

    # Keys

    def key(self, event: QKeyEvent) -> bool:
        if event.key() == Key.Key_Shift:
            self._start_hover()
            return False
        shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        # Not every platform turns Shift+Tab into Backtab.
        key = Key.Key_Backtab if event.key() == Key.Key_Tab and shifted else event.key()
        action = self._actions.get(key)
        if action is None:
            return False
        action()
        return True

    def key_released(self, event: QKeyEvent) -> bool:
        if event.key() == Key.Key_Shift:
            self._end_hover()
        return False

    def _next(self) -> None:
        self.candidate_step.emit(1)

    def _previous(self) -> None:
        self.candidate_step.emit(-1)

    def _delete_hovered(self) -> None:
        if self._under is not None:
            self._remove(self._under)

    def _escape(self) -> None:
        if self._pressed is not None and self._before is not None:
            before = self._before
            self._forget_press()
            self._set(before, undoable=False)
        elif self._prompts.empty:
            self.left.emit()
        else:
            self.clear()

    # The hover preview

    def _start_hover(self) -> None:
        if self._hover is None or self._pressed is not None:
            return
        self._hovering = True
        if not self._timer.isActive():
            self._timer.start()

    @Slot()
    def _ask_hover(self) -> None:
        if self._hovering and self._hover is not None:
            self.hover_requested.emit(self._prompts.with_click(*self._hover))

    def _end_hover(self) -> None:
        self._timer.stop()
        if self._hovering:
            self._hovering = False
            self.hover_ended.emit()

    # State

    def _set(self, prompts: Prompts, undoable: bool = True) -> None:
        if undoable:
            self._undo.append(self._prompts)
        self._prompts = prompts
        if self._under is not None and self._under >= len(prompts.clicks):
            self._under = None
        self.prompts_changed.emit(prompts)
        self.changed.emit()

    def _remove(self, marker: int) -> None:
        clicks = self._prompts.clicks
        self._under = None
        self._set(replace(self._prompts, clicks=clicks[:marker] + clicks[marker + 1 :]))

    def _forget_press(self) -> None:
        self._pressed = self._before = self._dragged = None

    def _marker_at(self, pointer: Pointer) -> int | None:
        near = [(pointer.view_distance(c.point), i) for i, c in enumerate(self._prompts.clicks)]
        return min((pair for pair in near if pair[0] <= GRAB), default=(0.0, None))[1]

    @staticmethod
    def _negative(pointer: Pointer) -> bool:
        ctrl = pointer.has(Qt.KeyboardModifier.ControlModifier)
        return ctrl or pointer.button == Qt.MouseButton.RightButton

    # Painting

    def paint(self, painter: QPainter, transform: ViewTransform) -> None:
        if self._prompts.box is not None:
            paint_band(painter, transform.box_to_view(self._prompts.box), QColor(0, 0, 0, 0))
        for i, click in enumerate(self._prompts.clicks):
            _paint_marker(
                painter, transform.to_view(click.point), click.positive, big=i in (self._under, self._dragged)
            )

    def cursor(self) -> Qt.CursorShape:
        over_marker = self._under is not None or self._dragged is not None
        return Qt.CursorShape.PointingHandCursor if over_marker else Qt.CursorShape.CrossCursor


def _moved(prompts: Prompts, marker: int, point: Point) -> Prompts:
    clicks = list(prompts.clicks)
    clicks[marker] = Click(point[0], point[1], clicks[marker].positive)
    return replace(prompts, clicks=tuple(clicks))


def _paint_marker(painter: QPainter, at: Point, positive: bool, big: bool) -> None:
    """A green disc with a plus or a red one with a minus, ringed white and then dark: readable on anything."""
    radius = MARKER + 2 if big else MARKER
    centre = QPointF(*at)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(QPen(QColor(0, 0, 0, 200), 1.5))
    painter.setBrush(QColor("#ffffff"))
    painter.drawEllipse(centre, radius + 1.5, radius + 1.5)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(DARK.positive if positive else DARK.negative))
    painter.drawEllipse(centre, radius, radius)
    painter.setPen(QPen(QColor("#ffffff"), 2.2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
    arm = radius * 0.6
    painter.drawLine(centre - QPointF(arm, 0), centre + QPointF(arm, 0))
    if positive:
        painter.drawLine(centre - QPointF(0, arm), centre + QPointF(0, arm))
