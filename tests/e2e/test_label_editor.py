"""The label editor: what is typed is a draft until it is applied; bad entries are said beside their fields."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QLineEdit, QMenu

from app.core.annotation import BoxGeometry, EllipseGeometry, Shape
from app.core.geometry import Box
from app.core.labels import ChoiceSpec, FlagSpec, NumberSpec
from app.io.project import ProjectStore
from app.ui.annotate import label_edits
from app.ui.labels.editor import LabelEditor
from tests.driving import RIGHT, Driver, until

BOX = BoxGeometry(Box(20, 20, 70, 70))


def fill(window: Driver) -> None:
    """A cat and a dog on the first picture, a cat on the second."""
    window.session.keep([Shape(BOX, "cat"), Shape(BOX, "dog")], "Put")
    window.key("D")
    window.wait_for_picture("a2.png")
    window.session.keep([Shape(BOX, "cat")], "Put")
    window.session.choose_label("cat")


def opened(window: Driver, label: str = "cat") -> LabelEditor:
    window.session.choose_label(label)
    if window.is_open("label_editor"):
        window.window.actions_["label.edit"].trigger()
    else:
        window.key("Shift+N")
    dialog = window.dialog("label_editor")
    assert isinstance(dialog, LabelEditor)
    return dialog


def said(window: Driver, name: str) -> str:
    label = window.find(f"label_editor.{name}")
    assert isinstance(label, QLabel)
    return label.text() if label.isVisible() else ""


def retype(window: Driver, name: str, text: str) -> None:
    field = window.find(f"label_editor.{name}")
    assert isinstance(field, QLineEdit)
    field.setFocus()
    field.selectAll()
    if text:
        window.type(text)
    else:
        QTest.keyClick(field, Qt.Key.Key_Delete)


def pick(window: Driver, name: str, text: str) -> None:
    """Choose in a combo box, by the keyboard."""
    box = window.find(f"label_editor.{name}")
    assert isinstance(box, QComboBox)
    box.setFocus()
    wanted = box.findText(text)
    assert wanted >= 0
    while box.currentIndex() != wanted:
        QTest.keyClick(box, Qt.Key.Key_Down if box.currentIndex() < wanted else Qt.Key.Key_Up)


def names(window: Driver, path: str) -> list[str]:
    assert window.session.store is not None
    return [s.label for s in window.session.store.document(path).shapes]


def choose(menu_of: str, window: Driver, *way: str) -> None:
    """Open a button's menu and trigger an entry of it, of a menu in it."""
    menu = window.find(f"{menu_of}.menu")
    assert isinstance(menu, QMenu)
    menu.aboutToShow.emit()
    for step in way[:-1]:
        menu = next(a.menu() for a in menu.actions() if a.text() == step)
    next(a for a in menu.actions() if a.text() == way[-1]).trigger()


def test_that_a_double_click_opens_the_editor_which_leaves_the_picture_to_be_worked_on(window: Driver) -> None:
    fill(window)
    tree = window.window.labels.list
    window.double_press(tree.viewport(), tree.visualItemRect(tree.item_of("dog")).center())
    dialog = window.dialog("label_editor")
    assert not dialog.isModal() and window.focus == "label_editor.name"
    field = window.find("label_editor.name")
    assert isinstance(field, QLineEdit) and field.text() == "dog"
    window.window.activateWindow()
    until(lambda: QApplication.activeWindow() is window.window)
    window.window.view.setFocus()
    window.key("R")
    window.drag((90, 30), (130, 60))
    assert names(window, "a2.png") == ["cat", "dog"] and dialog.isVisible()


def test_that_several_changes_are_applied_as_one_step_that_was_said_first(window: Driver) -> None:
    fill(window)
    opened(window)
    before, steps = window.session.labels, window.session.history.position
    retype(window, "name", "feline")
    retype(window, "aliases", "puss, Katze")
    pick(window, "parent", "dog")
    until(lambda: said(window, "words") == "Change label cat, now feline: 2 shapes in 2 images.")
    assert window.session.labels is before, "nothing is done before it is applied"
    window.press("label_editor.apply")
    label = window.session.labels.get("feline")
    assert label is not None and (label.aliases, label.parent) == (("puss", "Katze"), "dog")
    assert names(window, "a1.png") == ["feline", "dog"] and names(window, "a2.png") == ["feline"]
    assert window.session.current_label == "feline"
    assert window.session.history.position == steps + 1
    window.session.undo()
    assert window.session.labels == before and names(window, "a1.png") == ["cat", "dog"]


