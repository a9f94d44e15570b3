"""Labelme JSON, read: one file per picture. https://github.com/wkentaro/labelme

Half pixels: labelme draws points on a canvas whose origin is the outer corner of the top-left pixel, as ours; nothing
is shifted. A ``mask`` is a PNG laid at the whole pixels of its first point.

What flags say of a picture are its labels as a whole; ``description``, ``flags`` and any other plain field of a shape
become attributes, ``group_id`` its group. Pictures inside the file (``imageData``) are not unpacked; where the picture
itself is missing, a note says so.
"""

from __future__ import annotations

import base64
import binascii
import io
import math
import os
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path, PureWindowsPath
from typing import Any

import numpy as np

from app.core.annotation import (
    Attribute,
    BoxGeometry,
    EllipseGeometry,
    Geometry,
    MaskGeometry,
    PointGeometry,
    PolygonGeometry,
    PolylineGeometry,
    Ring,
    RotatedBoxGeometry,
    Shape,
)
from app.core.document import Document
from app.core.errors import InputError
from app.core.geometry import Box
from app.core.masks import encode_crop
from app.io.formats.imported import Imported, Progress, Tally, json_files, load_json, scalar

AUTHOR = "labelme"
_KNOWN = frozenset(["label", "points", "group_id", "shape_type", "flags", "description", "mask", "attributes", "score"])
_KNOWN_FILE = frozenset(["version", "flags", "shapes", "imagePath", "imageData", "imageHeight", "imageWidth"])


class _Malformed(Exception):
    """A shape that makes no sense; the text is what is counted."""


def matches(data: Any) -> bool:
    """Whether parsed JSON looks like a file of labelme."""
    return isinstance(data, dict) and isinstance(data.get("shapes"), list) and "imagePath" in data


def read(src: Path, progress: Progress | None = None) -> Imported:
    """Read one file, or every labelme file below a folder. Raises InputError."""
    folder = src if src.is_dir() else src.parent
    files = list(json_files(src)) if src.is_dir() else [src]
    tally, documents, names = Tally(), dict[str, Document](), dict[str, None]()
    for number, file in enumerate(files):
        if progress and number % 20 == 0:
            progress(number / len(files))
        data = load_json(file)
        if not matches(data):
            if not src.is_dir():
                raise InputError(f"{file} is no file of labelme: it has no 'shapes' and 'imagePath'.")
            tally.add("JSON files that are not labelme's, passed over")
            continue
        document = _Reader(file, folder, tally).document(data)
        names.update(dict.fromkeys(shape.label for shape in document.shapes))
        if document.path in documents:
            tally.add("files about a picture that another file is about too, put together")
            first = documents[document.path]
            document = replace(first, shapes=(*first.shapes, *document.shapes))
        documents[document.path] = document
    if not documents:
        raise InputError(f"{src} holds no file of labelme. Choose another folder or format.")
    return Imported(folder, tuple(names), tuple(documents.values()), tally.sentences())


