"""What the wand, the brush and the live-wire compute."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from skimage.segmentation import flood as reference_flood

from app.core.masks import encode
from app.ui.viewers import flood as flood_module
from app.ui.viewers.flood import flood
from app.ui.viewers.region import Region
from app.ui.viewers.scissors import PIXELS, ScissorsWindow, Wire
from app.ui.viewers.stroke import PaintedMask

PLAIN = (0.0, 255.0)


def placed(region: Region, height: int, width: int) -> np.ndarray:
    out = np.zeros((height, width), dtype=bool)
    h, w = region.mask.shape
    out[region.y : region.y + h, region.x : region.x + w] = region.mask
    return out


# The wand


@pytest.mark.parametrize("first", [4, 16, 512])
@pytest.mark.parametrize("tolerance", [0, 3, 20, 255])
def test_that_flooding_window_by_window_gives_what_flooding_at_once_gives(monkeypatch, first, tolerance):
    monkeypatch.setattr(flood_module, "FIRST", first)
    rng = np.random.default_rng(3)
    gray = cv2.GaussianBlur(rng.integers(0, 256, (90, 130), dtype=np.uint8), (0, 0), 3)
    gray.flags.writeable = False
    for column, row in ((0, 0), (65, 45), (129, 89), (20, 80)):
        region = flood(gray, column, row, tolerance, PLAIN)
        expected = reference_flood(gray.astype(int), (row, column), tolerance=tolerance, connectivity=1)
        assert np.array_equal(placed(region, 90, 130), expected)
        assert region.mask.any(axis=0)[[0, -1]].all() and region.mask.any(axis=1)[[0, -1]].all(), "cropped"


def test_that_colours_differ_when_one_channel_does():
    pixels = np.full((20, 30, 3), 100, dtype=np.uint8)
    pixels[:, 10:20, 2] = 111
    assert flood(pixels, 5, 5, 10, PLAIN).mask.shape == (20, 10)
    assert flood(pixels, 5, 5, 11, PLAIN).mask.shape == (20, 30)


def test_that_other_depths_are_flooded_as_they_are_displayed():
    pixels = np.full((20, 30), 1000, dtype=np.uint16)
    pixels[5:10, 5:10] = 1200
    assert flood(pixels, 7, 7, 10, (1000.0, 1255.0)).mask.shape == (5, 5)
    assert flood(pixels, 7, 7, 10, (0.0, 65535.0)).mask.shape == (20, 30), "nobody sees a difference"
    assert flood(pixels.astype(np.float32), 7, 7, 10, (1000.0, 1255.0)).mask.shape == (5, 5)


# Regions

windows = st.builds(
    lambda x, y, bits, w: Region(x, y, np.array(bits[: len(bits) // w * w], dtype=bool).reshape(-1, w)),
    st.integers(0, 20),
    st.integers(0, 20),
    st.lists(st.booleans(), min_size=6, max_size=60),
    st.integers(1, 6),
)


@given(windows, windows)
def test_that_regions_are_united_and_encoded_where_they_are(a, b):
    both = placed(a, 90, 90) | placed(b, 90, 90)
    assert np.array_equal(placed(a.united(b), 90, 90), both)
    rle = a.united(b).encoded()
    assert (rle is None) == (not both.any())
    if rle is not None:
        assert rle == encode(both)
        assert np.array_equal(placed(Region.of(rle), 90, 90), both)


# The brush


def ideal(a, ra, b, rb, height=200, width=240):
    """The pixels whose centres a brush touches that goes from a to b in a thousand steps."""
    rows, columns = np.mgrid[:height, :width] + 0.5
    out = np.zeros((height, width), dtype=bool)
    for t in np.linspace(0, 1, 1000):
        x, y, r = a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, ra + (rb - ra) * t
        out |= (columns - x) ** 2 + (rows - y) ** 2 <= r * r
    return out


in_picture = st.tuples(st.floats(-10, 250), st.floats(-10, 210))


@example((46.0, 0.0), 2.0, (1.0, 61.5), 1.0)
@settings(max_examples=25, deadline=None)
@given(in_picture, st.floats(1, 30), in_picture, st.floats(1, 30))
def test_that_a_dab_covers_what_the_brush_touches(a, ra, b, rb):
    mask = PaintedMask(240, 200)
    mask.dab(a, ra, b, rb)
    wrong = placed(mask.region, 200, 240) ^ ideal(a, ra, b, rb)
    assert wrong.sum() <= 2, "pixels whose centre is on the border itself"


def test_that_a_tiny_brush_paints_the_pixel_under_it():
    mask = PaintedMask(50, 40)
    mask.dab((10.5, 20.5), 0.5, (10.5, 20.5), 0.5)
    assert np.argwhere(placed(mask.region, 40, 50)).tolist() == [[20, 10]]


def test_that_erasing_takes_away_and_alone_paints_nothing():
    mask = PaintedMask(100, 100)
    mask.dab((50, 50), 10, (50, 50), 10, value=0)
    assert not mask.region.mask.any()
    mask.dab((50, 50), 20, (50, 50), 20)
    mask.dab((50, 50), 10, (50, 50), 10, value=0)
    assert mask.region.mask.sum() == pytest.approx(math.pi * (400 - 100), rel=0.02)


def test_that_the_window_grows_with_what_is_painted_and_not_with_the_picture():
    mask = PaintedMask(20000, 20000)
    for x in range(1000, 1500, 10):
        mask.dab((x, 1000), 8, (x + 10, 1000), 8)
    assert mask.region.mask.size < 1500 * 300
    assert mask.region.mask.sum() == pytest.approx(16 * 500 + math.pi * 64, rel=0.02)


# The live-wire

sizes = st.tuples(st.integers(1, 5000), st.integers(1, 5000))


@given(
    sizes, st.tuples(st.floats(0, 1), st.floats(0, 1)), st.tuples(st.floats(0, 1), st.floats(0, 1)), st.floats(0.05, 8)
)
def test_that_a_window_holds_seed_and_end_and_stays_small(size, seed_at, end_at, scale):
    seed, end = ((p[0] * size[0], p[1] * size[1]) for p in (seed_at, end_at))
    window = ScissorsWindow.around(seed, (end,), scale, size)
    assert window.holds(seed) and window.holds(end)
    assert window.x >= 0 and window.x + window.width <= size[0] and window.y + window.height <= size[1]
    assert window.columns * window.rows <= PIXELS * 1.1 + window.columns + window.rows
    assert window.columns <= window.width and window.rows <= window.height


@given(sizes, st.tuples(st.floats(0, 1), st.floats(0, 1)), st.floats(0.05, 8), st.data())
def test_that_source_and_window_are_mapped_both_ways(size, seed_at, scale, data):
    seed = seed_at[0] * size[0], seed_at[1] * size[1]
    window = ScissorsWindow.around(seed, (), scale, size)
    pixel = data.draw(st.integers(0, window.columns - 1)), data.draw(st.integers(0, window.rows - 1))
    (centre,) = window.source(np.array([pixel]))
    assert window.holds(tuple(centre)) and window.reduced(tuple(centre)) == pixel


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("channels", [0, 1, 3, 5])
def test_that_a_path_follows_an_edge_in_pictures_of_every_kind(dtype, channels):
    rows, columns = np.mgrid[:300, :300]
    inside = (rows + 0.5 - 150) ** 2 + (columns + 0.5 - 150) ** 2 < 80**2
    pixels = np.where(inside, 200, 50).astype(dtype)
    if channels:
        pixels = np.repeat(pixels[:, :, None], channels, axis=2)
    wire = Wire(pixels, PLAIN, ScissorsWindow.around((230, 150), ((150, 230),), 1.0, (300, 300)), (230, 150))
    path = np.asarray(wire.path_to((150, 230)))
    assert path[0].tolist() == [230, 150] and path[-1].tolist() == [150, 230]
    assert np.abs(np.hypot(*(path - 150).T) - 80).max() < 2


def test_that_a_reduced_window_finds_the_edge_within_two_of_its_pixels():
    rows, columns = np.mgrid[:2000, :2000]
    pixels = np.where((rows - 1000) ** 2 + (columns - 1000) ** 2 < 700**2, 200, 50).astype(np.uint8)
    seed, end = (1700.0, 1000.0), (1000.0, 1700.0)
    window = ScissorsWindow.around(seed, (end,), 0.4, (2000, 2000))
    path = np.asarray(Wire(pixels, PLAIN, window, seed).path_to(end))
    assert window.width / window.columns > 2
    assert np.abs(np.hypot(*(path - 1000).T) - 700).max() < 2 * window.width / window.columns
