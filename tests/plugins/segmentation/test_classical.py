"""The engine without weights keeps its promises on any picture, and finds easy objects."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from app.core.errors import FoveaError
from app.core.geometry import BoolArray, Box, pixel_of
from app.core.layers import MaskLayer
from app.core.prompts import Click, Prompts
from app.evaluation import clickset
from app.evaluation.clicks import click_through, iou, simulate
from plugins.segmentation._classical import ClassicalSession
from plugins.segmentation._promises import drop_parts

slow = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def ellipse(
    height: int = 90, width: int = 120, gray: bool = False, seed: int = 0
) -> tuple[NDArray[np.uint8], BoolArray]:
    """A speckled ellipse on a striped background: RGB pixels and the object."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    truth = ((x - 0.45 * width) / (0.25 * width)) ** 2 + ((y - 0.5 * height) / (0.3 * height)) ** 2 < 1
    stripes = 20 * np.sin(x / 3.0)[..., None]
    background = stripes + np.array((70, 110, 90))
    pixels = np.where(truth[..., None], (190, 120, 60), background) + rng.normal(0, 8, (height, width, 3))
    if gray:
        pixels = np.repeat(pixels[..., :1], 3, axis=2)
    return np.clip(pixels, 0, 255).astype(np.uint8), np.asarray(truth)


def promises(layers: tuple[MaskLayer, ...], prompts: Prompts, height: int, width: int) -> None:
    assert 1 <= len(layers) <= 3
    for layer in layers:
        assert layer.mask.shape == (height, width)
        assert layer.mask.dtype == bool
        for click in prompts.clicks:
            assert layer.mask[pixel_of(click.point, width, height)] == click.positive
        if prompts.positive and prompts.mask is None:
            _, parts = cv2.connectedComponents(layer.mask.astype(np.uint8))
            clicked = {int(parts[pixel_of(point, width, height)]) for point in prompts.positive}
            assert set(np.unique(parts[layer.mask]).tolist()) <= clicked


@st.composite
def prompted(draw: st.DrawFn) -> tuple[NDArray[np.uint8], Prompts]:
    height, width = draw(st.integers(1, 40)), draw(st.integers(1, 40))
    pixels, _ = ellipse(height, width, draw(st.booleans()), draw(st.integers(0, 99)))
    spots = st.tuples(st.integers(0, width - 1), st.integers(0, height - 1))
    places = draw(st.lists(spots, min_size=1, max_size=4, unique=True))
    kinds = [True, *draw(st.lists(st.booleans(), min_size=len(places) - 1, max_size=len(places) - 1))]
    clicks = tuple(Click(x + 0.5, y + 0.5, kind) for (x, y), kind in zip(places, kinds, strict=True))
    return pixels, Prompts(clicks)


@slow
@given(prompted())
def test_that_every_candidate_keeps_every_click(case: tuple[NDArray[np.uint8], Prompts]) -> None:
    pixels, prompts = case
    promises(ClassicalSession(pixels).predict(prompts), prompts, *pixels.shape[:2])


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (2, 300)])
def test_that_pictures_a_pixel_wide_are_answered(shape: tuple[int, int]) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (*shape, 3), dtype=np.uint8)
    prompts = Prompts().with_click(0.5, 0.5)
    promises(ClassicalSession(pixels).predict(prompts), prompts, *shape)


def test_that_a_picture_of_one_colour_is_answered() -> None:
    prompts = Prompts().with_click(20.5, 20.5).with_click(3.5, 3.5, positive=False)
    promises(ClassicalSession(np.full((50, 70, 3), 128, np.uint8)).predict(prompts), prompts, 50, 70)


def test_that_clicks_outside_the_picture_count_for_its_nearest_pixel() -> None:
    pixels, _ = ellipse()
    prompts = Prompts().with_click(54, 45).with_click(500, -3, positive=False)
    promises(ClassicalSession(pixels).predict(prompts), prompts, *pixels.shape[:2])


@pytest.mark.parametrize("gray", [False, True])
def test_that_an_easy_object_is_found_within_three_clicks(gray: bool) -> None:
    pixels, truth = ellipse(gray=gray)
    assert simulate(ClassicalSession(pixels).predict, truth, clicks=3)[-1] > 0.9


def test_that_a_small_object_in_a_large_picture_gets_the_pictures_own_resolution() -> None:
    small, inside = ellipse()
    pixels = np.full((1500, 2000, 3), (70, 110, 90), np.uint8)
    pixels[600:690, 1200:1320] = small
    truth = np.zeros((1500, 2000), dtype=bool)
    truth[600:690, 1200:1320] = inside
    assert simulate(ClassicalSession(pixels).predict, truth, clicks=3)[-1] > 0.9


