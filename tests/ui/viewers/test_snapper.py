"""What points snap to, and the borders between two places on neighbours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

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
from app.ui.viewers import snapper as module
from app.ui.viewers.snapper import Caught, Snapper, border_between
from tests import strategies

LEFT = Shape(PolygonGeometry((((0.0, 0.0), (10.0, 0.0), (12.0, 5.0), (10.0, 10.0), (0.0, 10.0)),)), "a", "left")
ABOVE = Shape(PolygonGeometry((((10.0, 0.0), (20.0, 0.0), (20.0, -8.0), (10.0, -8.0)),)), "a", "above")


class Around:
    """Everything is near."""

    def __init__(self, *shapes: Shape) -> None:
        self.shapes = shapes

    def shapes_near(self, box: Box) -> Sequence[Shape]:
        return self.shapes


def at(snapper: Snapper, x: float, y: float) -> Caught:
    found = snapper.look((x, y), 0.5)
    assert found is not None
    return found


def test_that_it_finds_only_while_it_is_on_or_a_key_says_otherwise() -> None:
    snapper = Snapper(Around(LEFT))
    assert snapper.find((10.2, 0.1), 1) is None
    assert snapper.find((10.2, 0.1), 1, inverted=True) is not None
    snapper.on = True
    found = snapper.find((10.2, 0.1), 1)
    assert found is not None and found.point == (10, 0) and found.geometry is LEFT.geometry
    assert snapper.find((10.2, 0.1), 1, inverted=True) is None
    assert snapper.find((10.2, 0.1), 1, but=("left",)) is None
    assert snapper.find((30.0, 0.0), 0.5) is None, "the tolerance is one on screen"
    assert snapper.find((30.0, 0.0), 0.4) is not None


rle = encode(np.pad(np.ones((6, 8), bool), ((3, 5), (2, 4))))
assert rle is not None


@pytest.mark.parametrize(
    "geometry",
    [
        BoxGeometry(Box(2, 3, 10, 9)),
        RotatedBoxGeometry((6, 6), 8, 4, 20),
        EllipseGeometry((6, 6), 5, 3, 10),
        MaskGeometry(rle),
    ],
)
def test_that_areas_are_snapped_to_by_their_outlines_which_are_kept(geometry) -> None:
    snapper = Snapper(Around(Shape(geometry, "a")))
    outline = snapper.outline_of(geometry)
    assert isinstance(outline, PolygonGeometry) and snapper.outline_of(geometry) is outline
    box, other = outline.bounds(), geometry.bounds()
    assert np.allclose(box.as_tuple(), other.as_tuple(), atol=0.02)
    corner = outline.rings[0][0]
    found = snapper.look((corner[0] + 0.1, corner[1]), 0.5)
    assert found is not None and found.snap.on_vertex and found.outline is outline
    for _ in range(2 * module.KEPT):
        snapper.outline_of(BoxGeometry(Box(0, 0, 1, 1)))
    assert len(snapper._outlines) <= module.KEPT


def test_that_a_very_large_mask_is_left_alone(monkeypatch) -> None:
    monkeypatch.setattr(module, "LARGE_MASK", 10)
    assert Snapper(Around()).outline_of(MaskGeometry(rle)) == MaskGeometry(rle)


@given(st.lists(strategies.geometries, max_size=4), st.tuples(st.floats(-5, 70), st.floats(-5, 70)), st.floats(0.1, 6))
def test_that_what_is_caught_lies_within_the_tolerance_on_a_neighbour(geometries, point, tolerance) -> None:
    shapes = [Shape(g, "a", str(i)) for i, g in enumerate(geometries)]
    snapper = Snapper(Around(*shapes))
    found = snapper.look(point, tolerance)
    if found is not None:
        assert np.hypot(found.point[0] - point[0], found.point[1] - point[1]) <= tolerance + 1e-9
        assert found.geometry is shapes[int(found.snap.shape)].geometry
        if isinstance(found.outline, PolygonGeometry):
            line = shapely.LinearRing(found.outline.rings[found.snap.ring])
            assert line.distance(shapely.Point(found.point)) <= 1e-6


def test_that_a_border_runs_between_two_places_of_one_neighbour_in_either_direction() -> None:
    snapper = Snapper(Around(LEFT))
    a, b = at(snapper, 10, 0), at(snapper, 10, 10)
    assert border_between(a, b) == ((10, 0), (12, 5), (10, 10))
    assert border_between(b, a) == ((10, 10), (12, 5), (10, 0))
    assert border_between(a, b, longer=True) == ((10, 0), (0, 0), (0, 10), (10, 10))
    assert border_between(at(snapper, 2, 0), at(snapper, 7, 0)) is None, "a straight edge is no border to follow"
    assert border_between(a, a) is None and border_between(None, a) is None


def test_that_a_corner_where_neighbours_meet_is_one_of_both() -> None:
    snapper = Snapper(Around(LEFT, ABOVE))
    corner = at(snapper, 10, 0)
    assert border_between(corner, at(snapper, 10, 10)) == ((10, 0), (12, 5), (10, 10))
    assert border_between(corner, at(snapper, 20, -3)) == ((10, 0), (20, 0), (20, -3))
    assert border_between(at(snapper, 20, -3), corner) == ((20, -3), (20, 0), (10, 0))
    assert border_between(at(snapper, 0, 10), at(snapper, 20, -8)) is None


def test_that_both_ends_are_found_on_the_highest_shape_that_has_them() -> None:
    line = Shape(PolylineGeometry(((10.0, 0.0), (15.0, 5.0), (10.0, 10.0))), "a", "line")
    joints = Shape(KeypointsGeometry(((10.0, 0.0), (10.0, 10.0)), (2, 2)), "a", "joints")
    snapper = Snapper(Around(LEFT, line, joints))
    ends = snapper.both((10.1, 0.0), (10.0, 9.9), 0.5)
    assert ends is not None and ends[0].geometry is line.geometry
    ends = snapper.both((10.1, 0.0), (10.0, 9.9), 0.5, but=("line",))
    assert ends is not None and ends[1].geometry is LEFT.geometry
    assert snapper.both((10.1, 0.0), (30.0, 9.9), 0.5) is None
