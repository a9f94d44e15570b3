"""Backups and copies from the window."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog

from app.core.annotation import BoxGeometry, Shape
from app.core.geometry import Box
from app.io import backups, images
from app.io.project import ProjectStore
from tests.driving import Driver, until


def keep(driver: Driver, label: str = "cat") -> None:
    assert driver.session.keep([Shape(BoxGeometry(Box(1, 2, 30, 40)), label)], "Add box")


def test_that_a_project_that_has_changed_is_backed_up_when_it_is_opened(start: Callable[..., Driver], folder: Path):
    first = start(folder)
    keep(first)
    first.close()
    assert not (folder / ".fovea-backups").exists()
    second = start(folder)
    until(lambda: len(backups.backups_of(folder / "project.fovea")) == 1)
    assert second.window.notices.text == ""
    assert second.session.history.names == ("Add box",)
    second.session.undo()
    assert second.shapes == ()


def test_that_a_backup_is_restored_from_the_dialog(start: Callable[..., Driver], folder: Path) -> None:
    window = start(folder)
    keep(window)
    store = window.session.store
    assert store is not None
    backups.now(store.file, store.root, datetime.now() - timedelta(days=1))
    keep(window, "dog")
    window.window.actions_["file.restore"].trigger()
    dialog = window.dialog("backups")
    until(lambda: dialog.tree.topLevelItemCount() == 1)
    assert dialog.tree.topLevelItem(0).text(2) == "1"
    dialog.tree.setCurrentItem(dialog.tree.topLevelItem(0))
    window.press(dialog.restore)
    until(lambda: "was restored" in window.window.notices.text)
    assert [s.label for s in window.shapes] == ["cat"]
    until(lambda: window.session.picture is not None)
    assert len(backups.backups_of(store.file)) == 2
    window.session.undo()
    assert window.shapes == ()


def test_that_a_copy_is_saved_and_work_goes_on(
    start: Callable[..., Driver], folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = start(folder)
    window.window.actions_["file.save_copy"].trigger()
    assert "nothing to copy" in window.window.notices.text
    keep(window)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "other"), ""))
    window.window.actions_["file.save_copy"].trigger()
    until(lambda: "other.fovea" in window.window.notices.text)
    keep(window)
    with ProjectStore.open(tmp_path / "other.fovea") as copy:
        assert copy.root == folder
        assert len(copy.document("a1.png").shapes) == 1


def test_that_the_history_jumps_to_a_step_of_an_earlier_day(start: Callable[..., Driver], folder: Path) -> None:
    first = start(folder)
    for label in ("one", "two", "three"):
        keep(first, label)
    first.close()
    window = start(folder)
    session = window.session
    session.jump(1)
    assert [s.label for s in window.shapes] == ["one"]
    session.jump(3)
    assert [s.label for s in window.shapes] == ["one", "two", "three"]
    session.go_to("a2.png")
    session.undo()
    window.wait_for_picture("a1.png")  # where the step is seen
    assert session.history.names == ("Add box",) * 3
    assert session.history.position == 2


def test_that_a_step_that_no_longer_fits_is_told_and_forgotten(start: Callable[..., Driver], folder: Path) -> None:
    first = start(folder)
    keep(first)
    keep(first)
    first.session.undo()
    first.close()
    database = sqlite3.connect(folder / "project.fovea")
    database.execute("UPDATE shapes SET label = 'somebody else'")
    database.commit()
    database.close()
    window = start(folder)
    window.session.undo()
    assert "Add box cannot be undone: a1.png has been changed since" in window.window.notices.text
    assert [s.label for s in window.shapes] == ["somebody else"]
    assert window.session.history.undo_name is None
    assert window.session.history.redo_name == "Add box"
    window.session.redo()
    assert [s.label for s in window.shapes] == ["somebody else", "cat"]
    store = window.session.store
    assert store is not None
    assert store.history().names == ("Add box",)


def hashed(driver: Driver) -> None:
    until(lambda: driver.session.document is not None and bool(driver.session.document.content_hash))


def test_that_the_content_of_a_picture_is_remembered_with_its_shapes(
    start: Callable[..., Driver], folder: Path
) -> None:
    window = start(folder)
    hashed(window)
    assert not (folder / "project.fovea").exists()  # looking at a picture makes no project
    keep(window)
    store = window.session.store
    assert store is not None
    assert store.contents() == {"a1.png": images.content_hash(folder / "a1.png")}
    window.session.undo()
    assert store.contents() == {"a1.png": images.content_hash(folder / "a1.png")}


def test_that_a_picture_that_has_changed_is_told_and_can_be_accepted(
    start: Callable[..., Driver], folder: Path
) -> None:
    window = start(folder)
    hashed(window)
    keep(window)
    window.close()
    (folder / "a2.png").replace(folder / "a1.png")
    window = start(folder)
    until(lambda: "a1.png is not the picture" in window.window.notices.text)
    assert len(window.shapes) == 1
    old = window.session.document.content_hash
    window.press("notices.action")
    assert window.session.document.content_hash == images.content_hash(folder / "a1.png") != old
    assert window.window.notices.text == ""
    assert len(window.shapes) == 1
    window.session.undo()
    assert window.session.document.content_hash == old


def test_that_a_changed_picture_that_is_left_as_it_is_is_told_once(start: Callable[..., Driver], folder: Path) -> None:
    window = start(folder)
    hashed(window)
    keep(window)
    window.close()
    (folder / "a10.png").replace(folder / "a1.png")
    window = start(folder)
    until(lambda: "a1.png is not the picture" in window.window.notices.text)
    window.press("notices.close")
    window.session.go_to("a2.png")
    window.wait_for_picture("a2.png")
    hashed(window)
    window.session.go_to("a1.png")
    window.wait_for_picture("a1.png")
    window.session.go_to("a2.png")  # its hash comes after that of a1
    window.wait_for_picture("a2.png")
    hashed(window)
    assert window.window.notices.text == ""
    assert len(window.session.store.document("a1.png").shapes) == 1


def test_that_a_project_moved_with_its_pictures_just_works(start: Callable[..., Driver], folder: Path) -> None:
    window = start(folder)
    hashed(window)
    keep(window)
    window.close()
    moved = folder.rename(folder.with_name("elsewhere"))
    window = start(moved / "project.fovea")
    assert len(window.shapes) == 1
    until(lambda: window.session.picture is not None)
    assert window.window.notices.text == ""


def test_that_a_project_moved_without_its_pictures_asks_where_they_are(
    start: Callable[..., Driver], folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = start(folder)
    hashed(window)
    keep(window)
    window.close()
    (tmp_path / "alone").mkdir()
    (folder / "project.fovea").rename(tmp_path / "alone" / "project.fovea")
    window = start(tmp_path / "alone" / "project.fovea", picture="")
    until(lambda: "a1.png is not in" in window.window.notices.text)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    window.press("notices.action")
    until(lambda: f"All pictures are in {folder}" in window.window.notices.text)
    window.wait_for_picture("a1.png")
    assert len(window.shapes) == 1
    window.close()
    window = start(tmp_path / "alone" / "project.fovea")
    assert len(window.shapes) == 1
    assert window.window.notices.text == ""


def test_that_a_picture_that_was_renamed_is_located_with_its_shapes(
    start: Callable[..., Driver], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = start(folder)
    hashed(window)
    keep(window)
    window.close()
    (folder / "a1.png").rename(folder / "b.png")
    window = start(folder, picture="")
    until(lambda: "a1.png is not in" in window.window.notices.text)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    window.window.actions_["file.locate"].trigger()
    until(lambda: "1 picture found again" in window.window.notices.text)
    window.session.go_to("b.png")
    window.wait_for_picture("b.png")
    assert len(window.shapes) == 1
    until(lambda: not window.window.files.model.missing)


def break_disk(driver: Driver, pragma: str) -> None:
    store = driver.session.store
    assert store is not None
    assert store._database is not None
    store._database.execute(pragma).fetchall()


@pytest.mark.parametrize(
    ("pragma", "words"),
    [("PRAGMA max_page_count = 1", "disk is full"), ("PRAGMA query_only = ON", "cannot be written to")],
)
def test_that_a_disk_that_takes_nothing_more_leaves_what_is_shown_as_the_file_says(
    start: Callable[..., Driver], folder: Path, pragma: str, words: str
) -> None:
    window = start(folder)
    hashed(window)
    keep(window)
    keep(window)
    window.session.undo()
    break_disk(window, pragma)
    session, store = window.session, window.session.store
    before, names = session.document, session.history.names
    assert before is not None
    assert store is not None
    many = [Shape(BoxGeometry(Box(n, 2, n + 30, 40)), "new label") for n in range(3000)]
    assert not session.keep(many, "Add many")
    assert words in window.window.notices.text
    assert session.document == before == store.document("a1.png")
    assert session.labels == store.labels()
    if "query_only" in pragma:  # an edit that fits into the pages that there are is kept, and rightly
        session.undo()
        session.redo()
        assert session.document == before == store.document("a1.png")
    assert session.history.names == names == store.history().names
    assert session.history.position == store.history().position == 1


_PERSON = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from app.core.annotation import BoxGeometry, Shape
from app.core.geometry import Box
from app.ui.session import Session
app, session = QCoreApplication([]), Session()
session.refused.connect(lambda words: print("refused", words, flush=True))
session.noted.connect(lambda words: print("noted", words, flush=True))
session.open(Path(sys.argv[1]))
session.go_to("a1.png")
print("open", flush=True)
for line in sys.stdin:
    if line == "keep\\n":
        session.keep([Shape(BoxGeometry(Box(1, 2, 3, 4)), sys.argv[2])], "Add")
    elif line == "reload\\n":
        session.reload()
    elif line == "undo\\n":
        session.undo()
    print("shapes", *(s.label for s in session.document.shapes), flush=True)
session.shutdown()
"""


