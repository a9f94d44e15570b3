"""From one kind of geometry to another: what is possible, what it loses in words, and the result."""

from __future__ import annotations

import math
from collections.abc import Callable

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
from app.core.areas import AREA_KINDS, area_of, faces, pixels_within, rings_of
from app.core.errors import InputError
from app.core.geometry import FloatArray, Point

KINDS = ("box", "rotated_box", "polygon", "mask", "ellipse", "polyline", "point", "keypoints")


def refusal(geometry: Geometry, kind: str) -> str | None:
    """Why a geometry cannot become another kind, as a sentence; None where it can."""
    own, box = geometry.kind, geometry.bounds()
    name, wanted = _spoken(own), _spoken(kind)
    if kind not in KINDS:
        return f"There is no kind of shape called {wanted}."
    if own == kind:
        return None
    if isinstance(geometry, PolygonGeometry) and not any(geometry.lengths):
        return f"This polygon has no points: no {wanted} can be made of it."
    if kind == "keypoints":
        return None if own == "point" else f"A {name} has no joints. Only points can become keypoints."
    if kind in ("box", "rotated_box") and own not in AREA_KINDS and box.area == 0:
        return f"This {name} has no width or no height: a {wanted} needs both."
    if kind in ("polygon", "mask", "ellipse"):
        if own in ("point", "keypoints"):
            return f"Points do not say what area they mean: a {wanted} cannot be made of them."
        if own == "polyline" and kind != "polygon":
            return f"A polyline covers no area. Make a polygon of it first, then a {wanted}."
        if isinstance(geometry, PolylineGeometry) and len(_opened(geometry)) < 3:
            return "A polygon needs three points at least."
    if kind == "polyline":
        if own == "keypoints":
            return "The joints of a skeleton do not lie on one line. Make points of it first."
        if isinstance(geometry, PointGeometry) and len(geometry.points) < 2:
            return "A polyline needs two points at least."
        if own in AREA_KINDS and len(rings_of(geometry)) != 1:
            return f"This {name} has {len(rings_of(geometry))} outlines, with its holes: a polyline is one line."
    return None


def losses(geometry: Geometry, kind: str, width: int | None = None, height: int | None = None) -> tuple[str, ...]:
    """What is lost when a geometry becomes another kind, in sentences; none where coming back gives the same.

    With the picture's size it also says whether something outside of it is cut off. Raises InputError with the reason
    where it cannot be done at all.
    """
    _require(geometry, kind)
    if geometry.kind == kind:
        return ()
    found = _LOSSES.get((geometry.kind, kind), _ANY_LOSS[kind])
    sentences = [found] if found and not _keeps_all(geometry, kind) else []
    box = geometry.bounds()
    over = width is not None and height is not None and (box.x1 > width or box.y1 > height)
    if kind == "mask" and (over or box.x0 < 0 or box.y0 < 0):
        sentences.append("What lies outside the picture is cut off.")
    return tuple(sentences)


def converted(geometry: Geometry, kind: str, width: int, height: int) -> Geometry:
    """The geometry as another kind, in a picture of that size; see `losses` for what that costs.

    Masks hold the pixels whose centres lie inside; polygons of masks run along pixel edges, with holes and parts, and
    give the same pixels again; rotated boxes are the smallest that hold everything; ellipses have the area's centre
    and second moments. Raises InputError with the reason where it cannot be done.
    """
    _require(geometry, kind)
    if geometry.kind == kind:
        return geometry
    return _MAKERS[kind](geometry, width, height)


def _require(geometry: Geometry, kind: str) -> None:
    reason = refusal(geometry, kind)
    if reason:
        raise InputError(reason)


