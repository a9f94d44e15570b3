"""The files list's search and filter."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox

from app.core import review
from app.core.annotation import BoxGeometry, Shape
from app.core.document import Comment, Document
from app.core.geometry import Box
from app.core.history import Change
from tests.driving import Driver, until


def write(driver: Driver, **documents: Document) -> None:
    """Documents as if they had been edited earlier, by the picture's name without its suffix."""
    store = driver.session.store
    pairs = [(store.document(d.path), d) for d in documents.values()]
    assert driver.session.edit(Change("Earlier", tuple(pairs)))


def shape(label: str, **more: object) -> Shape:
    return Shape(BoxGeometry(Box(1, 2, 30, 40)), label, **more)


def filled(driver: Driver) -> None:
    for name in ("cat", "dog"):
        driver.session.add_label(name)
    write(
        driver,
        a1=Document("a1.png", shapes=(shape("cat", score=0.9, author="coco", attributes={"pose": "front"}),)),
        a2=Document(
            "a2.png",
            shapes=(shape("dog", score=0.3, attributes={"truncated": True, "note": "Behind glass"}),),
            state="done",
        ),
        a10=Document("a10.png", comments=(Comment("is this one blurred?"),)),
    )


def listed(driver: Driver) -> list[str]:
    model = driver.window.files.model
    return [str(model.path_at(row)) for row in range(model.rowCount())]


def shows(driver: Driver, *paths: str) -> None:
    until(lambda: listed(driver) == list(paths))


def count(driver: Driver) -> str:
    return driver.find("files.count").text()


def pick(driver: Driver, name: str, text: str) -> None:
    """Choose in a combo box by the keyboard."""
    box = driver.find(name)
    assert isinstance(box, QComboBox)
    box.setFocus()
    wanted = box.findText(text)
    assert wanted >= 0, [box.itemText(n) for n in range(box.count())]
    while box.currentIndex() != wanted:
        QTest.keyClick(box, Qt.Key.Key_Down if box.currentIndex() < wanted else Qt.Key.Key_Up)


def enter(driver: Driver, name: str, text: str) -> None:
    widget = driver.find(name)
    widget.setFocus()
    QTest.keyClick(widget, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    if text:
        driver.type(text)
    else:
        QTest.keyClick(widget, Qt.Key.Key_Backspace)


def test_that_text_is_looked_for_in_names_comments_and_attributes(window: Driver) -> None:
    filled(window)
    window.find("files.filter").setFocus()
    window.type("a1")
    shows(window, "a1.png", "a10.png")
    assert count(window) == "2 of 3 pictures"
    for text, paths in (("blurred", ["a10.png"]), ("BEHIND", ["a2.png"]), ("front", ["a1.png"]), ("nothing", [])):
        window.find("files.filter").clear()
        window.type(text)
        shows(window, *paths)
    assert "“nothing”" in window.find("files.filter.words").text()
    window.press("files.filter.remove")
    shows(window, "a1.png", "a2.png", "a10.png")
    assert count(window) == "3 pictures"
    assert not window.find("files.filter.remove").isVisible()


def test_that_each_condition_filters_and_one_click_removes_them_all(window: Driver) -> None:
    filled(window)
    window.press("files.filter.more")
    pick(window, "files.filter.label", "dog")
    shows(window, "a2.png")
    assert window.find("files.filter.words").text() == "Label dog"
    pick(window, "files.filter.label", "Any")
    pick(window, "files.filter.state", "Unfinished")
    shows(window, "a1.png", "a10.png")
    pick(window, "files.filter.state", "Any")
    enter(window, "files.filter.low", "0.5")
    shows(window, "a1.png")
    enter(window, "files.filter.low", "")
    enter(window, "files.filter.high", "0.5")
    shows(window, "a2.png")
    enter(window, "files.filter.high", "")
    until(lambda: window.find("files.filter.author").findText("coco") > 0)
    pick(window, "files.filter.author", "coco")
    shows(window, "a1.png")
    pick(window, "files.filter.author", "Anyone")
    enter(window, "files.filter.attribute", "truncated")
    shows(window, "a2.png")
    enter(window, "files.filter.value", "no")
    shows(window)
    assert count(window) == "0 of 3 pictures"
    enter(window, "files.filter.value", "yes")
    shows(window, "a2.png")
    window.press("files.filter.remove")
    shows(window, "a1.png", "a2.png", "a10.png")
    window.press("files.filter.comments")
    shows(window, "a10.png")
    window.press("files.filter.more")
    assert not window.find("files.filter.label").isVisible()
    assert window.find("files.filter.words").text() == "Open comments", "what is on is seen without the form"


def test_that_next_and_previous_respect_the_filter(window: Driver) -> None:
    filled(window)
    window.find("files.filter").setFocus()
    window.type("a1")
    shows(window, "a1.png", "a10.png")
    window.window.view.setFocus()
    window.key("D")
    window.wait_for_picture("a10.png")
    window.key("A")
    window.wait_for_picture("a1.png")


def test_that_a_picture_that_is_done_leaves_the_list_of_unfinished_ones_and_the_next_is_shown(window: Driver) -> None:
    filled(window)
    window.press("files.filter.more")
    pick(window, "files.filter.state", "Unfinished")
    shows(window, "a1.png", "a10.png")
    window.window.view.setFocus()
    window.key("Shift+D")
    window.wait_for_picture("a10.png")
    assert listed(window) == ["a10.png"] and count(window) == "1 of 3 pictures"
    window.key("Ctrl+Z")
    window.wait_for_picture("a1.png")
    shows(window, "a1.png", "a10.png")


def test_that_the_shown_picture_stays_when_the_filter_no_longer_wants_it(window: Driver) -> None:
    filled(window)
    window.press("files.filter.more")
    pick(window, "files.filter.state", "New")
    shows(window, "a1.png", "a10.png")
    window.window.actions_["review.set_done"].trigger()
    shows(window, "a10.png")
    assert window.shows("a1.png")
    window.window.view.setFocus()
    window.key("D")
    window.wait_for_picture("a10.png")


def test_that_pictures_that_change_out_of_sight_enter_and_leave_the_list(window: Driver) -> None:
    filled(window)
    window.press("files.filter.more")
    pick(window, "files.filter.state", "Done")
    shows(window, "a2.png")
    store = window.session.store
    before = store.document("a10.png")
    window.session.edit(Change("Elsewhere", ((before, review.put(before, "done")),)))
    shows(window, "a2.png", "a10.png")


def test_that_another_project_begins_without_the_filter(
    start: Callable[..., Driver], folder: Path, tmp_path: Path
) -> None:
    from tests.driving import make_folder

    window = start(folder)
    window.find("files.filter").setFocus()
    window.type("a2")
    shows(window, "a2.png")
    window.window.open(make_folder(tmp_path / "more", ("b1.png", "b2.png")))
    window.wait_for_picture("b1.png")
    shows(window, "b1.png", "b2.png")
    assert window.find("files.filter").text() == ""
