"""Backups and copies from the window."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog

from app.core.annotation import BoxGeometry, Shape
from app.core.geometry import Box
from app.io import backups
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
