"""Masks at a network's resolution, enlarged where somebody looks."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.coarse import INSIDE, CoarseMask
from app.core.layers import MaskLayer
from app.core.prompts import Click

SIZE = 240, 320


def blob(rows: int = 30, columns: int = 40) -> np.ndarray:
    y, x = np.mgrid[:rows, :columns]
    far = np.hypot((x - columns * 0.45) / columns, (y - rows * 0.55) / rows)
    return np.clip(INSIDE + (0.28 - far) * 900, 0, 255).astype(np.uint8)


def coarse(window: tuple[int, int, int, int] = (0, 0, 320, 240), *clicks: Click) -> CoarseMask:
    return CoarseMask(blob(), window, SIZE, clicks)


def test_that_it_is_what_bilinear_enlarging_of_the_window_gives() -> None:
    mask = coarse((40, 20, 280, 200)).whole()
    expected = np.zeros(SIZE, bool)
    expected[20:200, 40:280] = cv2.resize(blob(), (240, 180), interpolation=cv2.INTER_LINEAR) > INSIDE
    assert expected.any()
    # OpenCV counts places in 1/32 pixels here and in weights of 11 bits there.
    assert np.count_nonzero(mask ^ expected) < 0.01 * np.count_nonzero(expected)


def test_that_nothing_is_set_outside_of_the_window() -> None:
    full = CoarseMask(np.full((4, 4), 255, np.uint8), (30, 20, 70, 90), SIZE).whole()
    rows, columns = np.nonzero(full)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (20, 89, 30, 69)
    assert full[20:90, 30:70].all()


@given(
    st.tuples(st.integers(0, 319), st.integers(0, 239)),
    st.tuples(st.integers(1, 200), st.integers(1, 200)),
    st.lists(st.tuples(st.floats(0, 320), st.floats(0, 240), st.booleans()), max_size=4),
)
def test_that_a_part_is_cut_from_the_whole(corner, size, clicks) -> None:
    mask = CoarseMask(blob(), (13, 7, 301, 222), SIZE, tuple(Click(*c) for c in clicks))
    left, top = corner
    right, bottom = min(left + size[0], 320), min(top + size[1], 240)
    whole = mask.whole()
    cut = whole[top:bottom, left:right]
    # Coordinates are rounded to 1/1024 pixel from the part's own corner, so a border pixel may fall either way.
    assert np.count_nonzero(mask.part((left, top, right, bottom)) ^ cut) <= 2 + 0.005 * cut.size
    rle = mask.encoded()
    assert (rle is None and not whole.any()) or (rle is not None and (rle.full(320, 240) == whole).all())


@given(st.lists(st.tuples(st.integers(0, 319), st.integers(0, 239), st.booleans()), min_size=1, max_size=6))
def test_that_every_click_is_kept(clicks) -> None:
    at = {(x, y): positive for x, y, positive in clicks}
    mask = coarse((0, 0, 320, 240), *(Click(x + 0.5, y + 0.5, positive) for (x, y), positive in at.items())).whole()
    assert all(mask[y, x] == positive for (x, y), positive in at.items())


def test_that_a_click_beyond_the_window_is_kept_with_what_is_around_it() -> None:
    mask = CoarseMask(np.zeros((8, 8), np.uint8), (100, 100, 200, 200), (2400, 3200), (Click(20.5, 30.5),))
    assert mask.extent is not None
    assert mask.whole().sum() > 100  # of a picture of this size, ten pixels around it
    assert mask.whole()[30, 20]


@pytest.mark.parametrize("scale", [0.11, 0.37, 0.8])
def test_that_the_screen_shows_what_the_enlarged_mask_would(scale: float) -> None:
    mask = coarse((0, 0, 320, 240), Click(300.5, 20.5), Click(140.5, 130.5, False))
    rows, columns = int(240 * scale), int(320 * scale)
    seen = mask.sample(0.0, 0.0, 1 / scale, (rows, columns))
    centres_y, centres_x = ((np.arange(n) + 0.5) / scale for n in (rows, columns))
    near = mask.whole()[np.ix_(centres_y.astype(int), centres_x.astype(int))]
    border = near ^ cv2.erode(near.astype(np.uint8), np.ones((3, 3))).astype(bool)
    assert np.count_nonzero(seen ^ near) <= np.count_nonzero(border)
    assert seen[int(20.5 * scale), int(300.5 * scale)]
    assert not seen[int(130.5 * scale), int(140.5 * scale)]


def test_that_an_empty_one_has_no_pixels_and_no_runs() -> None:
    mask = CoarseMask(np.zeros((4, 4), np.uint8), (0, 0, 320, 240), SIZE)
    assert mask.extent is None and mask.encoded() is None and not mask.whole().any()


def test_that_a_layer_gives_its_pixels_either_way() -> None:
    layer = MaskLayer(coarse())
    assert layer.mask.shape == SIZE and layer.mask is layer.mask
    assert MaskLayer(layer.mask).encoded() == layer.encoded()
