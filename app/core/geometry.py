"""Points and boxes in source pixels.

The origin is the outer corner of the top-left pixel, x to the right, y down: that pixel's centre is (0.5, 0.5) and a
picture of width W spans 0..W. An integer prompt ("the pixel at 3, 7") therefore means the point (3.5, 7.5).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Point = tuple[float, float]
"""(x, y) in source pixels."""

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Box:
    """An axis-aligned box: left, top, right, bottom in source pixels, right and bottom exclusive."""

    x0: float
    y0: float
    x1: float
    y1: float

    @classmethod
    def spanning(cls, a: Point, b: Point) -> Self:
        """The box between two opposite corners, given in any order."""
        return cls(min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1]))

    @classmethod
    def around(cls, points: Iterable[Point] | FloatArray) -> Self:
        """The smallest box that holds every point, given as pairs or (N, 2); raises ValueError for no points."""
        if isinstance(points, np.ndarray):
            if points.size == 0:
                raise ValueError("no points to put a box around")
            (x0, y0), (x1, y1) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
            return cls(float(x0), float(y0), float(x1), float(y1))
        pairs = list(points)
        if not pairs:
            raise ValueError("no points to put a box around")
        xs, ys = zip(*pairs, strict=True)  # ten times faster than an array for the few points of most shapes
        return cls(float(min(xs)), float(min(ys)), float(max(xs)), float(max(ys)))

    @property
    def width(self) -> float:
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        return self.y1 - self.y0

    @property
    def area(self) -> float:
        return max(0.0, self.width) * max(0.0, self.height)

    @property
    def centre(self) -> Point:
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2

    def contains(self, point: Point) -> bool:
        return self.x0 <= point[0] < self.x1 and self.y0 <= point[1] < self.y1

    def clipped(self, width: float, height: float) -> Box:
        """The part of the box inside a picture of that size (may be empty)."""
        return Box(
            min(max(self.x0, 0.0), width),
            min(max(self.y0, 0.0), height),
            min(max(self.x1, 0.0), width),
            min(max(self.y1, 0.0), height),
        )

    def grown(self, margin: float) -> Box:
        return Box(self.x0 - margin, self.y0 - margin, self.x1 + margin, self.y1 + margin)

    def united(self, other: Box) -> Box:
        return Box(min(self.x0, other.x0), min(self.y0, other.y0), max(self.x1, other.x1), max(self.y1, other.y1))

    def pixels(self, width: int, height: int) -> tuple[slice, slice]:
        """Row and column slices of all pixels that the box touches, inside a picture of that size."""
        x0, y0 = max(0, int(np.floor(self.x0))), max(0, int(np.floor(self.y0)))
        x1, y1 = min(width, int(np.ceil(self.x1))), min(height, int(np.ceil(self.y1)))
        return slice(y0, max(y0, y1)), slice(x0, max(x0, x1))

    def as_tuple(self) -> tuple[float, float, float, float]:
        return self.x0, self.y0, self.x1, self.y1


def pixel_of(point: Point, width: int, height: int) -> tuple[int, int]:
    """The (row, column) of the pixel under a point, clamped into a picture of that size."""
    column = min(max(int(np.floor(point[0])), 0), width - 1)
    row = min(max(int(np.floor(point[1])), 0), height - 1)
    return row, column


def ring_area(ring: FloatArray) -> float:
    """Area of a closed ring of (N, 2) points by the shoelace formula; its sign is dropped."""
    if len(ring) < 3:
        return 0.0
    x, y = ring[:, 0], ring[:, 1]
    # By parts and not with np.roll, which takes ten times as long: lists of thousands of shapes show their areas.
    around = np.dot(x[:-1], y[1:]) - np.dot(y[:-1], x[1:])
    return float(abs(around + x[-1] * y[0] - y[-1] * x[0]) / 2)


def point_in_ring(point: Point, ring: FloatArray) -> bool:
    """Even-odd rule for a closed ring of (N, 2) points."""
    x, y = point
    (x0, y0), (x1, y1) = ring.T, np.concatenate([ring[1:], ring[:1]]).T
    crosses = (y0 > y) != (y1 > y)
    with np.errstate(divide="ignore", invalid="ignore"):
        at = (x1 - x0) * (y - y0) / (y1 - y0) + x0
    return bool(np.count_nonzero(crosses & (x < at)) % 2)
