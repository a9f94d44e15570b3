"""The frame around what is selected, by which it is resized and turned as a whole. Pure, in source pixels, without Qt.

Several shapes are framed together; one alone where it has no handles of its own, or the person wants a frame around it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

import numpy as np

from app.core.annotation import BoxGeometry, Geometry, MaskGeometry, RotatedBoxGeometry, Shape
from app.core.errors import InputError
from app.core.geometry import Box, FloatArray, Point
from app.core.transform import Handle, handles, rotated, rotation_loss, scaled, scaling_loss
from app.core.vertices import rings_of
from app.ui.viewers.drags import STEP, Live, counted
from app.ui.viewers.grips import Grip, Resize, Turn

MOST, MOST_POINTS, MOST_PIXELS = 60, 20_000, 400_000
"""What is made anew at each step of the mouse (10 ms): so many shapes, vertices, and pixels of masks. Of more than
that boxes are shown, and the shapes are made when the button is let go, off the window's thread."""

MOST_BOXES = 2000
LEAST = 1.0
"""The smallest width or height that a frame can be given, in source pixels."""

Change = Callable[[Geometry], Geometry]


def frame_around(shapes: Sequence[Shape]) -> BoxGeometry | None:
    """The upright box around shapes; None for none."""
    if not shapes:
        return None
    box = shapes[0].bounds()
    for shape in shapes[1:]:
        box = box.united(shape.bounds())
    return BoxGeometry(box)


def is_light(shapes: Sequence[Shape]) -> bool:
    """Whether shapes can be made anew at each step of the mouse."""
    if len(shapes) > MOST:
        return False
    pixels = sum(s.geometry.rle.width * s.geometry.rle.height for s in shapes if isinstance(s.geometry, MaskGeometry))
    points = sum(len(ring) for s in shapes for ring in rings_of(s.geometry))
    return pixels <= MOST_PIXELS and points <= MOST_POINTS


class FrameDrag:
    """Shapes that are changed alike while a handle of their frame is dragged."""

    def __init__(self, name: str, shapes: Sequence[Shape], frame: Box, start: Point, held: Point) -> None:
        self.shapes, self._frame = tuple(shapes), frame
        self.name = f"{name} {counted(len(self.shapes))}"
        self.light = is_light(self.shapes)
        self._ids = frozenset(s.id for s in shapes)
        self._offset = held[0] - start[0], held[1] - start[1]
        self._boxes = np.array([s.bounds().as_tuple() for s in self.shapes[:MOST_BOXES]])
        self._last: dict[str, Geometry] = {s.id: s.geometry for s in self.shapes} if self.light else {}

    def change(self, point: Point, even: bool, centred: bool) -> Change:
        """What happens to each geometry with the pointer at a point; raises InputError where one cannot be kept."""
        raise NotImplementedError

    def frame(self, point: Point, even: bool, centred: bool) -> Geometry:
        """The frame as it is then."""
        raise NotImplementedError

    def says(self, point: Point, even: bool, centred: bool) -> str:
        """The numbers, for the person."""
        raise NotImplementedError

    def losses(self, point: Point, even: bool, centred: bool) -> tuple[str, ...]:
        """What is lost by it, in sentences."""
        raise NotImplementedError

    def _matrix(self, point: Point, even: bool, centred: bool) -> FloatArray:
        """(2, 3): where it takes source points."""
        raise NotImplementedError

    def live(self, point: Point, even: bool, centred: bool) -> Live:
        """The shapes as they are then; those that are too many to be made anew are not shown, see `boxes`."""
        if not self.light:
            return Live(self._ids, shown=False)
        return Live(self._ids, geometries=self.result(point, even, centred))

    def result(self, point: Point, even: bool, centred: bool) -> dict[str, Geometry]:
        """The new geometries by shape id; as a moment ago where one of them cannot be made."""
        with suppress(InputError):
            change = self.change(point, even, centred)
            self._last = {s.id: change(s.geometry) for s in self.shapes}
        return self._last

    def boxes(self, point: Point, even: bool, centred: bool) -> FloatArray:
        """(N, 4, 2): the corners of the shapes' boxes as they are then, where `live` shows no shapes."""
        if self.light:
            return np.zeros((0, 4, 2))
        x0, y0, x1, y1 = self._boxes.T
        corners = np.stack([x0, y0, x1, y0, x1, y1, x0, y1], axis=1).reshape(-1, 4, 2)
        matrix = self._matrix(point, even, centred)
        return np.asarray(corners @ matrix[:, :2].T + matrix[:, 2])

    def _to(self, point: Point) -> Point:
        return point[0] + self._offset[0], point[1] + self._offset[1]


