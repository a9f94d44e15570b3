"""Clicking with a model, without one."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from app.core.prompts import Click, Prompts
from app.ui.viewers.gestures.prompt import PromptGesture
from app.ui.viewers.prompt_strip import PromptStrip

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
Key = Qt.Key


@pytest.fixture
def gesture(view):
    gesture = PromptGesture(view)
    view.set_gesture(gesture)
    return gesture


def signs(gesture):
    return [c.positive for c in gesture.prompts.clicks]


def corners(gesture):
    return tuple(round(v, 6) for v in gesture.prompts.box.as_tuple())


def test_that_left_is_positive_right_and_ctrl_left_are_negative(view, mouse, gesture):
    mouse.click(50, 60)
    mouse.click(80, 60, RIGHT)
    mouse.click(120, 60, LEFT, CTRL)
    assert signs(gesture) == [True, False, False]
    assert gesture.prompts.clicks[0] == Click(pytest.approx(50, abs=0.6), pytest.approx(60, abs=0.6))


def test_that_quick_clicks_are_not_lost_as_a_double_click(view, mouse, gesture):
    mouse.click(50, 60)
    QTest.mouseDClick(view, LEFT, Qt.KeyboardModifier.NoModifier, mouse.at(60, 60))
    mouse.release(60, 60)
    assert len(gesture.prompts.clicks) == 2


def test_that_a_click_beside_the_picture_is_no_prompt(view, mouse, gesture):
    mouse.click(-5, 60)
    assert gesture.prompts.empty


def test_that_a_drag_is_a_box_live_and_one_step_to_take_back(view, mouse, gesture):
    seen = []
    gesture.prompts_changed.connect(seen.append)
    mouse.click(30, 30)
    mouse.press(50, 60)
    mouse.move(51, 60)
    assert gesture.prompts.box is None
    mouse.move(90, 100)
    assert corners(gesture) == (50, 60, 90, 100)
    mouse.move(120, 150)
    mouse.release(120, 150)
    assert corners(gesture) == (50, 60, 120, 150)
    assert len(gesture.prompts.clicks) == 1
    assert len(seen) >= 3
    QTest.keyClick(view, Key.Key_Backspace)
    assert gesture.prompts.box is None
    QTest.keyClick(view, Key.Key_Backspace)
    assert gesture.prompts.empty


def test_that_a_box_ends_at_the_picture(view, mouse, gesture):
    mouse.drag((350, 250), (450, 350))
    assert corners(gesture) == (350, 250, 400, 300)


def test_that_esc_during_a_drag_gives_up_the_drag_only(view, mouse, gesture):
    mouse.click(30, 30)
    mouse.press(50, 60)
    mouse.move(90, 100)
    QTest.keyClick(view, Key.Key_Escape)
    mouse.release(90, 100)
    assert gesture.prompts.box is None
    assert len(gesture.prompts.clicks) == 1


def test_that_a_marker_can_be_dragged_in_one_step(view, mouse, gesture):
    mouse.click(50, 60)
    mouse.drag((50, 60), (90, 100))
    assert gesture.prompts.box is None
    assert gesture.prompts.clicks == (Click(pytest.approx(90, abs=0.6), pytest.approx(100, abs=0.6)),)
    QTest.keyClick(view, Key.Key_Backspace)
    assert gesture.prompts.clicks[0].x == pytest.approx(50, abs=0.6)


def test_that_a_click_on_a_marker_adds_nothing(view, mouse, gesture):
    mouse.click(50, 60)
    mouse.click(50, 60)
    assert len(gesture.prompts.clicks) == 1


def test_that_a_marker_is_deleted_by_right_click_or_by_delete_under_the_pointer(view, mouse, gesture):
    mouse.click(50, 60)
    mouse.click(100, 60)
    mouse.click(150, 60)
    mouse.click(100, 60, RIGHT)
    assert [round(c.x) for c in gesture.prompts.clicks] == [50, 150]
    mouse.move(150, 60)
    assert view.cursor().shape() == Qt.CursorShape.PointingHandCursor
    QTest.keyClick(view, Key.Key_Delete)
    assert [round(c.x) for c in gesture.prompts.clicks] == [50]
    QTest.keyClick(view, Key.Key_Backspace)
    assert len(gesture.prompts.clicks) == 2


def test_that_enter_accepts_only_what_is_there_and_the_gesture_stays(view, mouse, gesture, qtbot):
    with qtbot.assertNotEmitted(gesture.accepted):
        QTest.keyClick(view, Key.Key_Return)
    mouse.click(50, 60)
    with qtbot.waitSignal(gesture.accepted):
        QTest.keyClick(view, Key.Key_Return)
    assert not gesture.prompts.empty
    gesture.reset()
    assert gesture.prompts.empty
    assert not gesture.can_undo
    assert view.gesture is gesture


def test_that_esc_drops_the_prompts_and_the_second_one_leaves(view, mouse, gesture, qtbot):
    mouse.click(50, 60)
    with qtbot.assertNotEmitted(gesture.left):
        QTest.keyClick(view, Key.Key_Escape)
    assert gesture.prompts.empty
    with qtbot.waitSignal(gesture.left):
        QTest.keyClick(view, Key.Key_Escape)


def test_that_tab_cycles_candidates_and_does_not_move_the_focus(view, gesture):
    steps = []
    gesture.candidate_step.connect(steps.append)
    QTest.keyClick(view, Key.Key_Tab)
    QTest.keyClick(view, Key.Key_Backtab, SHIFT)
    assert steps == [1, -1]


def test_that_shift_asks_for_a_preview_of_the_newest_place_only_and_says_when_it_is_over(view, mouse, gesture, qtbot):
    asked = []
    gesture.hover_requested.connect(asked.append)
    mouse.click(50, 60)
    mouse.move(70, 80)
    QTest.keyPress(view, Key.Key_Shift)
    mouse.move(80, 90, SHIFT)
    qtbot.waitUntil(lambda: bool(asked))
    assert isinstance(asked[-1], Prompts)
    assert len(asked[-1].clicks) == 2
    assert len(gesture.prompts.clicks) == 1
    with qtbot.waitSignal(gesture.hover_ended):
        QTest.keyRelease(view, Key.Key_Shift)


def test_that_another_picture_drops_the_prompts(view, mouse, gesture):
    mouse.click(50, 60)
    view.set_image(view.image)
    assert gesture.prompts.empty


def test_that_prompts_to_go_on_from_can_be_given(view, gesture):
    mask = np.ones((300, 400), bool)
    gesture.reset(Prompts(mask=mask))
    assert gesture.prompts.mask is mask


def test_that_markers_are_painted_in_two_tones(view, mouse, gesture):
    mouse.click(200, 100)
    image = view.grab_view()
    ratio = view.devicePixelRatioF()
    x, y = view.transform.to_view((200, 100))
    seen = {image.pixelColor(int((x + d / 4) * ratio), int((y - 4) * ratio)).name() for d in range(-44, 48)}
    assert "#00a878" in seen
    assert "#ffffff" in seen


@pytest.fixture
def strip(view, gesture):
    strip = PromptStrip()
    strip.follow(gesture)
    view.set_strip(strip)
    return strip


def test_that_the_strip_floats_at_the_bottom_centre_of_the_picture(view, strip):
    strip.set_engine("SAM 2 tiny")
    view.resize(900, 700)
    assert strip.geometry().center().x() == pytest.approx(450, abs=2)
    assert 650 < strip.geometry().bottom() < 700
    view.set_strip(None)
    assert not strip.isVisible()


def test_that_the_strip_tells_the_candidate_and_is_empty_without_prompts(mouse, gesture, strip):
    assert strip.candidate.text() == "Click an object"
    mouse.click(50, 60)
    strip.set_candidate(1, 3, 0.914)
    assert strip.candidate.text() == "2 of 3 · 0.91"
    assert strip.accept.isEnabled()
    gesture.reset()
    assert strip.candidate.text() == "Click an object"
    assert not strip.accept.isEnabled()


def test_that_the_strips_buttons_do_what_the_keys_do_and_leave_the_focus(view, mouse, gesture, strip, qtbot):
    assert not strip.undo.isEnabled()
    mouse.click(50, 60)
    mouse.click(100, 60)
    strip.set_candidate(0, 3, None)
    with qtbot.waitSignal(gesture.accepted):
        qtbot.mouseClick(strip.accept, LEFT)
    qtbot.mouseClick(strip.undo, LEFT)
    assert len(gesture.prompts.clicks) == 1
    qtbot.mouseClick(strip.clear, LEFT)
    assert gesture.prompts.empty
    for button in strip.findChildren(QPushButton):
        assert button.objectName()
        assert button.accessibleName()
        assert "(" in button.toolTip()


def test_that_busy_shows_after_a_moment_only(strip, qtbot):
    strip.set_busy(True)
    assert not strip.busy.isVisible()
    qtbot.waitUntil(strip.busy.isVisible, timeout=2000)
    strip.set_busy(False)
    assert not strip.busy.isVisible()
    strip.set_busy(True)
    strip.set_busy(False)
    assert not strip._delay.isActive()


def test_that_keys_of_the_gesture_come_before_the_windows_shortcuts(view, mouse, gesture):
    fired = []
    for key in (Key.Key_Backspace, Key.Key_Return, Key.Key_D):
        QShortcut(QKeySequence(key), view).activated.connect(lambda key=key: fired.append(key))
    view.activateWindow()
    mouse.click(50, 60)
    QTest.keyClick(view, Key.Key_Backspace)
    QTest.keyClick(view, Key.Key_D)
    assert gesture.prompts.empty
    assert fired in ([Key.Key_D], [])
