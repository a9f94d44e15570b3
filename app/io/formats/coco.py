"""COCO JSON (instances and keypoints), read. https://cocodataset.org/#format-data

Half pixels: COCO's polygons and boxes have our origin, the outer corner of the top-left pixel, and are not shifted.
That is how pycocotools rasterises: the ring (10,20) (70,20) (70,60) (10,60) gives exactly 60 x 40 pixels from column
10, row 20, and over random polygons its pixels differ from our centre rule by 0.8 %, ten times less than with half a
pixel's shift either way. Key points are *indices* of pixels there (Detectron2 reads them so as well): they get + 0.5
here, and - 0.5 when they are written.

One annotation with both a segmentation and key points becomes two shapes of one group. ``iscrowd`` and every other
plain field that Fovea has no word for become attributes. ``area`` and, beside a segmentation, ``bbox`` follow from
the shape and are not kept.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from pycocotools import mask as coco_mask

from app.core.annotation import (
    Attribute,
    BoxGeometry,
    Geometry,
    KeypointsGeometry,
    MaskGeometry,
    PolygonGeometry,
    Shape,
)
from app.core.document import Document
from app.core.errors import InputError
from app.core.geometry import Box
from app.core.labels import Skeleton
from app.core.masks import encode
from app.io.formats.imported import Imported, Progress, Tally, json_files, load_json, many_objects, scalar

AUTHOR = "coco"
_REGION_FIELDS = ("segmentation", "bbox", "area", "iscrowd", "keypoints", "num_keypoints")
_KNOWN = frozenset((*_REGION_FIELDS, "id", "image_id", "category_id", "score", "attributes", "group_id", "track_id"))
_KNOWN_IMAGE = frozenset(("id", "file_name", "width", "height"))


class _Malformed(Exception):
    """An annotation that makes no sense; the text is what is counted."""


def matches(data: Any) -> bool:
    """Whether parsed JSON looks like COCO instances or key points."""
    return isinstance(data, dict) and isinstance(data.get("images"), list) and isinstance(data.get("annotations"), list)


def read(src: Path, progress: Progress | None = None) -> Imported:
    """Read one COCO file, or the only one below a folder. Raises InputError."""
    file = src if not src.is_dir() else _only_file(src)
    data = load_json(file)
    if isinstance(data, list):
        raise InputError(
            f"{file} is a list of results without images. Choose the file that lists images and categories."
        )
    if not matches(data):
        raise InputError(f"{file} is no COCO file: it has no 'images' and 'annotations'. Choose another format.")
    with many_objects():
        return _Reader(file, data, progress).read()


def _only_file(folder: Path) -> Path:
    found = [file for file in json_files(folder) if b'"annotations"' in file.read_bytes()]
    if len(found) != 1:
        raise InputError(f"{folder} holds {len(found)} COCO files. Choose the one that is meant.")
    return found[0]


@dataclass
class _Category:
    name: str
    keypoints: tuple[str, ...] = ()
    edges: tuple[tuple[int, int], ...] = ()
    above: str = ""
    """The supercategory, where it is another name."""


@dataclass
class _Reader:
    file: Path
    data: dict[str, Any]
    progress: Progress | None
    tally: Tally = field(default_factory=Tally)

    def read(self) -> Imported:
        categories = self._categories()
        documents = self._images()
        shapes: dict[Any, list[Shape]] = {}
        annotations = self.data["annotations"]
        for number, annotation in enumerate(annotations):
            if self.progress and number % 1000 == 0:
                self.progress(number / len(annotations))
            try:
                image, made = self._annotation(annotation, categories, documents)
            except _Malformed as error:
                self.tally.add(str(error))
                continue
            shapes.setdefault(image, []).extend(made)
        for key in self.data.keys() - {"images", "annotations", "categories"}:
            if self.data[key]:
                self.tally.add(f"the file's '{key}' not kept")
        filled = (_with_shapes(document, shapes.get(id_, ())) for id_, document in documents.items())
        names = tuple(dict.fromkeys(category.name for category in categories.values()))
        joints = {c.name: Skeleton(c.keypoints, c.edges) for c in categories.values() if c.keypoints}
        parents = {c.name: c.above for c in categories.values() if c.above}
        return Imported(self.file.parent, names, tuple(filled), self.tally.sentences(), joints, parents)

    def _categories(self) -> dict[Any, _Category]:
        found: dict[Any, _Category] = {}
        names: set[str] = set()
        for entry in _entries(self.data.get("categories"), self.tally, "categories"):
            name = str(entry.get("name", entry["id"])).strip() or str(entry["id"])
            if name in names:
                self.tally.add("categories of the same name, taken as one label")
            names.add(name)
            above = str(entry.get("supercategory") or "").strip()
            joints = tuple(str(joint) for joint in entry.get("keypoints") or ())
            edges = tuple((int(a) - 1, int(b) - 1) for a, b in entry.get("skeleton") or ())
            found[entry["id"]] = _Category(name, joints, edges, "" if above in (name, "none") else above)
        return found

    def _images(self) -> dict[Any, Document]:
        found: dict[Any, Document] = {}
        for entry in _entries(self.data["images"], self.tally, "images"):
            name = str(entry.get("file_name") or "").replace("\\", "/").removeprefix("./")
            if not name or entry["id"] in found:
                self.tally.add("images without a file name or with an id that is there already, left out")
                continue
            for key in entry.keys() - _KNOWN_IMAGE:
                if entry[key] not in (None, "", [], {}):
                    self.tally.add(f"'{key}' of images, not kept")
            width, height = (
                int(v) if isinstance(v, int | float) else 0 for v in (entry.get("width"), entry.get("height"))
            )
            found[entry["id"]] = Document(name, width, height)
        return found

    def _annotation(
        self, entry: Any, categories: dict[Any, _Category], documents: dict[Any, Document]
    ) -> tuple[Any, list[Shape]]:
        if not isinstance(entry, dict):
            raise _Malformed("annotations that are no JSON objects, left out")
        image = entry.get("image_id")
        if not isinstance(image, int | str) or image not in documents:
            raise _Malformed("annotations of an image that is not listed, left out")
        kind = entry.get("category_id")
        category = categories.get(kind) if isinstance(kind, int | str) else None
        if category is None:
            raise _Malformed("annotations of a category that is not listed, left out")
        try:
            region = self._region(entry, documents[image])
            joints = self._keypoints(entry, category)
        except (TypeError, ValueError, KeyError, IndexError) as error:
            raise _Malformed("annotations whose geometry makes no sense, left out") from error
        if region is None and joints is None:
            raise _Malformed("annotations without box, segmentation or key points, left out")
        return image, self._shapes(entry, category.name, region, joints)

    def _shapes(
        self, entry: dict[str, Any], label: str, region: Geometry | None, joints: KeypointsGeometry | None
    ) -> list[Shape]:
        score, track = entry.get("score"), _track(entry)
        group = str(entry["group_id"]) if entry.get("group_id") is not None else None
        if joints is not None and isinstance(region, BoxGeometry):
            region = None  # the box is kept with the key points
        if region is not None and joints is not None:
            group = f"coco-{entry.get('id')}"
            joints = replace(joints, box=None)  # it follows from the region
        first = Shape(
            region or joints,  # type: ignore[arg-type]  # one of them is there
            label,
            attributes=self._attributes(entry),
            score=float(score) if isinstance(score, int | float) else None,
            author=AUTHOR,
            group=group,
            track=track,
        )
        if region is None or joints is None:
            return [first]
        return [first, Shape(joints, label, score=first.score, author=AUTHOR, group=group, track=track)]

    def _attributes(self, entry: dict[str, Any]) -> dict[str, Attribute]:
        found: dict[str, Attribute] = {"iscrowd": 1} if entry.get("iscrowd") else {}
        named = entry.get("attributes")
        extra = {key: value for key, value in entry.items() if key not in _KNOWN}
        if "track_id" in entry and _track(entry) is None:
            extra["track_id"] = entry["track_id"]
        if isinstance(named, dict):
            extra |= named
        elif named:
            extra["attributes"] = named
        for key, value in extra.items():
            if scalar(value):
                found[key] = value
            else:
                self.tally.add(f"'{key}' of annotations, which is no plain value, not kept")
        return found

    def _region(self, entry: dict[str, Any], document: Document) -> Geometry | None:
        segmentation = entry.get("segmentation")
        found: Geometry | None = None
        if isinstance(segmentation, dict):
            found = self._runs(segmentation, document)
        elif isinstance(segmentation, list) and segmentation:
            found = self._polygons(segmentation, document)
        box = _box(entry.get("bbox"))
        if found is None:
            return BoxGeometry(box) if box else None
        if box and _far(box, found):
            self.tally.add("boxes that differ from their segmentation, which was kept")
        return found

    def _runs(self, segmentation: dict[str, Any], document: Document) -> MaskGeometry | None:
        height, width = (int(v) for v in segmentation["size"])
        if (document.width and document.width != width) or (document.height and document.height != height):
            self.tally.add("masks whose size is not their image's, kept from the top left corner")
        counts = segmentation["counts"]
        if isinstance(counts, list):
            if sum(counts) != height * width or min(counts, default=0) < 0:
                raise ValueError("runs that do not fill the picture")
            runs = coco_mask.frPyObjects(segmentation, height, width)
        else:
            runs = {"size": [height, width], "counts": counts}
        rle = encode(np.asarray(coco_mask.decode(runs)).astype(bool))
        if rle is None:
            self.tally.add("masks without a pixel, of which the box was kept")
            return None
        return MaskGeometry(rle)

    def _polygons(self, parts: list[Any], document: Document) -> Geometry | None:
        rings = []
        for part in parts:
            values = tuple(map(float, part))
            ring = tuple(zip(values[::2], values[1::2], strict=False))
            if len(values) % 2 or len(ring) < 3:
                self.tally.add("parts of polygons with fewer than three points or half a point, left out")
                continue
            rings.append(ring)
        if not rings:
            return None
        if len(rings) > 1 and _overlap(rings):
            # COCO unites the parts, our even-odd rule would cut holes where they overlap.
            self.tally.add("polygons whose parts overlap, kept as masks")
            return _united(rings, document)
        return PolygonGeometry(tuple(rings))

    def _keypoints(self, entry: dict[str, Any], category: _Category) -> KeypointsGeometry | None:
        values = entry.get("keypoints")
        if not isinstance(values, list) or not values:
            return None
        if len(values) % 3:
            raise ValueError("key points come in threes")
        seen = tuple(int(v) for v in values[2::3])
        if not any(seen):
            self.tally.add("key point lists in which none is given, left out")
            return None
        # A joint that is not given is (0, 0, 0) in COCO; shifted and shifted back like the others it stays so.
        points = tuple((float(x) + 0.5, float(y) + 0.5) for x, y in zip(values[::3], values[1::3], strict=True))
        if len(category.keypoints) not in (0, len(points)):
            self.tally.add("key point lists that are not as long as their category's, kept without names")
            return KeypointsGeometry(points, seen, box=_box(entry.get("bbox")))
        edges = tuple((a, b) for a, b in category.edges if 0 <= a < len(points) and 0 <= b < len(points))
        return KeypointsGeometry(points, seen, category.keypoints, edges, _box(entry.get("bbox")))


def _track(entry: dict[str, Any]) -> int | None:
    """The number of one object through the frames of a clip, as TAO and YouTube-VIS write it."""
    track = entry.get("track_id")
    return track if isinstance(track, int) and not isinstance(track, bool) and track >= 0 else None


def _entries(values: Any, tally: Tally, what: str) -> Iterable[dict[str, Any]]:
    for entry in values if isinstance(values, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get("id"), int | str):
            yield entry
        else:
            tally.add(f"{what} without an id, left out")


def _with_shapes(document: Document, shapes: Iterable[Shape]) -> Document:
    made = tuple(shapes)
    return replace(document, shapes=made, state="in_work") if made else document


def _far(box: Box, geometry: Geometry) -> bool:
    """Whether a box is another than the geometry's, by more than rounding."""
    if isinstance(geometry, PolygonGeometry):  # ten times faster than through numpy for the usual few points
        xs, ys = [x for ring in geometry.rings for x, _ in ring], [y for ring in geometry.rings for _, y in ring]
        other = Box(min(xs), min(ys), max(xs), max(ys))
    else:
        other = geometry.bounds()
    return any(abs(a) > 1.5 for a in map(operator.sub, box.as_tuple(), other.as_tuple()))


