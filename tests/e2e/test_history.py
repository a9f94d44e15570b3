"""The history dock: steps by name and picture, and going to any of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QTableView

from app.core.annotation import BoxGeometry, Shape
from app.core.geometry import Box
from app.ui.panels.history import HistoryModel
from tests.driving import Driver, until

ROLE = Qt.ItemDataRole


def keep(driver: Driver, label: str) -> None:
    assert driver.session.keep([Shape(BoxGeometry(Box(1, 2, 30, 40)), label)], f"Add {label}")


def table(driver: Driver) -> QTableView:
    found = driver.find("history.steps")
    assert isinstance(found, QTableView)
    return found


def place(driver: Driver, row: int) -> QPoint:
    steps = table(driver)
    index = steps.model().index(row, 0)
    steps.scrollTo(index)
    return steps.visualRect(index).center()


def texts(driver: Driver, column: int = 0) -> list[str]:
    model = table(driver).model()
    return [str(model.index(row, column).data()) for row in range(model.rowCount())]


def arrived(driver: Driver, position: int) -> Callable[[], bool]:
    return lambda: driver.session.history.position == position and not driver.window.flow.travel.under_way


def test_that_a_click_goes_to_a_step_and_the_present_one_is_marked(window: Driver) -> None:
    for label in ("one", "two", "three"):
        keep(window, label)
    window.key("F8")
    assert texts(window) == ["Start of the history", "Add one", "Add two", "➤ Add three"]
    assert texts(window, 1) == ["", "a1.png", "a1.png", "a1.png"]
    window.press(table(window).viewport(), place(window, 1))
    until(arrived(window, 1))
    assert [s.label for s in window.shapes] == ["one"]
    assert texts(window)[1] == "➤ Add one"
    model = table(window).model()
    grey, usual = (model.index(row, 0).data(ROLE.ForegroundRole) for row in (2, 0))
    assert grey is not None and usual is None
    assert "2 can be done again" in window.find("history.words").text()
    window.press(table(window).viewport(), place(window, 3))
    until(arrived(window, 3))
    assert [s.label for s in window.shapes] == ["one", "two", "three"]


def test_that_arrow_keys_and_enter_go_to_a_step_of_another_picture_after_a_restart(
    start: Callable[..., Driver], folder: Path
) -> None:
    first = start(folder)
    keep(first, "one")
    first.key("D")
    first.wait_for_picture("a2.png")
    keep(first, "two")
    keep(first, "three")
    first.close()
    second = start(folder)
    second.key("F8")
    assert texts(second) == ["Start of the history", "Add one", "Add two", "➤ Add three"]
    assert texts(second, 1) == ["", "a1.png", "a2.png", "a2.png"]
    table(second).setFocus()
    second.key("Up")
    second.key("Up")
    second.key("Return")
    until(arrived(second, 1))
    until(lambda: second.session.document.path == "a2.png")
    assert second.shapes == ()
    second.key("Up")
    second.key("Return")
    until(arrived(second, 0))
    until(lambda: second.session.document.path == "a1.png")
    assert second.shapes == ()


def test_that_an_edit_forgets_what_could_be_done_again(window: Driver) -> None:
    for label in ("one", "two", "three"):
        keep(window, label)
    window.key("F8")
    window.press(table(window).viewport(), place(window, 1))
    until(arrived(window, 1))
    keep(window, "other")
    assert texts(window) == ["Start of the history", "Add one", "➤ Add other"]


def test_that_thousands_of_steps_are_gone_through_without_holding_the_window_up(window: Driver) -> None:
    session = window.session
    for n in range(600):
        session.edit_document(f"Step {n}", lambda d, n=n: d.__class__(d.path, d.width, d.height, labels=(str(n),)))
    window.key("F8")
    assert isinstance(table(window).model(), HistoryModel) and table(window).model().rowCount() == 601
    slices: list[int] = []
    window.window.flow.travel.busy.connect(lambda _: slices.append(session.history.position))
    window.press(table(window).viewport(), place(window, 0))
    until(arrived(window, 0))
    assert len(slices) > 3, "the journey let the window live in between"
    assert session.document.labels == ()
    window.press(table(window).viewport(), place(window, 600))
    until(lambda: session.history.position > 5)
    window.key("Ctrl+.")
    until(lambda: not window.window.flow.travel.under_way)
    assert 0 < session.history.position <= 600


def test_that_a_key_brings_a_panel_to_the_front_and_hides_it_there(window: Driver) -> None:
    docks = window.window.workspaces.docks
    window.key("F8")
    window.key("F9")
    assert docks["history"].visibleRegion().isEmpty() and not docks["statistics"].visibleRegion().isEmpty()
    window.key("F8")
    assert not docks["history"].visibleRegion().isEmpty()
    window.key("F8")
    assert docks["history"].isHidden() and not docks["statistics"].isHidden()


def test_that_the_panels_menu_shows_and_hides_every_dock(window: Driver) -> None:
    from PySide6.QtWidgets import QMenu

    menu = window.window.findChild(QMenu, "menu.View/Panels")
    menu.aboutToShow.emit()
    entries = {action.text().split("\t")[0]: action for action in menu.actions()}
    assert set(entries) == {dock.windowTitle() for dock in window.window.workspaces.docks.values()}
    assert not entries["History"].isChecked() and entries["Files"].isChecked()
    assert "F8" in entries["History"].text() and "F12" in entries["Log"].text()
    entries["History"].trigger()
    assert window.window.workspaces.docks["history"].isVisible()
    entries["Files"].trigger()
    assert not window.window.workspaces.docks["files"].isVisible()
