"""The engine of the click network: what it shows the network, what it makes of its answers, what it promises.

The network is played by a function that knows the object, so that no weights are needed.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from app.core.geometry import BoolArray, Box, pixel_of
from app.core.prompts import Click, Prompts
from app.evaluation.clicks import boundary_iou, iou
from app.nets import click_input
from app.nets.click_input import FloatMap, Found
from app.tools.contract import ToolError
from plugins.segmentation import _click_net
from plugins.segmentation._click_net import ClickNetSession


def nothing_found(picture: FloatMap) -> Found:
    """What a finder says of a picture without things."""
    rows, columns = picture.shape[1], picture.shape[2]
    cells = sum(rows // stride * (columns // stride) for stride in click_input.CELL_STRIDES)
    prototypes = np.zeros((2, rows // 4, columns // 4), np.float32)
    return Found(
        np.full(cells, -12, np.float32), np.zeros((2, cells), np.float32), np.ones((4, cells), np.float32), prototypes
    )


class Oracle:
    """Finds the bright object (red above 150) in what it is shown, and remembers what it was shown."""

    def __init__(self) -> None:
        self.asked: list[tuple[FloatMap, FloatMap]] = []

    def find(self, picture: FloatMap) -> Found:
        return nothing_found(picture)

    def look(self, picture: FloatMap, prompts: FloatMap, idea: FloatMap) -> FloatMap:
        assert idea.shape == (5, picture.shape[1] // 4, picture.shape[2] // 4)
        assert idea.dtype == np.float32
        assert picture.shape[1] % 32 == 0
        assert picture.shape[2] % 32 == 0
        assert prompts.shape == (4, *picture.shape[1:])
        assert picture.dtype == prompts.dtype == np.float32
        self.asked.append((picture, prompts))
        size = picture.shape[2] // 2, picture.shape[1] // 2
        return np.asarray(cv2.resize((picture[0] - 150 / 255) * 40, size, interpolation=cv2.INTER_AREA))[None]


def disc(height: int, width: int, x: float, y: float, radius: float) -> tuple[NDArray[np.uint8], BoolArray]:
    rows, columns = np.mgrid[:height, :width]
    truth = np.hypot(columns + 0.5 - x, rows + 0.5 - y) < radius
    return np.where(truth[..., None], (220, 200, 90), (80, 90, 100)).astype(np.uint8), np.asarray(truth)


def at(x: float, y: float) -> Prompts:
    return Prompts().with_click(x, y)


def test_that_a_small_object_in_a_large_picture_is_looked_at_closely() -> None:
    pixels, truth = disc(900, 1200, 300, 700, 40)
    oracle = Oracle()
    (layer,) = ClickNetSession(pixels, oracle).predict(at(300, 700))
    assert len(oracle.asked) == 2
    assert iou(layer.mask, truth) > 0.96
    _, second = oracle.asked
    assert second[1][click_input.PREVIOUS].max() > 0.9  # what the first look found is shown to the second
    rows, columns = np.nonzero(second[1][click_input.POSITIVE])
    middle = second[0].shape[1] / 2, second[0].shape[2] / 2
    assert abs(rows.mean() + 0.5 - middle[0]) < 0.1 * second[0].shape[1]
    assert abs(columns.mean() + 0.5 - middle[1]) < 0.1 * second[0].shape[2]


class Detector(Oracle):
    """Finds one thing, in the clicked cell, where the picture is shown at that width alone."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width
        self.ideas: list[FloatMap] = []
        self.sizes: list[tuple[int, ...]] = []

    def find(self, picture: FloatMap) -> Found:
        found = nothing_found(picture)
        self.sizes.append(picture.shape[1:])
        if picture.shape[2] == self.width:
            found.sure[:] = 4
            found.sides[:] = np.array([0, 0, picture.shape[2], picture.shape[1]], np.float32)[:, None]
            found.coefficients[:] = 1
            found.prototypes[:] = 9
        return found

    def look(self, picture: FloatMap, prompts: FloatMap, idea: FloatMap) -> FloatMap:
        self.ideas.append(idea)
        return super().look(picture, prompts, idea)


