from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import PIL.Image
import pytest
import typer
from pycocotools.coco import COCO
from typer.testing import CliRunner

from app.cli.project import register
from app.core.annotation import PolygonGeometry
from app.core.document import Document
from app.core.errors import FoveaError, InputError
from app.core.history import Change
from app.core.labels import Label, LabelList
from app.io import formats, transfer
from app.io.project import ProjectError, ProjectStore

RING = [10, 20, 70, 20, 70, 60, 10, 60]


def dataset(folder: Path, name: str = "coco.json", file_name: str = "a.jpg") -> Path:
    data: dict[str, Any] = {
        "images": [{"id": 7, "file_name": file_name, "width": 100, "height": 80}],
        "categories": [{"id": 3, "name": "thing"}],
        "annotations": [{"id": 1, "image_id": 7, "category_id": 3, "segmentation": [RING], "bbox": [10, 20, 60, 40]}],
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(json.dumps(data))
    return folder / name


def picture(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    PIL.Image.new("RGB", (100, 80)).save(path)


def test_that_a_project_elsewhere_gets_the_pictures_folder_as_its_root(tmp_path: Path) -> None:
    src = dataset(tmp_path / "set", file_name="sub/a.jpg")
    picture(tmp_path / "set" / "sub" / "a.jpg")
    report = transfer.import_into(tmp_path / "p.fovea", src)
    assert (report.documents, report.shapes, report.labels, report.notes) == (1, 1, 1, ())
    assert report.root == tmp_path / "set"
    with ProjectStore.open(tmp_path / "p.fovea") as store:
        assert store.root == tmp_path / "set"
        assert [d.path for d in store.documents()] == ["sub/a.jpg"]
        assert store.labels().labels[0].name == "thing"
        assert store.labels().labels[0].key == 1


@pytest.mark.parametrize(
    ("where", "annotations"), [("images", "."), ("images/train", "annotations"), ("images", "labels")]
)
def test_that_pictures_are_found_beside_the_annotations(tmp_path: Path, where: str, annotations: str) -> None:
    src = dataset(tmp_path / annotations)
    picture(tmp_path / where / "a.jpg")
    report = transfer.import_into(tmp_path, src)
    assert report.notes == ()
    assert report.project == tmp_path / "project.fovea"
    with ProjectStore.open(tmp_path) as store:
        assert [d.path for d in store.documents()] == [f"{where}/a.jpg"]


def test_that_missing_pictures_are_counted_and_their_annotations_kept(tmp_path: Path) -> None:
    report = transfer.import_into(tmp_path, dataset(tmp_path))
    assert "not found" in report.notes[0]
    assert report.shapes == 1


def test_that_pictures_of_another_size_are_told(tmp_path: Path) -> None:
    PIL.Image.new("RGB", (80, 100)).save(tmp_path / "a.jpg")
    report = transfer.import_into(tmp_path, dataset(tmp_path))
    assert report.notes == ("pictures of another size than their annotations say, of 1 looked at: 1.",)


def test_that_an_import_is_one_change_that_can_be_undone(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    with ProjectStore.open(tmp_path) as store:
        report = transfer.import_into(store, dataset(tmp_path))
        assert len(store.document("a.jpg").shapes) == 1
        again = transfer.import_into(store, dataset(tmp_path))
        assert "already" in again.notes[0]
        assert len(store.document("a.jpg").shapes) == 2
        store.apply(again.change.inverse())
        assert len(store.document("a.jpg").shapes) == 1
        store.apply(report.change.inverse())
        assert store.document("a.jpg") == Document("a.jpg")
        assert store.labels().labels == ()


def test_that_export_gives_back_what_was_imported(tmp_path: Path) -> None:
    picture(tmp_path / "set" / "a.jpg")
    transfer.import_into(tmp_path / "p.fovea", dataset(tmp_path / "set"))
    told: list[float] = []
    report = transfer.export(tmp_path / "p.fovea", tmp_path / "out", progress=told.append)
    assert (report.documents, report.annotations) == (1, 1)
    assert told
    again = transfer.import_into(tmp_path / "q.fovea", report.file)
    assert again.shapes == 1
    with ProjectStore.open(tmp_path / "q.fovea") as store:
        (shape,) = next(iter(store.documents())).shapes
        assert shape.geometry == PolygonGeometry((((10, 20), (70, 20), (70, 60), (10, 60)),))
    assert [f.name for f in (tmp_path / "out").iterdir()] == ["annotations.json"]


def test_that_a_failing_export_leaves_the_old_file(tmp_path: Path) -> None:
    transfer.import_into(tmp_path, dataset(tmp_path / "set"))
    transfer.export(tmp_path, tmp_path / "out")
    before = (tmp_path / "out" / "annotations.json").read_bytes()

    class Stopped(Exception):
        pass

    def stop(done: float) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        transfer.export(tmp_path, tmp_path / "out", masks="rle", progress=stop)
    assert (tmp_path / "out" / "annotations.json").read_bytes() == before
    assert len(list((tmp_path / "out").iterdir())) == 1


def test_that_what_cannot_be_done_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.json").write_text("{}")
    with pytest.raises(InputError, match="no format that Fovea knows"):
        transfer.import_into(tmp_path, tmp_path / "x.json")
    with pytest.raises(InputError, match="no format 'voc'"):
        transfer.import_into(tmp_path, tmp_path / "x.json", "voc")
    with pytest.raises(InputError, match="not there"):
        transfer.import_into(tmp_path, tmp_path / "none.json")
    with pytest.raises(ProjectError, match="no project"):
        transfer.export(tmp_path, tmp_path / "out")
    monkeypatch.setitem(formats.FORMATS, "labelme", replace(formats.FORMATS["labelme"], writes=False))
    with pytest.raises(InputError, match="does not write"):
        transfer.export(tmp_path, tmp_path / "out", "labelme")
    assert not (tmp_path / "project.fovea").exists()


def test_that_the_command_line_imports_and_exports(tmp_path: Path) -> None:
    app = typer.Typer()
    register(app)
    picture(tmp_path / "set" / "a.jpg")
    src, project, out = dataset(tmp_path / "set"), tmp_path / "p.fovea", tmp_path / "back"
    ran = CliRunner().invoke(app, ["import", str(src), "--format", "coco", "-o", str(project)])
    assert ran.exit_code == 0, ran.output
    assert "1 shapes of 1 pictures" in ran.stdout
    ran = CliRunner().invoke(app, ["export", str(project), "--format", "coco", "-o", str(out), "--masks", "rle"])
    assert ran.exit_code == 0, ran.output
    assert "lost: polygons, written as run lengths" in ran.stderr
    seen = COCO(str(out / "annotations.json"))
    (annotation,) = seen.anns.values()
    assert seen.annToMask(annotation).sum() == 2400
    assert seen.cats[annotation["category_id"]]["name"] == "thing"
    ran = CliRunner().invoke(app, ["export", str(tmp_path / "none.fovea"), "-o", str(out)])
    assert isinstance(ran.exception, FoveaError)
    assert CliRunner().invoke(app, ["export", str(project), "-o", str(out), "--masks", "best"]).exit_code == 2


def test_that_labels_are_found_by_their_aliases(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    with ProjectStore.open(tmp_path) as store:
        known = LabelList((Label("object", "#e69f00", 1, ("Thing",)), Label("THING TOO", "#56b4e9")))
        store.apply(Change("Labels", (), (LabelList(), known)))
    report = transfer.import_into(tmp_path, dataset(tmp_path))
    assert report.notes == ("'thing' was taken as object, of which it is an alias.",)
    with ProjectStore.open(tmp_path) as store:
        assert store.labels() == known
        assert [s.label for s in store.document("a.jpg").shapes] == ["object"]


def test_that_supercategories_become_the_labels_above(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    file = dataset(tmp_path)
    data = json.loads(file.read_text())
    above = (("car", "vehicle"), ("lorry", "Vehikel"), ("person", "person"), ("thing", "none"), ("a", "b"), ("b", "a"))
    data["categories"] = [{"id": n, "name": a, "supercategory": b} for n, (a, b) in enumerate(above, 1)]
    file.write_text(json.dumps(data))
    with ProjectStore.open(tmp_path) as store:
        known = LabelList((Label("vehicle", "#e69f00", 1, ("Vehikel",)), Label("lorry", "#56b4e9")))
        store.apply(Change("Labels", (), (LabelList(), known)))
    transfer.import_into(tmp_path, file)
    with ProjectStore.open(tmp_path) as store:
        labels = store.labels()
        assert {label.name: label.parent for label in labels} == {
            **{"vehicle": None, "lorry": None},  # known before: as the person has it
            **{"car": "vehicle", "person": None, "thing": None, "a": "b", "b": None},  # no ring
        }


def test_that_labels_of_pictures_come_along(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    data = {"version": "5", "flags": {"night": True, "rain": False}, "shapes": [], "imagePath": "a.jpg"}
    (tmp_path / "a.json").write_text(json.dumps(data))
    transfer.import_into(tmp_path, tmp_path / "a.json")
    with ProjectStore.open(tmp_path) as store:
        assert store.document("a.jpg").labels == ("night",) and "night" in store.labels()
