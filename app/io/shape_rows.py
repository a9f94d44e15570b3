"""A shape as a row of the project file, and back: exact, including every bit of a coordinate."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import orjson

from app.core.annotation import (
    BoxGeometry,
    EllipseGeometry,
    Geometry,
    KeypointsGeometry,
    MaskGeometry,
    PointGeometry,
    PolygonGeometry,
    PolylineGeometry,
    Ring,
    RotatedBoxGeometry,
    Shape,
)
from app.core.dump import plain_geometry
from app.core.geometry import Box, Point
from app.core.masks import Rle

COLUMNS: tuple[str, ...] = (
    *("id", "kind", "label", "geometry", "counts", "attributes", "score", "author", "shape_group"),
    *("track", "locked", "hidden"),
)
Row = tuple[str, str, str, str, bytes | None, str, float | None, str, str | None, int | None, bool, bool]


def to_row(shape: Shape) -> Row:
    """The values of `COLUMNS`. A mask's runs are a blob of their own, all other geometry is JSON."""
    geometry = shape.geometry
    counts = geometry.rle.counts if isinstance(geometry, MaskGeometry) else None
    attributes = json.dumps(dict(shape.attributes), ensure_ascii=False, default=_scalar) if shape.attributes else "{}"
    plain = _geometry_text(geometry)
    marks = shape.track, shape.locked, shape.hidden
    return shape.id, shape.kind, shape.label, plain, counts, attributes, shape.score, shape.author, shape.group, *marks


def from_row(row: tuple[Any, ...]) -> Shape:
    """The shape in a row of `COLUMNS`. Raises ValueError, KeyError or TypeError where the row makes no sense."""
    id_, kind, label, geometry, counts, attributes, score, author, group, track, locked, hidden = row
    found = json.loads(attributes) if attributes != "{}" else {}
    where = _geometry(kind, _read(geometry), counts)
    return Shape(where, label, id_, found, score, author, group, track, bool(locked), bool(hidden))


def _geometry_text(geometry: Geometry) -> str:
    """The geometry as JSON. Polygons, of which there are many and long ones, take a tenth of the time by orjson; it
    would write what is no number as null."""
    if isinstance(geometry, PolygonGeometry) and np.isfinite(np.frombuffer(geometry.packed)).all():
        return orjson.dumps({"rings": geometry.arrays}, option=orjson.OPT_SERIALIZE_NUMPY).decode("ascii")
    return json.dumps(plain_geometry(geometry), separators=(",", ":"), default=_scalar)


def _read(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)  # which knows NaN and Infinity


def stored_area(kind: str, geometry: str, counts: bytes | None) -> float:
    """The area of a row's geometry in square pixels; 0 where it makes no sense, so that an old file can be opened."""
    try:
        plain = _read(geometry)
        if kind == "polygon" and len(plain["rings"]) == 1:  # a tenth of the time: of these there may be a million
            return _shoelace(plain["rings"][0])
        return float(_geometry(kind, plain, counts).area())
    except (ValueError, KeyError, TypeError, IndexError):
        return 0.0


def area_to_store(geometry: Geometry) -> float:
    """The area in square pixels that is kept beside a geometry; one that is no number (an import's) counts as none."""
    if isinstance(geometry, PolygonGeometry) and len(geometry.lengths) == 1:
        area = _shoelace(geometry.arrays[0].tolist())
    else:
        area = float(geometry.area())
    return area if math.isfinite(area) else 0.0


def _shoelace(ring: Sequence[Sequence[float]]) -> float:
    """The area of a ring as `app.core.geometry.ring_area` has it, without arrays."""
    after = [*ring[1:], *ring[:1]]
    return abs(sum(x * v - u * y for (x, y), (u, v) in zip(ring, after, strict=True))) / 2


def _geometry(kind: str, plain: dict[str, Any], counts: bytes | None) -> Geometry:
    match kind:
        case "box":
            return BoxGeometry(Box(*plain["box"]))
        case "rotated_box":
            width, height = plain["size"]
            return RotatedBoxGeometry(_point(plain["centre"]), width, height, plain["angle"])
        case "polygon":
            return PolygonGeometry(_polygon_ring(ring) for ring in plain["rings"])
        case "mask":
            x, y, columns, rows = plain["crop"]
            return MaskGeometry(Rle(x, y, columns, rows, bytes(counts or b"")))
        case "polyline":
            return PolylineGeometry(_ring(plain["points"]))
        case "point":
            return PointGeometry(_ring(plain["points"]))
        case "ellipse":
            rx, ry = plain["radii"]
            return EllipseGeometry(_point(plain["centre"]), rx, ry, plain["angle"])
        case "keypoints":
            return KeypointsGeometry(
                _ring(plain["points"]),
                tuple(plain["visibility"]),
                tuple(plain["names"]),
                tuple((a, b) for a, b in plain["edges"]),
                Box(*plain["box"]) if plain["box"] else None,
            )
    raise ValueError(f"a shape of unknown kind {kind!r}")


def _point(values: list[float]) -> tuple[float, float]:
    return values[0], values[1]


def _polygon_ring(values: Sequence[Point]) -> Sequence[Point]:
    """A polygon packs the points itself, so that pairs need not be made of them. Raises ValueError for other than
    pairs."""
    if not all(len(point) == 2 for point in values):
        raise ValueError("a point of a polygon has two coordinates")
    return values


def _ring(values: list[list[float]]) -> Ring:
    return tuple((x, y) for x, y in values)


def _scalar(value: Any) -> Any:
    """numpy's numbers, which json does not know, as Python's."""
    return value.item()
