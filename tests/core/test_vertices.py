from __future__ import annotations

import pytest

from app.core.annotation import BoxGeometry, KeypointsGeometry, PointGeometry, PolygonGeometry, PolylineGeometry
from app.core.errors import InputError
from app.core.geometry import Box
from app.core.vertices import (
    Vertex,
    nearest_edge,
    nearest_vertex,
    with_vertex_added,
    with_vertex_at,
    with_visibility_cycled,
    without_ring,
    without_vertex,
)


def square(x0: float, x1: float) -> tuple[tuple[float, float], ...]:
    return (x0, x0), (x1, x0), (x1, x1), (x0, x1)


HOLED = PolygonGeometry(
    (square(0, 20), square(2, 18), square(4, 16), square(30, 40), ((6.0, 6.0), (9.0, 6.0), (6.0, 9.0)))
)
"""A square with a hole, an island in the hole with a triangular hole, and a part beside it."""


def test_that_the_nearest_vertex_and_edge_are_found_in_any_ring() -> None:
    assert nearest_vertex(HOLED, (15.6, 4.3), 1.0) == Vertex(2, 1)
    assert nearest_vertex(HOLED, (10.0, 10.0), 1.0) is None
    spot = nearest_edge(HOLED, (7.0, 16.4), 1.0)
    assert spot is not None
    assert (spot.ring, spot.index, spot.point) == (2, 2, (7.0, 16.0))
    closing = nearest_edge(HOLED, (29.9, 35.0), 1.0)
    assert closing is not None and (closing.ring, closing.index) == (3, 3)
    assert nearest_edge(PolylineGeometry(square(0, 4)), (0.0, 2.0), 0.5) is None  # an open line


def test_that_a_vertex_is_added_behind_another_dragged_and_removed() -> None:
    spot = nearest_edge(HOLED, (35.0, 40.2), 1.0)
    assert spot is not None
    added = with_vertex_added(HOLED, Vertex(spot.ring, spot.index), spot.point)
    assert isinstance(added, PolygonGeometry)
    assert added.rings[3] == ((30, 30), (40, 30), (40, 40), (35, 40), (30, 40))
    assert added.area() == HOLED.area()
    dragged = with_vertex_at(added, Vertex(3, 3), (35.0, 50.0))
    assert dragged.area() == HOLED.area() + 50
    assert without_vertex(dragged, Vertex(3, 3)) == HOLED


def test_that_a_hole_with_too_few_points_goes_and_an_outer_ring_takes_its_holes_along() -> None:
    filled = without_vertex(HOLED, Vertex(4, 0))
    assert isinstance(filled, PolygonGeometry)
    assert filled.rings == HOLED.rings[:4]
    triangle = PolygonGeometry(
        (((0.0, 0.0), (20.0, 0.0), (0.0, 20.0)), ((1.0, 1.0), (5.0, 1.0), (1.0, 5.0)), square(30, 40))
    )
    assert without_vertex(triangle, Vertex(0, 0)) == PolygonGeometry((square(30, 40),))
    outer_gone = without_ring(HOLED, 0)
    assert outer_gone is not None
    assert outer_gone.rings == HOLED.rings[2:]  # the island stays, with its own hole
    assert without_vertex(PolygonGeometry((square(0, 4)[:3],)), Vertex(0, 1)) is None


def test_that_lines_and_points_end_with_their_last_points() -> None:
    line = PolylineGeometry(((0.0, 0.0), (1.0, 0.0), (2.0, 0.0)))
    shorter = without_vertex(line, Vertex(0, 1))
    assert shorter == PolylineGeometry(((0.0, 0.0), (2.0, 0.0)))
    assert shorter is not None and without_vertex(shorter, Vertex(0, 0)) is None
    assert without_vertex(PointGeometry(((1.0, 1.0),)), Vertex(0, 0)) is None
    assert with_vertex_added(line, Vertex(0, -1), (-1.0, 0.0)) == PolylineGeometry(((-1.0, 0.0), *line.points))


def test_that_joints_keep_their_place_in_the_skeleton() -> None:
    joints = KeypointsGeometry(((1.0, 1.0), (5.0, 5.0)), (2, 2), ("a", "b"), ((0, 1),))
    seen = [joints]
    for _ in range(3):
        seen.append(with_visibility_cycled(seen[-1], 0))
    assert [k.visibility[0] for k in seen] == [2, 1, 0, 2]
    gone = without_vertex(joints, Vertex(0, 0))
    assert gone == seen[2]
    assert gone is not None and nearest_vertex(gone, (1.0, 1.0), 1.0) is None
    back = with_vertex_at(gone, Vertex(0, 0), (2.0, 1.0))
    assert isinstance(back, KeypointsGeometry) and back.visibility == (2, 2) and back.points[0] == (2.0, 1.0)
    assert without_vertex(gone, Vertex(0, 1)) is None
    with pytest.raises(InputError, match="no more points"):
        with_vertex_added(joints, Vertex(0, 0), (0.0, 0.0))


def test_that_kinds_with_handles_say_that_they_have_no_points() -> None:
    with pytest.raises(InputError, match="no points to remove"):
        without_vertex(BoxGeometry(Box(0, 0, 1, 1)), Vertex(0, 0))
