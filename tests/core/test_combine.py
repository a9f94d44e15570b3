"""Against shapely (polygons) and plain numpy (masks)."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage

from app.core import combine
from app.core.annotation import BoxGeometry, Geometry, MaskGeometry, PointGeometry, PolygonGeometry, Shape, pixels_of
from app.core.areas import area_of
from app.core.carve import carve, carved, given_way, overlaps
from app.core.document import Document
from app.core.errors import InputError
from app.core.geometry import Box
from app.core.masks import encode
from app.core.runs import Operation

SIZE = 24
pictures = hnp.arrays(np.bool_, (SIZE, SIZE)).filter(lambda m: bool(m.any()))
corners = st.integers(0, SIZE * 4).map(lambda n: n / 4)
polygons = st.lists(st.lists(st.tuples(corners, corners), min_size=3, max_size=6).map(tuple), min_size=1, max_size=2)
polygons = polygons.map(lambda rings: PolygonGeometry(tuple(rings)))
NUMPY = {"union": np.logical_or, "intersect": np.logical_and, "subtract": lambda a, b: a & ~b}
SHAPELY = {"union": shapely.union, "intersect": shapely.intersection, "subtract": shapely.difference}


def mask(pixels: np.ndarray) -> MaskGeometry:
    rle = encode(pixels)
    assert rle is not None
    return MaskGeometry(rle)


def pixels(geometry: Geometry | None) -> np.ndarray:
    return np.zeros((SIZE, SIZE), dtype=bool) if geometry is None else pixels_of(geometry, SIZE, SIZE)


@settings(deadline=None)
@given(pictures, pictures, pictures, st.sampled_from(get_args(Operation)))
def test_that_masks_combine_as_pixels(a: np.ndarray, b: np.ndarray, c: np.ndarray, operation: Operation) -> None:
    found = combine.combine(mask(a), [mask(b), mask(c)], operation)
    assert np.array_equal(pixels(found.geometry), NUMPY[operation](NUMPY[operation](a, b), c))
    assert found.notes == ()


@settings(deadline=None)
@given(polygons, polygons, st.sampled_from(get_args(Operation)))
def test_that_polygons_combine_as_shapely_says(a: PolygonGeometry, b: PolygonGeometry, operation: Operation) -> None:
    found = combine.combine(a, [b], operation).geometry
    expected = SHAPELY[operation](area_of(a), area_of(b))
    if found is None:
        assert expected.area == 0
        return
    area = area_of(found)
    assert area.is_valid
    assert area.symmetric_difference(expected).area == pytest.approx(0, abs=1e-6)
    assert found.area() == pytest.approx(expected.area, abs=1e-6)


@settings(deadline=None)
@given(pictures, polygons, st.sampled_from(get_args(Operation)))
def test_that_mixed_kinds_follow_the_first_and_say_so(a: np.ndarray, b: PolygonGeometry, operation: Operation) -> None:
    found = combine.combine(mask(a), [b], operation)
    assert np.array_equal(pixels(found.geometry), NUMPY[operation](a, pixels(b)))
    assert "rounded" in found.notes[0]
    other = combine.combine(b, [mask(a)], operation)
    assert other.geometry is None or isinstance(other.geometry, PolygonGeometry)
    assert "edges" in other.notes[0]


def test_that_a_box_becomes_a_polygon_with_a_hole_and_says_so() -> None:
    found = combine.subtract(BoxGeometry(Box(0, 0, 10, 10)), [BoxGeometry(Box(2, 2, 4, 4))])
    assert isinstance(found.geometry, PolygonGeometry)
    assert found.geometry.area() == 96 and len(found.geometry.rings) == 2
    assert found.notes == ("The box became a polygon.",)
    with pytest.raises(InputError, match="covers no area"):
        combine.union(found.geometry, [PointGeometry(((1.0, 1.0),))])


@settings(deadline=None)
@given(pictures)
def test_that_parts_are_the_whole_again(picture: np.ndarray) -> None:
    found = combine.parts(mask(picture))
    assert len(found) == ndimage.label(picture, np.ones((3, 3)))[1]
    assert np.array_equal(sum(pixels(p).astype(int) for p in found), picture.astype(int))
    polygon = PolygonGeometry(tuple(r for p in found for r in _polygon(p).rings))
    assert sum(p.area() for p in combine.parts(polygon)) == picture.sum()


def _polygon(geometry: Geometry) -> PolygonGeometry:
    from app.core.convert import converted

    polygon = converted(geometry, "polygon", SIZE, SIZE)
    assert isinstance(polygon, PolygonGeometry)
    return polygon


lines = st.lists(st.tuples(st.integers(-2, 26), st.integers(-2, 26)), min_size=2, max_size=4)


@settings(deadline=None)
@given(pictures, polygons, lines)
def test_that_pieces_of_a_cut_are_the_whole_again(picture: np.ndarray, polygon: PolygonGeometry, line: list) -> None:
    knife = [(float(x), float(y)) for x, y in line]
    for geometry in (mask(picture), polygon):
        pieces: tuple[Geometry, ...] = ()
        with contextlib.suppress(InputError):  # a line that does not cut it
            pieces = combine.split(geometry, knife)
        if not pieces:
            continue
        assert len(pieces) > 1
        if isinstance(geometry, MaskGeometry):
            assert np.array_equal(sum(pixels(p).astype(int) for p in pieces), picture.astype(int))
        else:
            areas = [area_of(p) for p in pieces]
            assert sum(a.area for a in areas) == pytest.approx(area_of(geometry).area, abs=1e-6)
            assert shapely.union_all(areas).symmetric_difference(area_of(geometry)).area == pytest.approx(0, abs=1e-6)


def test_that_a_cut_through_a_hole_makes_two_and_leaves_other_parts_alone() -> None:
    ring = combine.subtract(BoxGeometry(Box(0, 0, 12, 12)), [BoxGeometry(Box(4, 4, 8, 8))]).geometry
    assert isinstance(ring, PolygonGeometry)
    both = combine.union(ring, [BoxGeometry(Box(20, 0, 22, 2))]).geometry
    assert both is not None
    big, small = combine.split(both, [(5.0, -1.0), (5.0, 13.0)])
    assert (big.area(), small.area()) == (7 * 12 - 12 + 4, 5 * 12 - 4)
    with pytest.raises(InputError, match="does not cut"):
        combine.split(ring, [(5.0, -1.0), (5.0, 3.0)])


@settings(deadline=None)
@given(pictures, pictures, polygons)
def test_that_what_is_carved_overlaps_nothing(a: np.ndarray, b: np.ndarray, polygon: PolygonGeometry) -> None:
    left = carved(mask(a), [mask(b), polygon])
    assert np.array_equal(pixels(left), a & ~b & ~pixels(polygon))
    document = Document("x", SIZE, SIZE, shapes=(Shape(mask(b), "b", "b"), Shape(mask(a), "a", "a")))
    gave = {s.id: pixels(s.geometry) for s in carve(document, ["a"]).shapes}
    took = {s.id: pixels(s.geometry) for s in carve(document, ["a"], "others").shapes}
    nothing = np.zeros_like(a)
    assert np.array_equal(gave.get("a", nothing), a & ~b) and np.array_equal(gave["b"], b)
    assert np.array_equal(took.get("b", nothing), b & ~a) and np.array_equal(took["a"], a)


def test_that_neighbours_that_touch_do_not_overlap_and_locked_shapes_never_give_way() -> None:
    left, right = BoxGeometry(Box(0, 0, 5, 5)), BoxGeometry(Box(5, 0, 9, 5))
    assert not overlaps(left, right)
    assert carved(left, [right]) is left
    over = BoxGeometry(Box(3, 0, 9, 5))
    locked = Document("x", shapes=(Shape(left, "a", "a", locked=True), Shape(over, "b", "b", locked=True)))
    assert carve(locked, ["b"]) is locked
    assert carve(locked, ["b"], "others") is locked


def test_that_shapes_of_one_group_do_not_give_way_to_each_other() -> None:
    one = Shape(BoxGeometry(Box(0, 0, 10, 10)), "a", "one", group="g")
    two = Shape(BoxGeometry(Box(5, 0, 15, 10)), "a", "two", group="g")
    other = Shape(BoxGeometry(Box(12, 0, 30, 10)), "a", "other")
    found = given_way([one, two], [other])
    assert set(found) == {"two"} and found["two"] is not None
    assert found["two"].geometry.bounds() == Box(5, 0, 12, 10)
    assert set(given_way([one, two], [other], "others")) == {"other"}
    assert given_way([replace(one, hidden=True)], [other]) == {}
