"""Zoom and pan as pure values."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.ui.viewers.transform import MAX_DEVICE_SCALE, ViewTransform, scale_limits

scales = st.floats(0.01, 128)
places = st.floats(-5000, 5000)
sizes = st.tuples(st.floats(1, 20000), st.floats(1, 20000))
views = st.tuples(st.floats(50, 4000), st.floats(50, 4000))
transforms = st.builds(ViewTransform, scales, places, places)


@given(transforms, places, places)
def test_that_to_source_undoes_to_view(view, x, y):
    assert view.to_source(view.to_view((x, y))) == pytest.approx((x, y), abs=1e-6)


@given(transforms, places, places, st.floats(0.1, 10))
def test_that_the_point_under_the_pointer_stays_there_when_zooming(view, x, y, factor):
    zoomed = view.zoomed(factor, (x, y), (0.001, 1000))
    assert zoomed.to_view(view.to_source((x, y))) == pytest.approx((x, y), abs=1e-4)


@given(transforms, st.floats(1e-6, 1e6), sizes, views)
def test_that_zooming_stays_within_its_limits(view, factor, source, size):
    low, high = scale_limits(source, size)
    assume(low <= high)
    assert low <= view.zoomed(factor, (0, 0), (low, high)).scale <= high == MAX_DEVICE_SCALE


@given(sizes, views)
def test_that_a_fitted_picture_lies_wholly_in_the_view_and_in_its_middle(source, size):
    view = ViewTransform.fitted(source, size)
    left, top = view.to_view((0, 0))
    right, bottom = view.to_view(source)
    assert left >= -1e-6
    assert top >= -1e-6
    assert right <= size[0] + 1e-6
    assert bottom <= size[1] + 1e-6
    assert ((left + right) / 2, (top + bottom) / 2) == pytest.approx((size[0] / 2, size[1] / 2))


@given(transforms, sizes, views)
def test_that_clamping_brings_the_middle_of_the_view_onto_the_picture_and_is_done_after_once(view, source, size):
    clamped = view.clamped(source, size)
    x, y = clamped.to_source((size[0] / 2, size[1] / 2))
    assert -1e-6 <= x <= source[0] + 1e-6
    assert -1e-6 <= y <= source[1] + 1e-6
    again = clamped.clamped(source, size)
    assert (again.dx, again.dy) == pytest.approx((clamped.dx, clamped.dy), abs=1e-5)


@given(sizes, views)
def test_that_clamping_leaves_a_fitted_view_alone(source, size):
    view = ViewTransform.fitted(source, size)
    clamped = view.clamped(source, size)
    assert (clamped.dx, clamped.dy) == pytest.approx((view.dx, view.dy))


@given(transforms, places, places, st.sampled_from([1.0, 1.25, 2.0, 3.0]))
def test_that_device_pixels_are_the_ratio_times_logical_ones(view, x, y, ratio):
    logical = view.to_view((x, y))
    device = view.for_device(ratio).to_view((x, y))
    assert device == pytest.approx((logical[0] * ratio, logical[1] * ratio))


@given(transforms, views)
def test_that_the_visible_box_is_what_the_corners_show(view, size):
    box = view.visible(size)
    assert view.to_view((box.x0, box.y0)) == pytest.approx((0, 0), abs=1e-4)
    assert view.to_view((box.x1, box.y1)) == pytest.approx(size, abs=1e-4)


def test_that_a_small_picture_is_not_blown_up_to_fill_the_view():
    assert ViewTransform.fitted((10, 10), (1000, 1000)).scale == 8
