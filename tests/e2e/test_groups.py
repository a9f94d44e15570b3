"""Groups are selected and moved as one; several shapes are resized and turned by the frame around them."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.core import edits
from app.core.annotation import BoxGeometry, Geometry, MaskGeometry, PolygonGeometry, RotatedBoxGeometry, Shape
from app.core.dump import canonical_bytes
from app.core.geometry import Box
from app.core.masks import encode
from app.ui.viewers import frame
from app.ui.viewers.grips import turn_handle
from tests.driving import ALT, CTRL, LEFT, NONE, RIGHT, SHIFT, Driver, until

A, B, C = Box(20, 20, 50, 50), Box(70, 30, 100, 60), Box(110, 80, 140, 100)


@pytest.fixture
def window(window: Driver) -> Driver:
    """Two boxes of a group and one beside it, nothing selected."""
    window.session.add_label("thing")
    shapes = [Shape(BoxGeometry(box), "thing", name) for box, name in ((A, "a"), (B, "b"), (C, "c"))]
    window.session.keep(shapes, "Put")
    window.session.edit_document("Group", lambda d: edits.group(d, ["a", "b"]))
    window.key("V")
    window.session.select(())
    return window


def now(window: Driver, shape_id: str) -> Geometry:
    assert window.session.document is not None
    shape = window.session.document.shape(shape_id)
    assert shape is not None
    return shape.geometry


def box(window: Driver, shape_id: str) -> tuple[float, ...]:
    return now(window, shape_id).bounds().as_tuple()


def near(one: object, other: object, within: float = 0.4) -> bool:
    return bool(np.allclose(np.array(one), np.array(other), atol=within))


def test_that_a_click_takes_the_group_and_a_second_one_the_member(window: Driver) -> None:
    window.click(35, 35)
    assert window.session.selection == {"a", "b"}
    window.click(35, 35)
    assert window.session.selection == {"a"}
    window.click(85, 45)
    assert window.session.selection == {"b"}, "inside the group a click takes the member"
    window.click(125, 90)
    assert window.session.selection == {"c"}
    window.double_click(85, 45)
    assert window.session.selection == {"b"}


def test_that_alt_takes_the_member_and_shift_adds_or_takes_away_the_group(window: Driver) -> None:
    window.click(35, 35, keys=ALT)
    assert window.session.selection == {"a"}
    window.click(125, 90)
    window.click(85, 45, keys=SHIFT)
    assert window.session.selection == {"a", "b", "c"}
    window.click(35, 35, keys=SHIFT)
    assert window.session.selection == {"c"}
    window.click(35, 35, keys=SHIFT | ALT)
    assert window.session.selection == {"a", "c"}
    window.click(85, 45, keys=SHIFT)
    assert window.session.selection == {"a", "b", "c"}, "a group of which some is selected is completed"


def test_that_a_band_takes_whole_groups_and_with_alt_what_lies_in_it(window: Driver) -> None:
    window.drag((10, 10), (60, 60))
    assert window.session.selection == {"a", "b"}
    window.session.select(())
    window.drag((10, 10), (60, 60), keys=ALT)
    assert window.session.selection == {"a"}


def test_that_a_right_click_means_the_group(window: Driver) -> None:
    window.click(35, 35, RIGHT)
    until(window.window.editing.menu.menu.isVisible)
    assert window.session.selection == {"a", "b"}
    window.window.editing.menu.menu.close()


def test_that_a_group_moves_together_in_one_step(window: Driver) -> None:
    window.click(35, 35)
    position = window.session.history.position
    window.drag((35, 35), (45, 55))
    assert near(box(window, "a"), (30, 40, 60, 70)) and near(box(window, "b"), (80, 50, 110, 80))
    assert window.session.history.position == position + 1
    window.key("Ctrl+Z")
    assert box(window, "a") == A.as_tuple() and box(window, "b") == B.as_tuple()


def both(window: Driver) -> None:
    window.session.select(["a", "b"])


def test_that_the_frame_scales_all_in_one_step(window: Driver) -> None:
    both(window)
    assert window.session.document is not None
    before, position = (
        canonical_bytes([window.session.document], window.session.labels),
        window.session.history.position,
    )
    window.drag((100, 60), (140, 80))
    assert near(box(window, "a"), (20, 20, 65, 65)) and near(box(window, "b"), (95, 35, 140, 80))
    assert window.session.history.position == position + 1
    assert window.session.history.undo_name == "Resize 2 shapes"
    assert window.session.selection == {"a", "b"}
    window.key("Ctrl+Z")
    assert canonical_bytes([window.session.document], window.session.labels) == before


def test_that_shift_keeps_proportions_and_alt_or_ctrl_the_middle(window: Driver) -> None:
    both(window)
    window.drag((100, 60), (140, 62), keys=SHIFT)
    assert near(box(window, "b"), (95, 35, 140, 80))
    window.key("Ctrl+Z")
    for held in (ALT, CTRL):
        window.drag((100, 60), (120, 70), keys=held)
        assert near(box(window, "a"), (0, 10, 45, 55)) and near(box(window, "b"), (75, 25, 120, 70))
        window.key("Ctrl+Z")


def test_that_the_frame_turns_all_and_shift_goes_in_steps(window: Driver) -> None:
    both(window)
    scale = window.window.view.transform.scale
    turning = turn_handle(BoxGeometry(Box(20, 20, 100, 60)), scale, (160, 120))
    assert turning is not None
    window.drag(turning[0], (90, 42), keys=SHIFT)
    one, two = now(window, "a"), now(window, "b")
    assert isinstance(one, RotatedBoxGeometry) and isinstance(two, RotatedBoxGeometry)
    assert one.angle == pytest.approx(90) and near(one.centre, (65, 15)) and near(two.centre, (55, 65))
    assert window.session.history.undo_name == "Turn 2 shapes"


def pressed(window: Driver, start: tuple[float, float], end: tuple[float, float]) -> None:
    """In the middle of a drag."""
    QTest.mousePress(window.window.windowHandle(), LEFT, NONE, window._on_picture(*start))
    window._move(window._on_picture((start[0] + end[0]) / 2, (start[1] + end[1]) / 2), LEFT)
    window._move(window._on_picture(*end), LEFT)


def test_that_the_numbers_are_shown_while_it_is_dragged_and_esc_takes_it_back(window: Driver, monkeypatch) -> None:
    from app.ui.viewers.gestures import select

    said: list[str] = []
    monkeypatch.setattr(select, "paint_beside", lambda painter, at, text, colour: said.append(text))
    both(window)
    pressed(window, (100, 60), (140, 80))
    window.window.view.grab_view()
    assert said[-1] == "120 x 60 px"
    window.hold(Qt.Key.Key_Shift)
    window.window.view.grab_view()
    assert said[-1] == "120 x 60 px"
    window.hold(Qt.Key.Key_Shift, False)
    window.key("Esc")
    QTest.mouseRelease(window.window.windowHandle(), LEFT, NONE, window._on_picture(140, 80))
    assert box(window, "a") == A.as_tuple()
    window.session.select(["c"])
    pressed(window, (140, 100), (150, 105))
    window.window.view.grab_view()
    assert said[-1] == "40 x 25 px", "of one shape too"
    QTest.mouseRelease(window.window.windowHandle(), LEFT, NONE, window._on_picture(150, 105))
    pressed(window, (120, 90), (110, 80))
    window.window.view.grab_view()
    assert said[-1] == "-10, -10 px"
    QTest.mouseRelease(window.window.windowHandle(), LEFT, NONE, window._on_picture(110, 80))


def test_that_locked_shapes_are_left_out_of_the_frame(window: Driver) -> None:
    window.session.edit_document("Lock", lambda d: edits.set_locked(d, ["c"]))
    window.session.select(["a", "b", "c"])
    window.drag((100, 60), (140, 80))
    assert near(box(window, "b"), (95, 35, 140, 80)) and box(window, "c") == C.as_tuple()


def test_that_a_mask_has_a_frame_and_says_what_scaling_loses(window: Driver) -> None:
    pixels = np.zeros((120, 160), bool)
    pixels[80:100, 20:60] = True
    rle = encode(pixels)
    assert rle is not None
    window.session.keep([Shape(MaskGeometry(rle), "thing", "m")], "Put")
    window.session.select(["m"])
    window.drag((60, 100), (80, 110))
    assert near(box(window, "m"), (20, 80, 80, 110), 1)
    assert "resampled" in window.window.notices.text


def test_that_t_puts_a_frame_around_a_polygon(window: Driver) -> None:
    ring = ((20.0, 70.0), (60.0, 70.0), (60.0, 110.0), (20.0, 110.0))
    window.session.keep([Shape(PolygonGeometry((ring,)), "thing", "p")], "Put")
    window.session.select(["p"])
    window.drag((60, 110), (80, 110))
    assert near(now(window, "p").rings[0][2], (80, 110)) and now(window, "p").rings[0][1] == (60, 70)  # type: ignore[union-attr]
    window.key("Ctrl+Z")
    window.key("T")
    window.drag((60, 110), (80, 110))
    assert near(now(window, "p").rings[0][1], (80, 70)), "the whole polygon is wider"  # type: ignore[union-attr]
    window.key("T")
    assert not window.window.actions_["shape.frame"].isChecked()


def test_that_very_many_are_shown_as_boxes_and_made_off_this_thread(window: Driver, monkeypatch) -> None:
    monkeypatch.setattr(frame, "MOST", 1)
    both(window)
    position = window.session.history.position
    before = window.window.view.grab_view()
    pressed(window, (100, 60), (140, 80))
    assert window.window.view.grab_view() != before
    QTest.mouseRelease(window.window.windowHandle(), LEFT, NONE, window._on_picture(140, 80))
    until(lambda: window.session.history.position == position + 1)
    assert near(box(window, "b"), (95, 35, 140, 80)) and window.session.selection == {"a", "b"}
    assert window.session.history.undo_name == "Resize 2 shapes"
