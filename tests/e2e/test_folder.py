"""Folders that change, that cannot be written to, that hold broken files; dropping and pasting."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage
from PySide6.QtWidgets import QApplication

from app.core.annotation import BoxGeometry, Shape
from app.core.geometry import Box
from app.io import clipboard, project, volume
from tests.driving import Driver, make_folder, until

SOON_S = 3.5
"""A look every two seconds, and the time that it takes."""


def listed(window: Driver) -> list[str]:
    model = window.window.files.model
    return [str(model.path_at(row)) for row in range(model.rowCount())]


def box() -> Shape:
    return Shape(BoxGeometry(Box(10, 10, 50, 50)), "thing")


def test_that_pictures_are_listed_as_people_count_and_stepped_through(window: Driver) -> None:
    until(lambda: listed(window) == ["a1.png", "a2.png", "a10.png"])
    assert window.window.windowTitle() == "a1.png - pictures - Fovea"
    for path in ("a2.png", "a10.png"):
        window.key("D")
        window.wait_for_picture(path)
    window.key("D")
    assert window.shows("a10.png")
    window.key("PgUp")
    window.wait_for_picture("a2.png")
    window.press("files.list", window.row("a10.png"))
    window.wait_for_picture("a10.png")
    assert window.window.windowTitle() == "a10.png - pictures - Fovea"


def test_that_a_filter_narrows_the_list(window: Driver) -> None:
    until(lambda: len(listed(window)) == 3)
    window.press("files.filter")
    window.type("a1")
    assert listed(window) == ["a1.png", "a10.png"]
    assert window.find("files.count").text() == "2 of 3 pictures"


def test_that_files_that_come_appear_soon_and_shapes_stay(window: Driver, folder: Path) -> None:
    window.session.keep([box()], "Keep")
    until(lambda: len(listed(window)) == 3)
    shutil.copyfile(folder / "a1.png", folder / "a3.png")
    begun = time.monotonic()
    until(lambda: "a3.png" in listed(window), SOON_S)
    assert time.monotonic() - begun < SOON_S
    assert listed(window) == ["a1.png", "a2.png", "a3.png", "a10.png"]
    assert window.shows("a1.png") and len(window.shapes) == 1


def test_that_a_deleted_file_is_told_and_its_shapes_are_kept(window: Driver, folder: Path) -> None:
    window.session.keep([box()], "Keep")
    until(lambda: len(listed(window)) == 3)
    (folder / "a1.png").unlink()
    until(lambda: "a1.png is no longer in the folder" in window.window.notices.text, SOON_S)
    assert listed(window) == ["a1.png", "a2.png", "a10.png"]
    window.key("D")
    window.wait_for_picture("a2.png")
    window.window.session._loader.forget(folder / "a1.png")
    window.key("A")
    until(lambda: window.session.problem)
    assert len(window.shapes) == 1
    assert "a1.png" in window.find("picture_message_title").text()


@pytest.fixture
def unwritable(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Path:
    """A folder that cannot be written to (also for root, who may write anywhere)."""
    for module in (project, volume):
        if hasattr(module, "writable"):
            monkeypatch.setattr(module, "writable", lambda path: Path(path) != folder)
    monkeypatch.setattr(clipboard.os, "access", lambda path, mode: Path(path) != folder)
    return folder


def test_that_a_folder_that_cannot_be_written_to_says_where_the_work_is_kept(
    unwritable: Path, start: Callable[..., Driver], home: Path
) -> None:
    window = start(unwritable)
    assert str(home) in window.window.notices.text or "kept" in window.window.notices.text
    window.keep(70, 60)
    assert len(window.shapes) == 1
    assert not list(unwritable.glob("*.fovea"))
    window.close()
    window = start(unwritable)
    assert len(window.shapes) == 1


def test_that_a_project_open_for_reading_only_refuses_edits_and_says_so(
    start: Callable[..., Driver], folder: Path
) -> None:
    first = start(folder)
    first.keep(70, 60)
    first.key("Return")
    second = start(folder)
    assert "reading only" in second.window.notices.text
    second.click(40, 20)
    until(second.answered)
    second.key("Return")
    until(lambda: "was not kept" in second.window.notices.text)
    assert len(second.shapes) == 1
    assert second.answered(), "what was not kept stays on the picture"


BROKEN = {"empty.png": b"", "text.png": b"not a picture at all", "short.jpg": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00"}


def test_that_broken_files_say_why_and_work_goes_on(start: Callable[..., Driver], folder: Path) -> None:
    for name, content in BROKEN.items():
        (folder / name).write_bytes(content)
    odd = folder / "写真 その 1.png"
    shutil.copyfile(folder / "a1.png", odd)
    window = start(folder)
    until(lambda: len(listed(window)) == 7)
    for name in BROKEN:
        window.press("files.list", window.row(name))
        until(lambda: window.session.problem)
        title = window.find("picture_message_title")
        assert title.isVisible() and name in title.text() and title.text().endswith(".")
        assert not window.window.segmenter.strip.isVisible()
        assert name in window.window.log.text()
    window.press("files.list", window.row(odd.name))
    window.wait_for_picture(odd.name)
    assert not window.find("picture_message").isVisible()
    window.keep(70, 60)


def test_that_an_empty_folder_shows_what_can_be_done(start: Callable[..., Driver], tmp_path: Path) -> None:
    window = start(tmp_path, picture="")
    title = window.find("picture_message_title")
    until(lambda: title.text() == "There are no pictures in this folder")
    window.press("start.file.samples")
    until(lambda: window.window.view.image is not None)
    assert window.session.root is not None and window.session.root.name == "samples"


def test_that_a_first_picture_put_into_an_empty_folder_is_shown(start: Callable[..., Driver], tmp_path: Path) -> None:
    window = start(tmp_path, picture="")
    until(lambda: "no pictures" in window.find("picture_message_title").text())
    make_folder(tmp_path, ("first.png",))
    window.wait_for_picture("first.png")


def test_that_a_folder_that_is_gone_is_refused_and_the_open_one_stays(window: Driver, tmp_path: Path) -> None:
    assert not window.window.open(tmp_path / "nowhere")
    assert "is not there" in window.window.notices.text
    assert window.shows("a1.png")


def drop(window: Driver, path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    at, action = QPoint(400, 300), Qt.DropAction.CopyAction
    held, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    entering = QDragEnterEvent(at, action, data, held, none)
    QApplication.sendEvent(window.window, entering)
    assert entering.isAccepted()
    QApplication.sendEvent(window.window, QDropEvent(at, action, data, held, none))


def test_that_a_dropped_folder_is_opened_and_a_dropped_picture_shown(window: Driver, tmp_path: Path) -> None:
    other = make_folder(tmp_path / "other", ("b1.png", "b2.png"))
    drop(window, other)
    window.wait_for_picture("b1.png")
    assert window.session.root == other
    drop(window, tmp_path / "pictures" / "a2.png")
    window.wait_for_picture("a2.png")


def test_that_a_pasted_picture_is_put_into_the_folder_and_shown(window: Driver, folder: Path) -> None:
    until(lambda: len(listed(window)) == 3)
    image = QImage(64, 48, QImage.Format.Format_RGB32)
    image.fill(0xFF336699)
    QApplication.clipboard().setImage(image)
    window.key("Ctrl+V")
    until(lambda: window.session.image is not None and window.session.image.width == 64)
    (pasted,) = folder.glob("pasted*.png")
    assert window.shows(pasted.name)


def test_that_pasting_into_a_folder_that_cannot_be_written_to_goes_to_ones_own(
    unwritable: Path, start: Callable[..., Driver], home: Path
) -> None:
    window = start(unwritable)
    image = QImage(64, 48, QImage.Format.Format_RGB32)
    image.fill(0xFF336699)
    QApplication.clipboard().setImage(image)
    window.key("Ctrl+V")
    until(lambda: window.session.image is not None and window.session.image.width == 64)
    assert window.session.root is not None and home in window.session.root.parents


def test_that_a_picture_asked_for_while_it_is_read_ahead_keeps_its_prompts(window: Driver) -> None:
    changes: list[str] = []
    window.session.image_changed.connect(lambda: changes.append(window.session.document.path))
    for key, path in (("D", "a2.png"), ("D", "a10.png"), ("A", "a2.png"), ("A", "a1.png")):
        window.key(key)
        window.wait_for_picture(path)
    window.click(70, 60)
    until(lambda: not window.window.jobs.busy)
    assert window.answered()
    assert changes == ["a2.png", "a10.png", "a2.png", "a1.png"]
