"""Skeletons are set joint by joint, dropped whole, and changed afterwards, by mouse and keys."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt

from app.core import edits
from app.core.annotation import KeypointsGeometry
from app.core.history import Change
from app.core.labels import Label, LabelList, Skeleton
from app.core.skeletons import COCO_PERSON
from app.io import transfer
from app.io.formats import coco
from tests.driving import ALT, RIGHT, Driver, until

ARM = Skeleton(("shoulder", "left_elbow", "wrist"), ((0, 1), (1, 2)))
PLACES = ((40, 30), (70, 60), (100, 40))


@pytest.fixture
def window(window: Driver) -> Driver:
    """With a label of three joints, and the tool taken."""
    labels = LabelList((Label("arm", "#e69f00", 1, skeleton=ARM), Label("thing", "#56b4e9", 2)))
    window.session.edit(Change("Labels", (), (window.session.labels, labels)))
    window.session.choose_label("arm")
    window.key("K")
    return window


def last(window: Driver) -> KeypointsGeometry:
    geometry = window.shapes[-1].geometry
    assert isinstance(geometry, KeypointsGeometry)
    return geometry


def value(window: Driver) -> str:
    return window.window.drawing.strip.value.text()


def at(window: Driver, places: object = PLACES) -> bool:
    points = last(window).points
    return all(abs(a - c) < 0.4 and abs(b - d) < 0.4 for (a, b), (c, d) in zip(points, places, strict=True))  # type: ignore[call-overload]


def test_that_joints_are_clicked_in_the_label_s_order_and_the_next_one_is_named(window: Driver) -> None:
    for i, place in enumerate(PLACES):
        assert value(window) == f"{('shoulder', 'left elbow', 'wrist')[i]}, {i + 1} of 3"
        assert window.shapes == ()
        window.click(*place)
    geometry = last(window)
    assert at(window) and geometry.visibility == (2, 2, 2)
    assert geometry.names == ARM.joints and geometry.edges == ARM.edges
    assert window.shapes[0].label == "arm" and window.session.history.undo_name == "Draw skeleton"
    assert value(window).startswith("shoulder"), "the next one can begin"
    window.key("Ctrl+Z")
    assert window.shapes == ()


def test_that_the_name_of_the_next_joint_stands_beside_the_pointer(window: Driver) -> None:
    view = window.window.view
    window.hover(20, 100)
    first = view.grab_view()
    window.click(40, 30)
    window.hover(20, 100)
    assert view.grab_view() != first, "another name, and a bone towards the pointer"


@pytest.mark.parametrize("how", ["right", "alt"])
def test_that_a_right_or_alt_click_sets_a_hidden_joint_and_tab_leaves_one_out(window: Driver, how: str) -> None:
    if how == "right":
        window.click(*PLACES[0], RIGHT)
    else:
        window.click(*PLACES[0], keys=ALT)
    window.key("Tab")
    assert window.focus == "image_view"
    window.click(*PLACES[2])
    assert last(window).visibility == (1, 0, 2)


def test_that_enter_ends_early_and_backspace_takes_one_back(window: Driver) -> None:
    window.click(*PLACES[0])
    window.click(150, 110)
    window.key("Backspace")
    assert value(window).startswith("left elbow")
    window.click(*PLACES[1])
    window.key("Ctrl+Z")
    assert value(window).startswith("left elbow"), "the last joint goes before the last step"
    window.click(*PLACES[1])
    window.key("Return")
    assert last(window).visibility == (2, 2, 0)
    window.key("Return")
    window.key("Tab")
    window.key("Tab")
    window.key("Tab")
    assert len(window.shapes) == 1, "without a joint there is no skeleton"


def test_that_a_joint_is_moved_while_the_others_are_still_missing(window: Driver) -> None:
    window.click(20, 100)
    window.drag((20, 100), PLACES[0])
    assert value(window).startswith("left elbow"), "a drag on a joint sets no other"
    window.click(*PLACES[1])
    window.click(*PLACES[2])
    assert at(window)


def test_that_a_dragged_box_drops_the_whole_skeleton_to_be_dragged_into_place(window: Driver) -> None:
    window.drag((40, 20), (80, 110))
    assert window.shapes == (), "it is kept with Enter"
    window.drag((60, 35), PLACES[0])
    window.drag((60, 65), PLACES[1])
    window.drag((60, 95), PLACES[2])
    window.click(*PLACES[2], RIGHT)
    window.key("Return")
    assert at(window) and last(window).visibility == (2, 2, 1)
    window.drag((40, 20), (80, 110))
    window.key("Backspace")
    window.key("Return")
    assert len(window.shapes) == 1, "a whole skeleton is taken back as a whole"


def test_that_a_label_without_joints_is_offered_those_of_coco(window: Driver) -> None:
    window.key("2")
    window.click(50, 50)
    notices = window.window.notices
    assert "thing has no joints" in notices.text
    window.press("notices.action")
    assert window.session.labels.get("thing").skeleton == COCO_PERSON  # type: ignore[union-attr]
    assert value(window) == "nose, 1 of 17"
    window.key("Ctrl+Z")
    assert window.session.labels.get("thing").skeleton is None  # type: ignore[union-attr]
    window.key("Ctrl+Shift+Z")
    window.drag((40, 10), (120, 110))
    window.key("Return")
    assert last(window).names == COCO_PERSON.joints and len(last(window).edges) == 19


def test_that_without_any_label_a_person_is_offered(start, folder: Path) -> None:
    window = start(folder)
    window.key("K")
    window.press("notices.action")
    assert [label.name for label in window.session.labels] == ["person"]
    window.click(80, 20)
    window.key("Return")
    assert window.shapes[0].label == "person" and last(window).visibility == (2, *[0] * 16)


def test_that_a_label_that_takes_no_skeletons_refuses_and_nothing_is_lost(window: Driver) -> None:
    before = window.session.labels
    only = LabelList(tuple(replace(x, kinds=("box",)) for x in before))
    window.session.edit(Change("Kinds", (), (before, only)))
    for place in PLACES:
        window.click(*place)
    assert window.shapes == () and "takes box only" in window.window.notices.text
    window.session.edit(Change("Kinds", (), (only, before)))
    window.key("Return")
    assert at(window)


def test_that_the_joint_under_the_pointer_is_named_and_j_steps_its_visibility(window: Driver) -> None:
    for place in PLACES:
        window.click(*place)
    window.key("V")
    window.session.select([window.shapes[0].id])
    window.hover(150, 110)
    before = window.window.view.grab_view()
    window.key("J")
    assert "point at one of its joints" in window.window.notices.text and last(window).visibility == (2, 2, 2)
    window.hover(*PLACES[1])
    assert window.window.view.grab_view() != before
    for expected in (1, 0, 2):
        window.key("J")
        assert last(window).visibility == (2, expected, 2)
    assert window.session.history.undo_name == "Visibility of joint"
    window.drag(PLACES[1], (70, 90))
    assert at(window, (PLACES[0], (70, 90), PLACES[2]))


def test_that_a_skeleton_goes_to_coco_and_comes_back(window: Driver, folder: Path, tmp_path: Path) -> None:
    window.click(*PLACES[0])
    window.click(*PLACES[1], RIGHT)
    window.key("Return")
    store = window.session.store
    assert store is not None
    report = transfer.export(store, tmp_path / "out")
    read = coco.read(report.file)
    assert read.skeletons["arm"] == ARM
    (shape,) = next(d for d in read.documents if d.shapes).shapes
    geometry = shape.geometry
    assert isinstance(geometry, KeypointsGeometry)
    assert geometry.visibility == (2, 1, 0) and geometry.names == ARM.joints and geometry.edges == ARM.edges
    assert np.allclose(geometry.points[:2], last(window).points[:2])
    # A new project knows the joints at once.
    session = window.session
    without = LabelList(tuple(replace(x, skeleton=None) for x in session.labels))
    session.edit(Change("Forget", (), (session.labels, without)))
    session.adopt(read)
    assert session.labels.get("arm").skeleton == ARM  # type: ignore[union-attr]


def test_that_a_held_key_hides_the_drawing_too(window: Driver) -> None:
    window.click(*PLACES[0])
    window.hover(60, 100)
    view = window.window.view
    seen = view.grab_view()
    window.hold(Qt.Key.Key_H)
    assert view.grab_view() != seen
    window.hold(Qt.Key.Key_H, False)
    assert view.grab_view() == seen


def test_that_another_label_in_the_middle_does_not_change_the_joints(window: Driver) -> None:
    window.click(*PLACES[0])
    window.key("2")
    window.click(*PLACES[1])
    window.click(*PLACES[2])
    until(lambda: len(window.shapes) == 1)
    assert last(window).names == ARM.joints


def test_that_edits_of_a_locked_skeleton_are_refused(window: Driver) -> None:
    for place in PLACES:
        window.click(*place)
    window.session.edit_document("Lock", lambda d: edits.set_locked(d, [window.shapes[0].id]))
    window.key("V")
    window.session.select([window.shapes[0].id])
    window.hover(*PLACES[1])
    window.key("J")
    assert last(window).visibility == (2, 2, 2)