def test_that_nothing_leaves_a_box() -> None:
    pixels, truth = ellipse()
    rows, columns = np.flatnonzero(truth.any(axis=1)), np.flatnonzero(truth.any(axis=0))
    box = Box(columns[0] - 2, rows[0] - 2, columns[-1] + 3, rows[-1] + 3)
    outside = np.ones_like(truth)
    outside[box.pixels(120, 90)] = False
    layers = ClassicalSession(pixels).predict(Prompts(box=box))
    assert not any((layer.mask & outside).any() for layer in layers)
    assert iou(layers[0].mask, truth) > 0.85
    clicked = Prompts(box=box).with_click(54.5, 45.5).with_click(box.x0 + 1, box.y0 + 1, positive=False)
    promises(ClassicalSession(pixels).predict(clicked), clicked, 90, 120)


def test_that_a_rough_shape_moves_to_the_edges_near_it() -> None:
    pixels, truth = ellipse()
    rough = cv2.dilate(truth.astype(np.uint8), np.ones((7, 7), np.uint8)).astype(bool)
    answer = ClassicalSession(pixels).predict(Prompts(mask=rough))[0].mask
    assert iou(answer, truth) > max(0.9, iou(rough, truth))


def test_that_a_click_on_a_shape_changes_it_there_and_keeps_the_rest() -> None:
    pixels, truth = ellipse()
    half = truth.copy()
    half[:, 55:] = False
    prompts = Prompts(mask=half).with_click(70.5, 45.5)
    layers = ClassicalSession(pixels).predict(prompts)
    promises(layers, prompts, 90, 120)
    assert iou(layers[0].mask, truth) > iou(half, truth) + 0.1


def test_that_a_negative_click_alone_takes_away_from_a_shape() -> None:
    pixels, truth = ellipse()
    both = truth | (np.mgrid[:90, :120][1] > 100)
    prompts = Prompts(mask=both).with_click(110.5, 45.5, positive=False)
    layers = ClassicalSession(pixels).predict(prompts)
    promises(layers, prompts, 90, 120)
    assert iou(layers[0].mask, truth) > iou(both, truth)


def test_that_equal_prompts_get_equal_answers_whatever_was_asked_before() -> None:
    pixels, _ = ellipse()
    final = Prompts().with_click(54.5, 45.5).with_click(10.5, 10.5, False).with_click(70.5, 50.5)
    step_by_step = ClassicalSession(pixels)
    for count in (1, 2, 1, 3):
        walked = step_by_step.predict(Prompts(final.clicks[:count]))
    step_by_step.predict(Prompts().with_click(5.5, 80.5))
    for a, b in zip(walked, ClassicalSession(pixels).predict(final), strict=True):
        assert np.array_equal(a.mask, b.mask)


def test_that_candidates_differ() -> None:
    pixels, _ = ellipse()
    layers = ClassicalSession(pixels).predict(Prompts().with_click(54.5, 45.5))
    assert all(iou(layers[0].mask, other.mask) < 0.9 for other in layers[1:])


@pytest.mark.parametrize("prompts", [Prompts(), Prompts().with_click(3, 3, positive=False)])
def test_that_prompts_without_an_object_are_refused_in_words(prompts: Prompts) -> None:
    pixels, _ = ellipse()
    with pytest.raises(FoveaError, match="Click on the object"):
        ClassicalSession(pixels).predict(prompts)


def test_that_a_shape_of_another_size_is_refused() -> None:
    pixels, _ = ellipse()
    with pytest.raises(FoveaError, match="size"):
        ClassicalSession(pixels).predict(Prompts(mask=np.ones((4, 4), dtype=bool)))


def test_that_large_masks_lose_unclicked_parts_and_pinholes_only() -> None:
    mask = np.zeros((1501, 2003), dtype=bool)
    mask[100:1400, 100:1500] = True
    clean = mask.copy()
    mask[700:705, 700:705] = False
    mask[300:400, 1700:1800] = True
    drop_parts(mask, Prompts().with_click(800.5, 800.5))
    assert np.array_equal(mask, clean)


@pytest.mark.skipif(not (clickset.shared_root() / "clickset").exists(), reason="the shared data are not here")
def test_that_real_photographs_are_segmented() -> None:
    runs = []
    cases = [case for case in clickset.read("val") if case.dataset in ("caltech101", "endangered")]
    for case in cases[::30]:
        session = ClassicalSession(case.image().rgb8())
        runs.append(click_through(session.predict, *case.truth(), clicks=5))
    assert float(np.mean([run.after(5) for run in runs])) > 0.75
