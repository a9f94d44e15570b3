"""Labelme files, written and read again."""

from __future__ import annotations

import json
import math
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

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
from app.core.document import Comment, Document, Review
from app.core.errors import InputError
from app.core.geometry import Box
from app.core.history import Change
from app.core.masks import encode
from app.io import transfer
from app.io.formats import labelme
from app.io.formats.labelme_write import Writer
from app.io.formats.losses import fates
from app.io.project import ProjectStore
from tests.strategies import documents, geometries


def written(document: Document, folder: Path) -> tuple[dict[str, Any], list[str]]:
    writer = Writer()
    content = writer.add(document, 64, 64, document.path)
    writer.write(content, folder / "a.json")
    return json.loads((folder / "a.json").read_text(encoding="utf-8")), writer.losses.sentences()


def read_again(document: Document) -> tuple[Document, list[str]]:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / document.path).touch()
        _, losses = written(document, Path(folder))
        imported = labelme.read(Path(folder) / "a.json")
        (found,) = imported.documents
        return found, [*losses, *imported.notes]


@settings(max_examples=60, deadline=None)
@given(documents())
def test_that_labelme_s_own_rules_are_kept(document: Document) -> None:
    """What `labelme/_label_file.py` asserts of each shape."""
    with tempfile.TemporaryDirectory() as folder:
        data, _ = written(document, Path(folder))
    assert set(data) == {"version", "flags", "shapes", "imagePath", "imageData", "imageHeight", "imageWidth"}
    for entry in data["shapes"]:
        assert isinstance(entry["label"], str) and isinstance(entry["description"], str)
        assert entry["points"] and all(len(p) == 2 and all(map(math.isfinite, p)) for p in entry["points"])
        assert all(isinstance(flag, bool) for flag in entry["flags"].values())
        assert entry["group_id"] is None or isinstance(entry["group_id"], int)
        assert isinstance(entry["mask"], str) == (entry["shape_type"] == "mask")


@settings(max_examples=150, deadline=None)
@given(geometries)
def test_that_each_kind_becomes_what_was_said(geometry: Geometry) -> None:
    shape = Shape(geometry, "cat", attributes={"tame": True, "age": 3, "description": "old"}, score=0.5, group="g")
    document = Document("a.png", 64, 64, shapes=(shape,))
    found, losses = read_again(document)
    (fate,) = fates("labelme", "auto", {shape.kind: 1})
    if not found.shapes:
        assert losses, "nothing is left out silently"
        return
    assert {(s.label, s.attributes["tame"], s.attributes["age"], s.score) for s in found.shapes} == {
        ("cat", True, 3, 0.5)
    }
    assert {s.attributes["description"] for s in found.shapes} == {"old"} and len({s.group for s in found.shapes}) == 1
    one = found.shapes[0].geometry
    match geometry:
        case BoxGeometry() | PolylineGeometry() | PointGeometry():
            assert one == geometry
        case MaskGeometry():
            assert isinstance(one, MaskGeometry)
            assert np.array_equal(pixels_of(one, 64, 64), pixels_of(geometry, 64, 64))
        case PolygonGeometry() if isinstance(one, PolygonGeometry):
            assert [s.geometry.rings[0] for s in found.shapes] == [r for r in geometry.rings if len(r) >= 3]
        case PolygonGeometry():
            assert np.array_equal(pixels_of(one, 64, 64), pixels_of(geometry, 64, 64)) and "holes" in losses[0]
        case EllipseGeometry(_, rx, ry) if rx == ry:
            assert isinstance(one, EllipseGeometry) and one.rx == pytest.approx(rx)
        case EllipseGeometry() | KeypointsGeometry():
            assert fate.outcome == "changed" and losses
        case RotatedBoxGeometry():
            assert one.area() == pytest.approx(geometry.area(), rel=1e-6, abs=1e-3)


def test_that_parts_are_a_group_and_holes_stay_as_pixels(tmp_path: Path) -> None:
    left, right = ((1.0, 1.0), (9.0, 1.0), (9.0, 9.0)), ((20.0, 1.0), (29.0, 1.0), (29.0, 9.0))
    outer, hole = ((1.0, 1.0), (30.0, 1.0), (30.0, 30.0), (1.0, 30.0)), ((9.0, 9.0), (20.0, 9.0), (20.0, 20.0))
    document = Document(
        "a.png",
        shapes=(Shape(PolygonGeometry((left, right)), "parts"), Shape(PolygonGeometry((outer, hole)), "ring")),
        labels=("night",),
        state="done",
        review=Review("good"),
        comments=(Comment("so so"),),
    )
    data, losses = written(document, tmp_path)
    assert [s["shape_type"] for s in data["shapes"]] == ["polygon", "polygon", "mask"]
    groups = [s["group_id"] for s in data["shapes"]]
    assert groups[0] == groups[1] is not None and groups[2] is None
    assert data["flags"] == {"night": True}
    for words in ("several parts", "with holes", "states", "verdicts", "comments"):
        assert any(words in loss for loss in losses), words


def test_that_a_project_becomes_a_file_a_picture_or_nothing(tmp_path: Path) -> None:
    blob = encode(np.ones((3, 4), dtype=bool))
    assert blob is not None
    shape, folder = Shape(MaskGeometry(blob), "cat"), tmp_path / "pictures"
    folder.mkdir()
    with ProjectStore.open(folder) as store:
        paths = ("deep/a.png", "b.jpg", "b.png")
        kept = [Document(p, 64, 48, shapes=(shape,), state="done" if p == "b.jpg" else "new") for p in paths]
        store.apply(Change("all", tuple((Document(d.path), d) for d in kept)))
        report = transfer.export(store, tmp_path / "out", "labelme")
        assert (report.documents, report.annotations) == (3, 3)
        assert any("one name" in loss for loss in report.losses)
        found = sorted(f.relative_to(tmp_path / "out").as_posix() for f in (tmp_path / "out").rglob("*"))
        assert found == ["b.json", "b.png.json", "deep", "deep/a.json"]
        data = json.loads((tmp_path / "out" / "deep" / "a.json").read_text())
        assert data["imagePath"] == "../../pictures/deep/a.png"
        wanted = transfer.Choice(transfer.Filter(states=("rejected",)))
        with pytest.raises(InputError, match="nothing was written"):
            transfer.export(store, tmp_path / "none", "labelme", choice=wanted)
        with pytest.raises(InputError, match="rle"):
            transfer.export(store, tmp_path / "none", "labelme", "rle")
        done = transfer.Choice(transfer.Filter(states=("done",)))
        assert transfer.export(store, tmp_path / "some", "labelme", choice=done).documents == 1
    assert not list((tmp_path / "none").glob("*")) if (tmp_path / "none").exists() else True


def test_that_boxes_are_rectangles(tmp_path: Path) -> None:
    data, losses = written(Document("a.png", shapes=(Shape(BoxGeometry(Box(1, 2, 3, 4)), "x"),)), tmp_path)
    assert data["shapes"][0]["points"] == [[1.0, 2.0], [3.0, 4.0]] and losses == []