class ScaleDrag(FrameDrag):
    """A handle of the frame: the side or corner across from it stays, or the middle if ``centred``."""

    def __init__(self, shapes: Sequence[Shape], frame: Box, handle: Handle, start: Point, held: Point) -> None:
        super().__init__("Resize", shapes, frame, start, held)
        x, y = handles(BoxGeometry(frame))[handle]
        self._at = float(x), float(y)

    def factors(self, point: Point, even: bool, centred: bool) -> tuple[Point, float, float]:
        """What stays where it is, and the factors across and down; negative ones mirror."""
        centre, to = self._frame.centre, self._to(point)
        anchor = centre if centred else (2 * centre[0] - self._at[0], 2 * centre[1] - self._at[1])
        before = np.subtract(self._at, anchor)
        after = np.subtract(to, anchor)
        free = np.abs(before) > 1e-9
        found = np.where(free, np.divide(after, before, out=np.ones(2), where=free), 1.0)
        least = LEAST / np.maximum((self._frame.width, self._frame.height), LEAST)
        found = np.where(free, np.copysign(np.maximum(np.abs(found), least), found), 1.0)
        if even:
            largest = np.abs(found[free]).max(initial=0.0) or 1.0
            found = np.where(free, np.copysign(largest, found), largest)
        return (float(anchor[0]), float(anchor[1])), float(found[0]), float(found[1])

    def change(self, point: Point, even: bool, centred: bool) -> Change:
        anchor, sx, sy = self.factors(point, even, centred)
        return lambda geometry: scaled(geometry, anchor, sx, sy)

    def frame(self, point: Point, even: bool, centred: bool) -> Geometry:
        anchor, sx, sy = self.factors(point, even, centred)
        return scaled(BoxGeometry(self._frame), anchor, sx, sy)

    def says(self, point: Point, even: bool, centred: bool) -> str:
        box = self.frame(point, even, centred).bounds()
        return f"{box.width:.0f} x {box.height:.0f} px"

    def losses(self, point: Point, even: bool, centred: bool) -> tuple[str, ...]:
        _, sx, sy = self.factors(point, even, centred)
        return _once(scaling_loss(s.geometry, sx, sy) for s in self.shapes)

    def _matrix(self, point: Point, even: bool, centred: bool) -> FloatArray:
        (x, y), sx, sy = self.factors(point, even, centred)
        return np.array([[sx, 0, x - sx * x], [0, sy, y - sy * y]])


class SpinDrag(FrameDrag):
    """The handle for turning: all go around the middle of the frame, with ``even`` in steps."""

    def __init__(self, shapes: Sequence[Shape], frame: Box, start: Point, held: Point) -> None:
        super().__init__("Turn", shapes, frame, start, held)
        self._from = self._direction(held)

    def _direction(self, p: Point) -> float:
        x, y = self._frame.centre
        return math.degrees(math.atan2(p[1] - y, p[0] - x))

    def angle(self, point: Point, even: bool) -> float:
        """Degrees, clockwise on screen, between -180 and 180."""
        by = self._direction(self._to(point)) - self._from
        return 180.0 - (180.0 - (round(by / STEP) * STEP if even else by)) % 360.0

    def change(self, point: Point, even: bool, centred: bool) -> Change:
        centre, by = self._frame.centre, self.angle(point, even)
        return lambda geometry: rotated(geometry, centre, by)

    def frame(self, point: Point, even: bool, centred: bool) -> Geometry:
        box = self._frame
        return RotatedBoxGeometry(box.centre, box.width, box.height, self.angle(point, even))

    def says(self, point: Point, even: bool, centred: bool) -> str:
        return f"{self.angle(point, even):.1f}\N{DEGREE SIGN}"

    def losses(self, point: Point, even: bool, centred: bool) -> tuple[str, ...]:
        return _once(rotation_loss(s.geometry, self.angle(point, even)) for s in self.shapes)

    def _matrix(self, point: Point, even: bool, centred: bool) -> FloatArray:
        (x, y), by = self._frame.centre, math.radians(self.angle(point, even))
        c, s = math.cos(by), math.sin(by)
        return np.array([[c, -s, x - c * x + s * y], [s, c, y - s * x - c * y]])


def frame_drag(grip: Grip, shapes: Sequence[Shape], frame: Box, start: Point, held: Point) -> FrameDrag | None:
    """The drag that begins with a handle of the frame; None for what is no handle of one."""
    match grip:
        case Resize(handle):
            return ScaleDrag(shapes, frame, handle, start, held)
        case Turn():
            return SpinDrag(shapes, frame, start, held)
        case _:
            return None


def _once(sentences: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(said for many in sentences for said in many))
