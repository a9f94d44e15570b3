from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.core.annotation import BoxGeometry, MaskGeometry
from app.core.geometry import Box
from app.core.huge import Place
from app.core.masks import encode
from app.core.prompts import Click, Prompts


@given(
    x=st.integers(0, 50_000),
    y=st.integers(0, 50_000),
    step=st.sampled_from([1, 2, 4, 8]),
    seed=st.integers(0, 1000),
)
def test_that_a_mask_of_a_cut_out_covers_the_same_pixels_of_the_source(x: int, y: int, step: int, seed: int) -> None:
    mask = np.random.default_rng(seed).random((9, 13)) > 0.6
    mask[4, 5] = True
    rle = encode(mask)
    assert rle is not None
    found = Place(x, y, step, step, 13, 9).rle_to_source(rle)
    expected = encode(mask.repeat(step, axis=0).repeat(step, axis=1))
    assert expected is not None
    assert (found.x - x, found.y - y) == (expected.x, expected.y)
    np.testing.assert_array_equal(found.crop(), expected.crop())


@given(
    place=st.builds(
        Place,
        st.floats(0, 1e5),
        st.floats(0, 1e5),
        st.sampled_from([1.0, 2.0, 3.1, 8.0]),
        st.sampled_from([1.0, 2.0, 3.1, 8.0]),
        st.just(500),
        st.just(400),
    ),
    point=st.tuples(st.floats(0, 499), st.floats(0, 399)),
)
def test_that_prompts_go_in_and_geometries_come_back_to_the_same_place(
    place: Place, point: tuple[float, float]
) -> None:
    source = place.to_source(point)
    box = Box(source[0], source[1], source[0] + 7, source[1] + 5)
    prompts = place.prompts_from_source(Prompts((Click(*source, positive=False),), box))
    np.testing.assert_allclose(prompts.clicks[0].point, point, atol=1e-6)
    assert not prompts.clicks[0].positive
    assert prompts.box is not None
    back = place.geometry_to_source(BoxGeometry(prompts.box))
    assert isinstance(back, BoxGeometry)
    np.testing.assert_allclose((back.box.x0, back.box.y1), (box.x0, box.y1), atol=1e-6)


def test_that_prompts_outside_a_cut_out_are_told_from_those_inside() -> None:
    place = Place(1000, 2000, 2, 2, 100, 50)
    assert place.holds(Prompts((Click(1000.5, 2099.5),)))
    assert not place.holds(Prompts((Click(1000.5, 2100.5),)))
    assert place.holds(Prompts(box=Box(900, 1900, 1001, 2001)))
    assert not place.holds(Prompts(box=Box(900, 1900, 999, 2001)))


def test_that_a_mask_is_moved_as_a_geometry() -> None:
    rle = encode(np.ones((2, 3), bool))
    assert rle is not None
    moved = Place(10, 20, 1, 1, 3, 2).geometry_to_source(MaskGeometry(rle))
    assert moved.bounds() == Box(10, 20, 13, 22)
