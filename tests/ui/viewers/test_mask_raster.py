"""Masks and label maps as pixels of the view."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.geometry import Box
from app.ui.viewers.mask_raster import HALO, INSIDE, LINE, argb, label_raster, line_codes, mask_box, mask_raster
from app.ui.viewers.transform import ViewTransform

RED = (255, 0, 0)


@given(st.integers(1, 40), st.integers(1, 40), st.data())
def test_that_the_box_of_a_mask_is_its_extent(height, width, data):
    x0 = data.draw(st.integers(0, width - 1))
    x1 = data.draw(st.integers(x0 + 1, width))
    y0 = data.draw(st.integers(0, height - 1))
    y1 = data.draw(st.integers(y0 + 1, height))
    mask = np.zeros((height, width), bool)
    mask[y0:y1, x0:x1] = True
    assert mask_box(mask) == Box(x0, y0, x1, y1)


def test_that_an_empty_mask_has_no_box():
    assert mask_box(np.zeros((8, 16), bool)) is None


def test_that_codes_are_a_fill_a_line_inside_and_a_halo_outside():
    mask = np.zeros((20, 20), bool)
    mask[5:15, 5:15] = True
    codes = line_codes(mask, line=2, halo=1)
    assert codes[10].tolist() == [0] * 4 + [HALO] + [LINE] * 2 + [INSIDE] * 6 + [LINE] * 2 + [HALO] + [0] * 4


@pytest.mark.parametrize("scale", [0.5, 1.0, 3.0])
def test_that_a_mask_covers_the_device_pixels_whose_centres_lie_on_it(scale):
    crop = np.ones((20, 30), bool)
    raster = mask_raster(crop, (10, 20), ViewTransform(scale, 4, 7), (400, 300), RED, 0.5, line=1)
    assert raster is not None
    coloured = (raster.argb >> 16) & 0xFF > 0
    ys, xs = np.nonzero(coloured)
    assert (xs.min() + raster.x, xs.max() + 1 + raster.x) == (10 * scale + 4, 40 * scale + 4)
    assert (ys.min() + raster.y, ys.max() + 1 + raster.y) == (20 * scale + 7, 40 * scale + 7)


def test_that_a_raster_is_never_larger_than_the_view_and_its_border():
    crop = np.ones((3000, 4000), bool)
    raster = mask_raster(crop, (0, 0), ViewTransform(8, -9000, -9000), (200, 100), RED, 0.5, line=2)
    assert raster is not None
    assert raster.argb.shape == (106, 206)
    assert set(np.unique(raster.argb)) == {argb(RED, 0.5)}


def test_that_a_mask_off_screen_costs_nothing():
    assert mask_raster(np.ones((5, 5), bool), (0, 0), ViewTransform(1, -500, 0), (100, 100), RED, 0.5) is None


def test_that_labels_have_colours_in_turn_and_background_is_clear():
    labels = np.array([[0, 0, 1, 1], [0, 0, 1, 1], [2, 2, 4, 4], [2, 2, 4, 4]], np.int32)
    raster = label_raster(labels, (1, 1), ViewTransform(10), (40, 40), [RED, (0, 255, 0), (0, 0, 255)], 0.5)
    assert raster is not None
    centres = raster.argb[5::20, 5::20]
    assert centres.tolist() == [[0, argb(RED, 0.5)], [argb((0, 255, 0), 0.5), argb(RED, 0.5)]]


def test_that_negative_labels_do_not_break_the_painting():
    assert label_raster(np.full((4, 4), -1, np.int32), (1, 1), ViewTransform(10), (40, 40), [RED], 0.5) is not None
