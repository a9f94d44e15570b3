"""The statistics dock."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QTreeWidget, QTreeWidgetItem

from app.core.annotation import BoxGeometry, Shape
from app.core.document import Document
from app.core.geometry import Box
from app.core.history import Change
from tests.driving import Driver, until


def filled(driver: Driver) -> None:
    for name in ("cat", "dog"):
        driver.session.add_label(name)
    small, large = BoxGeometry(Box(1, 2, 11, 12)), BoxGeometry(Box(0, 0, 150, 100))
    store = driver.session.store
    documents = (
        Document("a1.png", 160, 120, shapes=(Shape(small, "cat"), Shape(large, "dog", author="coco")), state="in_work"),
        Document("a2.png", 160, 120, shapes=(Shape(large, "dog"),), state="done"),
    )
    assert driver.session.edit(Change("Earlier", tuple((store.document(d.path), d) for d in documents)))


def tree(driver: Driver) -> QTreeWidget:
    found = driver.find("statistics.table")
    assert isinstance(found, QTreeWidget)
    return found


def item(driver: Driver, section: str, name: str) -> QTreeWidgetItem:
    above = tree(driver).findItems(section, Qt.MatchFlag.MatchExactly)[0]
    return next(above.child(n) for n in range(above.childCount()) if above.child(n).text(0) == name)


def numbers(driver: Driver, section: str, name: str) -> tuple[str, ...]:
    try:
        found = item(driver, section, name)
    except (IndexError, StopIteration):
        return ()
    return tuple(found.text(column) for column in (1, 2, 3))


def test_that_the_picture_and_the_project_are_counted_and_follow_every_edit(window: Driver) -> None:
    filled(window)
    window.key("F9")
    until(lambda: numbers(window, "Labels", "dog") == ("1", "2", "2"))
    assert numbers(window, "Labels", "cat") == ("1", "1", "1")
    assert numbers(window, "Sizes", "Small") == ("1", "1", "")
    assert numbers(window, "Sizes", "Large") == ("1", "2", "")
    assert numbers(window, "States", "New") == ("", "", "1")
    assert numbers(window, "States", "In work") == ("", "", "1")
    assert numbers(window, "Authors", "coco") == ("1", "1", "")
    window.session.choose_label("cat")
    window.window.view.setFocus()
    window.key("R")
    window.drag((20, 20), (60, 50))
    until(lambda: numbers(window, "Labels", "cat")[:1] == ("2",))
    until(lambda: numbers(window, "Labels", "cat") == ("2", "2", "1"))
    window.key("D")
    window.wait_for_picture("a2.png")
    until(lambda: numbers(window, "Labels", "cat") == ("0", "2", "1"))
    assert "4 shapes on 3 pictures, 1 of them on this one" in window.find("statistics.words").text()
    assert "96 to 128 px: 2" in window.find("statistics.sizes").accessibleDescription()


def test_that_a_click_on_a_row_lists_its_pictures(window: Driver) -> None:
    filled(window)
    window.key("F9")
    until(lambda: numbers(window, "Labels", "dog") == ("1", "2", "2"))
    model = window.window.files.model

    def click(section: str, name: str) -> None:
        rows = tree(window)
        rows.scrollToItem(item(window, section, name))
        window.press(rows.viewport(), rows.visualItemRect(item(window, section, name)).center())

    for section, name, count in (
        ("Labels", "cat", 1),
        ("Labels", "dog", 2),
        ("States", "Done", 1),
        ("Authors", "coco", 1),
        ("Authors", "By hand", 2),
        ("States", "New", 1),
    ):
        click(section, name)
        until(lambda count=count: model.rowCount() == count)
    assert window.find("files.filter.words").text() == "New"
    tree(window).setFocus()
    tree(window).setCurrentItem(item(window, "Labels", "cat"))
    QTest.keyClick(tree(window), Qt.Key.Key_Return)
    until(lambda: window.find("files.filter.words").text() == "Label cat")


def test_that_the_table_is_copied_and_saved(window: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(window)
    window.key("F9")
    until(lambda: numbers(window, "Labels", "dog") == ("1", "2", "2"))
    window.press("statistics.copy")
    lines = [line.split("\t") for line in QApplication.clipboard().text().splitlines()]
    assert ["Labels", "dog", "1", "2", "2"] in lines
    file = tmp_path / "counts.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(file.with_suffix("")), ""))
    window.press("statistics.save")
    with file.open(encoding="utf-8", newline="") as opened:
        assert list(csv.reader(opened)) == lines
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(file / "below.csv"), ""))
    window.press("statistics.save")
    assert "cannot be written" in window.window.notices.text


def test_that_a_project_without_shapes_says_what_would_be_here(window: Driver) -> None:
    window.key("F9")
    assert "No shapes in this project yet" in window.find("statistics.words").text()
    until(lambda: numbers(window, "States", "New") == ("", "", "3"))
