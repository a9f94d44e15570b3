from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from pycocotools import mask as coco_mask

from app.io import images
from tests.cli.conftest import Call


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """A folder with one picture and a COCO file about it."""
    folder = tmp_path / "set"
    folder.mkdir()
    images.save(folder / "a.png", np.zeros((80, 100, 3), np.uint8))
    ring = [10, 20, 70, 20, 70, 60, 10, 60]
    annotation = {"id": 1, "image_id": 7, "category_id": 3, "iscrowd": 0, "area": 2400, "bbox": [10, 20, 60, 40]}
    content = {
        "images": [{"id": 7, "file_name": "a.png", "width": 100, "height": 80}],
        "categories": [{"id": 3, "name": "thing"}],
        "annotations": [annotation | {"segmentation": [ring]}],
    }
    (folder / "coco.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


@pytest.mark.parametrize("given", [["--format", "coco"], []])
@pytest.mark.parametrize("masks", ["auto", "rle", "polygon"])
def test_that_what_goes_in_comes_out(fovea: Call, dataset: Path, tmp_path: Path, given: list[str], masks: str) -> None:
    project, out = tmp_path / "p.fovea", tmp_path / "out"
    said = fovea("import", dataset / "coco.json", *given, "-o", project)
    assert said.status == 0 and "1 shapes of 1 pictures" in said.out and project.exists()
    said = fovea("export", project, "--format", "coco", "--masks", masks, "-o", out)
    assert said.status == 0 and "1 annotations" in said.out
    written = json.loads((out / "annotations.json").read_text())
    (annotation,) = written["annotations"]
    assert [c["name"] for c in written["categories"]] == ["thing"]
    shape = annotation["segmentation"]
    assert isinstance(shape, dict) == (masks == "rle")
    area = coco_mask.area(shape if masks == "rle" else coco_mask.merge(coco_mask.frPyObjects(shape, 80, 100)))
    assert area == 2400
    assert annotation["bbox"] == [10, 20, 60, 40]


def test_that_wrong_sources_are_named(fovea: Call, dataset: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "list.json").write_text("[]")
    for source in ("missing.json", "broken.json", "list.json"):
        said = fovea("import", tmp_path / source, "-o", tmp_path / "p.fovea")
        assert said.status == 1 and source in said.err and said.out == ""
    said = fovea("import", dataset / "coco.json", "--format", "psychic", "-o", tmp_path / "p.fovea")
    assert said.status in (1, 2) and "psychic" in said.err


def test_that_a_project_that_is_not_there_is_named(fovea: Call, tmp_path: Path) -> None:
    said = fovea("export", tmp_path / "none.fovea", "-o", tmp_path / "out")
    assert said.status == 1 and "none.fovea" in said.err
    assert not (tmp_path / "none.fovea").exists()


def test_that_wrong_words_are_wrong_usage(fovea: Call, tmp_path: Path) -> None:
    assert fovea("import").status == 2
    assert fovea("export", tmp_path / "p.fovea").status == 2
    assert fovea("export", tmp_path / "p.fovea", "-o", tmp_path, "--masks", "crayon").status == 2


def test_that_pictures_and_shapes_are_chosen_by_state_and_label(fovea: Call, dataset: Path, tmp_path: Path) -> None:
    project, out = tmp_path / "p.fovea", tmp_path / "out"
    assert fovea("import", dataset / "coco.json", "-o", project).status == 0
    said = fovea("export", project, "-o", out, "--state", "done")
    assert said.status == 1 and "nothing was written" in said.err and not out.exists()
    said = fovea("export", project, "-o", out, "--label", "horse")
    assert said.status == 1 and "There are: thing" in said.err
    said = fovea("export", project, "-o", out, "--state", "done", "--state", "in_work", "--label", "thing")
    assert said.status == 0 and "1 annotations of 1 pictures" in said.out
    assert fovea("export", project, "-o", out, "--state", "sleepy").status == 2
