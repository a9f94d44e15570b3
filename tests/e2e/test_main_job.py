"""Open, click, Enter, the next one: the main job by real mouse and key events."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image as Pillow
from PySide6.QtWidgets import QLineEdit

from app.core.annotation import MaskGeometry, pixels_of
from app.io.preferences import Preferences
from tests.driving import CTRL, RIGHT, SHIFT, Driver, disc_picture, until

DISC = (70, 60)
"""The middle of the disc in the first picture."""
CORNER = (10, 10)


def keep_first(window: Driver, name: str = "") -> None:
    """Keep the disc; a name is typed for its label, or `object` taken."""
    window.keep(*DISC)
    if name:
        window.type(name)
    window.key("Return")


def test_that_a_click_gives_the_object_and_enter_keeps_it(window: Driver) -> None:
    window.keep(*DISC)
    (shape,) = window.shapes
    assert isinstance(shape.geometry, MaskGeometry)
    found = pixels_of(shape.geometry, 160, 120)
    truth = disc_picture(at=DISC)[..., 0] == 230
    assert np.logical_and(found, truth).sum() / np.logical_or(found, truth).sum() > 0.9
    assert shape.author == "segmentation.click:click-net"


def test_that_the_first_object_is_named_on_the_spot_and_work_goes_on_without_a_dialog(window: Driver) -> None:
    window.keep(*DISC)
    assert window.session.current_label == "object"
    editor = window.app.focusWidget()
    assert isinstance(editor, QLineEdit) and editor.text() == "object" and editor.selectedText() == "object"
    window.type("1st coin")
    window.key("Return")
    assert [s.label for s in window.shapes] == ["1st coin"]
    assert [x.name for x in window.session.labels.labels] == ["1st coin"]
    assert window.focus == "image_view"
    window.keep(*CORNER)
    assert [s.label for s in window.shapes] == ["1st coin"] * 2
    assert window.focus == "image_view"


def test_that_clicking_on_takes_the_typed_name_too(window: Driver) -> None:
    window.keep(*DISC)
    window.type("coin")
    window.keep(*CORNER)
    assert [s.label for s in window.shapes] == ["coin", "coin"]


def test_that_escape_leaves_the_first_name_as_it_is(window: Driver) -> None:
    window.keep(*DISC)
    window.type("nonsense")
    window.key("Esc")
    assert [s.label for s in window.shapes] == ["object"]
    assert window.focus == "image_view"


def test_that_right_click_and_ctrl_click_say_what_is_not_meant(window: Driver) -> None:
    window.click(*DISC)
    window.click(*CORNER, RIGHT)
    window.click(150, 110, keys=CTRL)
    prompts = window.window.segmenter.gesture.prompts
    assert [c.positive for c in prompts.clicks] == [True, False, False]
    until(window.answered)
    mask = window.window.segmenter.candidates[0].mask
    assert mask[60, 70] and not mask[10, 10] and not mask[110, 150]


def test_that_a_box_is_dragged_around_an_object(window: Driver) -> None:
    window.drag((36, 26), (104, 94))
    until(window.answered)
    window.key("Return")
    (shape,) = window.shapes
    assert abs(shape.geometry.area() - np.pi * 30**2) < 300


def test_that_enter_before_the_answer_keeps_it_when_it_comes(window: Driver) -> None:
    window.click(*DISC)
    window.key("Return")
    until(lambda: len(window.shapes) == 1)


def test_that_undo_takes_back_prompts_first_and_kept_shapes_then(window: Driver) -> None:
    keep_first(window)
    window.click(*CORNER)
    window.click(150, 110)
    gesture = window.window.segmenter.gesture
    window.key("Ctrl+Z")
    assert len(gesture.prompts.clicks) == 1
    window.key("Ctrl+Z")
    assert gesture.prompts.empty and len(window.shapes) == 1
    window.key("Ctrl+Z")
    assert window.shapes == ()
    window.key("Ctrl+Shift+Z")
    assert [s.label for s in window.shapes] == ["object"]


def test_that_undo_shows_the_picture_that_it_changes(window: Driver) -> None:
    keep_first(window)
    window.key("D")
    window.wait_for_picture("a2.png")
    window.key("Ctrl+Z")
    window.wait_for_picture("a1.png")
    assert window.shapes == ()
    window.key("D")
    window.wait_for_picture("a2.png")
    window.key("Ctrl+Shift+Z")
    window.wait_for_picture("a1.png")
    assert len(window.shapes) == 1


def test_that_a_new_label_is_typed_and_digits_choose_labels(window: Driver) -> None:
    keep_first(window, "coin")
    window.key("N")
    window.type("table")
    window.key("Return")
    assert window.session.current_label == "table" and window.focus == "image_view"
    window.keep(*CORNER)
    window.key("1")
    assert window.session.current_label == "coin"
    window.key("2")
    assert window.session.current_label == "table"
    assert [s.label for s in window.shapes] == ["coin", "table"]


def test_that_a_digit_relabels_what_is_selected(window: Driver) -> None:
    keep_first(window, "coin")
    window.key("N")
    window.type("moon")
    window.key("Return")
    window.key("V")
    window.click(*DISC)
    assert len(window.session.selection) == 1
    window.key("2")
    assert [s.label for s in window.shapes] == ["moon"]


def test_that_a_selected_mask_is_refined(window: Driver) -> None:
    keep_first(window)
    before = window.shapes[0]
    window.key("V")
    window.click(*DISC)
    window.key("S")
    assert window.window.segmenter.gesture.prompts.mask is not None
    window.click(70, 35, RIGHT)
    until(window.answered)
    window.key("Return")
    until(lambda: window.shapes[0] != before)
    (after,) = window.shapes
    assert after.id == before.id and after.label == before.label
    assert not pixels_of(after.geometry, 160, 120)[35, 70]
    window.key("Ctrl+Z")
    assert window.shapes == (before,)


def test_that_escape_drops_the_prompts_and_then_leaves(window: Driver) -> None:
    window.click(*DISC)
    until(window.answered)
    window.key("Esc")
    segmenter = window.window.segmenter
    assert segmenter.active and segmenter.gesture.prompts.empty and not segmenter.candidates
    window.key("Esc")
    assert not segmenter.active and not segmenter.strip.isVisible()
    assert window.window.actions_["gesture.select"].isChecked()
    window.key("S")
    assert segmenter.active and segmenter.strip.isVisible()


def test_that_tab_and_shift_tab_go_round_the_candidates(start: Callable[..., Driver], folder: Path) -> None:
    rings = disc_picture(at=DISC, radius=45)
    rings[disc_picture(at=DISC, radius=15)[..., 0] == 230] = (40, 60, 200)
    Pillow.fromarray(rings).save(folder / "a1.png")
    Preferences().set("segmentation.engine", "classical")  # which always sees a part and a whole in rings
    window = start(folder)
    window.click(*DISC)
    until(window.answered)
    segmenter = window.window.segmenter
    count = len(segmenter.candidates)
    assert count > 1
    window.key("Tab")
    assert segmenter.chosen == 1
    window.key("Shift+Tab")
    window.key("Shift+Tab")
    assert segmenter.chosen == count - 1
    assert window.focus == "image_view"
    shown = segmenter.candidates[segmenter.chosen].mask
    window.key("Return")
    assert np.array_equal(pixels_of(window.shapes[0].geometry, 160, 120), shown)


def test_that_backspace_takes_back_the_last_prompt(window: Driver) -> None:
    window.click(*DISC)
    window.click(*CORNER)
    window.key("Backspace")
    assert [c.point for c in window.window.segmenter.gesture.prompts.clicks] == [
        window.window.segmenter.gesture.prompts.clicks[0].point
    ]


def test_that_shift_shows_what_a_click_would_give(window: Driver) -> None:
    view = window.window.view
    window.hover(*DISC, keys=SHIFT)
    until(lambda: view._preview is not None)
    assert window.window.segmenter.gesture.prompts.empty
    window.hover(*CORNER)
    until(lambda: view._preview is None)


def test_that_switching_pictures_in_the_middle_of_a_run_draws_nothing_stale(window: Driver) -> None:
    for _ in range(3):
        window.click(*DISC)
        window.key("D")
        window.key("A")
        window.wait_for_picture("a1.png")
    window.key("D")
    window.wait_for_picture("a2.png")
    until(lambda: not window.window.jobs.busy)
    segmenter = window.window.segmenter
    assert segmenter.gesture.prompts.empty and not segmenter.candidates
    assert window.window.view._preview is None and window.shapes == ()


def test_that_the_hint_goes_for_good_with_the_first_mask(start: Callable[..., Driver], folder: Path) -> None:
    window = start(folder)
    hint = window.find("picture_hint")
    assert hint.isVisible() and hint.text() == "Click an object. Enter keeps it."
    keep_first(window)
    assert not hint.isVisible()
    window.key("D")
    window.wait_for_picture("a2.png")
    assert not hint.isVisible()
    window.close()
    window = start(folder)
    assert not window.find("picture_hint").isVisible()


def test_that_a_closed_project_is_opened_as_it_was(start: Callable[..., Driver], folder: Path) -> None:
    window = start(folder)
    keep_first(window, "coin")
    window.keep(*CORNER)
    before, labels = window.shapes, window.session.labels
    window.close()
    window = start(folder)
    assert window.shapes == before and window.session.labels == labels
    assert window.session.current_label == "coin"
    window.keep(150, 110)
    assert [s.label for s in window.shapes] == ["coin"] * 3


def large(folder: Path) -> Path:
    """A toothed wheel of 1,000 pixels across, and a second picture."""
    rows, columns = np.mgrid[:1200, :1600]
    dx, dy = columns - 800, rows - 600
    wheel = np.hypot(dx, dy) < 500 * (1 + 0.03 * np.sign(np.sin(30 * np.arctan2(dy, dx))))
    folder.mkdir()
    Pillow.fromarray(np.where(wheel[..., None], (230, 90, 40), (40, 60, 70)).astype(np.uint8)).save(folder / "a1.png")
    Pillow.new("RGB", (1600, 1200), (40, 60, 70)).save(folder / "a2.png")
    return folder


def test_that_what_was_kept_is_outlined_closely_as_the_same_step(start: Callable[..., Driver], tmp_path: Path) -> None:
    window = start(large(tmp_path / "large"))
    window.click(800, 600)
    until(window.answered)
    coarse = window.window.segmenter.candidates[0].encoded()
    window.key("Return")
    until(lambda: len(window.shapes) == 1)
    window.key("Return")  # the label's name stays
    until(lambda: not window.window.jobs.busy)
    (shape,) = window.shapes
    assert isinstance(shape.geometry, MaskGeometry) and shape.geometry.rle != coarse
    assert window.session.history.undo_name == "Keep mask"
    window.key("Ctrl+Z")
    assert window.shapes == ()
    window.key("Ctrl+Shift+Z")
    assert window.shapes == (shape,)


def test_that_an_outline_is_looked_at_closely_though_the_person_has_gone_on(
    start: Callable[..., Driver], tmp_path: Path
) -> None:
    window = start(large(tmp_path / "large"))
    window.click(800, 600)
    until(window.answered)
    coarse = window.window.segmenter.candidates[0].encoded()
    window.key("Return")
    window.key("Return")
    window.key("D")
    window.wait_for_picture("a2.png")
    until(lambda: not window.window.jobs.busy)
    assert window.session.store is not None
    (shape,) = window.session.store.document("a1.png").shapes
    assert isinstance(shape.geometry, MaskGeometry) and shape.geometry.rle != coarse


def test_that_a_finer_outline_takes_no_step_away_that_can_be_done_again(
    start: Callable[..., Driver], tmp_path: Path
) -> None:
    window = start(large(tmp_path / "large"))
    window.click(800, 600)
    until(window.answered)
    window.key("Return")
    window.session.add_label("other")
    window.session.undo()
    assert window.window.jobs.busy  # the outline is not there yet
    until(lambda: not window.window.jobs.busy)
    assert window.session.history.redo_name == "Add label other"


def test_that_a_quick_outline_is_the_one_that_was_shown(start: Callable[..., Driver], tmp_path: Path) -> None:
    Preferences().set("segmentation.outline", "quick")
    window = start(large(tmp_path / "large"))
    window.click(800, 600)
    until(window.answered)
    coarse = window.window.segmenter.candidates[0].encoded()
    window.key("Return")
    until(lambda: len(window.shapes) == 1 and not window.window.jobs.busy)
    (shape,) = window.shapes
    assert isinstance(shape.geometry, MaskGeometry) and shape.geometry.rle == coarse
