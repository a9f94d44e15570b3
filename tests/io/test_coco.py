from __future__ import annotations

import contextlib
import io
import json
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO

from app.core import edits
from app.core.annotation import (
    BoxGeometry,
    EllipseGeometry,
    KeypointsGeometry,
    MaskGeometry,
    PointGeometry,
    PolygonGeometry,
    Shape,
    pixels_of,
)
from app.core.document import Document, Label, LabelList
from app.core.errors import InputError
from app.core.geometry import Box
from app.core.masks import encode
from app.io.formats import coco, detect
from app.io.formats.coco_write import Masks, Writer, full_runs
from tests.strategies import bool_masks, documents, masks


def official(file: Path) -> COCO:
    with contextlib.redirect_stdout(io.StringIO()):
        return COCO(str(file))


def written(file: Path, document: Document, masks: Masks = "auto", labels: LabelList | None = None) -> list[str]:
    writer = Writer(labels or LabelList(), masks)
    writer.add(document, document.width, document.height)
    writer.write(file)
    return writer.losses.sentences()


def coco_file(folder: Path, annotations: list[Any], **more: Any) -> Path:
    data: dict[str, Any] = {
        "images": [{"id": 7, "file_name": "sub/a.jpg", "width": 100, "height": 80}],
        "categories": [{"id": 3, "name": "cat"}, {"id": 9, "name": "dog"}],
        "annotations": [{"id": i, "image_id": 7, "category_id": 3, **a} for i, a in enumerate(annotations)],
    }
    file = folder / "coco.json"
    file.write_text(json.dumps(data | more))
    return file


def only(folder: Path, annotation: dict[str, Any], **more: Any) -> Shape:
    (document,) = coco.read(coco_file(folder, [annotation], **more)).documents
    (shape,) = document.shapes
    return shape


RING = [10, 20, 70, 20, 70, 60, 10, 60]


def test_that_a_polygon_is_not_shifted(tmp_path: Path) -> None:
    shape = only(tmp_path, {"segmentation": [RING], "bbox": [10, 20, 60, 40], "area": 2400, "iscrowd": 0})
    assert shape.geometry == PolygonGeometry((((10, 20), (70, 20), (70, 60), (10, 60)),))
    assert (shape.label, shape.author, dict(shape.attributes)) == ("cat", "coco", {})
    ours = pixels_of(shape.geometry, 100, 80)
    assert np.array_equal(ours, coco_mask.decode(coco_mask.frPyObjects([RING], 80, 100))[:, :, 0])


def test_that_apart_parts_stay_a_polygon_and_overlapping_ones_become_their_union(tmp_path: Path) -> None:
    other = [80, 10, 90, 10, 90, 30]
    apart = only(tmp_path, {"segmentation": [RING, other]})
    assert isinstance(apart.geometry, PolygonGeometry)
    assert len(apart.geometry.rings) == 2
    across = [60, 30, 90, 30, 90, 50, 60, 50]
    united = only(tmp_path, {"segmentation": [RING, across]})
    expected = coco_mask.decode(coco_mask.merge(coco_mask.frPyObjects([RING, across], 80, 100)))
    assert isinstance(united.geometry, MaskGeometry)
    assert np.array_equal(united.geometry.rle.full(100, 80), expected)


@settings(max_examples=40, deadline=None)
@given(masks)
def test_that_run_lengths_of_both_kinds_are_read(mask: np.ndarray) -> None:
    full = np.zeros((80, 100), dtype=np.uint8, order="F")
    full[5 : 5 + mask.shape[0], 9 : 9 + mask.shape[1]] = mask
    packed = coco_mask.encode(full)
    flat = np.flatnonzero(np.diff(np.concatenate([[0], full.ravel(order="F"), [0]])))
    runs = np.diff(np.concatenate([[0], flat, [full.size]])).tolist()
    with tempfile.TemporaryDirectory() as folder:
        for counts in (packed["counts"].decode(), runs):
            shape = only(Path(folder), {"segmentation": {"size": [80, 100], "counts": counts}, "iscrowd": 1})
            assert isinstance(shape.geometry, MaskGeometry)
            assert np.array_equal(shape.geometry.rle.full(100, 80), full)
            assert shape.attributes["iscrowd"] == 1


