"""Against plain numpy and scipy over the whole picture."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage

from app.core import brush
from app.core.errors import InputError
from app.core.geometry import BoolArray, FloatArray
from app.core.masks import Rle, encode
from tests.timing import best_of

SIZE = 32
pictures = hnp.arrays(np.bool_, (SIZE, SIZE))
blobs = st.integers(0, 2**32 - 1).map(lambda seed: _blob(seed))
places = st.tuples(st.integers(-40, 300), st.integers(-40, 300)).map(lambda p: (p[0] / 8, p[1] / 8))
strokes = st.lists(st.tuples(places, st.integers(0, 80).map(lambda r: r / 8)), min_size=1, max_size=4)


def _blob(seed: int) -> BoolArray:
    noise = np.random.default_rng(seed).normal(size=(SIZE, SIZE))
    return np.asarray(ndimage.gaussian_filter(noise, 2.0) > 0)


def full(rle: Rle | None) -> BoolArray:
    return np.zeros((SIZE, SIZE), dtype=bool) if rle is None else rle.full(SIZE, SIZE)


def swept(points: list[tuple[float, float]], radii: list[float]) -> tuple[FloatArray, FloatArray]:
    """How far each pixel centre is inside the stroke, by trying many discs on the way; and the error of that."""
    y, x = np.mgrid[:SIZE, :SIZE] + 0.5
    best = np.full((SIZE, SIZE), -np.inf)
    pieces = list(zip(points, points[1:], radii, radii[1:], strict=False)) or [(points[0], points[0], *radii * 2)]
    for (ax, ay), (bx, by), ra, rb in pieces:
        for t in np.linspace(0, 1, 400):
            inside = ra + t * (rb - ra) - np.hypot(x - ax - t * (bx - ax), y - ay - t * (by - ay))
            best = np.maximum(best, inside)
    return best, np.full_like(best, 0.02)


@settings(max_examples=60, deadline=None)
@given(pictures, strokes)
def test_that_a_stroke_paints_what_its_discs_cover(
    mask: BoolArray, drawn: list[tuple[tuple[float, float], float]]
) -> None:
    points, radii = [p for p, _ in drawn], [r for _, r in drawn]
    depth, error = swept(points, radii)
    painted, erased = (f(encode(mask), points, radii, (SIZE, SIZE)) for f in (brush.stroke, brush.erase))
    sure, out = depth > 1e-9, depth < -error
    assert np.array_equal(full(painted)[sure | out], (mask | sure)[sure | out])
    assert np.array_equal(full(erased)[sure | out], (mask & ~sure)[sure | out])
    assert painted is None or encode(full(painted)) == painted


def test_that_a_dot_is_a_disc_of_pixel_centres() -> None:
    dot = brush.stroke(None, [(10.0, 12.0)], 3.5)
    y, x = np.mgrid[:SIZE, :SIZE] + 0.5
    assert np.array_equal(full(dot), np.hypot(x - 10, y - 12) <= 3.5)


def test_that_nothing_is_painted_outside_the_picture() -> None:
    painted = brush.stroke(None, [(-5.0, -5.0), (40.0, 40.0)], 4, (SIZE, SIZE))
    assert painted is not None
    assert (painted.x, painted.y, painted.width, painted.height) == (0, 0, SIZE, SIZE)
    assert brush.stroke(None, [(-50.0, -50.0)], 4, (SIZE, SIZE)) is None


def test_that_a_stroke_without_points_is_refused_in_words() -> None:
    with pytest.raises(InputError, match="needs a point"):
        brush.stroke(None, [], 3)


@settings(deadline=None)
@given(blobs)
def test_that_holes_and_specks_go_by_size(mask: BoolArray) -> None:
    rle = encode(mask)
    if rle is None:
        return
    assert np.array_equal(full(brush.fill_holes(rle)), ndimage.binary_fill_holes(mask))
    for size in (1, 5, 20):
        parts, _ = ndimage.label(mask, np.ones((3, 3)))
        areas = np.bincount(parts.ravel())
        areas[0] = 0
        assert np.array_equal(full(brush.remove_specks(rle, size)), (areas > size)[parts])
        holes, _ = ndimage.label(ndimage.binary_fill_holes(mask) & ~mask)
        areas = np.bincount(holes.ravel())
        assert np.array_equal(full(brush.fill_holes(rle, size)), mask | ((areas <= size)[holes] & (holes > 0)))


@settings(deadline=None)
@given(blobs)
def test_that_parts_are_the_mask_again(mask: BoolArray) -> None:
    rle = encode(mask)
    if rle is None:
        return
    parts = brush.parts(rle)
    assert len(parts) == ndimage.label(mask, np.ones((3, 3)))[1]
    assert np.array_equal(sum(full(p).astype(int) for p in parts), mask.astype(int))


def test_that_a_click_fills_its_hole_alone() -> None:
    mask = np.zeros((SIZE, SIZE), dtype=bool)
    mask[4:20, 4:28] = True
    mask[8:12, 8:12] = mask[8:12, 16:20] = False
    rle = encode(mask)
    assert rle is not None
    filled = full(brush.fill_at(rle, (9.0, 9.0)))
    assert filled[8:12, 8:12].all() and not filled[8:12, 16:20].any()
    for place in ((5.0, 5.0), (1.0, 1.0), (30.0, 30.0)):
        with pytest.raises(InputError, match="nothing to fill"):
            brush.fill_at(rle, place)
    mask[10, 16:] = False  # the second hole now opens to the right
    with pytest.raises(InputError, match="does not enclose"):
        brush.fill_at(encode(mask), (17.0, 9.0))


@settings(deadline=None)
@given(blobs, st.integers(-5, 5))
def test_that_growing_is_a_disc_and_the_border_is_not_eaten(mask: BoolArray, distance: int) -> None:
    rle = encode(mask)
    if rle is None:
        return
    reach = abs(distance)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    disc = x**2 + y**2 <= reach**2
    if distance >= 0:
        expected = ndimage.binary_dilation(mask, disc)
    else:
        padded = np.pad(mask, reach, mode="edge")
        expected = ndimage.binary_erosion(padded, disc, border_value=1)[reach:-reach, reach:-reach]
    assert np.array_equal(full(brush.grow(rle, distance, (SIZE, SIZE))), expected)
    free = ndimage.binary_erosion(mask, disc) if distance < 0 else expected
    assert np.array_equal(full(brush.grow(rle, distance)), free)


@settings(deadline=None)
@given(blobs, st.integers(1, 3))
def test_that_smoothing_is_the_majority_or_an_opening_and_closing(mask: BoolArray, radius: int) -> None:
    rle = encode(mask)
    if rle is None:
        return
    majority = ndimage.median_filter(np.pad(mask, SIZE).astype(np.uint8), 2 * radius + 1)[SIZE:-SIZE, SIZE:-SIZE] > 0
    assert np.array_equal(full(brush.smooth(rle, radius)), majority)
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    disc, wide = x**2 + y**2 <= radius**2, np.pad(mask, SIZE)
    expected = ndimage.binary_closing(ndimage.binary_opening(wide, disc), disc)[SIZE:-SIZE, SIZE:-SIZE]
    assert np.array_equal(full(brush.smooth(rle, radius, "open_close")), expected)


def test_that_a_stroke_on_a_large_mask_costs_what_it_touches() -> None:
    y, x = np.mgrid[:3000, :4000]
    mask = np.hypot(x - 2000, y - 1500) < 1200
    mask &= (np.sin(x / 20) + np.sin(y / 23)) > -1.2  # a few hundred holes
    rle = encode(mask)
    assert rle is not None
    line = [(900.0, 800.0), (930.0, 815.0)]
    whole = best_of(5, lambda: encode(rle.full(4000, 3000)))
    assert best_of(20, lambda: brush.stroke(rle, line, 10.0, (4000, 3000))) < whole / 4


def test_that_a_stroke_stays_in_the_touched_box() -> None:
    line, radii = [(5.2, 6.1), (9.7, 12.4)], [1.0, 3.0]
    painted = brush.stroke(None, line, radii)
    box = brush.touched(line, radii)
    assert painted is not None and painted.box.clipped(SIZE, SIZE) == painted.box
    assert box.united(painted.box) == box
    assert math.isclose(box.x0, 4) and math.isclose(box.y1, 16)
