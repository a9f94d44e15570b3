"""Window and level, alpha, levels of the pyramid, and the readout."""

import numpy as np
import pytest

from app.core.sources import Image, as_rgb8
from app.ui.viewers import pyramid
from app.ui.viewers.display import auto_window, displayed, full_window, planes, read_pixel

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("shape", [(30, 40), (30, 40, 3)])
def test_that_what_is_shown_is_what_as_rgb8_gives(dtype, shape):
    pixels = (RNG.random(shape) * 200).astype(dtype)
    colour, alpha = planes(pixels)
    shown = displayed(colour, alpha, full_window(pixels))
    rgb = shown if shown.ndim == 3 else np.repeat(shown[:, :, None], 3, axis=2)
    np.testing.assert_array_equal(rgb, as_rgb8(pixels))


def test_that_eight_bits_at_full_window_are_shown_without_a_copy():
    pixels = RNG.integers(0, 255, (20, 30, 3), dtype=np.uint8)
    assert np.shares_memory(displayed(*planes(pixels), (0.0, 255.0)), pixels)


@pytest.mark.parametrize(("channels", "colours", "alpha"), [(1, 2, False), (2, 2, True), (4, 3, True), (7, 3, False)])
def test_that_channels_become_colour_and_alpha(channels, colours, alpha):
    colour, opacity = planes(np.zeros((5, 6, channels), np.uint8))
    assert colour.ndim == colours
    assert (opacity is not None) == alpha


@pytest.mark.parametrize(("dtype", "opaque"), [(np.uint8, 255), (np.uint16, 65535), (np.float32, 1.0)])
def test_that_alpha_is_not_windowed(dtype, opaque):
    pixels = np.full((2, 2, 4), opaque, dtype)
    colour, alpha = planes(pixels)
    assert (displayed(colour, alpha, (0.0, float(opaque) * 2))[:, :, 3] == 255).all()


def test_that_the_full_window_looks_past_nan_and_infinity():
    pixels = np.array([[np.nan, -2.0], [np.inf, 6.0]], np.float32)
    assert full_window(pixels) == (-2.0, 6.0)


def test_that_a_flat_picture_has_a_window_too():
    low, high = full_window(np.full((4, 4), 7, np.uint16))
    assert low < high


def test_that_the_automatic_window_leaves_outliers_out():
    pixels = RNG.integers(1000, 2000, (300, 300)).astype(np.uint16)
    pixels[0, 0] = 65535
    low, high = auto_window(pixels)
    assert 1000 <= low < high <= 2000


def test_that_the_readout_gives_stored_values_and_nothing_outside():
    pixels = np.arange(24, dtype=np.uint16).reshape(2, 4, 3) * 1000
    image = Image(pixels)
    readout = read_pixel(image, 3, 1)
    assert readout is not None
    assert (readout.values, readout.dtype) == ((21000, 22000, 23000), "uint16")
    assert readout.text() == "3, 1  R 21000 G 22000 B 23000  uint16"
    assert read_pixel(image, 4, 1) is None
    assert read_pixel(image, -1, 0) is None


@pytest.mark.parametrize("scale", [0.9, 0.6, 0.54, 0.3, 0.26, 0.1, 0.013])
def test_that_a_level_is_never_shrunk_more_than_twice_nor_blurred(scale):
    shown_at = scale * 2 ** pyramid.level_for(scale)
    assert 0.5 <= shown_at <= 1.11


@pytest.mark.parametrize("shape", [(401, 603), (401, 603, 3), (400, 600, 4), (300, 500, 7)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_that_levels_halve_keep_the_dtype_and_the_mean(shape, dtype):
    pixels = (RNG.random(shape) * 200).astype(dtype)
    levels = dict(pyramid.build(pixels))
    assert list(levels) == list(range(1, len(levels) + 1))
    colour, _ = planes(pixels)
    for index, level in levels.items():
        assert level.colour.dtype == dtype
        assert level.width == pytest.approx(shape[1] / 2**index, abs=1)
        assert level.width * level.step_x == pytest.approx(shape[1])
        assert float(level.colour.mean()) == pytest.approx(float(colour.mean()), rel=0.02)
        assert (level.alpha is not None) == (shape[2:] == (4,))


def test_that_a_fine_pattern_turns_grey_instead_of_aliasing():
    board = (np.indices((512, 512)).sum(axis=0) % 2 * 255).astype(np.uint8)
    level = dict(pyramid.build(board))[1]
    assert level.colour.min() >= 127
    assert level.colour.max() <= 128
