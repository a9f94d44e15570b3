from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.annotation import (
    BoxGeometry,
    EllipseGeometry,
    Geometry,
    KeypointsGeometry,
    MaskGeometry,
    PointGeometry,
    PolygonGeometry,
    PolylineGeometry,
    RotatedBoxGeometry,
    Shape,
    hits,
    new_id,
    pixels_of,
)
from app.core.geometry import Box
from app.core.masks import encode
from tests.strategies import geometries, points

HOLED = PolygonGeometry((((0, 0), (9, 0), (9, 9), (0, 9)), ((3, 3), (6, 3), (6, 6), (3, 6))))


@given(geometries.filter(lambda g: g.kind != "polygon" or g.rings), points)  # type: ignore[union-attr]
def test_that_what_contains_a_point_is_found_there(geometry: Geometry, point: tuple[float, float]) -> None:
    """The boxes that `hits` looks at first leave nothing out."""
    shape = Shape(geometry, "x")
    bounds = geometry.bounds()
    if not bounds.grown(0.5).contains(point):
        assert hits([shape], point) == []
    elif geometry.contains(point):
        assert hits([shape], point) == [shape]


@given(points, st.floats(1, 40), st.floats(1, 40), st.floats(-180, 180), st.floats(-0.49, 0.49), st.floats(-0.49, 0.49))
def test_that_a_rotated_box_and_ellipse_turn_together(
    centre: tuple[float, float], width: float, height: float, angle: float, u: float, v: float
) -> None:
    box, ellipse = (
        RotatedBoxGeometry(centre, width, height, angle),
        EllipseGeometry(centre, width / 2, height / 2, angle),
    )
    c, s = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    point = centre[0] + u * width * c - v * height * s, centre[1] + u * width * s + v * height * c
    assert box.contains(point)
    if math.hypot(u, v) < 0.49:
        assert ellipse.contains(point)
    assert box.area() == pytest.approx(width * height)
    outline = ellipse.outline(360)
    bounds = ellipse.bounds()
    assert bounds.as_tuple() == pytest.approx((*outline.min(axis=0), *outline.max(axis=0)), abs=0.02)


def test_that_turning_is_clockwise_on_screen() -> None:
    first = RotatedBoxGeometry((0, 0), 10, 2, 90).corners()[0]
    assert first == pytest.approx((1, -5))


def test_that_a_hole_is_not_hit() -> None:
    assert HOLED.contains((1, 1))
    assert not HOLED.contains((4.5, 4.5))
    assert HOLED.area() == 81 - 9
    assert HOLED.contains((3.2, 4.5), tolerance=0.5)


def test_that_a_click_takes_the_smallest_first() -> None:
    large, small = Shape(BoxGeometry(Box(0, 0, 50, 50)), "large"), Shape(BoxGeometry(Box(10, 10, 20, 20)), "small")
    point = Shape(PointGeometry(((15, 15),)), "point")
    assert [s.label for s in hits([small, large, point], (15.2, 15))] == ["point", "small", "large"]
    assert [s.label for s in hits([small, large], (5, 5))] == ["large"]
    assert hits([small, large], (60, 5)) == []


def test_that_thin_things_are_hit_within_the_tolerance() -> None:
    line = PolylineGeometry(((0, 0), (10, 0), (10, 10)))
    assert line.contains((5, 0.4))
    assert not line.contains((5, 2))
    assert line.contains((5, 2), tolerance=3)
    assert not line.contains((5, 5), tolerance=3)  # an open line has no edge back
    joints = KeypointsGeometry(((1, 1), (8, 8)), (2, 0))
    assert joints.contains((1.2, 1))
    assert not joints.contains((8, 8))
    assert joints.bounds() == Box(1, 1, 1, 1)


def test_that_a_point_shape_can_be_hit() -> None:
    shape = Shape(PointGeometry(((5, 5),)), "x")
    assert hits([shape], (5.3, 5.3)) == [shape]
    assert hits([shape], (8, 5), tolerance=4) == [shape]


@given(geometries)
def test_that_lines_and_points_cover_no_pixels_and_others_stay_in_the_picture(geometry: Geometry) -> None:
    pixels = pixels_of(geometry, 30, 20)
    assert pixels.shape == (20, 30)
    assert pixels.dtype == np.bool_
    if geometry.kind in ("polyline", "point", "keypoints"):
        assert not pixels.any()


def test_that_a_mask_and_its_shape_agree() -> None:
    mask = np.zeros((6, 7), dtype=bool)
    mask[2:4, 3:6] = True
    rle = encode(mask)
    assert rle is not None
    shape = Shape(MaskGeometry(rle), "x")
    assert (shape.kind, shape.bounds(), shape.geometry.area()) == ("mask", Box(3, 2, 6, 4), 6)
    assert shape.id != new_id()
