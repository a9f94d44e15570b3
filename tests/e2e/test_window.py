"""The window itself: workspaces, theme, palette, keys, clipboard, closing, and names for screen readers."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtGui import QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDockWidget,
    QLineEdit,
    QPlainTextEdit,
    QScrollBar,
    QTabBar,
    QTreeWidget,
    QWidget,
)

from app.core.annotation import BoxGeometry, Shape
from app.core.geometry import Box
from app.core.history import Change
from app.core.labels import ChoiceSpec, FlagSpec, Label, LabelList, NumberSpec, TextSpec
from app.core.review import add_image_labels
from app.ui.viewers.image_view import ImageView
from tests.driving import Driver, until


def docks(window: Driver) -> set[str]:
    return {name for name, dock in window.window.workspaces.docks.items() if dock.isVisible()}


def test_that_each_workspace_shows_its_docks_and_remembers_them(start: Callable[..., Driver], folder: Path) -> None:
    window = start(folder)
    assert docks(window) == {"files", "labels", "shapes", "attributes"}
    window.key("Ctrl+2")
    assert docks(window) == {"files", "tools", "layers"}
    window.window.workspaces.docks["layers"].close()
    window.key("Ctrl+1")
    assert docks(window) == {"files", "labels", "shapes", "attributes"}
    window.key("Ctrl+2")
    assert docks(window) == {"files", "tools"}
    window.close()
    window = start(folder)
    assert docks(window) == {"files", "tools"}
    assert window.window.actions_["view.analyse"].isChecked()
    window.window.workspaces.docks["tools"].setFloating(True)
    window.window.actions_["view.reset_layout"].trigger()
    assert docks(window) == {"files", "tools", "layers"}
    assert not window.window.workspaces.docks["tools"].isFloating()
    window.window.activateWindow()
    window.key("Ctrl+1")
    assert docks(window) == {"files", "labels", "shapes", "attributes"}


def test_that_the_theme_is_switched_live_and_kept(start: Callable[..., Driver], folder: Path) -> None:
    window = start(folder)

    def darkness() -> int:
        return window.window.palette().color(QPalette.ColorRole.Window).lightness()

    assert darkness() > 128
    window.window.actions_["view.theme_dark"].trigger()
    assert darkness() < 128
    assert window.window.view.grab_view().pixelColor(2, 2).lightness() < 60
    assert window.window.preferences.get("theme") == "dark"
    window.window.actions_["view.theme_light"].trigger()
    assert darkness() > 128


def test_that_the_palette_runs_a_command(window: Driver) -> None:
    window.key("Ctrl+K")
    window.dialog("palette")
    window.type("next pict")
    window.key("Return")
    window.wait_for_picture("a2.png")


def test_that_the_palette_opens_a_tool(window: Driver) -> None:
    window.key("Ctrl+K")
    window.dialog("palette")
    window.type("canny")
    window.key("Down")
    window.key("Up")
    window.key("Return")
    until(lambda: window.window.tools.panel("fundamentals.canny") is not None)
    assert window.find("tool.fundamentals.canny").isVisible()
    until(lambda: len(window.window.stack.items) == 1)
    assert not window.is_open("palette")


def test_that_the_palette_says_when_nothing_is_called_that(window: Driver) -> None:
    window.key("Ctrl+K")
    dialog = window.dialog("palette")
    window.type("xyzzy")
    window.key("Return")
    assert dialog.isVisible()
    window.key("Esc")
    assert not window.is_open("palette")


def test_that_a_question_mark_opens_the_sheet_of_keys(window: Driver) -> None:
    window.key("?")
    sheet = window.dialog("key_sheet")
    assert any(label.text() == "Ctrl+K" for label in sheet.findChildren(QWidget) if hasattr(label, "text"))
    window.key("Esc")
    assert not window.is_open("key_sheet")


def change_key(window: Driver, command: str, key: str) -> None:
    window.choose_row("key_editor.tree", command)
    window.press("key_editor.edit")
    window.key(key)
    # Focus leaves by a click on the button, which ends the recording.
    window.press("key_editor.set")


def test_that_keys_are_changed_and_kept_and_a_conflict_is_refused(start: Callable[..., Driver], folder: Path) -> None:
    window = start(folder)
    window.window.actions_["edit.keys"].trigger()
    editor = window.dialog("key_editor")
    change_key(window, "File: Next picture", "Ctrl+Z")
    assert "belongs to “Undo”" in window.find("key_editor.problem").text()
    change_key(window, "File: Next picture", "Ctrl+J")
    assert window.find("key_editor.problem").text() == ""
    editor.reject()
    window.key("Ctrl+J")
    window.wait_for_picture("a2.png")
    window.close()
    window = start(folder)
    window.key("Ctrl+J")
    window.wait_for_picture("a2.png")


def test_that_view_value_and_table_are_copied(window: Driver) -> None:
    window.session.keep([Shape(BoxGeometry(Box(10, 10, 50, 50)), "thing", score=0.5)], "Keep")
    assert window.focus == "image_view", "a label that has its name already is not opened for typing"
    clipboard = QApplication.clipboard()
    window.key("Ctrl+C")
    assert clipboard.image().width() == window.window.view.width()
    window.hover(70.5, 60.5)
    window.key("Ctrl+Shift+C")
    assert clipboard.text() == "70, 60  R 230 G 190 B 70  uint8"
    window.window.actions_["edit.copy_table"].trigger()
    assert clipboard.text() == "Label\tKind\tArea, px\tScore\nthing\tbox\t1,600\t0.50"


def test_that_a_notice_goes_to_the_log_and_can_be_closed(window: Driver) -> None:
    window.window.notices.error("Something is wrong.", "details of it")
    window.press("notices.close")
    assert window.window.notices.text == ""
    window.key("F12")
    assert window.window.workspaces.docks["log"].isVisible()
    rows = window.find("log.rows")
    assert isinstance(rows, QTreeWidget)
    window.choose_row("log.rows", "Something is wrong.", column=2)
    details = window.find("log.details")
    assert isinstance(details, QPlainTextEdit) and details.toPlainText() == "details of it"


@pytest.mark.parametrize("tool", ["own.endless", "own.deaf"])
def test_that_the_window_closes_in_the_middle_of_a_run(troubled: Driver, tool: str) -> None:
    troubled.select_tool(tool)
    status = troubled.find(f"tool.{tool}.status")
    troubled.press(f"tool.{tool}.run")
    until(lambda: "..." in status.text(), 30)
    begun = time.monotonic()
    troubled.close()
    assert time.monotonic() - begun < 6
    assert troubled.window.jobs.worker_pid is None


def test_that_the_window_closes_while_a_dialog_is_open(window: Driver) -> None:
    window.key("Ctrl+M")
    window.dialog("models")
    window.close()


def test_that_the_strip_does_not_cover_a_fitted_picture(window: Driver) -> None:
    view, strip = window.window.view, window.window.segmenter.strip
    until(lambda: strip.isVisible())
    bottom = view.transform.to_view((0, 120))[1]
    assert bottom <= strip.geometry().top()


ACTIONABLE = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QDockWidget,
    QLineEdit,
    QPlainTextEdit,
    ImageView,
)


def is_inner(widget: QWidget) -> bool:
    """Parts that Qt makes inside its own widgets."""
    name, parent = widget.objectName(), widget.parentWidget()
    return (
        isinstance(widget, QScrollBar)
        or widget.window().inherits("QComboBoxPrivateContainer")
        or name.startswith("qt_")
        or isinstance(parent, (QAbstractSpinBox, QComboBox, QLineEdit, QTabBar))
        or type(widget).__name__ in ("QHeaderView", "QTableCornerButton", "QComboBoxListView")
        or (isinstance(parent, QDockWidget) and isinstance(widget, QAbstractButton))
        or (type(parent).__name__ in ("QTableView", "QKeySequenceEdit") and not name)
    )


def test_that_everything_that_can_be_used_has_a_name_and_every_button_a_tooltip(window: Driver) -> None:
    for tool_id in window.window.catalog.tools:
        window.window.tools.open(tool_id)
    window.key("F12")
    specs = (TextSpec("text"), NumberSpec("number"), ChoiceSpec("choice", ("a",)), FlagSpec("flag"))
    labels = LabelList((Label("cup", "#e69f00", attributes=specs),))
    window.session.edit(Change("Labels", (), (window.session.labels, labels)))
    window.session.keep([Shape(BoxGeometry(Box(1, 1, 9, 9)), "cup")], "Put")
    window.session.edit_document("Label", lambda d: add_image_labels(d, ["cup"]))
    window.session.select_all()
    for name in ("label.edit", "edit.keys", "help.keys", "models.manage"):
        window.window.actions_[name].trigger()
    window.window.workspaces.show("analyse")
    QTest.qWait(1)
    wrong: list[str] = []
    for top in QApplication.topLevelWidgets():
        for widget in top.findChildren(QWidget):
            if not isinstance(widget, ACTIONABLE) or is_inner(widget):
                continue
            where = f"{type(widget).__name__} {widget.objectName() or '?'} in {widget.parentWidget().objectName()}"
            if not widget.objectName():
                wrong.append(f"{where}: no name")
            if not widget.accessibleName():
                wrong.append(f"{where}: no accessible name")
            if isinstance(widget, QAbstractButton) and not widget.toolTip():
                wrong.append(f"{where}: no tooltip")
    assert not wrong, "\n".join(wrong)
