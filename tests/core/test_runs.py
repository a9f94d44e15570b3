"""Against pycocotools (the encoding) and plain numpy (the sets)."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pycocotools import mask as coco_mask

from app.core import runs
from app.core.geometry import BoolArray, Box
from app.core.masks import Rle, compressed, encode, run_lengths

SIZE = 24
pictures = hnp.arrays(np.bool_, (SIZE, SIZE))
NUMPY = {"union": np.logical_or, "intersect": np.logical_and, "subtract": lambda a, b: a & ~b}


def full(found: Rle | None) -> BoolArray:
    return np.zeros((SIZE, SIZE), dtype=bool) if found is None else found.full(SIZE, SIZE)


@settings(deadline=None)
@given(st.lists(st.integers(1, 2**40), min_size=1, max_size=40))
def test_that_run_lengths_survive_compression(lengths: list[int]) -> None:
    assert run_lengths(compressed(np.array(lengths))).tolist() == lengths


@settings(deadline=None)
@given(hnp.arrays(np.bool_, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=40)))
def test_that_the_encoding_is_pycocotools_own(mask: BoolArray) -> None:
    theirs = coco_mask.encode(np.asfortranarray(mask.astype(np.uint8)))["counts"]
    assert compressed(run_lengths(theirs)) == theirs
    flat = np.concatenate([np.full(n, i % 2, dtype=bool) for i, n in enumerate(run_lengths(theirs))])
    assert np.array_equal(flat.reshape(mask.shape[::-1]).T, mask)


@settings(deadline=None)
@given(pictures)
def test_that_a_mask_survives_as_runs(mask: BoolArray) -> None:
    rle = encode(mask)
    assert runs.rle_of(runs.runs_of(rle)) == rle
    if rle is not None:
        assert all(rle.at(x, y) == mask[y, x] for y in range(SIZE) for x in range(SIZE))


@settings(deadline=None)
@given(pictures, pictures, st.sampled_from(get_args(runs.Operation)))
def test_that_sets_of_runs_are_sets_of_pixels(a: BoolArray, b: BoolArray, operation: runs.Operation) -> None:
    found = runs.rle_of(runs.combined(runs.runs_of(encode(a)), runs.runs_of(encode(b)), operation))
    assert found == encode(NUMPY[operation](a, b))


@settings(deadline=None)
@given(pictures, st.integers(-3, 20), st.integers(-3, 20), st.integers(1, 12), st.integers(1, 12))
def test_that_a_window_shows_the_pixels_inside_it(mask: BoolArray, x: int, y: int, w: int, h: int) -> None:
    window = runs.pixels_in(runs.runs_of(encode(mask)), Box(x, y, x + w, y + h))
    padded = np.pad(mask, 20)
    assert np.array_equal(window, padded[y + 20 : y + 20 + h, x + 20 : x + 20 + w])


@settings(deadline=None)
@given(pictures, pictures)
def test_that_the_overlap_is_counted(a: BoolArray, b: BoolArray) -> None:
    one, two = encode(a), encode(b)
    if one and two:
        assert runs.overlap(one, two) == np.count_nonzero(a & b)


@pytest.mark.parametrize("operation", get_args(runs.Operation))
def test_that_masks_far_apart_cost_their_runs_alone(operation: runs.Operation) -> None:
    """A window around both would be 10^12 pixels."""
    pixels = np.ones((5, 5), dtype=bool)
    near, far = runs.runs_of_pixels(pixels, 0, 0), runs.runs_of_pixels(pixels, 10**6, 10**6)
    found = runs.rle_of(runs.combined(near, far, operation))
    areas = {"union": 50, "subtract": 25, "intersect": 0}
    assert (found.area() if found else 0) == areas[operation]