_ANY_LOSS = {
    "box": "Only the bounding box is kept.",
    "rotated_box": "Only the smallest turned box around it is kept.",
    "polygon": "",
    "mask": "The outline is rounded to whole pixels, and its points are no longer there to drag.",
    "ellipse": "Only an ellipse of the same centre, spread and direction is kept.",
    "polyline": "The line is no longer filled.",
    "point": "Only the centre is kept.",
    "keypoints": "",
}
_LOSSES = {
    ("box", "rotated_box"): "",
    ("box", "ellipse"): "The corners are cut off.",
    ("rotated_box", "ellipse"): "The corners are cut off.",
    ("ellipse", "rotated_box"): "The corners between the ellipse and the box are added.",
    ("ellipse", "polygon"): "The ellipse becomes a polygon that runs within a twentieth of a pixel of it.",
    ("rotated_box", "polygon"): "The box becomes four points without right angles between them.",
    ("box", "polygon"): "The box becomes four points without right angles between them.",
    ("polyline", "polygon"): "The line is closed and its inside filled.",
    ("point", "polyline"): "The points are joined in their order.",
    ("polyline", "point"): "The line between the points is gone.",
    ("keypoints", "point"): "Names, visibility and bones are gone, and joints that are not given.",
    ("mask", "polyline"): "The line runs along the pixels' edges and is no longer filled.",
}


def _keeps_all(geometry: Geometry, kind: str) -> bool:
    """Whether a loss that the pair of kinds has in general does not happen to this geometry."""
    if kind == "mask":
        return _on_pixel_edges(geometry)
    if kind == "box" and geometry.kind in ("polygon", "rotated_box"):
        box = geometry.bounds()
        return len(rings_of(geometry)) == 1 and math.isclose(geometry.area(), box.area, rel_tol=1e-12)
    if kind == "box" and isinstance(geometry, MaskGeometry):
        return geometry.area() == geometry.bounds().area
    return False


def _on_pixel_edges(geometry: Geometry) -> bool:
    if isinstance(geometry, EllipseGeometry):
        return False
    for ring in rings_of(geometry):
        step = np.roll(ring, -1, axis=0) - ring
        if (ring != np.round(ring)).any() or ((step != 0).sum(axis=1) > 1).any():
            return False
    return True


def _box(geometry: Geometry, width: int, height: int) -> Geometry:
    return BoxGeometry(geometry.bounds())


def _rotated_box(geometry: Geometry, width: int, height: int) -> Geometry:
    import shapely

    match geometry:
        case BoxGeometry(box):
            return RotatedBoxGeometry(box.centre, box.width, box.height, 0.0)
        case EllipseGeometry(centre, rx, ry, angle):
            return RotatedBoxGeometry(centre, 2 * rx, 2 * ry, angle)
    found = shapely.MultiPoint(_points(geometry)).minimum_rotated_rectangle
    if found.geom_type != "Polygon" or found.area == 0:
        raise InputError(f"This {_spoken(geometry.kind)} lies on one straight line: a rotated box needs a width.")
    ring = np.asarray(found.exterior.coords)[:4]
    along, down = ring[1] - ring[0], ring[2] - ring[1]
    if np.hypot(*down) > np.hypot(*along):
        along, down = down, along
    angle = math.degrees(math.atan2(along[1], along[0]))
    angle = (angle + 90.0) % 180.0 - 90.0  # a box turned by half a turn is the same box
    x, y = ring.mean(axis=0)
    return RotatedBoxGeometry((float(x), float(y)), float(np.hypot(*along)), float(np.hypot(*down)), angle)


def _polygon(geometry: Geometry, width: int, height: int) -> Geometry:
    if isinstance(geometry, PolylineGeometry):
        return PolygonGeometry((_opened(geometry),))
    return PolygonGeometry(tuple(_pairs(ring) for ring in rings_of(geometry)))


def _mask(geometry: Geometry, width: int, height: int) -> Geometry:
    rle = pixels_within(geometry, width, height)
    if rle is None:
        raise InputError("No pixel of the picture has its centre in this shape: the mask would be empty.")
    return MaskGeometry(rle)


def _ellipse(geometry: Geometry, width: int, height: int) -> Geometry:
    """An ellipse with half axes a and b has second moments a^2 / 4 and b^2 / 4 about its centre."""
    match geometry:
        case BoxGeometry(box):
            return EllipseGeometry(box.centre, box.width / 2, box.height / 2)
        case RotatedBoxGeometry(centre, w, h, angle):
            return EllipseGeometry(centre, w / 2, h / 2, angle)
    area, centre, spread = _moments(geometry)
    if area <= 0:
        raise InputError("This shape covers no area: an ellipse cannot be fitted to it.")
    values, axes = np.linalg.eigh(spread)
    rx, ry = 2 * math.sqrt(max(values[1], 0.0)), 2 * math.sqrt(max(values[0], 0.0))
    angle = math.degrees(math.atan2(axes[1, 1], axes[0, 1]))
    return EllipseGeometry(centre, rx, ry, (angle + 90.0) % 180.0 - 90.0)


