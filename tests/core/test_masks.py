from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.annotation import EllipseGeometry, MaskGeometry, PolygonGeometry, pixels_of
from app.core.masks import encode, encode_crop, outlines, rasterise
from tests.strategies import bool_masks, masks


@given(bool_masks)
def test_that_outlines_rasterised_again_are_the_mask(mask: np.ndarray) -> None:
    outer, holes = outlines(mask)
    if not mask.any():
        assert outer == holes == []
        return
    assert np.array_equal(rasterise([*outer, *holes], mask.shape[1], mask.shape[0]), mask)


@given(bool_masks)
def test_that_an_encoded_mask_is_itself_wherever_it_is_asked(mask: np.ndarray) -> None:
    rle = encode(mask)
    if rle is None:
        assert not mask.any()
        return
    assert rle.area() == mask.sum()
    assert np.array_equal(rle.full(mask.shape[1], mask.shape[0]), mask)
    rows, columns = np.nonzero(mask)
    assert rle.box.as_tuple() == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    for row in range(mask.shape[0]):
        assert [rle.at(column, row) for column in range(mask.shape[1])] == mask[row].tolist()
    assert not rle.at(-1, 0)
    assert not rle.at(mask.shape[1], 0)


@given(masks, st.integers(-10, 10), st.integers(-10, 10))
def test_that_what_lies_outside_the_picture_is_cut_off(mask: np.ndarray, x: int, y: int) -> None:
    wide = np.zeros((40, 40), dtype=bool)
    wide[10 + y : 10 + y + mask.shape[0], 10 + x : 10 + x + mask.shape[1]] = mask
    assert np.array_equal(encode_crop(mask, x, y).full(15, 15), wide[10:25, 10:25])


@given(masks)
def test_that_the_polygon_of_a_mask_has_its_area_and_pixels(mask: np.ndarray) -> None:
    outer, holes = outlines(mask)
    rings = tuple(tuple((float(x), float(y)) for x, y in ring) for ring in [*outer, *holes])
    height, width = mask.shape
    assert np.array_equal(pixels_of(PolygonGeometry(rings), width, height), mask)


def test_that_a_ring_fills_the_pixels_whose_centre_is_inside() -> None:
    ring = np.array([[1.4, 1.4], [3.6, 1.4], [3.6, 2.6], [1.4, 2.6]])
    filled = rasterise([ring], 6, 5)
    assert np.argwhere(filled).tolist() == [[1, 1], [1, 2], [1, 3], [2, 1], [2, 2], [2, 3]]


def test_that_a_ring_in_a_ring_is_a_hole() -> None:
    outer, inner = np.array([[0, 0], [9, 0], [9, 9], [0, 9]]), np.array([[3, 3], [6, 3], [6, 6], [3, 6]])
    assert rasterise([outer.astype(float), inner.astype(float)], 9, 9).sum() == 81 - 9


def test_that_an_ellipse_covers_about_its_area() -> None:
    ellipse = EllipseGeometry((50, 40), 30, 12, 25)
    assert pixels_of(ellipse, 100, 80).sum() == pytest.approx(ellipse.area(), rel=0.01)


@given(masks)
def test_that_a_mask_geometry_contains_exactly_its_pixels(mask: np.ndarray) -> None:
    rle = encode(mask)
    assert rle is not None
    geometry = MaskGeometry(rle)
    height, width = mask.shape
    hit = [[geometry.contains((x + 0.5, y + 0.5)) for x in range(width)] for y in range(height)]
    assert np.array_equal(hit, mask)
