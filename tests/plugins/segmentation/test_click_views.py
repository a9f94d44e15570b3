"""What the click network answers, and what of it is kept."""

from __future__ import annotations

import numpy as np
import pytest

from app.core.prompts import Click
from plugins.segmentation._click_views import Answer


def squares(*places: tuple[int, int, int, int]) -> np.ndarray:
    """Logits that are positive in some squares (x0, y0, x1, y1)."""
    logits = np.full((40, 60), -4, np.float32)
    for x0, y0, x1, y1 in places:
        logits[y0:y1, x0:x1] = 4
    return logits


def test_that_a_correction_changes_the_answer_around_the_click_alone() -> None:
    window = (100, 50, 220, 130)  # two source pixels a pixel
    kept, wrong, added = (5, 5, 20, 20), (40, 5, 50, 15), (25, 25, 35, 35)
    before = Answer(window, squares(kept, wrong))
    later = Answer(window, squares((5, 5, 12, 20), added))
    grown = later.settled(before, Click(100 + 60.0, 50 + 60.0))
    assert np.array_equal(grown.logits > 0, squares(kept, wrong, added) > 0)
    shrunk = later.settled(before, Click(100 + 90.0, 50 + 20.0, False))
    assert np.array_equal(shrunk.logits > 0, squares(kept) > 0)


@pytest.mark.parametrize("x", [101.0, -500.0, 5000.0])
def test_that_an_answer_that_changes_nothing_where_it_was_clicked_is_taken_whole(x: float) -> None:
    before, later = Answer((0, 0, 60, 40), squares((5, 5, 20, 20))), Answer((0, 0, 60, 40), squares((40, 5, 50, 15)))
    assert later.settled(before, Click(x, 39.0)) is later


def test_that_an_answer_to_another_part_is_compared_where_it_lies() -> None:
    before = Answer((0, 0, 60, 40), squares((5, 5, 20, 20), (40, 5, 50, 15)))
    part = np.full((40, 60), -4, np.float32)  # the upper left quarter, twice as large
    part[10:40, 10:40] = 4
    part[10:36, 44:56] = 4
    settled = Answer((0, 0, 30, 20), part).settled(before, Click(25.0, 12.0))
    assert settled.window == (0, 0, 30, 20)
    assert settled.logits[30, 50] > 0
    assert np.array_equal(settled.logits[:, :42] > 0, part[:, :42] > 0)
