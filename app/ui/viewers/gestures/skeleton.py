"""Setting the joints of a skeleton, one after another or all at once."""

from __future__ import annotations

from collections.abc import Sequence
from math import dist

from PySide6.QtCore import QObject, QPointF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPainter

from app.core.annotation import Geometry, KeypointsGeometry
from app.core.geometry import Box, Point
from app.core.labels import Skeleton
from app.core.skeletons import Joint, keypoints, posed, readable
from app.ui.viewers.beside import paint_beside
from app.ui.viewers.drawn import spanned
from app.ui.viewers.gestures.base import DRAG_FROM, Pointer
from app.ui.viewers.gestures.draw import Canvas, DrawGesture, in_view, two_tones
from app.ui.viewers.grips import GRAB
from app.ui.viewers.transform import ViewTransform

RADIUS = 4.0

USAGE = "Click the joint. Right or Alt+click: hidden there. Tab: not in the picture. Enter ends. Or drag a box."
ALL_SET = "Drag the joints to their places. Right click: hidden, not there. Enter keeps it, Backspace drops it."
NO_SKELETON = "This label has no joints yet."

Button = Qt.MouseButton
Key = Qt.Key


class SkeletonGesture(DrawGesture):
    """Joints are clicked in the skeleton's order: the left button sets a visible one, the right one (or Alt) one that
    is hidden there, Tab leaves one out. The last one, or Enter before it, keeps the skeleton.

    A drag that begins beside all joints, before the first is set, spans a box: all joints are there at once in their
    default proportions, to be dragged before Enter keeps them. A drag on a joint moves it.
    """

    kind = KeypointsGeometry.kind
    usage = USAGE

    skeleton_missing = Signal()
    """A joint was to be set, but the label has none."""

    keys = DrawGesture.keys | {Key.Key_Tab}

    def __init__(self, canvas: Canvas, parent: QObject | None = None) -> None:
        super().__init__(canvas, parent)
        self._offered: Skeleton | None = None
        self._used: Skeleton | None = None
        self.joints: list[Joint | None] = []
        self._all_at_once = False
        self._pressed: Pointer | None = None
        self._held: int | None = None
        self._moved = False
        self._actions[Key.Key_Tab] = self.skip

    @property
    def skeleton(self) -> Skeleton | None:
        """What is set: the label's joints, as they were when the first one was set."""
        return self._used if self.joints else self._offered

    @skeleton.setter
    def skeleton(self, skeleton: Skeleton | None) -> None:
        self._offered = skeleton if skeleton is not None and skeleton.joints else None

    @property
    def begun(self) -> bool:
        return bool(self.joints)

    @property
    def next_joint(self) -> str:
        """The name of the joint that the next click sets; empty when all are set, or there is none."""
        skeleton = self.skeleton
        return skeleton.joints[len(self.joints)] if skeleton and len(self.joints) < len(skeleton.joints) else ""

    @property
    def hint(self) -> str:
        if self.skeleton is None:
            return NO_SKELETON
        return self.usage if self.next_joint else ALL_SET

    @property
    def value_text(self) -> str:
        skeleton = self.skeleton
        if skeleton is None or not self.next_joint:
            return ""
        return f"{readable(self.next_joint)}, {len(self.joints) + 1} of {len(skeleton.joints)}"

    def reset(self) -> None:
        self.joints, self._all_at_once, self._used = [], False, None
        self._forget_press()

    def step_back(self) -> None:
        self._forget_press()
        if self._all_at_once:
            self.reset()
        else:
            self.joints.pop()

    def _forget_press(self) -> None:
        self._pressed, self._held, self._moved = None, None, False

    def result(self) -> Geometry | None:
        """None where no joint at all is given."""
        image, skeleton = self.canvas.image, self.skeleton
        if skeleton is None or image is None or not any(self.joints):
            return None
        return keypoints(skeleton, self.joints, (float(image.width), float(image.height)))

    # Mouse

    def press(self, pointer: Pointer) -> bool:
        if pointer.button not in (Button.LeftButton, Button.RightButton) or self._pressed is not None:
            return False
        if self.skeleton is None:
            self.skeleton_missing.emit()
            return True
        self._at = self._pressed = pointer
        self._held = self._near(pointer)
        return True

    def move(self, pointer: Pointer) -> None:
        pressed = self._pressed
        if pressed is not None and pointer.view_distance(pressed.point) >= DRAG_FROM:
            self._moved = True
        if self._moved and self._held is not None:
            joint = self.joints[self._held]
            self.joints[self._held] = (pointer.clamped, joint[1] if joint else 2)
        super().move(pointer)

    def release(self, pointer: Pointer) -> None:
        pressed, held, moved = self._pressed, self._held, self._moved
        box = self._box()
        self._forget_press()
        self._at = pointer
        if pressed is None:
            return
        hidden = pressed.button == Button.RightButton or pressed.has(Qt.KeyboardModifier.AltModifier)
        if not moved:
            self._clicked(pressed, held, hidden)
        elif held is None and box is not None and not self.joints:
            self._drop_whole(box)
        self.changed.emit()

    def double(self, pointer: Pointer) -> bool:
        """The second click at the same place sets no second joint."""
        last = next((j for j in reversed(self.joints) if j is not None), None)
        return last is not None and pointer.view_distance(last[0]) < DRAG_FROM

    def _clicked(self, pressed: Pointer, held: int | None, hidden: bool) -> None:
        if self.next_joint:
            if pressed.inside:
                self._set((pressed.point, 1 if hidden else 2))
        elif held is not None and hidden:
            joint = self.joints[held]
            assert joint is not None, "only joints that are there are found"
            # Once more takes it out of the picture, if another one is left.
            others = sum(j is not None for j in self.joints) > 1
            self.joints[held] = (joint[0], 1) if joint[1] == 2 else (None if others else (joint[0], 2))

    def _set(self, joint: Joint | None) -> None:
        if not self.joints:
            self._used = self._offered
        self.joints.append(joint)
        if not self.next_joint:
            self.finish()
        self.changed.emit()

    @Slot()
    def skip(self) -> None:
        """The next joint is not in the picture."""
        if self.next_joint:
            self._set(None)

    def _drop_whole(self, box: Box) -> None:
        skeleton = self._used = self._offered
        assert skeleton is not None, "without one nothing is pressed"
        self.joints, self._all_at_once = [(p, 2) for p in posed(skeleton, box)], True

    def _box(self) -> Box | None:
        """The box that is being dragged for a whole skeleton; None without a size."""
        pressed, at = self._pressed, self._at
        if pressed is None or at is None or not self._moved or self._held is not None or self.joints:
            return None
        box = spanned(pressed.clamped, at.clamped, at.size)
        return box if box.width > 0 and box.height > 0 else None

    def _near(self, pointer: Pointer) -> int | None:
        """The joint under the pointer."""
        away = [(dist(j[0], pointer.point), i) for i, j in enumerate(self.joints) if j is not None]
        near = min(away, default=(0.0, -1))
        return near[1] if away and near[0] * pointer.scale <= GRAB else None

    # Painting

    def paint_drawing(self, painter: QPainter, transform: ViewTransform) -> None:
        skeleton, box = self.skeleton, self._box()
        if skeleton is None:
            return
        joints: Sequence[Joint | None] = self.joints
        if box is not None:
            joints = [(p, 2) for p in posed(skeleton, box)]
        self._paint_bones(painter, transform, joints, skeleton)
        for joint in joints:
            if joint is not None:
                self._paint_joint(painter, QPointF(*transform.to_view(joint[0])), joint[1] == 1)
        self._paint_name(painter, transform, skeleton)

    def _paint_bones(
        self, painter: QPainter, transform: ViewTransform, joints: Sequence[Joint | None], skeleton: Skeleton
    ) -> None:
        there: dict[int, Point] = {i: j[0] for i, j in enumerate(joints) if j is not None}
        for a, b in skeleton.edges:
            if a in there and b in there:
                self.paint_shape(painter, in_view([there[a], there[b]], transform), closed=False)
        if self._at is None or self._pressed is not None or not self.next_joint or not self._at.inside:
            return
        end = QPointF(*transform.to_view(self._at.point))
        for a, b in skeleton.edges:
            other = {a: b, b: a}.get(len(self.joints))
            if other in there:
                for pen in two_tones(self.colour, style=Qt.PenStyle.DashLine):
                    painter.setPen(pen)
                    painter.drawLine(QPointF(*transform.to_view(there[other])), end)

    def _paint_joint(self, painter: QPainter, at: QPointF, hidden: bool) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush if hidden else QColor(self.colour))
        for pen in two_tones(self.colour):
            painter.setPen(pen)
            painter.drawEllipse(at, RADIUS, RADIUS)

    def _paint_name(self, painter: QPainter, transform: ViewTransform, skeleton: Skeleton) -> None:
        """The name of the joint under the pointer, or of the one that comes next."""
        at = self._at
        if at is None:
            return
        under = self._held if self._held is not None else self._near(at)
        text = self.next_joint
        if not text or (self._moved and under is not None):
            text = skeleton.joints[under] if under is not None else ""
        if text and at.inside:
            paint_beside(painter, transform.to_view(at.point), readable(text), self.colour)
