"""Moving, resizing and turning geometries of every kind, in source pixels. Pure functions.

A mask moves by whole pixels; resizing or turning one resamples it (nearest neighbour at pixel centres), which
`scaling_loss` and `rotation_loss` say in words before it is done.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Literal, get_args

import numpy as np

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
)
from app.core.errors import InputError
from app.core.geometry import Box, FloatArray, Point
from app.core.masks import Rle, encode

Handle = Literal["nw", "n", "ne", "e", "se", "s", "sw", "w"]
HANDLES: tuple[Handle, ...] = get_args(Handle)
"""The places where a box is taken hold of, clockwise from the top left as it lies before turning."""

_SIDES: dict[Handle, tuple[int, int]] = {
    "nw": (-1, -1),
    "n": (0, -1),
    "ne": (1, -1),
    "e": (1, 0),
    "se": (1, 1),
    "s": (0, 1),
    "sw": (-1, 1),
    "w": (-1, 0),
}

_RESAMPLED = "The mask is resampled: its border moves by up to half a pixel, and going back does not restore it."
_NEVER_EMPTY = 1e-9


def moved(geometry: Geometry, dx: float, dy: float) -> Geometry:
    """The geometry, shifted. A mask moves by the nearest whole numbers of pixels."""
    if isinstance(geometry, MaskGeometry):
        rle = geometry.rle
        return MaskGeometry(replace(rle, x=rle.x + round(dx), y=rle.y + round(dy)))
    if isinstance(geometry, BoxGeometry):
        b = geometry.box
        return BoxGeometry(Box(b.x0 + dx, b.y0 + dy, b.x1 + dx, b.y1 + dy))
    if isinstance(geometry, RotatedBoxGeometry | EllipseGeometry):
        return replace(geometry, centre=(geometry.centre[0] + dx, geometry.centre[1] + dy))
    shift = moved_point(dx, dy)
    box = geometry.box if isinstance(geometry, KeypointsGeometry) else None
    return _mapped(geometry, shift, box and Box(box.x0 + dx, box.y0 + dy, box.x1 + dx, box.y1 + dy))


def moved_point(dx: float, dy: float) -> Callable[[Point], Point]:
    return lambda p: (p[0] + dx, p[1] + dy)


def scaled(geometry: Geometry, anchor: Point, sx: float, sy: float) -> Geometry:
    """The geometry, scaled about an anchor that stays where it is; a negative factor mirrors.

    An ellipse stays one exactly. A rotated box that is scaled unevenly would become a parallelogram: it keeps its
    width's new direction and length and the exact area. Raises InputError for a factor of 0 or a mask that no pixel is
    left of.
    """
    if sx == 0 or sy == 0 or not (math.isfinite(sx) and math.isfinite(sy)):
        raise InputError("A shape cannot be scaled to nothing.")
    matrix = np.array([[sx, 0.0], [0.0, sy]])
    match geometry:
        case BoxGeometry(b):
            return BoxGeometry(_spanned(b, lambda p: _at(matrix, anchor, p)))
        case RotatedBoxGeometry():
            across = matrix @ _direction(geometry.angle)
            stretch = float(np.hypot(*across))
            angle = math.degrees(math.atan2(across[1], across[0]))
            centre, height = _at(matrix, anchor, geometry.centre), geometry.height * abs(sx * sy) / stretch
            return RotatedBoxGeometry(centre, geometry.width * stretch, height, angle)
        case EllipseGeometry():
            return _ellipse_under(geometry, matrix, _at(matrix, anchor, geometry.centre))
        case MaskGeometry(rle):
            return MaskGeometry(_resampled(rle, matrix, anchor))
        case KeypointsGeometry():
            box = geometry.box and _spanned(geometry.box, lambda p: _at(matrix, anchor, p))
            return _mapped(geometry, lambda p: _at(matrix, anchor, p), box)
        case _:
            return _mapped(geometry, lambda p: _at(matrix, anchor, p))


def rotated(geometry: Geometry, centre: Point, degrees: float) -> Geometry:
    """The geometry, turned about a point, clockwise on screen. A box becomes a rotated box. Raises InputError for a
    mask that no pixel is left of."""
    if degrees % 360 == 0:
        return geometry
    a, b = _direction(degrees)
    matrix = np.array([[a, -b], [b, a]])

    def turn(p: Point) -> Point:
        return _at(matrix, centre, p)

    match geometry:
        case BoxGeometry(box):
            return RotatedBoxGeometry(turn(box.centre), box.width, box.height, _upright(degrees))
        case RotatedBoxGeometry() | EllipseGeometry():
            return replace(geometry, centre=turn(geometry.centre), angle=_upright(geometry.angle + degrees))
        case MaskGeometry(rle):
            return MaskGeometry(_resampled(rle, matrix, centre))
        case KeypointsGeometry():
            return _mapped(geometry, turn, geometry.box and _spanned(geometry.box, turn))
        case _:
            return _mapped(geometry, turn)


def scaling_loss(geometry: Geometry, sx: float, sy: float) -> tuple[str, ...]:
    """What scaling takes away, in sentences."""
    if isinstance(geometry, MaskGeometry) and (abs(sx), abs(sy)) != (1.0, 1.0):
        return (_RESAMPLED,)
    if isinstance(geometry, RotatedBoxGeometry) and abs(sx) != abs(sy) and geometry.angle % 90:
        return ("A rotated box that is stretched unevenly would not be a box: it keeps its area, not its corners.",)
    return ()


def rotation_loss(geometry: Geometry, degrees: float) -> tuple[str, ...]:
    """What turning takes away, in sentences."""
    if isinstance(geometry, MaskGeometry) and degrees % 90:
        return (_RESAMPLED,)
    if isinstance(geometry, KeypointsGeometry) and geometry.box and degrees % 90:
        return ("The box around the joints stays upright: it grows to hold the turned one.",)
    return ()


def handles(geometry: Geometry) -> dict[Handle, Point]:
    """Where the handles lie: on the sides and corners of the box itself, or of the bounding box."""
    centre, (w, h), angle = _frame(geometry)
    u, v = _axes(angle)
    return {
        name: (centre[0] + x * w * u[0] + y * h * v[0], centre[1] + x * w * u[1] + y * h * v[1])
        for name, (x, y) in _SIDES.items()
    }


def resized(
    geometry: Geometry, handle: Handle, to: Point, keep_ratio: bool = False, from_centre: bool = False
) -> Geometry:
    """The geometry after one handle was dragged to a place; the side or corner across from it stays.

    Boxes, rotated boxes and ellipses are resized along their own axes; everything else is scaled with its bounding
    box. A handle may be drawn across to the other side. ``keep_ratio`` keeps width to height (the larger of the two
    factors counts), ``from_centre`` moves the other side by as much. Raises InputError where nothing would be left.
    """
    if isinstance(geometry, BoxGeometry) and not (keep_ratio or from_centre):
        return BoxGeometry(_dragged(geometry.box, handle, to))
    centre, half, angle = _frame(geometry)
    axes, side = np.array(_axes(angle)), np.array(_SIDES[handle], dtype=np.float64)
    anchor = np.zeros(2) if from_centre else -side * half
    reach, before = axes @ (np.asarray(to) - centre) - anchor, side * half - anchor
    factors = np.where(side == 0, 1.0, np.divide(reach, before, out=np.ones(2), where=before != 0))
    if keep_ratio:
        free = np.abs(factors[side != 0]).max()
        factors = np.where(side == 0, free, np.where(factors < 0, -free, free))
    if not isinstance(geometry, BoxGeometry | RotatedBoxGeometry | EllipseGeometry):
        at = anchor + centre
        return scaled(geometry, (float(at[0]), float(at[1])), float(factors[0]), float(factors[1]))
    edges = anchor + np.stack([-half - anchor, half - anchor]) * factors
    x, y = edges.mean(axis=0) @ axes + centre
    width, height = np.abs(edges[1] - edges[0]).tolist()
    if isinstance(geometry, EllipseGeometry):
        return EllipseGeometry((float(x), float(y)), width / 2, height / 2, geometry.angle)
    turned = RotatedBoxGeometry((float(x), float(y)), width, height, angle)
    return BoxGeometry(turned.bounds()) if isinstance(geometry, BoxGeometry) else turned


def _dragged(box: Box, handle: Handle, to: Point) -> Box:
    across, down = _SIDES[handle]
    x0, x1 = to[0] if across < 0 else box.x0, to[0] if across > 0 else box.x1
    y0, y1 = to[1] if down < 0 else box.y0, to[1] if down > 0 else box.y1
    return Box.spanning((x0, y0), (x1, y1))


def _frame(geometry: Geometry) -> tuple[Point, FloatArray, float]:
    """Centre, half width and half height, and angle of the box that is taken hold of."""
    match geometry:
        case RotatedBoxGeometry(centre, w, h, angle):
            return centre, np.array([w / 2, h / 2]), angle
        case EllipseGeometry(centre, rx, ry, angle):
            return centre, np.array([rx, ry]), angle
        case _:
            box = geometry.bounds()
            return box.centre, np.array([box.width / 2, box.height / 2]), 0.0


def _direction(degrees: float) -> FloatArray:
    """(cos, sin), exact for whole quarters: a box turned by 90 degrees has upright sides."""
    quarter, rest = divmod(degrees, 90.0)
    if rest == 0:
        return np.array(((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0))[int(quarter) % 4])
    return np.array([math.cos(math.radians(degrees)), math.sin(math.radians(degrees))])


def _axes(angle: float) -> tuple[FloatArray, FloatArray]:
    c, s = _direction(angle)
    return np.array([c, s]), np.array([-s, c])


def _upright(degrees: float) -> float:
    """The same angle between -180 (not included) and 180."""
    return 180.0 - (180.0 - degrees) % 360.0


def _at(matrix: FloatArray, anchor: Point, p: Point) -> Point:
    dx, dy = p[0] - anchor[0], p[1] - anchor[1]
    x = anchor[0] + float(matrix[0, 0]) * dx + float(matrix[0, 1]) * dy
    return x, anchor[1] + float(matrix[1, 0]) * dx + float(matrix[1, 1]) * dy


def _spanned(box: Box, change: Callable[[Point], Point]) -> Box:
    """The upright box around a changed box."""
    corners = ((box.x0, box.y0), (box.x1, box.y0), (box.x1, box.y1), (box.x0, box.y1))
    return Box.around([change(p) for p in corners])


def _mapped(geometry: Geometry, change: Callable[[Point], Point], box: Box | None = None) -> Geometry:
    match geometry:
        case PolygonGeometry(rings):
            return PolygonGeometry(tuple(tuple(change(p) for p in ring) for ring in rings))
        case PolylineGeometry(points) | PointGeometry(points):
            return replace(geometry, points=tuple(change(p) for p in points))
        case KeypointsGeometry(points):
            return replace(geometry, points=tuple(change(p) for p in points), box=box)
    raise TypeError(f"a {geometry.kind} is not made of points")


def _ellipse_under(ellipse: EllipseGeometry, matrix: FloatArray, centre: Point) -> EllipseGeometry:
    """The image of an ellipse under a linear map is one: its axes are the singular vectors (Golub and Van Loan)."""
    u, v = _axes(ellipse.angle)
    image = matrix @ np.stack([u * ellipse.rx, v * ellipse.ry], axis=1)
    if abs(float(image[:, 0] @ image[:, 1])) <= 1e-12 * max(float(np.abs(image).max()) ** 2, _NEVER_EMPTY):
        # Its axes stay at right angles: they keep their names.
        rx, ry = np.hypot(*image)
        return EllipseGeometry(centre, float(rx), float(ry), math.degrees(math.atan2(image[1, 0], image[0, 0])))
    axes, radii, _ = np.linalg.svd(image)
    angle = math.degrees(math.atan2(axes[1, 0], axes[0, 0]))
    return EllipseGeometry(centre, float(radii[0]), float(radii[1]), angle)


def _resampled(rle: Rle, matrix: FloatArray, anchor: Point) -> Rle:
    """Each target pixel asks which source pixel its centre comes from."""
    box = _spanned(rle.box, lambda p: _at(matrix, anchor, p))
    x0, y0 = math.floor(box.x0), math.floor(box.y0)
    y, x = np.mgrid[y0 : math.ceil(box.y1), x0 : math.ceil(box.x1)] + 0.5
    back = np.linalg.inv(matrix)
    x, y = x - anchor[0], y - anchor[1]
    column = np.floor(back[0, 0] * x + back[0, 1] * y + anchor[0]).astype(np.int64) - rle.x
    row = np.floor(back[1, 0] * x + back[1, 1] * y + anchor[1]).astype(np.int64) - rle.y
    inside = (column >= 0) & (column < rle.width) & (row >= 0) & (row < rle.height)
    found = np.zeros(inside.shape, dtype=bool)
    found[inside] = rle.crop()[row[inside], column[inside]]
    result = encode(found)
    if result is None:
        raise InputError("The mask would have no pixel left at this size.")
    return replace(result, x=result.x + x0, y=result.y + y0)
