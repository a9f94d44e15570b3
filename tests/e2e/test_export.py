"""The export dialog: what is written, and what is said first."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QRadioButton, QTreeWidget, QWidget

from app.core import review
from app.core.annotation import BoxGeometry, PointGeometry, Shape
from app.core.document import Comment, Document
from app.core.filtering import Filter
from app.core.geometry import Box
from app.core.history import Change
from app.io.transfer import Choice
from app.ui.projects.export_dialog import ExportDialog
from app.ui.projects.transfers import arguments_of
from tests.driving import Driver, until
from tests.e2e.test_window import ACTIONABLE, is_inner


def filled(driver: Driver) -> None:
    for name in ("cat", "dog"):
        driver.session.add_label(name)
    box, point = Shape(BoxGeometry(Box(1, 2, 30, 40)), "cat"), Shape(PointGeometry(((5.0, 6.0),)), "dog")
    store = driver.session.store
    pairs = [
        (store.document("a1.png"), Document("a1.png", 160, 120, shapes=(box, point), state="done")),
        (store.document("a2.png"), Document("a2.png", 160, 120, shapes=(Shape(box.geometry, "dog"),), state="in_work")),
    ]
    assert driver.session.edit(Change("Earlier", tuple(pairs)))


def opened(driver: Driver, folder: Path) -> ExportDialog:
    driver.key("Ctrl+E")
    dialog = driver.dialog("export")
    assert isinstance(dialog, ExportDialog)
    dialog.folder.setText(str(folder))
    until(dialog.go.isEnabled)
    return dialog


def choose(driver: Driver, name: str) -> None:
    button = driver.find(name)
    assert isinstance(button, QRadioButton)
    driver.press(button, QPoint(8, button.height() // 2))


def losses(dialog: ExportDialog) -> list[tuple[str, ...]]:
    items = [dialog.losses.topLevelItem(n) for n in range(dialog.losses.topLevelItemCount())]
    return [tuple(item.text(column) for column in range(3)) for item in items]


def written(folder: Path) -> dict:
    until(lambda: (folder / "annotations.json").exists(), 60)
    return json.loads((folder / "annotations.json").read_text())


def test_that_losses_are_listed_before_everything_is_written(window: Driver, tmp_path: Path) -> None:
    filled(window)
    dialog = opened(window, tmp_path / "out")
    assert losses(dialog) == [("point", "1", "✕"), ("box", "2", "✓")]
    assert window.find("export.heading").text() == "2 pictures, 3 shapes"
    window.press("export.go")
    assert {i["file_name"] for i in written(tmp_path / "out")["images"]} == {"a1.png", "a2.png"}


def test_that_states_and_labels_are_chosen(window: Driver, tmp_path: Path) -> None:
    filled(window)
    dialog = opened(window, tmp_path / "out")
    choose(window, "export.states")
    until(lambda: window.find("export.heading").text() == "1 picture, 2 shapes")
    row = dialog.labels.visualItemRect(dialog.labels.item(1))
    window.press(dialog.labels.viewport(), QPoint(row.left() + 10, row.center().y()))
    until(lambda: losses(dialog) == [("box", "1", "✓")])
    window.press("export.go")
    data = written(tmp_path / "out")
    assert [i["file_name"] for i in data["images"]] == ["a1.png"]
    assert [c["name"] for c in data["categories"]] == ["cat"] and len(data["annotations"]) == 1


def test_that_nothing_chosen_is_said_and_cannot_be_exported(window: Driver, tmp_path: Path) -> None:
    filled(window)
    dialog = opened(window, tmp_path / "out")
    choose(window, "export.states")
    done = window.find("export.state.done")
    window.press(done, QPoint(8, done.height() // 2))
    until(lambda: not dialog.go.isEnabled())
    assert window.find("export.heading").text() == "Check at least one state."
    rejected = window.find("export.state.rejected")
    window.press(rejected, QPoint(8, rejected.height() // 2))
    until(lambda: window.find("export.heading").text() == "No picture is what was chosen.")
    assert not dialog.go.isEnabled()
    window.key("Esc")
    assert not window.is_open("export")


def test_that_the_pictures_of_the_filter_are_exported_with_all_their_shapes(window: Driver, tmp_path: Path) -> None:
    filled(window)
    window.window.files.bar.show_label("dog")
    window.find("files.filter").setFocus()
    window.type("a1")
    until(lambda: window.window.files.model.rowCount() == 1)
    window.window.view.setFocus()
    dialog = opened(window, tmp_path / "out")
    assert window.find("export.filter").isChecked() and "label dog" in window.find("export.filter").text()
    assert dialog.choice() == Choice(Filter("a1", labels=("dog",)))
    window.press("export.go")
    data = written(tmp_path / "out")
    assert [i["file_name"] for i in data["images"]] == ["a1.png"]
    assert [c["name"] for c in data["categories"]] == ["cat", "dog"]


def test_that_labelme_files_are_written_a_file_a_picture(window: Driver, tmp_path: Path) -> None:
    filled(window)
    dialog = opened(window, tmp_path / "out")
    box = window.find("export.format")
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Down)
    assert box.currentText() == "Labelme JSON" and not window.find("export.masks").isEnabled()
    until(lambda: losses(dialog) == [("box", "2", "✓"), ("point", "1", "✓")] and dialog.go.isEnabled())
    window.press("export.go")
    until(lambda: "are in" in window.window.notices.text, 60)
    data = json.loads((tmp_path / "out" / "a1.json").read_text())
    assert [s["shape_type"] for s in data["shapes"]] == ["rectangle", "point"]
    assert (tmp_path / "out" / data["imagePath"]).resolve() == (window.session.root / "a1.png").resolve()
    assert sorted(f.name for f in (tmp_path / "out").iterdir()) == ["a1.json", "a2.json"]


def test_that_a_folder_without_a_project_has_nothing_to_export(window: Driver) -> None:
    window.key("Ctrl+E")
    assert "nothing to export" in window.window.notices.text and not window.is_open("export")


def test_that_every_condition_means_the_same_on_the_command_line(
    start: Callable[..., Driver], folder: Path, tmp_path: Path
) -> None:
    from app.cli import main

    window = start(folder)
    filled(window)
    store = window.session.store
    before = store.document("a10.png")
    shape = Shape(
        BoxGeometry(Box(0, 0, 9, 9)), "dog", attributes={"pose": "side = front", "n": 1}, score=0.5, author="-me"
    )
    rich = review.judge(Document("a10.png", 160, 120, shapes=(shape,), comments=(Comment("-- see"),)), "rejected", "x")
    window.session.edit(Change("Rich", ((before, rich),)))
    whole = Filter("-- see", ("rejected",), ("dog",), "pose", "side = front", 0.25, 0.5, "-me", True, True)
    assert store.matching(whole) == ["a10.png"]
    project, choice = store.file, Choice(whole, ("dog",))
    window.close()
    assert main(["export", str(project), "-o", str(tmp_path / "out"), *arguments_of(choice)]) == 0
    assert [i["file_name"] for i in written(tmp_path / "out")["images"]] == ["a10.png"]


def test_that_everything_in_the_dialog_has_a_name_and_a_tooltip(window: Driver, tmp_path: Path) -> None:
    filled(window)
    dialog = opened(window, tmp_path / "out")
    named = [w for w in dialog.findChildren(QWidget) if isinstance(w, ACTIONABLE) and not is_inner(w)]
    wrong = [
        w.objectName() or type(w).__name__
        for w in named
        if not (w.objectName() and w.accessibleName()) or not (w.toolTip() or isinstance(w, QTreeWidget))
    ]
    assert wrong == []


def test_that_a_label_is_unchecked_by_the_keyboard(window: Driver, tmp_path: Path) -> None:
    filled(window)
    dialog = opened(window, tmp_path / "out")
    dialog.labels.setFocus()
    dialog.labels.setCurrentRow(0)
    QTest.keyClick(dialog.labels, Qt.Key.Key_Space)
    assert dialog.choice().labels == ("dog",)
