"""Labelme JSON, written: one file a picture, as `labelme` reads it. What labelme has no place for is counted.

Shape types are those of https://github.com/wkentaro/labelme. Scores and attributes that are no flags are fields of
their own, which labelme keeps and Fovea reads. Labels of the whole picture are flags of the file.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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
    Shape,
    pixels_of,
)
from app.core.document import Document
from app.core.geometry import Point
from app.core.masks import Rle, encode
from app.io.formats import FORMATS
from app.io.formats.coco_write import apart
from app.io.formats.imported import Tally

VERSION = "5.5.0"
Entry = dict[str, Any]


@dataclass
class Writer:
    """Turns documents into labelme's files: `add` gives the content of one."""

    losses: Tally = field(default_factory=Tally)
    documents: int = 0
    shapes: int = 0

    def add(self, document: Document, width: int, height: int, image_path: str) -> Entry:
        """The content of the file of a picture of that size; ``image_path`` leads from the file to the picture."""
        groups = _Groups()
        entries = [e for shape in document.shapes for e in self._entries(shape, groups, width, height)]
        self.documents += 1
        self.shapes += len(entries)
        self._say_losses(document)
        return {
            "version": VERSION,
            "flags": dict.fromkeys(document.labels, True),
            "shapes": entries,
            "imagePath": image_path,
            "imageData": None,
            "imageHeight": height,
            "imageWidth": width,
        }

    @staticmethod
    def write(content: Entry, file: Path) -> None:
        with file.open("w", encoding="utf-8") as opened:
            json.dump(content, opened, ensure_ascii=False, indent=2, default=lambda value: value.item())

    def _entries(self, shape: Shape, groups: _Groups, width: int, height: int) -> Iterator[Entry]:
        parts = list(self._parts(shape.geometry, width, height))
        group = groups.number(shape.group if shape.group is not None or len(parts) < 2 else f"parts of {shape.id}")
        for kind, points, mask in parts:
            entry: Entry = {
                "label": shape.label,
                "points": [[float(x), float(y)] for x, y in points],
                "group_id": group,
                "description": "",
                "shape_type": kind,
                "flags": {},
                "mask": mask,
            }
            yield entry | _about(shape)

    def _parts(self, geometry: Geometry, width: int, height: int) -> Iterator[tuple[str, list[Point], str | None]]:
        """(shape type, points, mask as text) of each of labelme's shapes that one of ours becomes."""
        match geometry:
            case BoxGeometry(b):
                yield "rectangle", [(b.x0, b.y0), (b.x1, b.y1)], None
            case RotatedBoxGeometry():
                yield "oriented_rectangle", _pairs(geometry.corners()), None
            case EllipseGeometry(centre, rx, ry) if rx == ry:
                yield "circle", [centre, (centre[0] + rx, centre[1])], None
            case EllipseGeometry():
                self.losses.add("ellipses, written as polygons of 64 points")
                yield "polygon", _pairs(geometry.outline()), None
            case PolygonGeometry():
                yield from self._polygon(geometry, width, height)
            case MaskGeometry(rle):
                yield _mask(rle)
            case PolylineGeometry(points) if len(points) > 1:
                yield "linestrip", list(points), None
            case PointGeometry(points) if points:
                yield "point" if len(points) == 1 else "points", list(points), None
            case KeypointsGeometry(points, seen):
                self.losses.add("skeletons, written as points: names, bones and what is hidden are lost")
                given = [p for p, v in zip(points, seen, strict=True) if v > 0]
                if given:
                    yield "point" if len(given) == 1 else "points", given, None
            case _:
                self.losses.add("lines and points that lie nowhere, left out")

    def _polygon(
        self, geometry: PolygonGeometry, width: int, height: int
    ) -> Iterator[tuple[str, list[Point], str | None]]:
        rings = [ring for ring in geometry.arrays if len(ring) >= 3]
        if rings and apart(rings):
            if len(rings) > 1:
                self.losses.add("polygons of several parts, written as a group of polygons")
            yield from (("polygon", _pairs(ring), None) for ring in rings)
            return
        rle = encode(pixels_of(geometry, width, height)) if rings else None
        if rle is None:
            self.losses.add("polygons that cover no pixel, left out")
        else:
            self.losses.add("polygons with holes, written as masks: their pixels stay, their corners do not")
            yield _mask(rle)

    def _say_losses(self, document: Document) -> None:
        """Of all that is no geometry."""
        shapes = document.shapes
        for what, count in (
            ("states (done, rejected) of pictures", document.state in ("done", "rejected")),
            ("verdicts on pictures", document.review is not None),
            ("comments", len(document.comments)),
            ("tracks of shapes", sum(s.track is not None for s in shapes)),
            ("authors of shapes", sum(bool(s.author) and s.author not in FORMATS for s in shapes)),
            ("locks and hiding of shapes", sum(s.locked or s.hidden for s in shapes)),
        ):
            if count:
                self.losses.add(f"{what}, which labelme does not hold", int(count))


class _Groups:
    """Labelme's groups are numbers."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, name: str | None) -> int | None:
        return None if name is None else self._numbers.setdefault(name, len(self._numbers) + 1)


def _about(shape: Shape) -> Entry:
    """What a shape says beside where it is."""
    attributes = dict(shape.attributes)
    found: Entry = {}
    if isinstance(attributes.get("description"), str):
        found["description"] = attributes.pop("description")
    found["flags"] = {name: value for name, value in attributes.items() if isinstance(value, bool)}
    others = {name: value for name, value in attributes.items() if not isinstance(value, bool)}
    if others:
        found["attributes"] = others
    if shape.score is not None:
        found["score"] = shape.score
    return found


def _mask(rle: Rle) -> tuple[str, list[Point], str]:
    """A PNG of the crop; its points name its first and its last column and row."""
    from PIL import Image

    stored = io.BytesIO()
    Image.fromarray(rle.crop().astype(np.uint8) * 255).convert("1").save(stored, "PNG")
    corners = [(float(rle.x), float(rle.y)), (float(rle.x + rle.width - 1), float(rle.y + rle.height - 1))]
    return "mask", corners, base64.b64encode(stored.getvalue()).decode("ascii")


def _pairs(ring: Any) -> list[Point]:
    return [(float(x), float(y)) for x, y in ring]