def test_that_a_box_alone_is_a_box(tmp_path: Path) -> None:
    for segmentation in ({}, {"segmentation": []}, {"segmentation": None}):
        shape = only(tmp_path, {"bbox": [1, 2, 3, 4], "score": 0.5, **segmentation})
        assert shape.geometry == BoxGeometry(Box(1, 2, 4, 6))
        assert shape.score == 0.5


def test_that_key_points_are_pixel_indices_with_names_and_edges(tmp_path: Path) -> None:
    person = [{"id": 3, "name": "person", "keypoints": ["nose", "ear"], "skeleton": [[1, 2]]}]
    shape = only(tmp_path, {"keypoints": [4, 5, 2, 0, 0, 0], "bbox": [1, 2, 30, 40]}, categories=person)
    assert shape.geometry == KeypointsGeometry(
        ((4.5, 5.5), (0.5, 0.5)), (2, 0), ("nose", "ear"), ((0, 1),), Box(1, 2, 31, 42)
    )
    (document,) = coco.read(coco_file(tmp_path, [{"keypoints": [4, 5, 2], "segmentation": [RING]}])).documents
    region, joints = document.shapes
    assert region.group == joints.group
    assert region.group is not None


def test_that_nothing_is_dropped_silently(tmp_path: Path) -> None:
    annotations = [
        {"segmentation": [RING], "image_id": 99},
        {"segmentation": [RING], "category_id": 99},
        {"segmentation": [[1, 2, 3, 4]]},
        {"segmentation": {"size": [80, 100], "counts": [1, 2]}},
        {"segmentation": [RING], "bbox": [0, 0, 5, 5]},
        {"segmentation": [RING], "tags": ["x"], "occluded": True, "attributes": {"age": 3, "deep": {}}},
        {"segmentation": [RING, [1, 1, 2]]},
    ]
    imported = coco.read(coco_file(tmp_path, annotations, info={"year": 1}))
    assert len(imported.documents[0].shapes) == 3
    assert dict(imported.documents[0].shapes[1].attributes) == {"occluded": True, "age": 3}
    text = "\n".join(imported.notes)
    for word in ("image that is not", "category that is not", "no sense", "differ from", "'tags'", "'deep'", "'info'"):
        assert word in text
    assert len(imported.notes) == 9


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"images": 3, "annotations": []}', "\ufeff\x00", "[[[["])
def test_that_what_is_no_coco_file_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "bad.json"
    file.write_text(text)
    with pytest.raises(InputError, match=r"bad\.json"):
        coco.read(file)


@pytest.mark.parametrize(
    "entry", [3, None, [], {"image_id": []}, {"category_id": {}}, {"segmentation": "x", "bbox": "y"}]
)
def test_that_odd_annotations_do_not_stop_the_rest(tmp_path: Path, entry: Any) -> None:
    data = json.loads(coco_file(tmp_path, [{"segmentation": [RING]}]).read_text())
    data["annotations"].append({**data["annotations"][0], **entry} if isinstance(entry, dict) else entry)
    (tmp_path / "odd.json").write_text(json.dumps(data))
    imported = coco.read(tmp_path / "odd.json")
    assert len(imported.documents[0].shapes) >= 1


@settings(max_examples=60, deadline=None)
@given(bool_masks, st.integers(-6, 30), st.integers(-6, 30))
@example(np.array([[True, False, True]]), 30, 30)
def test_that_moved_run_lengths_are_those_of_the_whole_picture(mask: np.ndarray, x: int, y: int) -> None:
    rle = encode(mask)
    if rle is None:
        return
    rle = replace(rle, x=x, y=y)
    full = rle.full(33, 31)
    runs = full_runs(rle, 33, 31)
    if runs is None:
        assert not full.any()
    else:
        assert runs["counts"] == coco_mask.encode(np.asfortranarray(full.astype(np.uint8)))["counts"]


