from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point as ShapelyPoint
from shapely import Polygon

from app.core.geometry import Box, pixel_of, point_in_ring, ring_area
from tests.strategies import points

rings = st.lists(points, min_size=3, max_size=8).map(lambda ps: np.asarray(ps, dtype=np.float64))


@given(points, points)
def test_that_a_box_between_two_corners_does_not_mind_their_order(
    a: tuple[float, float], b: tuple[float, float]
) -> None:
    assert Box.spanning(a, b) == Box.spanning(b, a) == Box.around([a, b])
    assert Box.spanning(a, b).width >= 0


def test_that_right_and_bottom_edges_are_outside() -> None:
    box = Box(1, 2, 4, 6)
    assert box.contains((1, 2))
    assert not box.contains((4, 3))
    assert not box.contains((3, 6))
    assert (box.width, box.height, box.area, box.centre) == (3, 4, 12, (2.5, 4))


@given(points, points, points, points)
def test_that_the_union_holds_both_and_clipping_stays_inside(
    p: tuple[float, float], q: tuple[float, float], r: tuple[float, float], s: tuple[float, float]
) -> None:
    a, b = Box.spanning(p, q), Box.spanning(r, s)
    assert a.united(b) == Box.around([p, q, r, s])
    cut = a.clipped(30, 20)
    assert 0 <= cut.x0 <= cut.x1 <= 30
    assert 0 <= cut.y0 <= cut.y1 <= 20


def test_that_no_points_have_no_box() -> None:
    with pytest.raises(ValueError, match="no points"):
        Box.around([])


def test_that_a_box_touches_every_pixel_it_overlaps() -> None:
    assert Box(0.5, 0.5, 2.1, 2.0).pixels(10, 10) == (slice(0, 2), slice(0, 3))
    assert Box(-5, -5, -1, -1).pixels(10, 10) == (slice(0, 0), slice(0, 0))


@given(st.floats(-100, 100), st.floats(-100, 100))
def test_that_every_point_has_a_pixel_of_the_picture(x: float, y: float) -> None:
    row, column = pixel_of((x, y), 7, 5)
    assert 0 <= row < 5
    assert 0 <= column < 7
    if 0 <= x < 7 and 0 <= y < 5:
        assert (row, column) == (math.floor(y), math.floor(x))


@given(st.integers(3, 12), st.floats(0.5, 30), st.floats(0, 6))
def test_that_the_area_of_a_ring_is_shapelys_whichever_way_it_turns(n: int, radius: float, turn: float) -> None:
    angle = np.linspace(0, 2 * np.pi, n, endpoint=False) + turn
    ring = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    assert ring_area(ring) == pytest.approx(Polygon(ring).area)
    assert ring_area(ring[::-1]) == pytest.approx(ring_area(ring))
    assert ring_area(ring[:2]) == 0


@given(rings, points)
def test_that_inside_is_what_shapely_says_away_from_the_edge(ring: np.ndarray, point: tuple[float, float]) -> None:
    polygon = Polygon(ring)
    if not polygon.is_valid or polygon.exterior.distance(ShapelyPoint(point)) < 1e-6:
        return
    assert point_in_ring(point, ring) == polygon.contains(ShapelyPoint(point))
