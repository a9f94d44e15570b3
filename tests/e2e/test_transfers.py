"""Import and export from the window."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pycocotools.coco import COCO

from tests.driving import Driver, until

DISC = (70, 60)


@pytest.fixture
def annotations(tmp_path: Path) -> Path:
    """A COCO file with one polygon on a picture of the window's folder."""
    polygon = [10, 20, 70, 20, 70, 60, 10, 60]
    content = {
        "images": [{"id": 7, "file_name": "a2.png", "width": 160, "height": 120}],
        "categories": [{"id": 3, "name": "thing"}],
        "annotations": [{"id": 1, "image_id": 7, "category_id": 3, "iscrowd": 0, "segmentation": [polygon]}],
    }
    file = tmp_path / "pictures" / "coco.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    return file


def test_that_an_export_can_be_read_by_pycocotools(window: Driver, tmp_path: Path) -> None:
    window.keep(*DISC)
    window.window.transfers.export(tmp_path / "out")
    until(lambda: "annotations.json" in window.window.notices.text, 60)
    coco = COCO(str(tmp_path / "out" / "annotations.json"))
    (annotation,) = coco.anns.values()
    (shape,) = window.shapes
    assert abs(int(coco.annToMask(annotation).sum()) - shape.geometry.area()) <= 0.02 * shape.geometry.area()


def test_that_a_cancelled_export_writes_nothing(window: Driver, tmp_path: Path) -> None:
    window.keep(*DISC)
    window.window.transfers.export(tmp_path / "out")
    window.window.actions_["tool.cancel"].trigger()
    until(lambda: "cancelled" in window.window.notices.text, 30)
    assert not (tmp_path / "out" / "annotations.json").exists()


def test_that_an_import_is_one_step_that_can_be_undone(window: Driver, annotations: Path) -> None:
    window.window.transfers.import_from(annotations)
    until(lambda: "1 shapes" in window.window.notices.text, 30)
    assert window.session.store.summaries()["a2.png"][1] == 1
    assert [x.name for x in window.session.labels.labels] == ["thing"]
    window.key("Ctrl+Z")
    until(lambda: window.shows("a2.png"), 20)
    assert window.shapes == ()
    assert window.session.labels.labels == ()


def test_that_a_cancelled_import_adds_nothing(window: Driver, annotations: Path) -> None:
    window.window.transfers.import_from(annotations)
    window.window.actions_["tool.cancel"].trigger()
    assert "cancelled" in window.window.notices.text
    window.window.transfers.import_from(annotations.with_name("missing.json"))
    until(lambda: "missing.json" in window.window.notices.text, 30)
    assert "a2.png" not in window.session.store.summaries()