def test_that_the_hierarchy_is_shown_as_a_tree(window: Driver) -> None:
    fill(window)
    opened(window)
    pick(window, "parent", "dog")
    window.press("label_editor.apply")
    item = window.window.labels.list.item_of("cat")
    assert item is not None and item.parent() is window.window.labels.list.item_of("dog")


def test_that_bad_entries_are_said_beside_their_fields_and_cannot_be_applied(window: Driver) -> None:
    fill(window)
    opened(window)
    retype(window, "name", "dog")
    assert said(window, "name.problem") == "There is a label called dog already. Merge the two instead."
    assert not window.find("label_editor.apply").isEnabled()
    retype(window, "name", "cat")
    retype(window, "aliases", "Dog")
    assert said(window, "aliases.problem") == "Dog means dog already."
    retype(window, "aliases", "")
    pick(window, "key", "2")
    assert said(window, "key.problem") == "2 is the key of dog."
    pick(window, "key", "3")
    until(lambda: said(window, "words") == "Change label cat: shapes stay as they are.")
    window.key("Ctrl+Return")
    until(lambda: window.session.labels.for_key(3) is not None)
    assert window.session.labels.for_key(3).name == "cat"


def test_that_a_label_cannot_come_below_itself(window: Driver) -> None:
    fill(window)
    opened(window)
    pick(window, "parent", "dog")
    window.press("label_editor.apply")
    dialog = opened(window, "dog")
    pick(window, "parent", "cat")
    assert said(window, "parent.problem") == "cat is dog itself or below it."
    dialog.pages.setCurrentIndex(1)
    assert dialog.pages.tabText(0) == "General !", "also where the page is not seen"


def test_that_shapes_that_would_no_longer_fit_are_counted(window: Driver) -> None:
    window.session.keep([Shape(BOX, "cat"), Shape(EllipseGeometry((40, 40), 20, 10), "cat")], "Put")
    opened(window)
    window.press("label_editor.kind.box", at=QPoint(8, 12))
    until(lambda: "1 shape would no longer fit" in said(window, "words"))
    window.press("label_editor.apply")
    assert window.session.labels.get("cat").kinds == ("box",)


def test_that_a_merge_is_said_first_and_can_be_cancelled(window: Driver) -> None:
    fill(window)
    opened(window)
    choose("label_editor.merge", window, "dog")
    assert said(window, "words") == "Merge cat into dog: 2 shapes in 2 images."
    window.press("label_editor.revert")
    assert "cat" in window.session.labels and said(window, "words") == ""
    choose("label_editor.merge", window, "dog")
    window.press("label_editor.apply")
    assert names(window, "a1.png") == ["dog", "dog"] and window.session.labels.named("cat").name == "dog"
    window.session.undo()
    assert names(window, "a1.png") == ["cat", "dog"]


def test_that_a_label_is_deleted_with_its_shapes_or_gives_them_away(window: Driver) -> None:
    fill(window)
    opened(window)
    choose("label_editor.delete", window, "Its shapes become", "dog")
    assert said(window, "words") == "Delete label cat: 2 shapes in 2 images."
    window.press("label_editor.apply")
    assert names(window, "a1.png") == ["dog", "dog"] and window.session.labels.named("cat") is None
    window.session.undo()
    opened(window)
    choose("label_editor.delete", window, "With its shapes")
    window.press("label_editor.apply")
    assert names(window, "a1.png") == ["dog"] and names(window, "a2.png") == []