@settings(max_examples=60, deadline=None)
@given(masks, st.sampled_from(["auto", "rle", "polygon"]))
def test_that_pycocotools_sees_the_same_pixels(mask: np.ndarray, how: Masks) -> None:
    """Exactly, also for polygons; only holes are filled with "polygon", and that is said."""
    rle = encode(mask)
    assert rle is not None
    shape = Shape(MaskGeometry(replace(rle, x=rle.x + 3, y=rle.y + 2)), "cat")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "a.json"
        losses = written(file, Document("a.png", 20, 18, shapes=(shape,)), how)
        seen = official(file)
        (annotation,) = seen.anns.values()
        pixels = seen.annToMask(annotation).astype(bool)
        again = coco.read(file).documents[0].shapes[0]
    expected = shape.geometry.rle.full(20, 18)  # type: ignore[union-attr]
    if any("holes in masks" in loss for loss in losses):
        assert how == "polygon"
        assert (pixels & expected).sum() == expected.sum() < pixels.sum()
    else:
        assert np.array_equal(pixels, expected)
    assert np.array_equal(pixels_of(again.geometry, 20, 18), pixels)
    assert annotation["area"] == pixels.sum()
    rows, columns = np.nonzero(pixels)
    x, y = columns.min(), rows.min()
    assert annotation["bbox"] == [x, y, columns.max() + 1 - x, rows.max() + 1 - y]


def test_that_a_mask_with_a_hole_keeps_it_unless_polygons_are_asked_for(tmp_path: Path) -> None:
    mask = np.ones((9, 9), dtype=bool)
    mask[3:6, 3:6] = False
    document = Document("a.png", 9, 9, shapes=(Shape(MaskGeometry(encode(mask)), "ring"),))  # type: ignore[arg-type]
    for how, area in (("auto", 72), ("rle", 72), ("polygon", 81)):
        losses = written(tmp_path / "a.json", document, how)  # type: ignore[arg-type]
        (annotation,) = official(tmp_path / "a.json").anns.values()
        assert annotation["area"] == area
        assert isinstance(annotation["segmentation"], list) == (how == "polygon")
        assert any("holes" in loss for loss in losses) == (how == "polygon")


def test_that_a_polygon_with_a_hole_keeps_its_pixels(tmp_path: Path) -> None:
    geometry = PolygonGeometry((((1, 1), (15, 1), (15, 15), (1, 15)), ((4, 4), (9, 4), (9, 9), (4, 9))))
    losses = written(tmp_path / "a.json", Document("a.png", 20, 20, shapes=(Shape(geometry, "x"),)))
    seen = official(tmp_path / "a.json")
    assert np.array_equal(seen.annToMask(seen.anns[1]), pixels_of(geometry, 20, 20))
    assert "run lengths" in losses[0]


def test_that_arbitrary_polygons_differ_little_from_our_pixels() -> None:
    chance = np.random.default_rng(0)
    differing = covered = 0
    for _ in range(100):
        turn, far = np.sort(chance.uniform(0, 2 * np.pi, 9)), chance.uniform(10, 45, 9)
        ring = tuple(zip((50 + far * np.cos(turn)).tolist(), (50 + far * np.sin(turn)).tolist(), strict=True))
        ours = pixels_of(PolygonGeometry((ring,)), 100, 100)
        theirs = coco_mask.decode(coco_mask.frPyObjects([[v for p in ring for v in p]], 100, 100))[:, :, 0]
        differing, covered = differing + int((ours != theirs).sum()), covered + int((ours | (theirs > 0)).sum())
    assert differing / covered < 0.015


def _kept(shape: Shape) -> tuple[Any, ...]:
    return shape.geometry, shape.label, dict(shape.attributes), shape.score


