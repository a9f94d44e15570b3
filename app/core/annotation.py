"""Shapes: what a person or a model says is in the picture. Frozen values in source pixels (see `geometry`).

A `Shape` is one object: a geometry, a label and what is known about it. Geometries answer three questions and nothing
else: where is it (`bounds`), is this point on it (`contains`), how big is it (`area`).
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate, chain, pairwise
from typing import ClassVar
from uuid import uuid4

import numpy as np

from app.core.geometry import BoolArray, Box, FloatArray, Point, point_in_ring, ring_area
from app.core.masks import Rle, rasterise

Attribute = str | int | float | bool | None


@dataclass(frozen=True)
class BoxGeometry:
    """An axis-aligned box."""

    kind: ClassVar[str] = "box"
    box: Box

    def bounds(self) -> Box:
        return self.box

    def contains(self, point: Point, tolerance: float = 0.0) -> bool:
        return self.box.grown(tolerance).contains(point)

    def area(self) -> float:
        return self.box.area


@dataclass(frozen=True)
class RotatedBoxGeometry:
    """A box of ``width`` x ``height`` around ``centre``, turned clockwise on screen by ``angle`` degrees."""

    kind: ClassVar[str] = "rotated_box"
    centre: Point
    width: float
    height: float
    angle: float

    def corners(self) -> FloatArray:
        """(4, 2) corners: top left, top right, bottom right, bottom left before turning."""
        half = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * (self.width / 2, self.height / 2)
        c, s = math.cos(math.radians(self.angle)), math.sin(math.radians(self.angle))
        return np.asarray(half @ np.array([[c, s], [-s, c]]) + self.centre)

    def bounds(self) -> Box:
        return Box.around([(float(x), float(y)) for x, y in self.corners()])

    def contains(self, point: Point, tolerance: float = 0.0) -> bool:
        c, s = math.cos(math.radians(self.angle)), math.sin(math.radians(self.angle))
        dx, dy = point[0] - self.centre[0], point[1] - self.centre[1]
        u, v = dx * c + dy * s, -dx * s + dy * c
        return abs(u) <= self.width / 2 + tolerance and abs(v) <= self.height / 2 + tolerance

    def area(self) -> float:
        return self.width * self.height


Ring = tuple[Point, ...]


@dataclass(frozen=True, init=False, repr=False, match_args=False)
class PolygonGeometry:
    """Closed rings filled by the even-odd rule: parts lie apart, a ring inside another is a hole.

    The coordinates are kept packed, as float64: a point that is a pair of Python's floats takes seven times the memory.
    """

    kind: ClassVar[str] = "polygon"
    __match_args__ = ("rings",)
    packed: bytes
    """x and y of every point of every ring, one after the other."""
    lengths: tuple[int, ...]
    """How many points each ring has."""

    def __init__(self, rings: Iterable[Sequence[Point]]) -> None:
        rings = tuple(rings)
        values = array("d", chain.from_iterable(chain.from_iterable(rings)))
        lengths = tuple(map(len, rings))
        if len(values) != 2 * sum(lengths):
            raise ValueError("a point of a polygon has two coordinates")
        object.__setattr__(self, "packed", values.tobytes())
        object.__setattr__(self, "lengths", lengths)

    def __repr__(self) -> str:
        return f"PolygonGeometry({self.rings!r})"

    @property
    def rings(self) -> tuple[Ring, ...]:
        """Every ring as a tuple of points, made anew at each call."""
        return tuple(tuple((x, y) for x, y in ring.tolist()) for ring in self.arrays)

    @property
    def arrays(self) -> list[FloatArray]:
        """Each ring as (N, 2) float64, not to be written to."""
        points = np.frombuffer(self.packed).reshape(-1, 2)
        if len(self.lengths) == 1:
            return [points]
        ends = tuple(accumulate(self.lengths, initial=0))
        return [points[start:end] for start, end in pairwise(ends)]

    @cached_property
    def _bounds(self) -> Box:
        points = np.frombuffer(self.packed).reshape(-1, 2)
        return Box(*points.min(axis=0).tolist(), *points.max(axis=0).tolist()) if len(points) else _around(())

    def bounds(self) -> Box:
        return self._bounds

    def contains(self, point: Point, tolerance: float = 0.0) -> bool:
        inside = sum(point_in_ring(point, ring) for ring in self.arrays if len(ring) >= 3)
        return inside % 2 == 1 or (tolerance > 0 and _near_lines(point, self.arrays, tolerance, closed=True))

    def area(self) -> float:
        """What the even-odd rule fills; of a single ring the shoelace area, as if it did not cross itself."""
        return self._area

    @cached_property
    def _area(self) -> float:
        if len(self.lengths) == 1:
            return ring_area(self.arrays[0])
        from app.core.areas import area_of  # shapely, which most polygons never need

        return float(area_of(self).area)


@dataclass(frozen=True)
class MaskGeometry:
    """Pixels, run-length encoded; holes and parts are simply what they are."""

    kind: ClassVar[str] = "mask"
    rle: Rle

    def bounds(self) -> Box:
        return self.rle.box

    def contains(self, point: Point, tolerance: float = 0.0) -> bool:
        return self.rle.at(math.floor(point[0]), math.floor(point[1]))

    def area(self) -> float:
        return float(self.rle.area())


@dataclass(frozen=True)
class PolylineGeometry:
    """An open line through points."""

    kind: ClassVar[str] = "polyline"
    points: Ring

    @cached_property
    def array(self) -> FloatArray:
        """The points as (N, 2) float64."""
        return np.asarray(self.points, dtype=np.float64).reshape(-1, 2)

    @cached_property
    def _bounds(self) -> Box:
        return _around(self.points)

    def bounds(self) -> Box:
        return self._bounds

    def contains(self, point: Point, tolerance: float = 0.0) -> bool:
        return _near_lines(point, [self.array], max(tolerance, 0.5), closed=False)

    def area(self) -> float:
        return 0.0


@dataclass(frozen=True)
class PointGeometry:
    """One or more points that belong together (a count, a landmark)."""

    kind: ClassVar[str] = "point"
    points: Ring

    @cached_property
    def _bounds(self) -> Box:
        return _around(self.points)

    def bounds(self) -> Box:
        return self._bounds

    def contains(self, point: Point, tolerance: float = 0.0) -> bool:
        return any(math.dist(point, p) <= max(tolerance, 0.5) for p in self.points)

    def area(self) -> float:
        return 0.0


@dataclass(frozen=True)
class KeypointsGeometry:
    """A skeleton: named joints with COCO's visibility (0 not given, 1 hidden, 2 visible) and the edges between them."""

    kind: ClassVar[str] = "keypoints"
    points: Ring
    visibility: tuple[int, ...]
    names: tuple[str, ...] = ()
    edges: tuple[tuple[int, int], ...] = ()
    box: Box | None = None

    @cached_property
    def _bounds(self) -> Box:
        seen = [p for p, v in zip(self.points, self.visibility, strict=True) if v > 0]
        return self.box or Box.around(seen or self.points or [(0.0, 0.0)])

    def bounds(self) -> Box:
        return self._bounds

    def contains(self, point: Point, tolerance: float = 0.0) -> bool:
        seen = (p for p, v in zip(self.points, self.visibility, strict=True) if v > 0)
        return any(math.dist(point, p) <= max(tolerance, 0.5) for p in seen)

    def area(self) -> float:
        return 0.0


