"""The mouse and the keys over a picture: navigation, the swipe divider, and what goes on to the active gesture."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFocusEvent,
    QInputDevice,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPen,
    QResizeEvent,
    QTabletEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from app.ui.look.theme import tokens_for
from app.ui.viewers.display import PixelReadout
from app.ui.viewers.gestures.base import Gesture, Pointer
from app.ui.viewers.navigation import NOTCH, Navigator
from app.ui.viewers.swipe import Swipe

Key = Qt.Key
Button = Qt.MouseButton
Modifier = Qt.KeyboardModifier

HELD = (Key.Key_H, Key.Key_G)
"""Keys that `ViewInput.hold_key` may know: they are let go when the focus leaves."""

BY_KEYBOARD = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)


class ViewInput(QWidget):
    """A widget that shows something through a `Navigator` and has one active `Gesture`; `ImageView` is made on it."""

    view_changed = Signal()
    """Zoom or place changed; see `navigator`."""
    pixel_hovered = Signal(object)
    """`PixelReadout` of the true values under the pointer, or None off the picture."""
    brush_resized = Signal(int)
    """Alt+wheel: notches, positive for a larger brush."""
    swipe_moved = Signal(float)
    """The divider's place, as a part of the view's width."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(120, 90)
        self.navigator = Navigator(self)
        self.navigator.changed.connect(self._on_view_changed)
        self.swipe = Swipe()
        self.gesture = Gesture(self)
        self.gesture.changed.connect(self._on_gesture_changed)
        self._panning: QPointF | None = None
        self._space = False
        self._given = Button.NoButton
        self._brush = self._notches = 0
        self._pressure = 1.0
        self._ring = False
        self._readout: PixelReadout | None = None
        move = self.navigator.step
        self._commands: dict[tuple[int, bool], Callable[[], None]] = {
            (Key.Key_F, False): self.fit,
            (Key.Key_F, True): self.actual_size,
            (Key.Key_Plus, False): self.zoom_in,
            (Key.Key_Plus, True): self.zoom_in,
            (Key.Key_Equal, False): self.zoom_in,
            (Key.Key_Minus, False): self.zoom_out,
            (Key.Key_Left, False): lambda: move(-1, 0),
            (Key.Key_Right, False): lambda: move(1, 0),
            (Key.Key_Up, False): lambda: move(0, -1),
            (Key.Key_Down, False): lambda: move(0, 1),
            (Key.Key_Left, True): lambda: self._step_swipe(-1),
            (Key.Key_Right, True): lambda: self._step_swipe(1),
        }

    # Commands

    @Slot()
    def fit(self) -> None:
        """Show the whole picture."""
        self.navigator.fit()

    @Slot()
    def actual_size(self) -> None:
        """One source pixel on one device pixel."""
        self.navigator.actual_size()

    @Slot()
    def zoom_in(self) -> None:
        self.navigator.zoom_by(NOTCH**2)

    @Slot()
    def zoom_out(self) -> None:
        self.navigator.zoom_by(NOTCH**-2)

    def set_swipe(self, on: bool) -> None:
        """Show or hide the divider between the plain picture (left) and the picture with everything over it."""
        self.swipe.on = on
        self.update()

    def activate(self, gesture: Gesture) -> None:
        """Give mouse and keys to another gesture; the one before is cancelled."""
        if gesture is self.gesture:
            return
        self.gesture.changed.disconnect(self._on_gesture_changed)
        self.gesture.cancel()
        self.gesture = gesture
        gesture.changed.connect(self._on_gesture_changed)
        gesture.start()
        self._on_gesture_changed()

    # What the picture's widget says

    def source_size(self) -> tuple[float, float] | None:
        """(width, height) of the picture; None for none, and then gestures get nothing."""
        return None

    def hold_key(self, key: int, down: bool) -> bool:
        """A key that acts while it is held; True if it was one."""
        return False

    def read_at(self, at: QPointF) -> None:
        """The pointer is at this place of the view."""

    # Mouse

    def _pointer(self, event: QMouseEvent, button: Qt.MouseButton | None = None) -> Pointer | None:
        size = self.source_size()
        if size is None:
            return None
        at, view = event.position(), self.navigator.transform
        pressed = event.button() if button is None else button
        point = view.to_source((at.x(), at.y()))
        return Pointer(point, pressed, event.modifiers(), view.scale, size, self._pressure)

    def tabletEvent(self, event: QTabletEvent) -> None:
        """Only the pressure is taken from a pen: Qt makes mouse events of what is ignored here, double clicks too."""
        down = event.type() in (QEvent.Type.TabletPress, QEvent.Type.TabletMove)
        if down and event.pointingDevice().hasCapability(QInputDevice.Capability.Pressure):
            self._pressure = event.pressure() if event.buttons() != Button.NoButton else 1.0
        event.ignore()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._ring = False
        pointer = self._pointer(event)
        if pointer is None or self._given != Button.NoButton or self._panning is not None:
            return
        if event.button() == Button.MiddleButton or (self._space and event.button() == Button.LeftButton):
            self._panning = event.position()
        elif event.button() == Button.LeftButton and self.swipe.hit(event.position().x(), self.navigator.size):
            self.swipe.dragging = True
        elif self.gesture.press(pointer):
            self._given = event.button()
        self._update_cursor(event.position())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        pointer = self._pointer(event)
        if pointer is not None and not self._space and self.gesture.double(pointer):
            return
        self.mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        self.read_at(at)
        if self._panning is not None:
            moved, self._panning = at - self._panning, at
            self.navigator.pan(moved.x(), moved.y())
        elif self.swipe.dragging:
            self.swipe.move_to(at.x(), self.navigator.size)
            self._on_swipe()
        else:
            self._move_gesture(event)
        self._update_cursor(at)

    def _move_gesture(self, event: QMouseEvent) -> None:
        pointer = self._pointer(event, self._given)
        if pointer is None:
            return
        if self._given != Button.NoButton:
            self.gesture.move(pointer)
        elif event.buttons() == Button.NoButton:
            self.gesture.hover(pointer)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pointer = self._pointer(event)
        if self._panning is not None and event.button() in (Button.MiddleButton, Button.LeftButton):
            self._panning = None
        elif self.swipe.dragging and event.button() == Button.LeftButton:
            self.swipe.dragging = False
        elif event.button() == self._given:
            self._given = Button.NoButton
            if pointer is not None:
                self.gesture.release(pointer)
        self._pressure = 1.0
        self._update_cursor(event.position())

    def wheelEvent(self, event: QWheelEvent) -> None:
        at = event.position()
        if event.modifiers() & Modifier.AltModifier:
            # Some platforms turn the wheel sideways while Alt is held.
            self._brush += event.angleDelta().y() or event.angleDelta().x()
            steps = int(self._brush / 120)
            self._brush -= steps * 120
            if steps:
                self.gesture.resize_brush(steps)
                self.brush_resized.emit(steps)
        elif self.source_size() is not None and not self._turned_gesture(event):
            self.navigator.wheel(event.angleDelta(), event.pixelDelta(), (at.x(), at.y()))
            self.read_at(at)
        event.accept()

    def _turned_gesture(self, event: QWheelEvent) -> bool:
        """Ctrl+wheel belongs to a gesture that wants it."""
        if not event.modifiers() & Modifier.ControlModifier or not self.gesture.wheel(0):
            self._notches = 0
            return False
        self._notches += event.angleDelta().y()
        steps = int(self._notches / 120)
        self._notches -= steps * 120
        return self.gesture.wheel(steps)

    def enterEvent(self, event: QEnterEvent) -> None:
        self._update_cursor(event.position())

    def leaveEvent(self, event: QEvent) -> None:
        self._set_readout(None)
        self.gesture.leave()

    # Keys

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._wants(event):
            event.accept()
            return True
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self.navigator.resize((self.width(), self.height()), self.devicePixelRatioF())
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            at = event.position()
            self.navigator.zoom_by(1 + event.value(), (at.x(), at.y()))
            return True
        return super().event(event)

    def _wants(self, event: QKeyEvent) -> bool:
        """Whether a key is to come here although the window has a shortcut of it."""
        plain = not event.modifiers() & (Modifier.ControlModifier | Modifier.AltModifier | Modifier.MetaModifier)
        return plain and self.source_size() is not None and event.key() in {*self.gesture.keys, Key.Key_Space}

    def focusNextPrevChild(self, forward: bool) -> bool:
        wanted = Key.Key_Tab if forward else Key.Key_Backtab
        if wanted in self.gesture.keys and self.source_size() is not None:
            return False
        return super().focusNextPrevChild(forward)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.source_size() is None:
            super().keyPressEvent(event)
        elif event.key() == Key.Key_Space:
            self._hold_space(True)
        elif not self.gesture.key(event) and not self._command(event):
            super().keyPressEvent(event)

    def _command(self, event: QKeyEvent) -> bool:
        if event.modifiers() & (Modifier.ControlModifier | Modifier.AltModifier | Modifier.MetaModifier):
            return False
        if self.hold_key(event.key(), True):
            return True
        command = self._commands.get((event.key(), bool(event.modifiers() & Modifier.ShiftModifier)))
        if command is not None:
            command()
        return command is not None

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.isAutoRepeat():
            return
        if event.key() == Key.Key_Space:
            self._hold_space(False)
        elif not self.gesture.key_released(event) and not self.hold_key(event.key(), False):
            super().keyReleaseEvent(event)

    def _hold_space(self, down: bool) -> None:
        self._space = down
        self._update_cursor(None)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._ring = event.reason() in BY_KEYBOARD
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._space = self._ring = False
        for key in HELD:
            self.hold_key(key, False)
        self.update()

    # The rest

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.navigator.resize((self.width(), self.height()), self.devicePixelRatioF())

    def paint_focus(self, painter: QPainter) -> None:
        """A ring in the accent colour if the keyboard brought the focus here."""
        if self._ring and self.hasFocus():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(tokens_for(self.palette()).accent), 2))
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))

    def _set_readout(self, readout: PixelReadout | None) -> None:
        if readout != self._readout:
            self._readout = readout
            self.pixel_hovered.emit(readout)

    def _update_cursor(self, at: QPointF | None) -> None:
        shape = self.gesture.cursor() if self.source_size() is not None else Qt.CursorShape.ArrowCursor
        if self._panning is not None:
            shape = Qt.CursorShape.ClosedHandCursor
        elif self._space:
            shape = Qt.CursorShape.OpenHandCursor
        elif self.swipe.dragging or (at is not None and self.swipe.hit(at.x(), self.navigator.size)):
            shape = Qt.CursorShape.SplitHCursor
        if shape != self.cursor().shape():
            self.setCursor(shape)

    def _step_swipe(self, steps: int) -> None:
        if self.swipe.on:
            self.swipe.step(steps)
            self._on_swipe()

    def _on_swipe(self) -> None:
        self.swipe_moved.emit(self.swipe.at)
        self.update()

    @Slot()
    def _on_view_changed(self) -> None:
        self.update()
        self.view_changed.emit()

    @Slot()
    def _on_gesture_changed(self) -> None:
        self._update_cursor(None)
        self.update()
