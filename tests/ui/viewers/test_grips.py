"""Handles of selected shapes, and what drags make of them: without a window."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import brush
from app.core.annotation import (
    BoxGeometry,
    EllipseGeometry,
    KeypointsGeometry,
    MaskGeometry,
    PolygonGeometry,
    PolylineGeometry,
    RotatedBoxGeometry,
    Shape,
)
from app.core.geometry import Box
from app.core.masks import encode
from app.core.vertices import Vertex
from app.ui.viewers.drags import drag_of, in_steps
from app.ui.viewers.grips import (
    Body,
    OnEdge,
    OnVertex,
    Resize,
    Turn,
    edge_marks,
    grip_at,
    place_of,
    resize_handles,
    turn_handle,
)
from app.ui.viewers.live_mask import LiveMask
from tests import strategies

PICTURE = (200.0, 100.0)
BOX = BoxGeometry(Box(50, 40, 150, 90))
SQUARE = PolygonGeometry((((10.0, 10.0), (60.0, 10.0), (60.0, 60.0), (10.0, 60.0)),))


def test_that_a_box_is_held_by_its_handles_and_by_the_one_to_turn_it() -> None:
    assert grip_at(BOX, (50, 40), 2, PICTURE) == Resize("nw")
    assert grip_at(BOX, (152, 64), 2, PICTURE) == Resize("e")
    turning = turn_handle(BOX, 2, PICTURE)
    assert turning == ((100.0, 27.0), (100.0, 40.0))
    assert grip_at(BOX, (101, 28), 2, PICTURE) == Turn()
    assert grip_at(BOX, (100, 60), 2, PICTURE) is None


def test_that_the_handle_for_turning_stands_below_where_the_picture_ends_above() -> None:
    turning = turn_handle(BoxGeometry(Box(50, 5, 150, 50)), 2, PICTURE)
    assert turning is not None and turning[0] == (100.0, 63.0)


def test_that_a_small_box_keeps_a_middle_to_be_moved_by_and_its_corners() -> None:
    small = BoxGeometry(Box(50, 50, 54, 54))
    assert set(resize_handles(small, 2)) == {"nw", "ne", "se", "sw"}
    assert grip_at(small, (52, 52), 2, PICTURE) is None
    assert grip_at(small, (49, 49), 2, PICTURE) == Resize("nw")


def test_that_marks_stand_in_the_middle_of_edges_that_have_room() -> None:
    assert [tuple(at) for _, at in edge_marks(SQUARE, 1)] == [(35, 10), (60, 35), (35, 60), (10, 35)]
    assert edge_marks(SQUARE, 0.5) == []
    assert len(edge_marks(PolylineGeometry(SQUARE.rings[0]), 1)) == 3
    assert grip_at(SQUARE, (35, 12), 1, PICTURE) == OnEdge(Vertex(0, 0), (35.0, 10.0))
    assert grip_at(SQUARE, (20, 12), 1, PICTURE) is None
    assert grip_at(SQUARE, (20, 12), 1, PICTURE, anywhere=True) == OnEdge(Vertex(0, 0), (20.0, 10.0))


def test_that_a_joint_that_is_not_given_can_be_taken_hold_of() -> None:
    skeleton = KeypointsGeometry(((10.0, 10.0), (50.0, 50.0)), (2, 0))
    assert grip_at(skeleton, (51, 50), 1, PICTURE) == OnVertex(Vertex(0, 1))


@given(strategies.geometries, st.tuples(st.floats(-20, 80), st.floats(-20, 80)), st.floats(0.2, 20))
def test_that_what_is_held_lies_within_reach(geometry, point, scale) -> None:
    grip = grip_at(geometry, point, scale, (64.0, 64.0))
    if grip is not None:
        place = place_of(geometry, grip, scale, (64.0, 64.0))
        assert place is not None and math.dist(place, point) * scale <= 8 + 1e-6


def test_that_the_handle_does_not_jump_to_the_pointer() -> None:
    shape = Shape(BOX, "a")
    drag = drag_of(Resize("se"), [shape], (153, 92), (150, 90), PICTURE)
    assert drag.result((163, 97), False, False) == {shape.id: BoxGeometry(Box(50, 40, 160, 95))}


def test_that_a_shape_cannot_be_made_flat_and_points_stay_in_the_picture() -> None:
    shape = Shape(BOX, "a")
    drag = drag_of(Resize("e"), [shape], (150, 65), (150, 65), PICTURE)
    before = drag.result((60, 65), False, False)
    assert drag.result((50, 65), False, False) == before
    corner = drag_of(OnVertex(Vertex(0, 2)), [Shape(SQUARE, "a", id="s")], (60, 60), (60, 60), PICTURE)
    moved = corner.result((500, -20), False, False)["s"]
    assert isinstance(moved, PolygonGeometry) and moved.rings[0][2] == (200.0, 0.0)


@pytest.mark.parametrize("geometry", [BOX, RotatedBoxGeometry((80, 50), 40, 20, 10), EllipseGeometry((80, 50), 40, 20)])
def test_that_turning_goes_in_steps_of_45_degrees_of_the_shape_itself(geometry) -> None:
    shape = Shape(geometry, "a", id="s")
    turning = turn_handle(geometry, 1, (400.0, 400.0))
    assert turning is not None
    drag = drag_of(Turn(), [shape], turning[0], turning[0], (400.0, 400.0))
    turned = drag.result((300, 60), True, False)["s"]
    assert getattr(turned, "angle", 0.0) % 45 == pytest.approx(0)


@given(st.floats(-500, 500), st.floats(-500, 500))
def test_that_a_shift_in_steps_is_straight_or_diagonal(dx: float, dy: float) -> None:
    x, y = in_steps(dx, dy)
    assert x == 0 or y == 0 or abs(x) == pytest.approx(abs(y))
    assert math.hypot(x - dx, y - dy) <= math.hypot(dx, dy) * math.sin(math.radians(22.5)) + 1e-6


def test_that_all_shapes_move_together_and_masks_by_whole_pixels() -> None:
    rle = encode(np.ones((5, 5), bool))
    assert rle is not None
    shapes = [Shape(BOX, "a", id="box"), Shape(MaskGeometry(rle), "a", id="mask")]
    moved = drag_of(Body(), shapes, (0, 0), None, PICTURE).result((2.4, 0.6), False, False)
    assert moved["box"].bounds() == Box(52.4, 40.6, 152.4, 90.6)
    assert moved["mask"].bounds() == Box(2, 1, 7, 6)


ways = st.lists(st.tuples(st.tuples(st.floats(-5, 70), st.floats(-5, 70)), st.floats(0.5, 9)), min_size=1, max_size=6)


@given(strategies.masks, ways, st.booleans())
def test_that_a_live_stroke_shows_exactly_what_it_leaves(pixels, way, erase) -> None:
    base = encode(pixels)
    assert base is not None
    live = LiveMask(base, (64, 64), erase)
    for point, radius in way:
        live.extend(point, radius)
    points, radii = [p for p, _ in way], [r for _, r in way]
    change = brush.erase if erase else brush.stroke
    expected = change(base, points, radii, (64, 64))
    assert live.result() == expected
    assert live.region.encoded() == expected
