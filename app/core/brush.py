"""Brush work on masks: pure functions from a mask (or None, the empty one) to the next.

Whether a pixel belongs is decided at its centre. A stroke costs what it touches and what the mask has of runs, never
the picture's size. ``bounds`` is the (width, height) of the picture that nothing is painted outside of; None for none.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from app.core.errors import InputError
from app.core.geometry import BoolArray, Box, FloatArray, Point
from app.core.masks import Rle
from app.core.runs import NO_RUNS, clipped, combined, rle_of, runs_of, runs_of_pixels

Size = tuple[int, int]
Smoothing = Literal["median", "open_close"]


def stroke(
    rle: Rle | None, points: Sequence[Point], radii: float | Sequence[float], bounds: Size | None = None
) -> Rle | None:
    """Paint along a line with round ends. ``radii`` is one radius, or one per point (the pen's pressure): between two
    points it changes evenly."""
    return rle_of(combined(runs_of(rle), stamp(points, radii, bounds), "union"))


def erase(
    rle: Rle | None, points: Sequence[Point], radii: float | Sequence[float], bounds: Size | None = None
) -> Rle | None:
    """`stroke`, taking pixels away."""
    return rle_of(combined(runs_of(rle), stamp(points, radii, bounds), "subtract"))


def stamp(points: Sequence[Point], radii: float | Sequence[float], bounds: Size | None = None) -> NDArray[np.int64]:
    """What a stroke covers, as column runs (see `runs`). Raises InputError for a negative radius."""
    sizes = [float(radii)] * len(points) if isinstance(radii, int | float) else [float(r) for r in radii]
    if len(sizes) != len(points):
        raise ValueError(f"{len(points)} points and {len(sizes)} radii")
    if not points or min(sizes) < 0:
        raise InputError("A brush stroke needs a point and a radius that is not negative.")
    discs = list(zip(points, sizes, strict=True))
    reach = [Box(*p, *p).grown(r) for p, r in discs]
    pieces = list(zip(discs, discs[1:], reach, reach[1:], strict=False))
    box = reach[0]
    for other in reach[1:]:
        box = box.united(other)
    window = _whole(box, bounds)
    if window.area == 0:
        return NO_RUNS
    canvas = np.zeros((int(window.height), int(window.width)), dtype=bool)
    if len(discs) == 1:
        _paint(canvas, window, discs[0], discs[0], reach[0])
    for a, b, box_a, box_b in pieces:
        _paint(canvas, window, a, b, box_a.united(box_b))
    return runs_of_pixels(canvas, int(window.x0), int(window.y0))


def _paint(canvas: BoolArray, window: Box, a: tuple[Point, float], b: tuple[Point, float], reach: Box) -> None:
    """Paint all discs between disc a and disc b, whose radius changes evenly on the way.

    With u along the way and v across it, the disc that reaches nearest to a pixel is v * k / sqrt(1 - k^2) further on
    than the pixel itself, for a radius that grows by k a pixel (the round cone of I. Quilez, "Distance functions").
    """
    rows, columns = _slices(reach, window)
    y, x = np.ogrid[rows, columns]
    (ax, ay), ra = a
    (bx, by), rb = b
    dx, dy = x + (window.x0 + 0.5 - ax), y + (window.y0 + 0.5 - ay)
    length = math.hypot(bx - ax, by - ay)
    growth = rb - ra
    if length <= abs(growth):  # one disc holds the other
        if rb > ra:
            dx, dy = dx - (bx - ax), dy - (by - ay)
        canvas[rows, columns] |= dx * dx + dy * dy <= max(ra, rb) ** 2
        return
    ux, uy, k = (bx - ax) / length, (by - ay) / length, growth / length
    along, across = dx * ux + dy * uy, dy * ux - dx * uy
    nearest = np.clip(along + np.abs(across) * (k / math.sqrt(1 - k * k)), 0, length)
    canvas[rows, columns] |= (along - nearest) ** 2 + across**2 <= (ra + k * nearest) ** 2


def _slices(box: Box, window: Box) -> tuple[slice, slice]:
    moved = Box(box.x0 - window.x0, box.y0 - window.y0, box.x1 - window.x0, box.y1 - window.y0)
    return moved.pixels(int(window.width), int(window.height))


def _whole(box: Box, bounds: Size | None) -> Box:
    """The pixels that a box touches, as a box, inside the picture."""
    outer = Box(math.floor(box.x0), math.floor(box.y0), math.ceil(box.x1), math.ceil(box.y1))
    return outer.clipped(*bounds) if bounds else outer


def fill_at(rle: Rle | None, point: Point) -> Rle:
    """Fill the hole under a point: the background around it, joined by edges, that the mask wholly encloses.

    Raises InputError where the point is in the mask or the background there is not enclosed.
    """
    column, row = math.floor(point[0]), math.floor(point[1])
    if rle is not None and rle.at(column, row):
        raise InputError("There is nothing to fill here: the place is in the mask already.")
    if rle is None or not rle.box.contains(point):
        raise InputError("There is nothing to fill here: the mask does not enclose this place.")
    marks, _ = _components(~np.pad(rle.crop(), 1), 4)
    chosen = marks[row - rle.y + 1, column - rle.x + 1]
    if chosen == marks[0, 0]:
        raise InputError("There is nothing to fill here: the mask does not enclose this place.")
    hole = runs_of_pixels(marks[1:-1, 1:-1] == chosen, rle.x, rle.y)
    return _some(rle_of(combined(runs_of(rle), hole, "union")))


def fill_holes(rle: Rle, largest: float = math.inf) -> Rle:
    """Fill all holes of up to ``largest`` pixels. A hole is background joined by edges that the mask encloses."""
    marks, areas = _components(~np.pad(rle.crop(), 1), 4)
    small = areas <= largest
    small[[0, marks[0, 0]]] = False
    return _some(_encoded(rle.crop() | small[marks[1:-1, 1:-1]], rle.x, rle.y))


def remove_specks(rle: Rle, largest: float) -> Rle | None:
    """Remove all parts of up to ``largest`` pixels. A part is joined by edges or corners."""
    marks, areas = _components(rle.crop(), 8)
    big = areas > largest
    big[0] = False
    return _encoded(big[marks], rle.x, rle.y)


def parts(rle: Rle) -> list[Rle]:
    """The parts of a mask, joined by edges or corners, the largest first."""
    marks, areas = _components(rle.crop(), 8)
    order = sorted(range(1, len(areas)), key=lambda i: -int(areas[i]))
    return [_some(_encoded(marks == i, rle.x, rle.y)) for i in order] if len(order) > 1 else [rle]


def smooth(rle: Rle, radius: int, how: Smoothing = "median", bounds: Size | None = None) -> Rle | None:
    """Smooth the border.

    ``median``: each pixel becomes what most of the (2 radius + 1)^2 pixels around it are (OpenCV's `medianBlur`).
    ``open_close``: opened, then closed, with a disc of that radius: takes away what is narrower than the disc, then
    fills what is narrower (Serra 1982). The mask goes on beyond the picture's border as it is there.
    """
    if radius < 1:
        return rle
    if how == "median":
        import cv2

        pixels, x, y = _padded(rle, radius, bounds)
        smoothed = cv2.medianBlur(pixels.astype(np.uint8) * 255, 2 * radius + 1) > 0
        return _inside(_encoded(np.asarray(smoothed), x, y), bounds)
    opened = grow(rle, -radius, bounds)
    opened = grow(opened, radius, bounds) if opened else None
    closed = grow(opened, radius, bounds) if opened else None
    return grow(closed, -radius, bounds) if closed else None


def grow(rle: Rle, distance: int, bounds: Size | None = None) -> Rle | None:
    """Grow by whole pixels, or shrink by a negative number: a disc of that radius as the structuring element.

    The cost does not depend on the distance (a Euclidean distance transform: Felzenszwalb and Huttenlocher 2012 as
    OpenCV has it). Where the mask touches the picture's border it goes on beyond it, so that it does not shrink there.
    """
    import cv2

    if distance == 0:
        return rle
    reach = abs(distance)
    pixels, x, y = _padded(rle, reach + 1, bounds)
    away = (~pixels if distance > 0 else pixels).astype(np.uint8)
    measured = cv2.distanceTransform(away, cv2.DIST_L2, cv2.DIST_MASK_PRECISE).astype(np.float64)
    near = np.rint(measured**2) <= reach**2  # squares of distances between pixels are whole numbers
    return _inside(_encoded(near if distance > 0 else ~near, x, y), bounds)


def _padded(rle: Rle, margin: int, bounds: Size | None) -> tuple[BoolArray, int, int]:
    """The crop with a margin, and its place; beyond the picture's border the mask goes on as it is there."""
    pixels = rle.crop()
    if bounds:
        edges = ((rle.y <= 0, rle.y + rle.height >= bounds[1]), (rle.x <= 0, rle.x + rle.width >= bounds[0]))
        for axis, (low, high) in enumerate(edges):
            for side, at_border in enumerate((low, high)):
                width = [(0, 0), (0, 0)]
                width[axis] = (0, margin) if side else (margin, 0)
                pixels = np.pad(pixels, width, mode="edge") if at_border else np.pad(pixels, width)
        return pixels, rle.x - margin, rle.y - margin
    return np.pad(pixels, margin), rle.x - margin, rle.y - margin


def _inside(rle: Rle | None, bounds: Size | None) -> Rle | None:
    return rle_of(clipped(runs_of(rle), Box(0, 0, *bounds))) if bounds else rle


def _components(pixels: BoolArray, connectivity: int) -> tuple[NDArray[np.int32], NDArray[Any]]:
    """Numbers of connected components, (H, W), and the pixels that each has; 0 is what is not set."""
    import cv2

    _, marks, stats, _ = cv2.connectedComponentsWithStats(pixels.astype(np.uint8), connectivity=connectivity)
    return np.asarray(marks), np.asarray(stats[:, cv2.CC_STAT_AREA]).copy()


def _encoded(pixels: BoolArray, x: int, y: int) -> Rle | None:
    return rle_of(runs_of_pixels(pixels, x, y))


def _some(rle: Rle | None) -> Rle:
    assert rle is not None, "filling leaves no empty mask"
    return rle


def touched(points: Sequence[Point], radii: float | Sequence[float]) -> Box:
    """The box that a stroke can change, with whole-number sides."""
    xy: FloatArray = np.asarray(points, dtype=np.float64)
    reach = np.broadcast_to(np.asarray(radii, dtype=np.float64), (len(xy),))[:, None]
    return _whole(Box.around(np.concatenate([xy - reach, xy + reach])), None)