def test_that_attributes_are_added_ordered_and_taken_away(window: Driver) -> None:
    fill(window)
    dialog = opened(window)
    dialog.pages.setCurrentIndex(1)
    window.press("label_editor.attribute.add")
    assert window.focus == "label_editor.spec.name"
    window.type("breed")
    pick(window, "spec.kind", "Choice")
    assert said(window, "spec.choices.problem") == "Name the choices, with commas between them."
    retype(window, "spec.choices", "tabby, siamese")
    pick(window, "spec.preset", "siamese")
    window.press("label_editor.spec.required", at=QPoint(8, 12))
    window.press("label_editor.attribute.add")
    window.type("age")
    pick(window, "spec.kind", "Number")
    retype(window, "spec.minimum", "30")
    retype(window, "spec.maximum", "20")
    assert said(window, "spec.maximum.problem") == "20 is less than the minimum, 30."
    assert not window.find("label_editor.apply").isEnabled()
    retype(window, "spec.minimum", "old")
    assert said(window, "spec.minimum.problem") == "old is no number."
    assert not window.find("label_editor.apply").isEnabled()
    retype(window, "spec.minimum", "0")
    retype(window, "spec.step", "0,5")
    window.press("label_editor.attribute.add")
    window.type("indoors")
    pick(window, "spec.kind", "Yes or no")
    window.press("label_editor.spec.shown", at=QPoint(8, 12))
    window.press("label_editor.attribute.up")
    window.press("label_editor.attribute.add")
    window.press("label_editor.attribute.remove")
    until(lambda: "2 shapes would no longer fit" in said(window, "words"))
    window.press("label_editor.apply")
    assert window.session.labels.get("cat").attributes == (
        ChoiceSpec("breed", ("tabby", "siamese"), default="siamese", required=True),
        FlagSpec("indoors", shown=True),
        NumberSpec("age", 0, 20, 0.5),
    )


def test_that_a_known_skeleton_is_taken_and_changed(window: Driver) -> None:
    fill(window)
    dialog = opened(window)
    dialog.pages.setCurrentIndex(2)
    choose("label_editor.preset", window, "Face, 5 points")
    page = dialog.skeleton
    assert page.joints.count() == 5
    page.joints.setCurrentRow(2)
    window.press("label_editor.joint.remove")
    window.press("label_editor.joint.add")
    window.type("chin")
    window.key("Return")
    pick(window, "bone.from", "left_eye")
    pick(window, "bone.to", "chin")
    window.press("label_editor.bone.add")
    window.press("label_editor.apply")
    skeleton = window.session.labels.get("cat").skeleton
    assert skeleton.joints == ("left_eye", "right_eye", "left_mouth", "right_mouth", "chin")
    assert skeleton.edges == ((0, 1), (2, 3), (0, 4))


def test_that_drafts_are_kept_per_label_and_not_dropped_without_a_word(window: Driver) -> None:
    fill(window)
    dialog = opened(window)
    retype(window, "aliases", "puss")
    window.press(dialog.tree.viewport(), dialog.tree.visualItemRect(dialog.tree.item_of("dog")).center())
    field = window.find("label_editor.aliases")
    assert isinstance(field, QLineEdit) and field.text() == ""
    window.key("Esc")
    assert dialog.isVisible() and "Changes of cat are not applied." in said(window, "words")
    window.press(dialog.tree.viewport(), dialog.tree.visualItemRect(dialog.tree.item_of("cat")).center())
    assert field.text() == "puss"
    window.press("label_editor.revert")
    assert field.text() == ""
    window.key("Esc")
    assert not dialog.isVisible()


def test_that_the_menu_of_the_list_offers_what_can_be_done_with_a_label(window: Driver) -> None:
    fill(window)
    tree = window.window.labels.list
    at = tree.visualItemRect(tree.item_of("dog")).center()
    QTest.mouseClick(tree.viewport(), RIGHT, Qt.KeyboardModifier.NoModifier, at)
    tree.customContextMenuRequested.emit(at)
    menu = window.window.labels.menu
    assert menu.isVisible()
    assert [a.text() for a in menu.actions()] == ["Edit...", "Rename", "Colour...", "Delete"]
    menu.actions()[0].trigger()
    menu.close()
    field = window.find("label_editor.name")
    assert isinstance(field, QLineEdit) and field.text() == "dog"


@pytest.fixture
def large(window: Driver, monkeypatch: pytest.MonkeyPatch) -> Driver:
    """A project that is too large to be read at once (as far as the program knows)."""
    fill(window)
    monkeypatch.setattr(label_edits, "FEW", 0)
    return window