class Person:
    """A Fovea in a process of its own, without its window."""

    def __init__(self, folder: Path, name: str) -> None:
        command = [sys.executable, "-c", _PERSON, str(folder), name]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
        self.begun = self.hear("open")

    def hear(self, end: str) -> list[str]:
        lines: list[str] = []
        assert self.process.stdout is not None
        while not lines or not lines[-1].startswith(end):
            lines.append(self.process.stdout.readline().strip())
            assert lines[-1], "the process ended"
        return lines

    def do(self, what: str) -> list[str]:
        assert self.process.stdin is not None
        self.process.stdin.write(what + "\n")
        self.process.stdin.flush()
        return self.hear("shapes")

    def leave(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        assert self.process.wait(30) == 0


def test_that_two_processes_on_one_project_overwrite_nothing(folder: Path) -> None:
    first = Person(folder, "first")
    assert first.do("keep") == ["shapes first"]
    second = Person(folder, "second")
    assert "open in another Fovea" in second.begun[0]
    refusal, shapes = second.do("keep")
    assert "was not kept" in refusal
    assert shapes == "shapes first"
    assert first.do("keep") == ["shapes first first"]
    assert second.do("look") == ["shapes first"]
    assert second.do("reload") == ["shapes first first"]
    assert second.do("undo") == ["shapes first first"]
    first.leave()
    assert "was not kept" in second.do("keep")[0]
    second.leave()
    third = Person(folder, "third")
    assert third.do("keep") == ["shapes first first third"]
    third.leave()