@settings(max_examples=80, deadline=None)
@given(documents())
def test_that_export_then_import_is_identity_or_the_loss_is_declared(document: Document) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "a.json"
        losses = written(file, document)
        imported = coco.read(file)
    text = "\n".join([*losses, *imported.notes])
    kinds = {s.kind: s for s in document.shapes}
    for kind, said in (("point", "point shapes"), ("polyline", "polyline shapes"), ("ellipse", "ellipses")):
        assert kind not in kinds or said in text
    back = imported.documents[0]
    assert (back.path, back.width, back.height) == (document.path, document.width, document.height)
    exact = (BoxGeometry,) if losses else (BoxGeometry, PolygonGeometry)
    sent = [_kept(s) for s in document.shapes if isinstance(s.geometry, exact) and not s.attributes.get("iscrowd")]
    came = [_kept(s) for s in back.shapes]
    if not losses:
        assert len(came) == len(document.shapes)
    for one in sent:
        assert any(_close(one, other) for other in came) or "cover no pixel" in text or "overlap" in text, (one, came)


def _close(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    if one[1:] != other[1:] or type(one[0]) is not type(other[0]):
        return False
    if isinstance(one[0], BoxGeometry):
        return bool(np.allclose(one[0].box.as_tuple(), other[0].box.as_tuple(), atol=1e-9))
    return bool(one[0] == other[0])


def test_that_key_points_with_a_region_go_out_as_one_annotation_and_come_back(tmp_path: Path) -> None:
    person = [{"id": 1, "name": "person", "keypoints": ["nose", "ear"], "skeleton": [[1, 2]]}]
    file = coco_file(
        tmp_path, [{"category_id": 1, "keypoints": [4, 5, 2, 7, 8, 1], "segmentation": [RING]}], categories=person
    )
    first = coco.read(file).documents[0]
    written(tmp_path / "again.json", first)
    second = coco.read(tmp_path / "again.json").documents[0]
    assert [_kept(s) for s in second.shapes] == [_kept(s) for s in first.shapes]
    (annotation,) = official(tmp_path / "again.json").anns.values()
    assert annotation["keypoints"] == [4, 5, 2, 7, 8, 1]
    assert annotation["num_keypoints"] == 2


def test_that_every_loss_is_said(tmp_path: Path) -> None:
    shapes = (
        Shape(EllipseGeometry((20, 20), 5, 9), "a"),
        Shape(PointGeometry(((1, 1),)), "a"),
        Shape(BoxGeometry(Box(1, 1, 5, 5)), "a", author="detection.yolo"),
        Shape(BoxGeometry(Box(1, 1, 5, 5)), "a", group="g"),
        Shape(KeypointsGeometry(((1, 1),), (2,)), "a"),
    )
    document = Document("a.png", 64, 64, shapes=shapes, state="done")
    text = "\n".join(written(tmp_path / "a.json", document, labels=edits.add_label(LabelList(), "a")))
    for word in (
        "ellipses",
        "point shapes",
        "detection.yolo",
        "groups",
        "without names",
        "without a box",
        "done",
        "colours",
    ):
        assert word in text
    assert len(official(tmp_path / "a.json").anns) == 4


def test_that_reading_takes_time_in_proportion(tmp_path: Path) -> None:
    """Ten times the annotations, at most some twenty times the time; a quadratic reader would take a hundred."""

    def seconds(count: int) -> float:
        data = {
            "images": [{"id": i, "file_name": f"{i}.jpg", "width": 64, "height": 64} for i in range(count)],
            "categories": [{"id": 1, "name": "x"}],
            "annotations": [
                {
                    "id": i,
                    "image_id": i % count,
                    "category_id": 1,
                    "segmentation": [[1, 1, 9, 1, 9, 9]],
                    "bbox": [1, 1, 8, 8],
                }
                for i in range(count)
            ],
        }
        (tmp_path / "big.json").write_text(json.dumps(data))
        start = time.process_time()
        coco.read(tmp_path / "big.json")
        return time.process_time() - start

    seconds(200)
    assert seconds(20_000) < 25 * max(seconds(2_000), 0.02)


def _expected_objects(shared: Path) -> list[tuple[Path, dict[str, Any]]]:
    expected = json.loads((shared / "EXPECTED" / "annotations.json").read_text())
    made = expected["labelme_instance_segmentation"]["COCO JSON made by labelme"]
    folder = shared / "02_annotated"
    return [
        (folder / "labelme_instance_segmentation/data_dataset_coco/annotations.json", made),
        (folder / "coco_mmpose/test_coco.json", expected["coco_mmpose"]),
    ]


def test_that_shared_files_have_the_objects_and_pixels_that_pycocotools_finds(shared: Path, tmp_path: Path) -> None:
    for file, expected in _expected_objects(shared):
        assert detect(file) == "coco"
        imported = coco.read(file)
        assert len(imported.documents) == expected["images"]
        regions = [s for d in imported.documents for s in d.shapes if not isinstance(s.geometry, KeypointsGeometry)]
        assert len(regions) == expected["annotations"]
        assert len(imported.labels) == expected["categories_defined"]
        pixels = {row[0]: row[1] for row in expected["mask_pixels_by_pycocotools[ann_id,mask_px,area_field]"]}
        writer = Writer(LabelList())
        for document in imported.documents:
            writer.add(document, document.width, document.height)
        writer.write(tmp_path / "again.json")
        again = official(tmp_path / "again.json")
        assert sorted(int(again.annToMask(a).sum()) for a in again.anns.values()) == sorted(pixels.values())
        joints = [s for d in imported.documents for s in d.shapes if isinstance(s.geometry, KeypointsGeometry)]
        assert len(joints) == expected.get("annotations_with_keypoints", 0)
        seen = sum(v > 0 for s in joints for v in s.geometry.visibility)  # type: ignore[union-attr]
        assert seen == expected.get("visible_keypoints", 0)


def test_that_the_val2014_sample_keeps_every_pixel(shared: Path, tmp_path: Path) -> None:
    file = shared / "03_detection_metrics/cocoapi_val2014_100/instances_val2014_100.json"
    imported, before = coco.read(file), official(file)
    writer = Writer(LabelList())
    for document in imported.documents:
        writer.add(document, document.width, document.height)
    writer.write(tmp_path / "again.json")
    after = official(tmp_path / "again.json")
    assert len(after.anns) == len(before.anns) == 839
    names = {i["id"]: i["file_name"] for i in before.dataset["images"]}
    again = {i["id"]: i["file_name"] for i in after.dataset["images"]}
    sizes = sorted((names[a["image_id"]], int(before.annToMask(a).sum()), a["iscrowd"]) for a in before.anns.values())
    assert sizes == sorted(
        (again[a["image_id"]], int(after.annToMask(a).sum()), a["iscrowd"]) for a in after.anns.values()
    )


def test_that_attributes_tracks_and_the_label_above_go_out_and_come_back(tmp_path: Path) -> None:
    labels = LabelList((Label("vehicle", "#e69f00"), Label("car", "#56b4e9", parent="vehicle", aliases=("auto",))))
    shape = Shape(BoxGeometry(Box(1, 2, 30, 40)), "car", attributes={"doors": 4, "side": "left"}, track=7)
    losses = written(
        tmp_path / "out.json", Document("a.jpg", 100, 80, shapes=(shape,), labels=("night",)), labels=labels
    )
    data = json.loads((tmp_path / "out.json").read_text())
    assert data["annotations"][0]["track_id"] == 7
    assert [c["supercategory"] for c in data["categories"]] == ["", "vehicle"]
    assert any("labels of whole pictures" in loss for loss in losses) and any("aliases" in loss for loss in losses)
    read = coco.read(tmp_path / "out.json")
    assert read.parents == {"car": "vehicle"}
    back = read.documents[0].shapes[0]
    assert back.track == 7 and dict(back.attributes) == {"doors": 4, "side": "left"}


def test_that_a_track_that_is_no_number_is_kept_as_an_attribute(tmp_path: Path) -> None:
    shape = only(tmp_path, {"bbox": [1, 2, 3, 4], "track_id": "a7"})
    assert shape.track is None and shape.attributes["track_id"] == "a7"
