"""Choosing shapes with the mouse."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.core.annotation import BoxGeometry, Shape
from app.core.document import LabelList
from app.core.geometry import Box

SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def shapes(view):
    """One box in another, and one beside them; the view answers with what is asked for."""
    made = [
        Shape(BoxGeometry(Box(80, 80, 200, 200)), "a", id="large"),
        Shape(BoxGeometry(Box(100, 100, 150, 150)), "a", id="small"),
        Shape(BoxGeometry(Box(250, 80, 300, 120)), "a", id="beside"),
    ]
    view.set_shapes(made, LabelList())
    return made


@pytest.fixture
def asked(view, shapes):
    got = []

    def answer(ids, additive):
        got.append((set(ids), additive))
        view.set_selected(view.selected_shapes() ^ ids if additive else ids)

    view.selection_requested.connect(answer)
    return got


def test_that_a_click_takes_the_smallest_and_the_next_one_the_one_below(view, mouse, asked):
    for expected in ("small", "large", "small"):
        mouse.click(120, 120)
        assert asked[-1] == ({expected}, False)
    mouse.click(140, 140)
    assert asked[-1] == ({"small"}, False)


def test_that_a_double_click_counts_as_two(view, mouse, asked):
    mouse.double_click(120, 120)
    assert asked[-1] == ({"large"}, False)


def test_that_a_click_is_told_with_the_shape(view, mouse, asked, qtbot):
    with qtbot.waitSignal(view.shape_clicked) as signal:
        mouse.click(270, 100)
    assert signal.args == ["beside"]


def test_that_shift_adds_and_a_click_on_nothing_clears(view, mouse, asked):
    mouse.click(270, 100, modifiers=SHIFT)
    assert asked[-1] == ({"beside"}, True)
    mouse.click(30, 30)
    assert asked[-1] == (set(), False)
    asked.clear()
    mouse.click(30, 30, modifiers=SHIFT)
    assert asked == []


def test_that_a_rubber_band_takes_what_lies_wholly_inside(view, mouse, asked):
    mouse.drag((90, 90), (310, 160))
    assert asked[-1] == ({"small"}, False)
    mouse.drag((310, 210), (70, 70), modifiers=SHIFT)
    assert asked[-1] == ({"small", "large", "beside"}, True)


def test_that_the_band_is_drawn_while_dragging_and_esc_gives_it_up(view, mouse, asked):
    mouse.press(40, 40)
    plain = view.grab_view()
    mouse.move(220, 220)
    assert view.grab_view() != plain
    QTest.keyClick(view, Qt.Key.Key_Escape)
    mouse.release(220, 220)
    assert asked == []


def test_that_delete_asks_to_remove_the_selected(view, shapes, qtbot):
    view.set_selected(frozenset({"small"}))
    with qtbot.waitSignal(view.remove_requested) as signal:
        QTest.keyClick(view, Qt.Key.Key_Delete)
    assert set(signal.args[0]) == {"small"}


def test_that_the_shape_under_the_pointer_is_shown_fuller(view, mouse, shapes):
    before = view.grab_view()
    mouse.move(270, 100)
    assert view.grab_view() != before
    mouse.move(30, 30)
    assert view.grab_view() == before


def test_that_a_selected_shape_looks_different(view, shapes):
    before = view.grab_view()
    view.set_selected(frozenset({"beside"}))
    assert view.grab_view() != before