def _box(values: Any) -> Box | None:
    """COCO's left, top, width, height."""
    if not isinstance(values, list | tuple) or len(values) != 4:
        return None
    x, y, width, height = (float(v) for v in values)
    return Box(x, y, x + width, y + height)


Rings = list[tuple[tuple[float, float], ...]]


def _overlap(rings: Rings) -> bool:
    boxes = [Box.around(ring) for ring in rings]
    close = [
        (i, j)
        for i, a in enumerate(boxes)
        for j, b in enumerate(boxes[:i])
        if a.x0 < b.x1 and b.x0 < a.x1 and a.y0 < b.y1 and b.y0 < a.y1
    ]
    if not close:
        return False
    from shapely import Polygon, make_valid

    valid = {i: make_valid(Polygon(rings[i])) for pair in close for i in pair}
    return any(valid[i].intersection(valid[j]).area > 1e-6 for i, j in close)


def _united(rings: Rings, document: Document) -> MaskGeometry | None:
    around = Box.around([point for ring in rings for point in ring])
    height, width = document.height or int(around.y1) + 1, document.width or int(around.x1) + 1
    flat = [[value for point in ring for value in point] for ring in rings]
    runs = coco_mask.merge(coco_mask.frPyObjects(flat, height, width))
    rle = encode(np.asarray(coco_mask.decode(runs)).astype(bool))
    return MaskGeometry(rle) if rle else None