@dataclass(frozen=True)
class EllipseGeometry:
    """An ellipse with half axes ``rx`` and ``ry``, turned clockwise on screen by ``angle`` degrees."""

    kind: ClassVar[str] = "ellipse"
    centre: Point
    rx: float
    ry: float
    angle: float = 0.0

    def outline(self, steps: int = 64) -> FloatArray:
        """(steps, 2) points on the ellipse."""
        t = np.linspace(0, 2 * np.pi, steps, endpoint=False)
        c, s = math.cos(math.radians(self.angle)), math.sin(math.radians(self.angle))
        local = np.stack([self.rx * np.cos(t), self.ry * np.sin(t)], axis=1)
        return np.asarray(local @ np.array([[c, s], [-s, c]]) + self.centre)

    def bounds(self) -> Box:
        c, s = math.cos(math.radians(self.angle)), math.sin(math.radians(self.angle))
        hx, hy = math.hypot(self.rx * c, self.ry * s), math.hypot(self.rx * s, self.ry * c)
        return Box(self.centre[0] - hx, self.centre[1] - hy, self.centre[0] + hx, self.centre[1] + hy)

    def contains(self, point: Point, tolerance: float = 0.0) -> bool:
        c, s = math.cos(math.radians(self.angle)), math.sin(math.radians(self.angle))
        dx, dy = point[0] - self.centre[0], point[1] - self.centre[1]
        u, v = dx * c + dy * s, -dx * s + dy * c
        rx, ry = max(self.rx + tolerance, 1e-9), max(self.ry + tolerance, 1e-9)
        return (u / rx) ** 2 + (v / ry) ** 2 <= 1

    def area(self) -> float:
        return math.pi * self.rx * self.ry