def test_that_a_large_project_is_renamed_in_its_file_and_back(large: Driver) -> None:
    session = large.session
    window = large.window
    opened(large)
    retype(large, "name", "feline")
    until(lambda: said(large, "words") == "Rename cat to feline: 2 shapes in 2 images.")
    large.press("label_editor.apply")
    assert session.wide.held, "it is done off the window's thread"
    assert not session.edit_document("Nothing", lambda d: d) and window.notices.text == ""
    steps = session.history.position
    session.keep([Shape(BOX, "dog")], "Put")
    assert "is under way" in window.notices.text and session.history.position == steps
    until(lambda: not session.wide.held)
    assert [s.label for s in large.shapes] == ["feline"] and session.current_label == "feline"
    assert names(large, "a1.png") == ["feline", "dog"]
    session.undo()
    until(lambda: not session.wide.held)
    assert "cat" in session.labels and [s.label for s in large.shapes] == ["cat"]
    session.redo()
    until(lambda: not session.wide.held)
    assert names(large, "a1.png") == ["feline", "dog"] and session.history.undo_name == "Rename cat to feline"


def test_that_a_large_deletion_asks_first_and_the_list_of_files_knows(large: Driver) -> None:
    session, files = large.session, large.window.files
    large.press("labels.delete")
    until(lambda: large.window.notices.text == "Delete label cat: 2 shapes in 2 images.")
    large.press("notices.action")
    until(lambda: not session.wide.held)
    assert large.shapes == () and names(large, "a1.png") == ["dog"]
    row = files.model.index(files.model.row_of("a1.png"))
    assert row.data(Qt.ItemDataRole.AccessibleTextRole) == "a1.png, 1 shape, in work"
    session.undo()
    until(lambda: not session.wide.held)
    assert [s.label for s in large.shapes] == ["cat"]
    assert row.data(Qt.ItemDataRole.AccessibleTextRole) == "a1.png, 2 shapes, in work"


def test_that_closing_in_the_middle_leaves_the_project_whole(large: Driver) -> None:
    session = large.session
    file = session.store.file
    large.window.labels.edits.rename("cat", "feline")
    assert session.wide.held
    large.close()
    with ProjectStore.open(file) as store:
        found = {s.label for d in store.documents() for s in d.shapes}
        assert found in ({"cat", "dog"}, {"feline", "dog"})
        assert ("feline" in store.labels()) == ("feline" in found)
        assert (store.history().undo_name == "Rename cat to feline") == ("feline" in found)


def test_that_a_project_open_for_reading_is_not_written_to(large: Driver) -> None:
    session = large.session
    session.store.read_only, session.store.note = True, "It is open in another Fovea: for reading only."
    large.window.labels.edits.rename("cat", "feline")
    assert not session.wide.held and "for reading only" in large.window.notices.text
    assert names(large, "a1.png") == ["cat", "dog"]


def test_that_going_back_in_the_history_passes_an_edit_of_a_large_project(large: Driver) -> None:
    session, travel = large.session, large.window.flow.travel
    start = session.history.position
    session.keep([Shape(BOX, "dog")], "Put")
    opened(large)
    retype(large, "name", "feline")
    until(lambda: said(large, "words").startswith("Rename cat to feline"))
    large.press("label_editor.apply")
    until(lambda: not session.wide.held)
    session.keep([Shape(BOX, "dog")], "Put")
    travel.go_to(start)
    until(lambda: not travel.under_way)
    assert session.history.position == start and "cat" in session.labels
    travel.go_to(start + 3)
    until(lambda: not travel.under_way)
    assert session.history.position == start + 3 and "feline" in session.labels


def test_that_labels_are_put_in_another_order_by_button_and_key(window: Driver) -> None:
    fill(window)
    dialog = opened(window, "dog")
    window.press("label_editor.up")
    assert [label.name for label in window.session.labels] == ["dog", "cat"]
    assert [item.text(0) for item in dialog.tree.items()] == ["dog", "cat"]
    assert dialog.tree.current == "dog"
    window.key("Alt+Down")
    until(lambda: [label.name for label in window.session.labels] == ["cat", "dog"])
    assert window.session.history.undo_name == "Move label dog down"
