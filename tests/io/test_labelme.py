from __future__ import annotations

import base64
import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

from app.core.annotation import (
    BoxGeometry,
    EllipseGeometry,
    MaskGeometry,
    PointGeometry,
    PolygonGeometry,
    PolylineGeometry,
    RotatedBoxGeometry,
    Shape,
)
from app.core.errors import InputError
from app.core.geometry import Box
from app.io.formats import detect, labelme


def write(file: Path, shapes: list[dict[str, Any]], **more: Any) -> Path:
    data = {"version": "5.0.0", "flags": {}, "shapes": shapes, "imagePath": "a.jpg", "imageData": None}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(data | {"imageHeight": 80, "imageWidth": 100} | more))
    return file


def shape_of(folder: Path, kind: str, points: list[list[float]], **more: Any) -> Shape:
    entry = {"label": "cat", "points": points, "shape_type": kind, "group_id": None, "flags": {}, **more}
    (document,) = labelme.read(write(folder / "a.json", [entry])).documents
    (shape,) = document.shapes
    return shape


@pytest.mark.parametrize(
    ("kind", "points", "geometry"),
    [
        ("polygon", [[1, 2], [9, 2], [9, 8.5]], PolygonGeometry((((1, 2), (9, 2), (9, 8.5)),))),
        ("rectangle", [[9, 8], [1, 2]], BoxGeometry(Box(1, 2, 9, 8))),
        ("circle", [[10, 10], [13, 14]], EllipseGeometry((10, 10), 5, 5)),
        ("line", [[1, 2], [3, 4]], PolylineGeometry(((1, 2), (3, 4)))),
        ("linestrip", [[1, 2], [3, 4], [5, 5]], PolylineGeometry(((1, 2), (3, 4), (5, 5)))),
        ("point", [[1, 2]], PointGeometry(((1, 2),))),
        ("points", [[1, 2], [3, 4]], PointGeometry(((1, 2), (3, 4)))),
    ],
)
def test_that_every_kind_of_shape_is_read(tmp_path: Path, kind: str, points: list[list[float]], geometry: Any) -> None:
    assert shape_of(tmp_path, kind, points).geometry == geometry


def test_that_a_rotated_rectangle_is_one_and_a_skewed_one_is_a_polygon(tmp_path: Path) -> None:
    corners = RotatedBoxGeometry((30, 30), 20, 10, 25).corners().tolist()
    geometry = shape_of(tmp_path, "oriented_rectangle", corners).geometry
    assert isinstance(geometry, RotatedBoxGeometry)
    assert np.allclose(geometry.corners(), corners)
    assert isinstance(shape_of(tmp_path, "rotation", [[0, 0], [9, 3], [9, 9], [0, 9]]).geometry, PolygonGeometry)


def test_that_a_mask_lies_where_its_points_say(tmp_path: Path) -> None:
    mask = np.array([[1, 1, 0], [0, 1, 1]], dtype=bool)
    png = io.BytesIO()
    PIL.Image.fromarray(mask.astype(np.uint8)).save(png, format="PNG")
    text = base64.b64encode(png.getvalue()).decode()
    geometry = shape_of(tmp_path, "mask", [[10, 20], [12, 21]], mask=text).geometry
    assert isinstance(geometry, MaskGeometry)
    full = geometry.rle.full(100, 80)
    assert np.array_equal(full[20:22, 10:13], mask)
    assert full.sum() == 4


def test_that_flags_description_group_and_attributes_are_kept(tmp_path: Path) -> None:
    more = {"group_id": 4, "description": "left", "flags": {"cut": True}, "attributes": {"age": 3}, "difficult": False}
    shape = shape_of(tmp_path, "point", [[1, 2]], **more)
    assert shape.group == "4"
    assert dict(shape.attributes) == {"difficult": False, "description": "left", "cut": True, "age": 3}
    assert shape.author == "labelme"


def test_that_paths_with_backslashes_and_folders_up_are_understood(tmp_path: Path) -> None:
    for name in ("images/b.jpg", "other/c.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    write(tmp_path / "json" / "1.json", [], imagePath="..\\images\\b.jpg")
    write(tmp_path / "other" / "2.json", [], imagePath="C:\\elsewhere\\c.jpg")
    imported = labelme.read(tmp_path)
    assert [d.path for d in imported.documents] == ["images/b.jpg", "other/c.jpg"]
    assert imported.notes == []


def test_that_nothing_is_dropped_silently(tmp_path: Path) -> None:
    shapes = [
        {"label": "a", "points": [[1, 2]], "shape_type": "polygon"},
        {"label": "a", "points": [[1, 2]], "shape_type": "star"},
        {"label": "a", "points": "x", "shape_type": "polygon"},
        {"label": "a", "points": [[1, 2]], "shape_type": "point", "deep": [1]},
        {"label": "a", "points": [[1, 2], [2, 3]], "shape_type": "mask", "mask": "!!!"},
        7,
    ]
    write(tmp_path / "a.json", shapes, flags={"night": True}, imageData="AAAA", extra=3)
    (tmp_path / "other.json").write_text("{}")
    imported = labelme.read(tmp_path)
    assert len(imported.documents[0].shapes) == 1 and imported.documents[0].labels == ("night",)
    text = "\n".join(imported.notes)
    for word in (
        "too few",
        "'star'",
        "no sense, left out: 3",
        "'deep'",
        "imageData",
        "'extra'",
        "passed over",
    ):
        assert word in text


def test_that_what_is_no_labelme_file_is_named(tmp_path: Path) -> None:
    for text in ("{", "{}", "[]"):
        (tmp_path / "bad.json").write_text(text)
        with pytest.raises(InputError, match=r"bad\.json"):
            labelme.read(tmp_path / "bad.json")
    with pytest.raises(InputError, match="nowhere"):
        labelme.read(tmp_path / "nowhere")


@pytest.mark.parametrize("folder", ["labelme_bbox_detection", "labelme_instance_segmentation"])
def test_that_shared_files_have_the_objects_that_are_expected(shared: Path, folder: str) -> None:
    expected = json.loads((shared / "EXPECTED" / "annotations.json").read_text())[folder]["labelme"]
    src = shared / "02_annotated" / folder / "data_annotated"
    assert detect(src) == "labelme"
    documents = {d.path: d for d in labelme.read(src).documents}
    assert len(documents) == len(expected)
    for known in expected.values():
        document = documents[known["image"]]
        assert [document.width, document.height] == known["size"]
        assert len(document.shapes) == known["shapes"]
        assert Counter(s.label for s in document.shapes) == known["labels"]
        assert sum(s.group is not None for s in document.shapes) == known["with_group_id"]
        rings = [s.geometry.rings[0] for s in document.shapes if isinstance(s.geometry, PolygonGeometry)]
        assert sum(map(len, rings)) == (known["points"] if rings else 0)
