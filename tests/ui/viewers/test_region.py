"""Windows of pixels that grow with what is painted into them."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.core.geometry import Box
from app.ui.viewers.region import MARGIN, Region

SIZE = 300, 200


@st.composite
def windows(draw: st.DrawFn) -> Region:
    x, y = draw(st.integers(0, 290)), draw(st.integers(0, 190))
    w, h = draw(st.integers(0, SIZE[0] - x)), draw(st.integers(0, SIZE[1] - y))
    mask = np.random.default_rng(draw(st.integers(0, 9))).random((h, w)) < 0.5
    return Region(x, y, mask)


boxes = st.tuples(st.integers(-20, 310), st.integers(-20, 210), st.integers(0, 80), st.integers(0, 80)).map(
    lambda v: Box(v[0], v[1], v[0] + v[2], v[1] + v[3])
)


def full(region: Region) -> np.ndarray:
    found = np.zeros((SIZE[1], SIZE[0]), bool)
    h, w = region.mask.shape
    found[region.y : region.y + h, region.x : region.x + w] = region.mask
    return found


@given(windows(), boxes)
def test_that_a_window_holds_what_is_asked_for_and_keeps_what_it_has(window: Region, box: Box) -> None:
    grown = window.holding(box, SIZE)
    assert np.array_equal(full(grown), full(window))
    rows, columns = box.pixels(*SIZE)
    h, w = grown.mask.shape
    assert grown.x >= 0 and grown.y >= 0 and grown.x + w <= SIZE[0] and grown.y + h <= SIZE[1]
    if rows.start < rows.stop and columns.start < columns.stop:
        assert grown.x <= columns.start and columns.stop <= grown.x + w
        assert grown.y <= rows.start and rows.stop <= grown.y + h
        assert grown.holding(box, SIZE) is grown, "there is room now"
    else:
        assert grown is window


def test_that_a_window_grows_by_half_its_size_and_a_margin_at_least() -> None:
    window = Region(100, 100, np.ones((10, 10), bool))
    grown = window.holding(Box(105, 105, 111, 106), SIZE)
    assert (grown.x, grown.y) == (100, 100) and grown.mask.shape == (10, 11 + MARGIN)
    large = Region(0, 0, np.ones((200, 250), bool)).holding(Box(250, 0, 251, 1), (10_000, 10_000))
    assert large.mask.shape == (200, 251 + 125)
    assert Region(0, 0, np.zeros((0, 0), bool)).holding(Box(150, 100, 151, 101), SIZE).mask.shape == (129, 129)


def test_that_very_small_windows_stay_inside_the_picture() -> None:
    grown = Region(0, 0, np.zeros((0, 0), bool)).holding(Box(0, 0, 1, 1), (1, 1))
    assert grown.mask.shape == (1, 1)
