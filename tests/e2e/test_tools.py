"""Tools in the window: live ones, slow ones, broken ones, and what they find taken over as shapes."""

from __future__ import annotations

import os
import signal

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QSlider

from app.core.layers import MaskLayer, TextLayer
from app.core.prompts import Prompts
from app.core.sources import Prompted
from app.tools.runner import Result
from app.ui.annotate.segmenting import PREPARE
from app.ui.running.jobs import Failure, Request
from tests.driving import LEFT, NONE, Driver, until

CANNY = "param.fundamentals.canny"


def drag_slider(window: Driver, slider: QSlider, pace_ms: int = 15) -> int:
    """Drag a handle from where it is to the right end, with moves as a hand makes them. How many there were."""
    window.show(slider)
    width = slider.width()
    start = QPoint(8 + (width - 16) * slider.value() // slider.maximum(), slider.height() // 2)
    QTest.mousePress(slider, LEFT, NONE, start)
    moves = 30
    for i in range(1, moves + 1):
        place = QPoint(start.x() + (width - start.x()) * i // moves, start.y())
        none = Qt.MouseButton.NoButton
        at = place.toPointF()
        event = QMouseEvent(QEvent.Type.MouseMove, at, slider.mapToGlobal(at), none, LEFT, NONE)
        QApplication.sendEvent(slider, event)
        QTest.qWait(pace_ms)
    QTest.mouseRelease(slider, LEFT, NONE, QPoint(width, start.y()))
    return moves


def slider_of(window: Driver, row: str) -> QSlider:
    slider = window.find(row).findChild(QSlider)
    assert slider is not None
    return slider


def test_that_canny_follows_its_sliders(window: Driver) -> None:
    window.select_tool("fundamentals.canny")
    until(lambda: len(window.window.stack.items) == 1)
    frames: list[int] = []
    window.window.stack.changed.connect(
        lambda: frames.append(int(window.window.stack.items[0].layer.mask.sum())) if window.window.stack.items else None
    )
    drag_slider(window, slider_of(window, f"{CANNY}.high"))
    until(lambda: not window.window.jobs.busy)
    panel = window.window.tools.panel("fundamentals.canny")
    assert panel.form.values()["high"] == 2000
    assert len(frames) > 3 and frames[-1] < frames[0]


def test_that_a_slow_live_tool_shows_several_frames_of_a_drag_and_ends_with_the_last_value(troubled: Driver) -> None:
    troubled.select_tool("own.slow")
    shown: list[str] = []
    stack = troubled.window.stack
    stack.changed.connect(lambda: shown.extend(i.layer.text for i in stack.items if isinstance(i.layer, TextLayer)))
    until(lambda: shown)
    drag_slider(troubled, slider_of(troubled, "param.own.slow.number"), pace_ms=25)
    until(lambda: not troubled.window.jobs.busy and shown[-1] == "100")
    assert 4 <= len(set(shown)) < 30


def test_that_values_that_contradict_each_other_are_told_in_place(window: Driver) -> None:
    window.select_tool("fundamentals.canny")
    until(lambda: len(window.window.stack.items) == 1)
    before = window.window.stack.items
    window.enter_number(f"{CANNY}.low", "900")
    error = window.find("form.fundamentals.canny.error")
    assert error.isVisible() and error.text() == "Low must not be above high"
    assert window.find(f"{CANNY}.low").property("invalid") and window.find(f"{CANNY}.high").property("invalid")
    assert not window.find(f"{CANNY}.sigma").property("invalid")
    assert window.window.stack.items == before, "the last good result stays"
    window.press(f"{CANNY}.low.reset")
    assert not error.isVisible() and not window.find(f"{CANNY}.low").property("invalid")


def test_that_intermediate_steps_are_layers_when_asked_for(window: Driver) -> None:
    window.select_tool("fundamentals.canny")
    until(lambda: len(window.window.stack.items) == 1)
    box = window.find("tool.fundamentals.canny.stage.gradient")
    window.show(box)
    window.press(box, QPoint(8, box.height() // 2))
    until(lambda: [i.layer.name for i in window.window.stack.items] == ["edges", "gradient"])


def test_that_another_picture_gets_its_own_result(window: Driver) -> None:
    window.select_tool("fundamentals.canny")
    until(lambda: len(window.window.stack.items) == 1)
    first = window.window.stack.items[0].layer
    window.key("D")
    assert first not in [i.layer for i in window.window.stack.items]
    window.wait_for_picture("a2.png")
    until(lambda: len(window.window.stack.items) == 1)
    second = window.window.stack.items[0].layer
    assert isinstance(first, MaskLayer) and isinstance(second, MaskLayer)
    assert (first.mask != second.mask).any()


@pytest.mark.parametrize("name", ["own.light_bug", "own.bug"])
def test_that_a_bug_in_a_tool_is_a_notice_with_its_traceback_in_the_log(troubled: Driver, name: str) -> None:
    troubled.select_tool(name)
    troubled.press(f"tool.{name}.run")
    until(lambda: "a bug of its own" in troubled.window.notices.text, 30)
    assert "Traceback" in troubled.window.log.text() and "raise ValueError" in troubled.window.log.text()
    assert troubled.find(f"tool.{name}.status").property("role") == "error"
    troubled.select_tool("own.slow")
    until(lambda: troubled.window.stack.items)


def test_that_a_refusal_is_a_sentence_where_the_tool_was_started(troubled: Driver) -> None:
    troubled.select_tool("own.refuses")
    troubled.press("tool.own.refuses.run")
    status = troubled.find("tool.own.refuses.status")
    until(lambda: status.text() == "This picture is too gray.", 30)
    assert troubled.window.notices.text == ""


def test_that_a_heavy_tool_is_called_off(troubled: Driver) -> None:
    troubled.select_tool("own.endless")
    status = troubled.find("tool.own.endless.status")
    troubled.press("tool.own.endless.run")
    until(lambda: status.text().startswith("Number 0"), 30)
    troubled.press("tool.own.endless.cancel")
    assert status.text() == "Cancelled."
    troubled.press("tool.own.endless.run")
    until(lambda: troubled.window.jobs.busy)
    troubled.key("Ctrl+.")
    until(lambda: not troubled.window.jobs.busy)


def test_that_the_death_of_the_process_costs_a_notice_and_the_next_run_works(troubled: Driver) -> None:
    troubled.select_tool("own.endless")
    troubled.press("tool.own.endless.run")
    until(lambda: troubled.find("tool.own.endless.status").text().startswith("Number"), 30)
    pid = troubled.window.jobs.worker_pid
    assert pid
    os.kill(pid, signal.SIGKILL)
    status = troubled.find("tool.own.endless.status")
    until(lambda: status.property("role") == "error", 30)
    assert troubled.window.notices.text
    troubled.select_tool("own.echo")
    troubled.press("tool.own.echo.run")
    until(lambda: len(troubled.window.stack.items) == 5, 30)
    assert troubled.window.jobs.worker_pid != pid


def test_that_found_boxes_are_taken_over_as_shapes_in_one_step(troubled: Driver) -> None:
    troubled.select_tool("own.echo")
    troubled.press("tool.own.echo.run")
    until(lambda: len(troubled.window.stack.items) == 5, 30)
    troubled.key("Ctrl+Return")
    until(lambda: troubled.shapes)
    assert {s.label for s in troubled.shapes} == {"cat", "object"}
    assert {s.author for s in troubled.shapes} == {"own.echo"}
    assert troubled.window.stack.items == ()
    troubled.window.view.setFocus()
    troubled.key("Ctrl+Z")
    assert troubled.shapes == ()


def test_that_opening_a_tool_leaves_clicking_unless_prompts_are_pending(window: Driver) -> None:
    segmenter = window.window.segmenter
    window.click(70, 60)
    window.select_tool("fundamentals.canny")
    assert segmenter.active
    window.window.view.setFocus()
    window.key("Esc")
    window.select_tool("fundamentals.gaussian")
    assert not segmenter.active
    window.select_tool("segmentation.click")
    assert segmenter.active


def test_that_each_engine_says_whether_its_weights_are_there(window: Driver) -> None:
    window.select_tool("segmentation.click")
    box = window.find("param.segmentation.click.engine.edit")
    titles = {box.itemData(i): box.itemText(i) for i in range(box.count())}
    assert box.currentData() == "click-net"
    assert titles["click-net"] == "Fovea's own network"
    assert titles["classical"] == "Classical (no network)"
    assert titles["sam-vit-b"] == "Segment Anything B (weights missing)"


def test_that_missing_weights_are_told_with_a_remedy(window: Driver) -> None:
    window.select_tool("segmentation.click")
    window.choose("param.segmentation.click.engine", "sam-vit-b")
    remedy = window.find("tool.segmentation.click.remedy")
    until(remedy.isVisible, 30)
    segmenter, image = window.window.segmenter, window.session.image
    assert segmenter is not None and image is not None
    tool, source = segmenter.tool, Prompted(image, Prompts())
    late = Request(tool, source, tool.params(outline="quick"), PREPARE)  # of the engine before, which was at work
    window.window.jobs.finished.emit(late, Result(tool, source, late.params, (), 0.1))
    window.window.jobs.failed.emit(late, Failure("It fell over."))
    assert remedy.isVisible()
    assert "sam_vit_b_01ec64.pth" in window.find("tool.segmentation.click.status").text()
    assert window.find("status.engine").text() == "Clicks: Segment Anything B, weights missing"
    window.press(remedy)
    assert window.dialog("models").selected == "sam-vit-b"
    window.key("Esc")
    window.key("Ctrl+1")
    window.click(70, 60)
    until(lambda: "sam_vit_b_01ec64.pth" in window.window.notices.text, 30)
    window.press("notices.action")
    assert window.dialog("models").selected == "sam-vit-b"
    window.key("Esc")