@pytest.mark.parametrize("width", [_click_net.WHOLE_SIDE, _click_net.FINE_SIDE])
def test_that_what_the_finder_sees_at_either_size_is_the_idea(width: int) -> None:
    pixels, _ = disc(300, 400, 200, 150, 130)
    detector = Detector(width)
    ClickNetSession(pixels, detector).predict(at(200, 150))
    assert detector.ideas[0][0][12:36, 16:48].min() > 2
    assert detector.ideas[0][-1].min() > 0.9


def test_that_a_picture_smaller_than_a_view_is_not_enlarged_for_the_finder_alone() -> None:
    pixels, _ = disc(40, 60, 30, 20, 10)
    detector = Detector(0)
    ClickNetSession(pixels, detector).predict(at(30, 20))
    assert detector.sizes[0] == (160, 256)
    assert len(set(detector.sizes)) == len(detector.sizes)  # the same size is not looked at twice
    assert max(max(size) for size in detector.sizes) <= 256


def test_that_an_object_that_fills_the_picture_is_looked_at_once() -> None:
    pixels, truth = disc(300, 400, 200, 150, 130)
    oracle = Oracle()
    (layer,) = ClickNetSession(pixels, oracle).predict(at(200, 150))
    assert len(oracle.asked) == 1
    assert iou(layer.mask, truth) > 0.97


def test_that_a_later_click_takes_one_look_and_sees_the_answer_before() -> None:
    pixels, _ = disc(900, 1200, 300, 700, 40)
    oracle = Oracle()
    session = ClickNetSession(pixels, oracle)
    session.predict(at(300, 700))
    session.predict(at(300, 700).with_click(315, 700))
    assert len(oracle.asked) == 3
    assert oracle.asked[2][1][click_input.PREVIOUS].max() > 0.9
    session.predict(at(300, 700).with_click(315, 700).with_click(1100, 50, positive=False))
    assert len(oracle.asked) == 4 or len(oracle.asked) == 5  # far off: seen in a part that holds both


def test_that_equal_prompts_get_equal_answers_in_any_order() -> None:
    pixels, _ = disc(500, 700, 300, 200, 60)
    first, second = ClickNetSession(pixels, Oracle()), ClickNetSession(pixels, Oracle())
    one = at(300, 200)
    two = one.with_click(320, 210)
    other = at(100, 100)
    masks = [first.predict(prompts)[0].mask for prompts in (one, two, other)]
    again = [second.predict(prompts)[0].mask for prompts in (other, two, one)]
    assert np.array_equal(masks[1], again[1])
    assert np.array_equal(masks[0], again[2])