Geometry = (
    BoxGeometry
    | RotatedBoxGeometry
    | PolygonGeometry
    | MaskGeometry
    | PolylineGeometry
    | PointGeometry
    | KeypointsGeometry
    | EllipseGeometry
)


def new_id() -> str:
    """A name for a shape that no other shape has, in this project or any other."""
    return uuid4().hex


@dataclass(frozen=True)
class Shape:
    """One annotated object.

    ``attributes`` holds what the label's own fields say and what an import found and Fovea has no word for. ``score``
    is a model's confidence (0..1); ``author`` is who made it: empty for a person's own hand, a tool id for an accepted
    model result, a format's name for an import. Shapes of one ``group`` belong together; ``track`` numbers the same
    object through the frames of a clip. A ``locked`` shape cannot be edited, a ``hidden`` one is neither drawn nor hit.
    Which lies above which is the order in the document.
    """

    geometry: Geometry
    label: str
    id: str = field(default_factory=new_id)
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    score: float | None = None
    author: str = ""
    group: str | None = None
    track: int | None = None
    locked: bool = False
    hidden: bool = False

    @property
    def kind(self) -> str:
        return self.geometry.kind

    def bounds(self) -> Box:
        return self.geometry.bounds()


def hits(shapes: Sequence[Shape], point: Point, tolerance: float = 0.0, skip_locked: bool = False) -> list[Shape]:
    """The shapes under a point, the smallest first, so that a click takes the smallest and the next one the one below.

    ``tolerance`` is how far off a line or joint the point may be, in source pixels. Hidden shapes are never hit.
    """
    (x, y), margin = point, tolerance + 0.5

    def near(shape: Shape) -> bool:
        box = shape.geometry.bounds()
        return box.x0 - margin <= x < box.x1 + margin and box.y0 - margin <= y < box.y1 + margin

    free = (s for s in shapes if not s.hidden and not (skip_locked and s.locked))
    under = [s for s in free if near(s) and s.geometry.contains(point, tolerance)]
    return sorted(under, key=lambda s: s.geometry.area())


def pixel_rings(geometry: Geometry) -> list[FloatArray]:
    """The closed rings around a geometry, (N, 2) each; none for a mask, a line or points."""
    match geometry:
        case BoxGeometry(b):
            return [np.array([[b.x0, b.y0], [b.x1, b.y0], [b.x1, b.y1], [b.x0, b.y1]], dtype=np.float64)]
        case RotatedBoxGeometry():
            return [geometry.corners()]
        case EllipseGeometry():
            return [geometry.outline(256)]
        case PolygonGeometry():
            return [r for r in geometry.arrays if len(r) >= 3]
        case _:
            return []


def pixels_of(geometry: Geometry, width: int, height: int) -> BoolArray:
    """The geometry as a (H, W) bool mask: pixels whose centre lies inside; lines and points cover no pixels."""
    if isinstance(geometry, MaskGeometry):
        return geometry.rle.full(width, height)
    rings = pixel_rings(geometry)
    return rasterise(rings, width, height) if rings else np.zeros((height, width), dtype=bool)


def _around(points: Iterable[Point]) -> Box:
    """A shape without points, which an import may bring, lies nowhere: an empty box lets everything else go on."""
    found = list(points)
    return Box.around(found) if found else Box(0.0, 0.0, 0.0, 0.0)


def _near_lines(point: Point, lines: list[FloatArray], tolerance: float, closed: bool) -> bool:
    for line in lines:
        a = line if closed else line[:-1]
        b = np.concatenate([line[1:], line[:1]]) if closed else line[1:]
        if len(a) == 0:
            continue
        d = b - a
        length = np.maximum((d**2).sum(axis=1), 1e-12)
        t = np.clip(((np.asarray(point) - a) * d).sum(axis=1) / length, 0, 1)
        nearest = a + d * t[:, None]
        if float(np.hypot(*(nearest - point).T).min()) <= tolerance:
            return True
    return False
