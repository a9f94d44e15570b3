"""The arithmetic of drawing: spans, rotated boxes, simplified lines, holes and parts."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point, Polygon

from app.core.annotation import PolygonGeometry
from app.ui.viewers.drawn import ring_of, rotated_box, simplify, spanned, with_ring

SIZE = (60.0, 40.0)
places = st.tuples(*(st.integers(0, 8 * int(side)).map(lambda eighths: eighths / 8) for side in SIZE))
SQUARE = ((10.0, 10.0), (50.0, 10.0), (50.0, 30.0), (10.0, 30.0))


@given(places, places, st.booleans(), st.booleans())
def test_that_a_span_stays_in_the_picture_and_keeps_its_corner(anchor, corner, square, centred):
    box = spanned(anchor, corner, SIZE, square, centred)
    assert box.x0 >= -1e-9 and box.y0 >= -1e-9 and box.x1 <= SIZE[0] + 1e-9 and box.y1 <= SIZE[1] + 1e-9
    if square:
        assert box.width == pytest.approx(box.height, abs=1e-9)
    if centred:
        assert box.centre == pytest.approx(anchor)
    else:
        assert anchor[0] == pytest.approx(box.x0) or anchor[0] == pytest.approx(box.x1)
        assert anchor[1] == pytest.approx(box.y0) or anchor[1] == pytest.approx(box.y1)
    if not square and not centred:
        assert [box.x0, box.x1] == pytest.approx(sorted((anchor[0], corner[0])))


@given(places, places, places)
def test_that_a_rotated_box_has_the_side_that_was_drawn_and_stays_in_the_picture(a, b, beside):
    box = rotated_box(a, b, beside, SIZE)
    if math.dist(a, b) == 0:
        assert box is None
    if box is None:
        return
    corners = box.corners()
    for end in (a, b):
        assert np.hypot(*(corners - end).T).min() < 1e-6
    assert corners.min() >= -1e-6 and (corners <= np.array(SIZE) + 1e-6).all()
    # As wide as the pointer is far from the side, where there is room.
    nx, ny = -(b[1] - a[1]) / box.width, (b[0] - a[0]) / box.width
    assert box.height <= abs((beside[0] - a[0]) * nx + (beside[1] - a[1]) * ny) + 1e-9


def test_that_a_rotated_box_is_turned_clockwise_by_the_angle_of_its_side():
    box = rotated_box((10, 10), (20, 20), (10, 20), SIZE)
    assert box is not None
    assert (box.angle, box.width, box.height) == pytest.approx((45, math.sqrt(200), math.sqrt(50)))
    assert rotated_box((10, 10), (20, 20), (30, 30), SIZE) is None, "the pointer is on the side"


@given(st.lists(places, min_size=1, max_size=30), st.floats(0.1, 10))
def test_that_a_simplified_line_stays_near_and_keeps_its_ends(points, tolerance):
    found = simplify(points, tolerance)
    assert found[0] == points[0] and found[-1] == points[-1]
    assert len(found) <= len(points)
    if len(found) > 1 and len(set(found)) > 1:
        line = LineString(found)
        assert max(line.distance(Point(p)) for p in points) <= tolerance + 1e-3


def test_that_a_line_far_from_the_origin_is_simplified_as_well_as_near_it():
    way = [(30000 + t, 20000 + (t % 2) * 0.4) for t in range(100)]
    assert len(simplify(way, 0.5)) == 2
    assert len(simplify([(x, y * 10) for x, y in way], 0.5)) > 50


def test_that_a_ring_has_area_and_no_repeated_corners():
    assert ring_of([(0, 0), (0, 0), (4, 0), (4, 4), (0, 0)]) == ((0, 0), (4, 0), (4, 4))
    assert ring_of([(0, 0), (4, 0), (8, 0)]) is None
    assert ring_of([(0, 0), (4, 0)]) is None


def test_that_clear_holes_and_parts_are_kept_corner_for_corner():
    polygon = PolygonGeometry((SQUARE,))
    hole, part = ((20.0, 15.0), (30.0, 15.0), (25.0, 25.0)), ((1.0, 1.0), (5.0, 1.0), (3.0, 5.0))
    holed = with_ring(polygon, hole)
    assert holed == PolygonGeometry((SQUARE, hole))
    assert with_ring(holed, part) == PolygonGeometry((SQUARE, hole, part))


def test_that_a_part_within_a_hole_is_an_island():
    holed = PolygonGeometry((SQUARE, ((15.0, 12.0), (45.0, 12.0), (45.0, 28.0), (15.0, 28.0))))
    island = ((25.0, 18.0), (30.0, 18.0), (28.0, 24.0))
    assert with_ring(holed, island) == PolygonGeometry((*holed.rings, island))


def test_that_a_hole_over_everything_leaves_nothing():
    small = PolygonGeometry((((18.0, 18.0), (22.0, 18.0), (22.0, 22.0), (18.0, 22.0)),))
    # A ring that crosses itself begins inside and covers all of it.
    around = ((20.0, 18.0), (20.0, 10.0), (10.0, 10.0), (10.0, 30.0), (30.0, 30.0), (30.0, 10.0), (20.0, 10.0))
    assert small.contains(around[0])
    assert with_ring(small, around) is None


rings = st.lists(places, min_size=3, max_size=6).map(ring_of).filter(lambda r: r is not None and Polygon(r).is_valid)


@given(rings, st.lists(places, min_size=20, max_size=20))
def test_that_a_ring_begun_inside_takes_away_and_one_begun_outside_adds(ring, probes):
    polygon = PolygonGeometry((SQUARE,))
    start = Point(ring[0])
    if LineString([*SQUARE, SQUARE[0]]).distance(start) < 1e-6:
        return
    after = with_ring(polygon, ring)
    borders = LineString([*SQUARE, SQUARE[0]]), LineString([*ring, ring[0]])
    for probe in probes:
        if min(b.distance(Point(probe)) for b in borders) < 1e-3:
            continue
        before, drawn = polygon.contains(probe), PolygonGeometry((ring,)).contains(probe)
        wanted = before and not drawn if polygon.contains(ring[0]) else before or drawn
        assert (after is not None and after.contains(probe)) == wanted