def test_that_a_box_is_shown_where_it_was_drawn() -> None:
    pixels, truth = disc(600, 800, 500, 300, 50)
    oracle = Oracle()
    (layer,) = ClickNetSession(pixels, oracle).predict(Prompts().with_box(Box(445, 245, 555, 355)))
    assert iou(layer.mask, truth) > 0.95
    for _, prompts in oracle.asked:
        box = prompts[click_input.BOX]
        rows, columns = np.nonzero(box)
        assert box.any()
        assert not prompts[click_input.POSITIVE].any()
        seen = oracle.asked[-1][0][0] > 0.7
        assert box[(rows.min() + rows.max()) // 2, (columns.min() + columns.max()) // 2] == 1
        assert seen.any()


def test_that_a_shape_is_refined_and_not_touched_without_a_click() -> None:
    pixels, truth = disc(300, 400, 200, 150, 60)
    start = truth.copy()
    start[:, :200] = False
    oracle = Oracle()
    session = ClickNetSession(pixels, oracle)
    assert np.array_equal(session.predict(Prompts(mask=start))[0].mask, start)
    assert oracle.asked == []
    (layer,) = session.predict(Prompts((Click(160, 150),), mask=start))
    assert oracle.asked[0][1][click_input.PREVIOUS].max() > 0.9
    assert iou(layer.mask, truth) > 0.95


class Readings(Oracle):
    """Takes the bright object as the likeliest, its left half and the whole picture as other readings."""

    def look(self, picture: FloatMap, prompts: FloatMap, idea: FloatMap) -> FloatMap:
        (best,) = super().look(picture, prompts, idea)
        left = best.copy()
        left[:, np.flatnonzero((best > 0).any(axis=0)).mean().astype(int) :] = -9
        return np.stack([best, left, np.full_like(best, 5)])


class Thrice(Oracle):
    """Says the same three times."""

    def look(self, picture: FloatMap, prompts: FloatMap, idea: FloatMap) -> FloatMap:
        return np.repeat(super().look(picture, prompts, idea), 3, axis=0)


class Noise(Oracle):
    """Says anything."""

    def __init__(self, rng: np.random.Generator) -> None:
        super().__init__()
        self._rng = rng

    def look(self, picture: FloatMap, prompts: FloatMap, idea: FloatMap) -> FloatMap:
        return self._rng.normal(0, 3, (3, picture.shape[1] // 2, picture.shape[2] // 2)).astype(np.float32)


def test_that_a_first_click_gets_other_readings_too() -> None:
    pixels, truth = disc(300, 400, 200, 150, 130)
    session = ClickNetSession(pixels, Readings())
    best, *others = session.predict(at(200, 150))
    assert iou(best.mask, truth) > 0.97
    assert sorted(round(float(o.mask.sum() / truth.sum()), 1) for o in others) == [
        0.5,
        round(300 * 400 / truth.sum(), 1),
    ]
    assert all(0 <= layer.score <= 1 for layer in (best, *others) if layer.score is not None)
    assert len(session.predict(at(200, 150).with_click(230, 150))) == 1


def test_that_readings_that_say_the_same_are_one_candidate() -> None:
    pixels, _ = disc(300, 400, 200, 150, 130)
    session = ClickNetSession(pixels, Thrice())
    assert len(session.predict(at(200, 150))) == 1


def test_that_a_reading_that_reaches_beyond_the_part_is_seen_whole() -> None:
    pixels, truth = disc(900, 1200, 300, 700, 40)
    session = ClickNetSession(pixels, Readings())
    masks = [layer.mask for layer in session.predict(at(300, 700))]
    assert iou(masks[0], truth) > 0.96
    assert any(mask.all() for mask in masks)


def test_that_a_correction_goes_on_from_the_candidate_that_was_chosen() -> None:
    pixels, _ = disc(300, 400, 200, 150, 130)
    oracle = Readings()
    session = ClickNetSession(pixels, oracle)
    candidates = session.predict(at(200, 150))
    left = next(c for c in candidates if c.mask.sum() < 0.7 * candidates[0].mask.sum())
    two = at(200, 150).with_click(150, 60)
    session.predict(replace(two, logits=left.logits))
    shown = oracle.asked[-1][1][click_input.PREVIOUS]
    assert shown[150 * shown.shape[0] // 300, 260 * shown.shape[1] // 400] < 0.1
    session.predict(replace(two, logits=candidates[0].logits))
    shown = oracle.asked[-1][1][click_input.PREVIOUS]
    assert shown[150 * shown.shape[0] // 300, 260 * shown.shape[1] // 400] > 0.9


def test_that_prompts_without_an_object_are_refused() -> None:
    session = ClickNetSession(disc(40, 40, 20, 20, 5)[0], Oracle())
    with pytest.raises(ToolError, match="Click on the object"):
        session.predict(Prompts((Click(3, 3, False),)))
    with pytest.raises(ToolError, match="size of the picture"):
        session.predict(Prompts((Click(3, 3),), mask=np.ones((3, 3), bool)))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_that_every_click_is_kept_whatever_the_network_says(data: st.DataObject) -> None:
    height, width = data.draw(st.integers(1, 90)), data.draw(st.integers(1, 90))
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    spots = st.tuples(st.integers(0, width - 1), st.integers(0, height - 1))
    places = data.draw(st.lists(spots, min_size=1, max_size=5, unique=True))
    prompts = Prompts()
    session = ClickNetSession(rng.integers(0, 255, (height, width, 3), dtype=np.uint8), Noise(rng))
    for number, (x, y) in enumerate(places):
        prompts = prompts.with_click(x + 0.5, y + 0.5, number == 0 or data.draw(st.booleans()))
        for layer in session.predict(prompts):
            assert layer.mask.shape == (height, width)
            assert layer.mask.dtype == bool
            for click in prompts.clicks:
                assert layer.mask[pixel_of(click.point, width, height)] == click.positive


def test_that_large_pictures_are_answered_at_their_own_size() -> None:
    pixels, truth = disc(3000, 4000, 2000, 1500, 700)
    (layer,) = ClickNetSession(pixels, Oracle()).predict(at(2000, 1500))
    assert layer.mask.shape == (3000, 4000)
    assert iou(layer.mask, truth) > 0.97


def test_that_a_file_that_is_no_network_is_named(tmp_path: Path) -> None:
    file = tmp_path / "net.zip"
    file.write_bytes(b"nonsense")
    with pytest.raises(ToolError, match=r"net\.zip"):
        _click_net.load(file)


def star(height: int, width: int, x: float, y: float, radius: float) -> tuple[NDArray[np.uint8], BoolArray]:
    """A disc with forty teeth, which a coarse answer rounds off."""
    rows, columns = np.mgrid[:height, :width]
    dx, dy = columns + 0.5 - x, rows + 0.5 - y
    truth = np.hypot(dx, dy) < radius * (1 + 0.04 * np.sign(np.sin(40 * np.arctan2(dy, dx))))
    return np.where(truth[..., None], (220, 200, 90), (80, 90, 100)).astype(np.uint8), np.asarray(truth)


@pytest.mark.parametrize(("x", "y"), [(1000, 750), (150, 1400), (1990, 30)])
def test_that_an_outline_is_looked_at_closely(x: float, y: float) -> None:
    """Inside the picture and over its edges."""
    pixels, truth = star(1500, 2000, x, y, 500)
    oracle = Oracle()
    session = ClickNetSession(pixels, oracle)
    prompts = at(min(x, 1900), min(max(y, 100), 1300))
    quick = session.predict(prompts)[0]
    looks = len(oracle.asked)
    stops: list[int] = []
    fine = session.outlined(prompts, lambda: stops.append(1))
    assert 2 <= len(stops) == len(oracle.asked) - looks <= 16
    assert oracle.asked[-1][1][click_input.PREVIOUS].max() > 0.9  # a tile is shown what was answered before
    assert 1 - iou(fine.mask, truth) < (1 - iou(quick.mask, truth)) / 3
    wrong = [1 - boundary_iou(mask, truth, width=0.002) for mask in (fine.mask, quick.mask)]
    assert wrong[0] < wrong[1] / 2
    assert fine.logits is quick.logits and fine.score == quick.score


def test_that_an_outline_as_fine_as_the_picture_is_left_alone() -> None:
    pixels, _ = disc(200, 250, 120, 100, 60)
    oracle = Oracle()
    session = ClickNetSession(pixels, oracle)
    quick = session.predict(at(120, 100))[0]
    looks = len(oracle.asked)
    assert np.array_equal(session.outlined(at(120, 100)).mask, quick.mask)
    assert len(oracle.asked) == looks


def test_that_it_is_the_chosen_candidate_that_is_outlined() -> None:
    pixels, truth = star(1500, 2000, 1000, 750, 500)
    session = ClickNetSession(pixels, Readings())
    prompts = at(900, 750)
    candidates = session.predict(prompts)
    left = min(candidates, key=lambda c: np.count_nonzero(c.mask))
    fine = session.outlined(replace(prompts, logits=left.logits))
    assert iou(fine.mask, left.mask) > 0.8 > iou(fine.mask, candidates[0].mask)
    later = prompts.with_click(1100, 750)  # the logits are those of an answer to fewer clicks: it is gone on from
    assert iou(session.outlined(replace(later, logits=candidates[0].logits)).mask, truth) > 0.95


def test_that_a_shape_nobody_has_touched_is_not_outlined_and_another_box_is_another_question() -> None:
    pixels, truth = star(1500, 2000, 1000, 750, 500)
    oracle = Oracle()
    session = ClickNetSession(pixels, oracle)
    assert np.array_equal(session.outlined(Prompts(mask=truth)).mask, truth)
    assert not oracle.asked
    with pytest.raises(ToolError, match="Click on the object"):
        session.outlined(Prompts())
    first = session.predict(Prompts(box=Box(400, 200, 1600, 1300)))[0]
    looks = len(oracle.asked)
    session.outlined(Prompts(box=Box(10, 10, 90, 90), logits=first.logits))
    assert oracle.asked[looks][1][click_input.BOX].any()  # asked anew, with the other box


def test_that_looking_along_an_outline_can_be_stopped() -> None:
    pixels, _ = star(1500, 2000, 1000, 750, 500)
    session = ClickNetSession(pixels, Oracle())

    def stop() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        session.outlined(at(1000, 750), stop)