@dataclass
class _Reader:
    file: Path
    folder: Path
    tally: Tally = field(default_factory=Tally)

    def document(self, data: dict[str, Any]) -> Document:
        shapes = tuple(self._shapes(data["shapes"]))
        flags = data.get("flags")
        own = tuple(str(name) for name, value in flags.items() if value) if isinstance(flags, dict) else ()
        for key in data.keys() - _KNOWN_FILE:
            if data[key] not in (None, "", [], {}):
                self.tally.add(f"'{key}' of pictures, not kept")
        width, height = (v if isinstance(v, int) else 0 for v in (data.get("imageWidth"), data.get("imageHeight")))
        path = self._path(str(data["imagePath"] or ""), embedded=bool(data.get("imageData")))
        return Document(path, width, height, shapes=shapes, state="in_work" if shapes else "new", labels=own)

    def _path(self, named: str, embedded: bool) -> str:
        """The picture's path relative to the folder; the file's own name where it names none."""
        place = PureWindowsPath(named)  # which takes both kinds of slashes
        if place.is_absolute() or place.drive or named.startswith("/"):
            whole = Path(named)
            picture = whole if whole.is_file() else self.file.parent / place.name
        else:
            picture = self.file.parent / place.as_posix() if named else self.file.with_suffix(".jpg")
        if not picture.is_file():
            what = "pictures that are only inside their file (imageData), not unpacked" if embedded else None
            self.tally.add(what or "pictures that are not there")
        return Path(os.path.relpath(picture, self.folder)).as_posix()

    def _shapes(self, entries: Iterable[Any]) -> Iterable[Shape]:
        for entry in entries:
            try:
                yield self._shape(entry)
            except _Malformed as error:
                self.tally.add(str(error))
            except (TypeError, ValueError, KeyError, IndexError, AttributeError, binascii.Error, OSError):
                self.tally.add("shapes whose geometry makes no sense, left out")

    def _shape(self, entry: dict[str, Any]) -> Shape:
        kind = entry.get("shape_type") or "polygon"
        points = tuple((float(x), float(y)) for x, y in entry["points"])
        score, group = entry.get("score"), entry.get("group_id")
        return Shape(
            self._geometry(kind, points, entry),
            str(entry["label"]),
            attributes=self._attributes(entry),
            score=float(score) if isinstance(score, int | float) and not isinstance(score, bool) else None,
            author=AUTHOR,
            group=None if group is None else str(group),
        )

    def _attributes(self, entry: dict[str, Any]) -> dict[str, Attribute]:
        found: dict[str, Attribute] = {}
        extra = {key: value for key, value in entry.items() if key not in _KNOWN}
        if entry.get("description"):
            extra["description"] = entry["description"]
        for key in ("flags", "attributes"):
            named = entry.get(key)
            extra |= named if isinstance(named, dict) else {}
        for key, value in extra.items():
            if scalar(value):
                found[key] = value
            elif value:
                self.tally.add(f"'{key}' of shapes, which is no plain value, not kept")
        return found

    def _geometry(self, kind: str, points: Ring, entry: dict[str, Any]) -> Geometry:
        match kind:
            case "polygon" if len(points) >= 3:
                return PolygonGeometry((points,))
            case "rectangle" if len(points) >= 2:
                return BoxGeometry(Box.around(points))
            case "circle" if len(points) == 2:
                radius = math.dist(*points)
                return EllipseGeometry(points[0], radius, radius)
            case "line" | "linestrip" if len(points) >= 2:
                return PolylineGeometry(points)
            case "point" | "points" if points:
                return PointGeometry(points)
            case "oriented_rectangle" | "rotation" if len(points) == 4:
                return self._rotated(points)
            case "mask":
                return _mask(entry["mask"], points)
            case "polygon" | "rectangle" | "circle" | "line" | "linestrip" | "point" | "points":
                raise _Malformed(f"shapes of type '{kind}' with too few or too many points, left out")
        raise _Malformed(f"shapes of type '{kind}', which Fovea does not know, left out")

    def _rotated(self, corners: Ring) -> Geometry:
        """Four corners in order as a rotated box, or as the polygon they are where they make no rectangle."""
        p = np.asarray(corners)
        centre, along, down = p.mean(axis=0), p[1] - p[0], p[3] - p[0]
        angle = math.degrees(math.atan2(along[1], along[0]))
        width, height = float(np.hypot(*along)), float(np.hypot(*down))
        made = RotatedBoxGeometry((float(centre[0]), float(centre[1])), width, height, angle)
        if np.abs(made.corners() - p).max() <= 0.01 * max(width, height, 1.0):
            return made
        self.tally.add("rotated boxes whose corners make no rectangle, kept as polygons")
        return PolygonGeometry((corners,))


def _mask(text: str, points: Ring) -> MaskGeometry:
    from PIL import Image

    with Image.open(io.BytesIO(base64.b64decode(text))) as image:
        crop = np.asarray(image.convert("L")) > 0
    if not crop.any():
        raise _Malformed("masks without a pixel, left out")
    return MaskGeometry(encode_crop(crop, round(points[0][0]), round(points[0][1])))
