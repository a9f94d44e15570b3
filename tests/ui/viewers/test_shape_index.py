"""Shapes as arrays: drawing instructions, hit-testing, and the raster of very many."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.annotation import (
    BoxGeometry,
    EllipseGeometry,
    KeypointsGeometry,
    MaskGeometry,
    PointGeometry,
    PolygonGeometry,
    PolylineGeometry,
    RotatedBoxGeometry,
    Shape,
    hits,
)
from app.core.geometry import Box
from app.core.masks import encode
from app.ui.viewers.shape_index import ShapeIndex, art_of
from app.ui.viewers.shape_raster import draw
from app.ui.viewers.transform import ViewTransform
from tests import strategies


def a_mask():
    mask = np.zeros((60, 80), bool)
    mask[10:50, 20:60] = True
    mask[20:30, 30:40] = False
    rle = encode(mask)
    assert rle is not None
    return MaskGeometry(rle)


MASK = a_mask()

GEOMETRIES = [
    BoxGeometry(Box(10, 10, 40, 30)),
    RotatedBoxGeometry((30, 30), 40, 10, 30),
    PolygonGeometry((((10, 10), (50, 10), (30, 50)), ((25, 20), (35, 20), (30, 30)))),
    PolygonGeometry((((10, 10), (50, 10), (30, 50)),)),
    MASK,
    PolylineGeometry(((5, 5), (40, 20), (10, 50))),
    PointGeometry(((10, 10), (30, 40))),
    KeypointsGeometry(((10, 10), (20, 20), (30, 40)), (2, 1, 0), edges=((0, 1), (1, 2))),
    EllipseGeometry((30, 30), 20, 8, 45),
]


@pytest.mark.parametrize("geometry", GEOMETRIES, ids=lambda g: g.kind)
def test_that_every_kind_is_drawn_within_its_bounds(geometry):
    art = art_of(geometry)
    points = np.concatenate([*art.lines, art.dots, art.hollow])
    box = geometry.bounds().grown(1e-6)
    assert len(points) > 0
    assert all(box.x0 <= x <= box.x1 and box.y0 <= y <= box.y1 for x, y in points)
    raster = draw([art], [((255, 0, 0), 0.3)], ViewTransform(2), (160, 120))
    assert (raster.argb >> 24 == 255).any()


def test_that_joints_which_were_not_given_are_not_drawn():
    art = art_of(GEOMETRIES[7])
    assert (len(art.dots), len(art.hollow), len(art.lines)) == (1, 1, 1)


def test_that_a_kind_nobody_knows_is_refused():
    with pytest.raises(TypeError, match="cannot draw a str"):
        art_of("box")


def test_that_a_filled_polygon_keeps_its_hole_in_the_raster():
    raster = draw([art_of(GEOMETRIES[4])], [((0, 255, 0), 0.3)], ViewTransform(4), (320, 240))
    assert raster.argb[25 * 4, 35 * 4] == 0
    assert raster.argb[45 * 4, 30 * 4] == 0x4C004C00


boxes = st.builds(
    lambda x, y, w, h: Box(x, y, x + w, y + h),
    st.floats(0, 100),
    st.floats(0, 100),
    st.floats(0.5, 60),
    st.floats(0.5, 60),
)


@given(st.lists(boxes, max_size=12), st.floats(0, 160), st.floats(0, 160), st.floats(0, 5))
def test_that_the_index_hits_what_the_plain_test_hits(found, x, y, tolerance):
    shapes = [Shape(BoxGeometry(b), "a") for b in found]
    index = ShapeIndex.of(shapes)
    assert [s.id for s in index.hits((x, y), tolerance)] == [s.id for s in hits(shapes, (x, y), tolerance)]


@given(st.lists(st.sampled_from(GEOMETRIES), max_size=8), st.lists(st.sampled_from(GEOMETRIES), max_size=8))
def test_that_an_index_made_from_another_is_as_good_as_new(before, after):
    old = ShapeIndex.of([Shape(g, "a") for g in before])
    shapes = [Shape(g, "a") for g in after]
    np.testing.assert_allclose(ShapeIndex.of(shapes, old).boxes, ShapeIndex.of(shapes).boxes)
    expected = np.array([s.bounds().as_tuple() for s in shapes]).reshape(-1, 4)
    np.testing.assert_allclose(ShapeIndex.of(shapes).boxes, expected)


@given(st.floats(0, 80), st.floats(0, 60))
def test_that_a_mask_is_hit_where_its_pixels_are(x, y):
    shape = Shape(MASK, "a")
    index = ShapeIndex.of([shape])
    assert index.hits((x, y), 3.0) == hits([shape], (x, y), 3.0)


def test_that_drawings_of_shapes_that_stay_are_taken_over():
    shapes = [Shape(g, "a") for g in GEOMETRIES]
    first = ShapeIndex.of(shapes)
    arts = [first.art(i) for i in range(len(shapes))]
    second = ShapeIndex.of(shapes[1:], first)
    assert all(second.art(i) is arts[i + 1] for i in range(len(second)))


def test_that_a_rubber_band_takes_only_what_lies_wholly_inside():
    shapes = [Shape(BoxGeometry(Box(10, 10, 20, 20)), "a"), Shape(BoxGeometry(Box(15, 15, 60, 60)), "a")]
    assert ShapeIndex.of(shapes).inside(Box(0, 0, 30, 30)) == [shapes[0].id]


def test_that_hidden_shapes_are_neither_drawn_nor_found() -> None:
    seen, hidden = Shape(BoxGeometry(Box(0, 0, 9, 9)), "a"), Shape(BoxGeometry(Box(1, 1, 8, 8)), "a", hidden=True)
    index = ShapeIndex.of([seen, hidden])
    assert index.visible(Box(0, 0, 20, 20)).tolist() == [0]
    assert index.hits((4, 4)) == [seen]
    assert index.inside(Box(-1, -1, 20, 20)) == [seen.id]
    shown = ShapeIndex.of([seen, replace(hidden, hidden=False)], index)
    assert len(shown.hits((4, 4))) == 2


@given(st.lists(strategies.shapes, max_size=6), st.data())
def test_that_an_index_made_from_the_one_before_is_as_if_made_anew(shapes, data) -> None:
    before = ShapeIndex.of(shapes)
    for i in range(len(shapes)):
        before.art(i)
    kept = data.draw(st.permutations(shapes).map(lambda x: x[: data.draw(st.integers(0, len(x)))]))
    after = [*kept, *data.draw(st.lists(strategies.shapes, max_size=3))]
    index, fresh = ShapeIndex.of(after, before), ShapeIndex.of(after)
    assert (index.boxes == fresh.boxes).all() and (index.shown == fresh.shown).all()
    assert [index.find(s.id) for s in after] == [fresh.find(s.id) for s in after]
    for i in range(len(after)):
        a, b = index.art(i), fresh.art(i)
        assert all(np.array_equal(x, y) for x, y in zip(a.lines, b.lines, strict=True))
