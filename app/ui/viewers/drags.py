"""What a drag makes of shapes, while it lasts and in the end. Pure, in source pixels, without Qt."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from app.core.annotation import EllipseGeometry, Geometry, MaskGeometry, RotatedBoxGeometry, Shape
from app.core.errors import InputError
from app.core.geometry import Point
from app.core.transform import Handle, moved, resized, rotated
from app.core.vertices import Vertex, rings_of, with_vertex_added, with_vertex_at
from app.ui.viewers.grips import Body, Grip, OnEdge, OnVertex, Resize, Turn
from app.ui.viewers.snapper import Caught

STEP = 45.0
"""The steps, in degrees, that a direction or an angle keeps to while Shift is held."""


@dataclass(frozen=True)
class Live:
    """Shapes as they are just now: those of ``ids`` shifted, or each with a geometry of its own.

    A shift is kept apart, since thousands of shapes can be painted elsewhere at once but not made anew.
    """

    ids: frozenset[str] = frozenset()
    shift: Point = (0.0, 0.0)
    geometries: Mapping[str, Geometry] = field(default_factory=dict)
    shown: bool = True
    """False where somebody else paints them."""


Find = Callable[[Point, bool], Caught | None]
"""What a place snaps to; true for Ctrl held, which means the other way round."""


class Drag(Protocol):
    """A drag under way. ``even`` is Shift: proportions are kept, directions and angles go in steps."""

    name: str

    def live(self, point: Point, even: bool, centred: bool) -> Live:
        """What to show with the pointer at a point."""
        ...

    def result(self, point: Point, even: bool, centred: bool) -> dict[str, Geometry]:
        """The new geometries by shape id."""
        ...

    def says(self, point: Point, even: bool, centred: bool) -> str:
        """The numbers that a person wants to see meanwhile; empty for none."""
        ...


class MoveDrag:
    """Shapes that are moved together; masks by whole pixels."""

    def __init__(self, shapes: Sequence[Shape], start: Point) -> None:
        self._shapes, self._start = tuple(shapes), start
        self._ids = frozenset(s.id for s in shapes)
        self.name = f"Move {counted(len(self._shapes))}"

    def live(self, point: Point, even: bool, centred: bool) -> Live:
        return Live(self._ids, self._shift(point, even))

    def result(self, point: Point, even: bool, centred: bool) -> dict[str, Geometry]:
        dx, dy = self._shift(point, even)
        return {s.id: moved(s.geometry, dx, dy) for s in self._shapes} if dx or dy else {}

    def says(self, point: Point, even: bool, centred: bool) -> str:
        dx, dy = self._shift(point, even)
        return f"{dx:+.0f}, {dy:+.0f} px"

    def _shift(self, point: Point, even: bool) -> Point:
        dx, dy = point[0] - self._start[0], point[1] - self._start[1]
        return in_steps(dx, dy) if even else (dx, dy)


class ShapeDrag:
    """One shape whose geometry follows the pointer."""

    def __init__(self, name: str, shape: Shape, start: Point, held: Point, picture: tuple[float, float]) -> None:
        self.name, self._shape = name, shape
        self._offset = held[0] - start[0], held[1] - start[1]
        self._picture, self._last = picture, shape.geometry

    def live(self, point: Point, even: bool, centred: bool) -> Live:
        return Live(frozenset({self._shape.id}), geometries=self._now(point, even, centred))

    def result(self, point: Point, even: bool, centred: bool) -> dict[str, Geometry]:
        return self._now(point, even, centred)

    def says(self, point: Point, even: bool, centred: bool) -> str:
        return ""

    def _now(self, point: Point, even: bool, centred: bool) -> dict[str, Geometry]:
        to = point[0] + self._offset[0], point[1] + self._offset[1]
        with suppress(InputError):  # where nothing would be left, the shape stays as it was a moment ago
            self._last = self._follow(to, even, centred)
        return {self._shape.id: self._last}

    def _inside(self, p: Point) -> Point:
        """What is dragged by a point stays in the picture."""
        return min(max(p[0], 0.0), self._picture[0]), min(max(p[1], 0.0), self._picture[1])

    def _follow(self, to: Point, even: bool, centred: bool) -> Geometry:
        raise NotImplementedError


class ResizeDrag(ShapeDrag):
    """A handle of a box, a rotated box or an ellipse."""

    def __init__(self, shape: Shape, handle: Handle, start: Point, held: Point, picture: tuple[float, float]) -> None:
        super().__init__(f"Resize {spoken(shape)}", shape, start, held, picture)
        self._handle = handle

    def says(self, point: Point, even: bool, centred: bool) -> str:
        width, height = extent_of(self._now(point, even, centred)[self._shape.id])
        return f"{width:.0f} x {height:.0f} px"

    def _follow(self, to: Point, even: bool, centred: bool) -> Geometry:
        found = resized(self._shape.geometry, self._handle, self._inside(to), even, centred)
        if found.area() == 0:
            raise InputError("A shape cannot be made flat.")
        return found


class TurnDrag(ShapeDrag):
    """The handle for turning: the angle follows the pointer around the middle."""

    def __init__(self, shape: Shape, start: Point, held: Point, picture: tuple[float, float]) -> None:
        super().__init__(f"Turn {spoken(shape)}", shape, start, held, picture)
        self._centre = shape.bounds().centre
        self._from = self._angle(held)

    def says(self, point: Point, even: bool, centred: bool) -> str:
        turned = self._now(point, even, centred)[self._shape.id]
        return f"{getattr(turned, 'angle', 0.0):.1f}\N{DEGREE SIGN}"

    def _angle(self, p: Point) -> float:
        return math.degrees(math.atan2(p[1] - self._centre[1], p[0] - self._centre[0]))

    def _follow(self, to: Point, even: bool, centred: bool) -> Geometry:
        by = self._angle(to) - self._from
        if even:
            now = getattr(self._shape.geometry, "angle", 0.0)
            by = round((now + by) / STEP) * STEP - now
        return rotated(self._shape.geometry, self._centre, by)


class VertexDrag(ShapeDrag):
    """A point of a polygon, a line, a skeleton. With Shift it keeps to directions from the point before it, else it
    goes to what ``find`` finds, which is `caught` then."""

    def __init__(
        self,
        shape: Shape,
        vertex: Vertex,
        start: Point,
        held: Point,
        picture: tuple[float, float],
        find: Find | None = None,
        name: str = "",
    ) -> None:
        word = "joint" if shape.kind == "keypoints" else "point"
        super().__init__(name or f"Move {word}", shape, start, held, picture)
        self._vertex, self._find = vertex, find
        self.caught: Caught | None = None

    def _follow(self, to: Point, even: bool, centred: bool) -> Geometry:
        ring = rings_of(self._shape.geometry)[self._vertex.ring]
        self.caught = self._find(to, centred) if self._find is not None and not even else None
        if self.caught is not None:
            to = self.caught.point
        if even:
            from_ = ring[self._vertex.index - 1] if len(ring) > 1 else ring[0]
            dx, dy = in_steps(to[0] - from_[0], to[1] - from_[1])
            to = from_[0] + dx, from_[1] + dy
        return with_vertex_at(self._shape.geometry, self._vertex, self._inside(to))


class NewVertexDrag(VertexDrag):
    """A point that comes into being on an edge and is dragged on."""

    def __init__(
        self,
        shape: Shape,
        after: Vertex,
        at: Point,
        start: Point,
        held: Point,
        picture: tuple[float, float],
        find: Find | None = None,
    ) -> None:
        self._before = shape
        grown = Shape(with_vertex_added(shape.geometry, after, at), shape.label, shape.id)
        super().__init__(grown, Vertex(after.ring, after.index + 1), start, held, picture, find, "Add point")


def drag_of(
    grip: Grip,
    shapes: Sequence[Shape],
    start: Point,
    held: Point | None,
    picture: tuple[float, float],
    find: Find | None = None,
) -> Drag:
    """The drag that begins at ``start`` with a grip at ``held``: several shapes are moved, one alone may be changed.
    Points go to what ``find`` finds."""
    at = held or start
    match grip:
        case Resize(handle):
            return ResizeDrag(shapes[0], handle, start, at, picture)
        case Turn():
            return TurnDrag(shapes[0], start, at, picture)
        case OnVertex(vertex):
            return VertexDrag(shapes[0], vertex, start, at, picture, find)
        case OnEdge(after, point):
            return NewVertexDrag(shapes[0], after, point, start, at, picture, find)
        case Body():
            return MoveDrag(shapes, start)


def in_steps(dx: float, dy: float) -> Point:
    """The nearest shift in a direction that is a whole number of steps."""
    angle = math.radians(round(math.degrees(math.atan2(dy, dx)) / STEP) * STEP)
    c, s = math.cos(angle), math.sin(angle)
    length = dx * c + dy * s
    # Along an axis nothing may be left of the other one.
    return (length * c if abs(c) > 1e-9 else 0.0), (length * s if abs(s) > 1e-9 else 0.0)


def shifted_of(geometry: Geometry, shift: Point) -> Point:
    """How far a shape really moves: masks by whole pixels."""
    return (float(round(shift[0])), float(round(shift[1]))) if isinstance(geometry, MaskGeometry) else shift


def extent_of(geometry: Geometry) -> tuple[float, float]:
    """Width and height along a geometry's own axes."""
    match geometry:
        case RotatedBoxGeometry(_, width, height):
            return width, height
        case EllipseGeometry(_, rx, ry):
            return 2 * rx, 2 * ry
        case _:
            return geometry.bounds().width, geometry.bounds().height


def counted(n: int) -> str:
    return f"{n:,} shape{'s' if n != 1 else ''}"


def spoken(shape: Shape) -> str:
    return shape.kind.replace("_", " ")