def _moments(geometry: Geometry) -> tuple[float, Point, FloatArray]:
    """Area, centre and covariance of the covered area, by Green's theorem along the rings of the valid area
    (Steger 1996, "On the calculation of arbitrary moments of polygons")."""
    middle = np.array(geometry.bounds().centre)  # moments far from the origin would cancel out
    sums = np.zeros(6)
    for part in faces(area_of(geometry)):
        for ring, sign in ((part.exterior, 1.0), *((r, -1.0) for r in part.interiors)):
            sums += sign * _ring_moments(np.asarray(ring.coords)[:-1] - middle)
    area = float(sums[0])
    if area <= 0:
        return 0.0, (0.0, 0.0), np.zeros((2, 2))
    x, y, xx, yy, xy = sums[1:] / area
    spread = np.array([[xx - x * x, xy - x * y], [xy - x * y, yy - y * y]])
    return area, (float(x + middle[0]), float(y + middle[1])), spread


def _ring_moments(ring: FloatArray) -> FloatArray:
    """The integrals of 1, x, y, x^2, y^2 and xy over a ring, whichever way it turns."""
    (x0, y0), (x1, y1) = ring.T, np.roll(ring, -1, axis=0).T
    c = x0 * y1 - x1 * y0
    integrals = [
        c.sum() / 2,
        ((x0 + x1) * c).sum() / 6,
        ((y0 + y1) * c).sum() / 6,
        ((x0 * x0 + x0 * x1 + x1 * x1) * c).sum() / 12,
        ((y0 * y0 + y0 * y1 + y1 * y1) * c).sum() / 12,
        ((x0 * y1 + 2 * x0 * y0 + 2 * x1 * y1 + x1 * y0) * c).sum() / 24,
    ]
    return np.asarray(np.array(integrals) * np.sign(integrals[0]))


def _polyline(geometry: Geometry, width: int, height: int) -> Geometry:
    if isinstance(geometry, PointGeometry):
        return PolylineGeometry(geometry.points)
    ring = _pairs(rings_of(geometry)[0])
    return PolylineGeometry((*ring, ring[0]))


def _point(geometry: Geometry, width: int, height: int) -> Geometry:
    match geometry:
        case PolylineGeometry():
            return PointGeometry(_opened(geometry))
        case KeypointsGeometry():
            given = tuple(p for p, v in zip(geometry.points, geometry.visibility, strict=True) if v > 0)
            if not given:
                raise InputError("No joint of this skeleton is given.")
            return PointGeometry(given)
        case RotatedBoxGeometry(centre) | EllipseGeometry(centre):
            return PointGeometry((centre,))
        case BoxGeometry(box):
            return PointGeometry((box.centre,))
    area, centre, _ = _moments(geometry)
    return PointGeometry((centre if area > 0 else geometry.bounds().centre,))


def _keypoints(geometry: Geometry, width: int, height: int) -> Geometry:
    points = _pairs(_points(geometry))
    return KeypointsGeometry(points, (2,) * len(points))


_MAKERS: dict[str, Callable[[Geometry, int, int], Geometry]] = {
    "box": _box,
    "rotated_box": _rotated_box,
    "polygon": _polygon,
    "mask": _mask,
    "ellipse": _ellipse,
    "polyline": _polyline,
    "point": _point,
    "keypoints": _keypoints,
}


def _points(geometry: Geometry) -> FloatArray:
    match geometry:
        case PolylineGeometry(points) | PointGeometry(points):
            return np.asarray(points, dtype=np.float64)
        case KeypointsGeometry(points, visibility):
            return np.asarray([p for p, v in zip(points, visibility, strict=True) if v > 0], dtype=np.float64)
        case _:
            return np.concatenate(rings_of(geometry))


def _opened(line: PolylineGeometry) -> tuple[Point, ...]:
    """A line's points, the last one dropped where it is the first again."""
    closed = len(line.points) > 1 and line.points[0] == line.points[-1]
    return line.points[:-1] if closed else line.points


def _pairs(points: FloatArray) -> tuple[Point, ...]:
    return tuple((float(x), float(y)) for x, y in points)


def _spoken(kind: str) -> str:
    return kind.replace("_", " ")
