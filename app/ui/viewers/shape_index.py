"""Many shapes as arrays: what to draw of each, and which lie where. Without Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import singledispatch
from math import floor

import numpy as np
from numpy.typing import NDArray

from app.core.annotation import (
    BoxGeometry,
    EllipseGeometry,
    Geometry,
    KeypointsGeometry,
    MaskGeometry,
    PointGeometry,
    PolygonGeometry,
    PolylineGeometry,
    RotatedBoxGeometry,
    Shape,
)
from app.core.document import changed_stretch
from app.core.geometry import BoolArray, Box, FloatArray, Point
from app.core.masks import outlines

NO_POINTS: FloatArray = np.zeros((0, 2))

CROPS = 32
"""Decoded masks that are kept for hit-testing."""


@dataclass(frozen=True, eq=False, slots=True)
class Art:
    """What to draw of a geometry, in source pixels.

    ``lines`` are (N, 2) each, ``closed`` ones are filled together by the even-odd rule; ``dots`` and ``hollow`` are
    (N, 2) points drawn as discs and as rings.
    """

    lines: tuple[FloatArray, ...] = ()
    closed: bool = False
    dots: FloatArray = field(default_factory=lambda: NO_POINTS)
    hollow: FloatArray = field(default_factory=lambda: NO_POINTS)

    @property
    def points(self) -> int:
        return sum(len(line) for line in self.lines)


@singledispatch
def art_of(geometry: object) -> Art:
    """What to draw of a geometry; raises TypeError for a kind that nobody taught it."""
    raise TypeError(f"cannot draw a {type(geometry).__name__}")


@art_of.register
def _(geometry: BoxGeometry) -> Art:
    b = geometry.box
    return Art((np.array([[b.x0, b.y0], [b.x1, b.y0], [b.x1, b.y1], [b.x0, b.y1]], dtype=np.float64),), closed=True)


@art_of.register
def _(geometry: RotatedBoxGeometry) -> Art:
    return Art((geometry.corners(),), closed=True)


@art_of.register
def _(geometry: PolygonGeometry) -> Art:
    return Art(tuple(r for r in geometry.arrays if len(r) >= 2), closed=True)


@art_of.register
def _(geometry: EllipseGeometry) -> Art:
    return Art((geometry.outline(72),), closed=True)


@art_of.register
def _(geometry: MaskGeometry) -> Art:
    outer, holes = outlines(geometry.rle.crop())
    corner = (geometry.rle.x, geometry.rle.y)
    return Art(tuple(ring + corner for ring in (*outer, *holes)), closed=True)


@art_of.register
def _(geometry: PolylineGeometry) -> Art:
    return Art((_array(geometry.points),))


@art_of.register
def _(geometry: PointGeometry) -> Art:
    return Art(dots=_array(geometry.points))


@art_of.register
def _(geometry: KeypointsGeometry) -> Art:
    points, seen = _array(geometry.points), np.asarray(geometry.visibility, dtype=np.int64)
    bones = tuple(points[[a, b]] for a, b in geometry.edges if seen[a] > 0 and seen[b] > 0)
    return Art(bones, dots=points[seen == 2], hollow=points[seen == 1])


def _array(points: Sequence[Point]) -> FloatArray:
    return np.asarray(points, dtype=np.float64).reshape(-1, 2)


def _boxes(geometries: Sequence[Geometry]) -> NDArray[np.float64]:
    """(N, 4) bounding boxes.

    All polygons of one ring are done in one go: one by one, ten thousand take half a second.
    """
    boxes = np.zeros((len(geometries), 4))
    polygons: list[tuple[int, PolygonGeometry]] = []
    for i, geometry in enumerate(geometries):
        if isinstance(geometry, PolygonGeometry) and len(geometry.lengths) == 1 and geometry.lengths[0] >= 2:
            polygons.append((i, geometry))
        else:
            boxes[i] = geometry.bounds().as_tuple()
    if polygons:
        points = np.frombuffer(b"".join(geometry.packed for _, geometry in polygons)).reshape(-1, 2)
        lengths = np.array([geometry.lengths[0] for _, geometry in polygons], dtype=np.intp)
        ends = np.cumsum(lengths)
        starts = ends - lengths
        rows = [i for i, _ in polygons]
        boxes[rows, :2] = np.minimum.reduceat(points, starts, axis=0)
        boxes[rows, 2:] = np.maximum.reduceat(points, starts, axis=0)
    return boxes


@dataclass(eq=False)
class ShapeIndex:
    """Shapes in drawing order with their bounding boxes, (N, 4) float64, and which of them are not hidden, (N,) bool.

    Hidden shapes are neither drawn nor found. Made anew for every change; what did not change is taken over from the
    one before by the geometry's identity.
    """

    shapes: tuple[Shape, ...] = ()
    boxes: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 4)))
    shown: BoolArray = field(default_factory=lambda: np.zeros(0, dtype=bool))
    _arts: dict[int, tuple[Geometry, Art]] = field(default_factory=dict)
    _at: Mapping[str, int] = field(default_factory=dict)
    _crops: dict[int, tuple[Geometry, BoolArray]] = field(default_factory=dict)

    @classmethod
    def of(cls, shapes: Sequence[Shape], before: ShapeIndex | None = None) -> ShapeIndex:
        """The index of the shapes. Costs what lies between the first and the last that are not the same objects."""
        before, shapes = before or cls(), tuple(shapes)
        head, tail = changed_stretch(before.shapes, shapes)
        gone, fresh = before.shapes[head : len(before) - tail], shapes[head : len(shapes) - tail]
        arts = dict(before._arts)
        known = {id(s.geometry): head + i for i, s in enumerate(gone)}
        for key in known.keys() - {id(s.geometry) for s in fresh}:
            arts.pop(key, None)
        middle = np.zeros((len(fresh), 4))
        kept = [(i, known[id(s.geometry)]) for i, s in enumerate(fresh) if id(s.geometry) in known]
        if kept:
            to, at = np.array(kept).T
            middle[to] = before.boxes[at]
        new = [i for i, s in enumerate(fresh) if id(s.geometry) not in known]
        if new:
            middle[new] = _boxes([fresh[i].geometry for i in new])
        cut = len(before) - tail
        boxes = np.concatenate([before.boxes[:head], middle, before.boxes[cut:]])
        seen = np.array([not s.hidden for s in fresh], dtype=bool)
        shown = np.concatenate([before.shown[:head], seen, before.shown[cut:]])
        places = (
            before._at if [s.id for s in gone] == [s.id for s in fresh] else {s.id: i for i, s in enumerate(shapes)}
        )
        return cls(shapes, boxes, shown, arts, places, before._crops)

    def __len__(self) -> int:
        return len(self.shapes)

    def find(self, shape_id: str) -> int | None:
        return self._at.get(shape_id)

    def art(self, index: int) -> Art:
        """What to draw of the shape; made when it is first seen."""
        geometry = self.shapes[index].geometry
        known = self._arts.get(id(geometry))
        if known is None:
            known = self._arts[id(geometry)] = geometry, art_of(geometry)
        return known[1]

    def visible(self, box: Box) -> NDArray[np.intp]:
        """Indices of shapes whose bounding box touches ``box``, in drawing order."""
        b = self.boxes
        meets = (b[:, 0] <= box.x1) & (b[:, 2] >= box.x0) & (b[:, 1] <= box.y1) & (b[:, 3] >= box.y0)
        return np.flatnonzero(meets & self.shown)

    def hits(self, point: Point, tolerance: float = 0.0) -> list[Shape]:
        """The shapes under a point, the smallest first (see `app.core.annotation.hits`)."""
        near = self.visible(Box(*point, *point).grown(tolerance + 0.5))
        under = [self.shapes[i] for i in near if self._contains(self.shapes[i].geometry, point, tolerance)]
        return sorted(under, key=lambda shape: shape.geometry.area())

    def _contains(self, geometry: Geometry, point: Point, tolerance: float) -> bool:
        if not isinstance(geometry, MaskGeometry):
            return geometry.contains(point, tolerance)
        # Decoding a mask at every step of the mouse would cost up to tens of milliseconds.
        if id(geometry) not in self._crops:
            if len(self._crops) >= CROPS:
                self._crops.pop(next(iter(self._crops)))
            self._crops[id(geometry)] = geometry, geometry.rle.crop()
        crop = self._crops[id(geometry)][1]
        row, column = floor(point[1]) - geometry.rle.y, floor(point[0]) - geometry.rle.x
        return 0 <= row < crop.shape[0] and 0 <= column < crop.shape[1] and bool(crop[row, column])

    def untraced(self, indices: Sequence[int]) -> int:
        """How many of these shapes are masks whose outlines have not been made yet, which takes milliseconds each."""
        geometries = (self.shapes[i].geometry for i in indices)
        return sum(isinstance(g, MaskGeometry) and id(g) not in self._arts for g in geometries)

    def inside(self, box: Box) -> list[str]:
        """Ids of the shapes that lie wholly inside ``box``."""
        b = self.boxes
        whole = (b[:, 0] >= box.x0) & (b[:, 2] <= box.x1) & (b[:, 1] >= box.y0) & (b[:, 3] <= box.y1)
        return [self.shapes[i].id for i in np.flatnonzero(whole & self.shown)]
