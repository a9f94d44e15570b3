"""Shapes that give way to each other, in the same step as what was drawn or changed."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest

from app.core.annotation import BoxGeometry, EllipseGeometry, MaskGeometry, PolygonGeometry, Shape
from app.core.areas import area_of
from app.core.carve import given_way, overlaps
from app.core.dump import canonical_bytes
from app.core.geometry import Box
from app.core.history import Change
from app.core.labels import LabelList
from app.core.masks import encode
from app.ui.annotate import no_overlap
from tests.driving import Driver, until

LEFT = BoxGeometry(Box(20, 20, 80, 90))


@pytest.fixture
def window(window: Driver) -> Driver:
    window.session.add_label("thing")
    window.session.keep([Shape(LEFT, "thing", id="left")], "Put")
    return window


def choose(window: Driver, which: str) -> None:
    window.window.actions_[f"draw.overlap_{which}"].trigger()


def shape(window: Driver, shape_id: str) -> Shape:
    assert window.session.document is not None
    found = window.session.document.shape(shape_id)
    assert found is not None
    return found


def dump(window: Driver) -> bytes:
    return canonical_bytes([window.session.document], window.session.labels)


def clear(window: Driver) -> bool:
    """Whether nothing overlaps."""
    found = [s.geometry for s in window.shapes]
    return not any(overlaps(a, b) for i, a in enumerate(found) for b in found[:i])


def draw_box(window: Driver, start: tuple[float, float] = (50, 40), end: tuple[float, float] = (120, 70)) -> None:
    window.key("R")
    window.drag(start, end)


def test_that_overlap_is_allowed_until_something_else_is_chosen(window: Driver) -> None:
    draw_box(window)
    assert not clear(window)


def test_that_the_new_shape_gives_way_in_one_step(window: Driver) -> None:
    choose(window, "new")
    before, position = dump(window), window.session.history.position
    draw_box(window)
    assert clear(window) and shape(window, "left").geometry == LEFT
    drawn = window.shapes[-1].geometry
    assert isinstance(drawn, PolygonGeometry) and np.isclose(drawn.bounds().x0, 80)
    assert window.session.history.position == position + 1
    window.key("Ctrl+Z")
    assert dump(window) == before


def test_that_neighbours_give_way_in_one_step(window: Driver) -> None:
    choose(window, "others")
    before, position = dump(window), window.session.history.position
    draw_box(window)
    assert clear(window)
    assert isinstance(window.shapes[-1].geometry, BoxGeometry), "the new one is as it was drawn"
    left = shape(window, "left").geometry
    assert isinstance(left, PolygonGeometry) and np.isclose(area_of(left).area, 60 * 70 - 30 * 30, atol=40)
    assert window.session.history.position == position + 1
    window.key("Ctrl+Z")
    assert dump(window) == before


def test_that_the_strip_and_the_menu_are_one_choice_which_is_remembered(window: Driver) -> None:
    window.key("R")
    strip = window.window.drawing.strip
    assert strip.overlap.isVisible() and strip.overlap.currentData() == "allowed"
    strip.overlap.setFocus()
    window.key("Down")
    assert window.window.actions_["draw.overlap_new"].isChecked()
    assert window.window.preferences.get("overlap") == "new"
    choose(window, "others")
    assert strip.overlap.currentData() == "others"
    window.key("X")
    assert not strip.overlap.isVisible(), "points cover nothing"


def test_that_what_is_covered_wholly_is_not_made_and_stays_on_the_picture(window: Driver) -> None:
    choose(window, "new")
    window.key("P")
    for place in ((30, 30), (60, 30), (60, 60)):
        window.click(*place)
    window.key("Return")
    assert len(window.shapes) == 1 and "nothing would be left" in window.window.notices.text
    assert len(window.window.drawing.gesture.points) == 3, "the drawing is still there"
    choose(window, "allowed")
    window.key("Return")
    assert len(window.shapes) == 2


def test_that_of_several_new_shapes_those_that_are_covered_are_left_out(window: Driver) -> None:
    choose(window, "new")
    boxes = [Box(30, 30, 40, 40), Box(100, 30, 140, 60), Box(70, 40, 110, 50)]
    assert window.session.keep([Shape(BoxGeometry(b), "thing") for b in boxes], "Take over")
    assert len(window.shapes) == 3 and clear(window)
    assert "1 shape would lie wholly under others" in window.window.notices.text
    assert not window.session.keep([Shape(BoxGeometry(boxes[0]), "thing")], "Take over")


def test_that_a_pasted_copy_lies_aside_and_gives_way(window: Driver) -> None:
    choose(window, "new")
    window.key("V")
    window.session.select(["left"])
    window.key("Ctrl+C")
    window.key("Ctrl+V")
    assert len(window.shapes) == 2 and clear(window)
    window.key("Ctrl+Z")
    assert len(window.shapes) == 1


def test_that_a_neighbour_that_is_covered_wholly_goes_and_that_is_said(window: Driver) -> None:
    choose(window, "others")
    draw_box(window, (10, 10), (100, 100))
    assert len(window.shapes) == 1 and "gone" in window.window.notices.text
    window.key("Ctrl+Z")
    assert shape(window, "left").geometry == LEFT


def test_that_a_moved_shape_and_a_stroke_of_the_brush_give_way_too(window: Driver) -> None:
    other = Shape(BoxGeometry(Box(110, 30, 150, 60)), "thing", id="other")
    window.session.keep([other], "Put")
    choose(window, "new")
    window.key("V")
    window.session.select(["other"])
    window.drag((140, 45), (100, 45))
    assert clear(window) and np.isclose(shape(window, "other").bounds().x0, 80)
    window.key("B")
    window.window.editing.retouching.gesture.radius = 8.0
    window.drag((90, 50), (60, 50))
    assert clear(window) and isinstance(shape(window, "other").geometry, MaskGeometry)
    window.key("Ctrl+Z")
    window.key("Ctrl+Z")
    assert shape(window, "other") == other


def test_that_locked_neighbours_and_members_of_the_group_keep_what_they_have(window: Driver) -> None:
    window.session.edit_document("Lock", lambda d: replace(d, shapes=tuple(replace(s, locked=True) for s in d.shapes)))
    choose(window, "others")
    draw_box(window)
    assert shape(window, "left").geometry == LEFT
    choose(window, "allowed")
    both = [Shape(EllipseGeometry((130, 90), 20, 15), "thing", i, group="g") for i in ("one", "two")]
    window.session.keep(both, "Put")
    choose(window, "new")
    window.key("V")
    window.session.select(["one", "two"])
    window.drag((130, 90), (128, 92))
    kept = [shape(window, i).geometry for i in ("one", "two")]
    assert kept[0] == kept[1] and isinstance(kept[0], EllipseGeometry) and kept[0] != both[0].geometry


def test_that_a_label_that_takes_boxes_only_keeps_its_boxes_and_says_so(window: Driver) -> None:
    before = window.session.labels
    after = LabelList(tuple(replace(x, kinds=("box",)) for x in before))
    window.session.edit(Change("Kinds", (), (before, after)))
    choose(window, "new")
    draw_box(window)
    assert isinstance(window.shapes[-1].geometry, BoxGeometry)
    assert "its overlap stays" in window.window.notices.text


def noisy_mask(seed: int, x: int) -> MaskGeometry:
    pixels = np.zeros((120, 160), bool)
    pixels[10:110, x : x + 70] = np.random.default_rng(seed).random((100, 70)) < 0.6
    rle = encode(pixels)
    assert rle is not None
    return MaskGeometry(rle)


def test_that_what_takes_longer_is_seen_at_once_and_joins_its_step(window: Driver, monkeypatch) -> None:
    monkeypatch.setattr(no_overlap, "AT_ONCE", 2)
    choose(window, "new")
    before, position = dump(window), window.session.history.position
    draw_box(window)
    assert len(window.shapes) == 2, "at once, as it was drawn"
    until(lambda: clear(window))
    assert window.session.history.position == position + 1, "one step"
    assert window.session.history.undo_name == "Draw box"
    window.key("Ctrl+Z")
    assert dump(window) == before
    window.key("Ctrl+Shift+Z")
    assert clear(window) and len(window.shapes) == 2


def test_that_what_takes_longer_keeps_to_the_label_s_kinds_and_takes_nothing_away_again(
    window: Driver, monkeypatch
) -> None:
    monkeypatch.setattr(no_overlap, "AT_ONCE", 2)
    choose(window, "new")
    draw_box(window, (30, 30), (60, 60))
    until(lambda: "the overlap stays" in window.window.notices.text)
    assert len(window.shapes) == 2
    window.key("Ctrl+Z")
    before = window.session.labels
    after = LabelList(tuple(replace(x, kinds=("box",)) for x in before))
    window.session.edit(Change("Kinds", (), (before, after)))
    draw_box(window)
    until(lambda: "its overlap stays" in window.window.notices.text)
    assert isinstance(window.shapes[-1].geometry, BoxGeometry)


def test_that_what_takes_longer_can_be_called_off_and_is_dropped_if_the_shape_changed(
    window: Driver, monkeypatch
) -> None:
    go = threading.Event()

    def waits(*given: object) -> object:
        go.wait(10)
        return given_way(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(no_overlap, "AT_ONCE", 2)
    monkeypatch.setattr(no_overlap, "given_way", waits)
    choose(window, "new")
    draw_box(window)
    window.key("Ctrl+.")
    assert "Cancelled" in window.window.notices.text and not clear(window)
    choose(window, "others")
    draw_box(window, (30, 75), (110, 100))
    window.key("Ctrl+Z")
    go.set()
    until(lambda: not window.window.editing.commands.slow.pending)
    assert shape(window, "left").geometry == LEFT, "what was taken back carves nothing"


def test_that_masks_give_way_by_pixels(window: Driver) -> None:
    window.session.keep([Shape(noisy_mask(1, 60), "thing", id="a")], "Put")
    choose(window, "others")
    window.session.keep([Shape(noisy_mask(2, 70), "thing", id="b")], "Put")
    until(lambda: not window.window.editing.commands.slow.pending)
    assert not overlaps(shape(window, "a").geometry, shape(window, "b").geometry)


def test_that_labels_and_locks_are_no_changes_of_place(window: Driver) -> None:
    window.session.keep([Shape(BoxGeometry(Box(60, 60, 100, 100)), "thing", id="over")], "Put")
    choose(window, "new")
    window.session.select(["over"])
    window.key("V")
    window.session.select(["over"])
    window.key("Ctrl+L")
    window.key("Ctrl+L")
    assert shape(window, "over").geometry == BoxGeometry(Box(60, 60, 100, 100))


def test_that_a_clicked_mask_gives_way_too(window: Driver) -> None:
    window.session.select(())
    window.key("S")
    choose(window, "new")
    window.click(70, 60)
    until(window.answered)
    window.key("Return")
    until(lambda: len(window.shapes) == 2 or bool(window.window.notices.text))
    assert clear(window)
