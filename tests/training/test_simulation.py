"""Simulated prompts are what a person could have given."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from app.core.geometry import pixel_of
from app.evaluation.clicks import next_click
from app.training import simulation
from app.training.config import Clicks
from app.training.simulation import State


def blob(seed: int, side: int = 48) -> NDArray[np.bool_]:
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side]
    cx, cy, a, b = rng.uniform(12, 36), rng.uniform(12, 36), rng.uniform(3, 14), rng.uniform(3, 14)
    return np.asarray(((x - cx) / a) ** 2 + ((y - cy) / b) ** 2 < 1)


@pytest.mark.parametrize("seed", range(60))
def test_that_first_prompts_are_true(seed: int) -> None:
    truth = blob(seed)
    state = simulation.begin(np.random.default_rng(seed), truth, Clicks())
    for click in state.clicks:
        assert truth[pixel_of(click.point, 48, 48)] == click.positive
    if state.box is not None:
        box = simulation.bounds(truth)
        assert abs(state.box.x0 - box.x0) < 0.25 * box.width
        assert abs(state.box.y1 - box.y1) < 0.25 * box.height
    if state.previous is not None:
        assert state.previous.shape == truth.shape
    assert state.clicks or state.box is not None or state.previous is not None
    assert state.maps((48, 48)).shape == (4, 48, 48)


def test_that_every_kind_of_first_prompt_comes_up() -> None:
    states = [simulation.begin(np.random.default_rng(k), blob(k), Clicks()) for k in range(300)]
    assert sum(state.box is not None for state in states) > 20
    assert sum(state.previous is not None for state in states) > 8
    assert sum(len(state.clicks) == 1 for state in states) > 100
    assert sum(any(not click.positive for click in state.clicks) for state in states) > 50


@pytest.mark.parametrize("seed", range(10))
def test_that_without_chance_clicks_fall_as_in_measuring(seed: int) -> None:
    truth, mask = blob(seed), blob(seed + 100)
    assert simulation.click_on_mistake(truth, mask) == next_click(truth, mask)


def test_that_clicks_fall_deep_in_mistakes_of_the_worse_kind() -> None:
    truth = np.zeros((40, 60), bool)
    truth[5:35, 5:25] = True
    mask = np.zeros_like(truth)
    mask[15:20, 40:45] = True
    for seed in range(20):
        click = simulation.click_on_mistake(truth, mask, np.random.default_rng(seed))
        assert click is not None
        assert click.positive
        assert simulation.depth(truth & ~mask)[pixel_of(click.point, 60, 40)] >= 5


def test_that_nothing_is_clicked_when_nothing_is_wrong() -> None:
    truth = blob(0)
    state = simulation.go_on(np.random.default_rng(0), State(), truth, truth.astype(np.float32), 0.0)
    assert state.clicks == ()
    assert simulation.click_on_mistake(truth, truth) is None


def test_that_answers_go_back_with_a_click_on_their_mistake() -> None:
    truth, answer = blob(1), np.zeros((48, 48), np.float32)
    state = simulation.go_on(np.random.default_rng(0), State(), truth, answer, 0.0)
    assert len(state.clicks) == 1
    assert state.previous is answer
    assert simulation.go_on(np.random.default_rng(0), State(), truth, answer, 1.0).clicks == ()


def test_that_a_part_of_an_outline_is_shown_with_a_coarse_answer() -> None:
    y, x = np.mgrid[:96, :96]
    truth = np.asarray(np.hypot(x - 20, y - 48) < 40)
    for seed in range(20):
        rng = np.random.default_rng(seed)
        at = simulation.on_outline(rng, truth)
        assert abs(np.hypot(at[0] - 20.5, at[1] - 48.5) - 40) < 2 or at[0] < 2
        state = simulation.coarse(rng, truth)
        assert state.previous is not None
        assert state.previous.min() >= 0 and state.previous.max() <= 1.001
        found = state.previous > 0.5
        overlap = (found & truth).sum() / (found | truth).sum()
        assert 0.5 < overlap < 1
        assert all(truth[int(c.y), int(c.x)] for c in state.clicks)
