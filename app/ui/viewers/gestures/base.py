"""What every gesture is."""

from __future__ import annotations

from dataclasses import dataclass
from math import dist

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter

from app.core.geometry import Point
from app.ui.viewers.transform import Size, ViewTransform

DRAG_FROM = 5.0
"""View pixels that the pointer must move for a press to become a drag."""

NO_MODIFIERS = Qt.KeyboardModifier.NoModifier


@dataclass(frozen=True)
class Pointer:
    """The mouse: ``point`` in source pixels, the button that was pressed, the keys held, view pixels per source pixel,
    so that distances on screen can be told, the picture's (width, height), and a pen's pressure (0..1; a mouse: 1)."""

    point: Point
    button: Qt.MouseButton = Qt.MouseButton.NoButton
    modifiers: Qt.KeyboardModifier = NO_MODIFIERS
    scale: float = 1.0
    size: Size = (float("inf"), float("inf"))
    pressure: float = 1.0

    @property
    def inside(self) -> bool:
        """Whether it is on the picture."""
        return 0 <= self.point[0] < self.size[0] and 0 <= self.point[1] < self.size[1]

    @property
    def clamped(self) -> Point:
        """The nearest point of the picture."""
        return min(max(self.point[0], 0.0), self.size[0]), min(max(self.point[1], 0.0), self.size[1])

    def has(self, modifier: Qt.KeyboardModifier) -> bool:
        return bool(self.modifiers & modifier)

    def view_distance(self, point: Point) -> float:
        """How far a source point lies from the pointer, in view pixels."""
        return dist(self.point, point) * self.scale


class Gesture(QObject):
    """Base of all gestures: it does nothing and takes no key. Everything is in source pixels.

    `ImageView` forwards events between `start` and `cancel`. A handler that returns a bool says whether it used the
    event; unused keys go on to the view and the window.
    """

    changed = Signal()
    """What `paint` draws, or the cursor, has changed."""

    keys: frozenset[Qt.Key] = frozenset()
    """Keys that the gesture wants before the window's shortcuts (Tab among them) while the picture has the focus."""

    def press(self, pointer: Pointer) -> bool:
        """A button went down."""
        return False

    def move(self, pointer: Pointer) -> None:
        """The pointer moved with a button down that `press` took."""

    def release(self, pointer: Pointer) -> None:
        """That button came up."""

    def double(self, pointer: Pointer) -> bool:
        """A double click; if it is not used it counts as a second `press`."""
        return False

    def hover(self, pointer: Pointer) -> None:
        """The pointer moved with no button down."""

    def wheel(self, steps: int) -> bool:
        """Ctrl+wheel, in notches; if it is not used the view zooms."""
        return False

    def resize_brush(self, steps: int) -> None:
        """Alt+wheel, in notches, positive for a larger brush."""

    def leave(self) -> None:
        """The pointer left the view."""

    def key(self, event: QKeyEvent) -> bool:
        """A key went down."""
        return False

    def key_released(self, event: QKeyEvent) -> bool:
        """A key came up."""
        return False

    def paint(self, painter: QPainter, transform: ViewTransform) -> None:
        """Draw over the picture, in view pixels; ``transform`` places source points."""

    def cursor(self) -> Qt.CursorShape:
        """The cursor to show now."""
        return Qt.CursorShape.ArrowCursor

    def start(self) -> None:
        """The gesture became the active one."""

    def cancel(self) -> None:
        """Give up what is half done: another gesture or another picture comes."""
