from __future__ import annotations

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.annotation import PolygonGeometry, PolylineGeometry, Shape
from app.core.areas import area_of
from app.core.errors import InputError
from app.core.snapping import Snap, border, shared_border, snapped

LEFT = PolygonGeometry((((0.0, 0.0), (10.0, 0.0), (12.0, 5.0), (10.0, 10.0), (0.0, 10.0)),))
SHAPE = Shape(LEFT, "x", "left")
places = st.tuples(st.integers(-8, 80).map(lambda n: n / 4), st.integers(-8, 60).map(lambda n: n / 4))


@settings(deadline=None)
@given(places, st.sampled_from([0.5, 1.0, 3.0]))
def test_that_the_nearest_vertex_goes_before_the_nearest_edge(point: tuple[float, float], tolerance: float) -> None:
    found = snapped(point, [SHAPE], tolerance)
    at = shapely.Point(point)
    corners = min(at.distance(shapely.Point(p)) for p in LEFT.rings[0])
    edge = at.distance(shapely.LinearRing(LEFT.rings[0]))
    if corners <= tolerance:
        assert found is not None and found.on_vertex and found.point == LEFT.rings[0][found.index]
        assert at.distance(shapely.Point(found.point)) == pytest.approx(corners)
    elif edge <= tolerance - 1e-9:
        assert found is not None and not found.on_vertex
        assert at.distance(shapely.Point(found.point)) == pytest.approx(edge)
    elif edge > tolerance + 1e-9:
        assert found is None


def snap(point: tuple[float, float]) -> Snap:
    found = snapped(point, [SHAPE], 0.5)
    assert found is not None
    return found


def test_that_the_border_between_two_places_goes_the_shorter_way_in_either_direction() -> None:
    top, bottom = snap((10.0, 0.0)), snap((10.0, 10.0))
    assert border(LEFT, top, bottom) == ((10, 0), (12, 5), (10, 10))
    assert border(LEFT, bottom, top) == ((10, 10), (12, 5), (10, 0))
    assert border(LEFT, top, bottom, longer=True) == ((10, 0), (0, 0), (0, 10), (10, 10))
    assert border(LEFT, snap((2.0, 0.1)), snap((6.0, 0.1))) == ((2, 0), (6, 0))
    assert border(LEFT, snap((6.0, 0.1)), snap((2.0, 0.1))) == ((6, 0), (2, 0))
    line = PolylineGeometry(LEFT.rings[0])
    assert border(line, bottom, top) == ((10, 10), (12, 5), (10, 0))


def test_that_a_shared_border_leaves_neither_gap_nor_overlap() -> None:
    """The right one, drawn roughly, over the left one above and away from it below."""
    rough = PolygonGeometry((((20.0, 0.0), (20.0, 10.0), (10.4, 10.0), (10.0, 5.0), (9.8, 0.2)),))
    closed = shared_border(rough, 0, 2, 4, LEFT, snap((10.4, 10.0)), snap((9.8, 0.2)))
    assert closed.rings[0] == ((20, 0), (20, 10), (10, 10), (12, 5), (10, 0))
    one, two = area_of(LEFT), area_of(closed)
    assert one.intersection(two).area == 0
    assert one.union(two).area == 200
    turned = PolygonGeometry(((*rough.rings[0][3:], *rough.rings[0][:3]),))
    again = shared_border(turned, 0, 4, 1, LEFT, snap((10.4, 10.0)), snap((9.8, 0.2)))
    assert area_of(again).equals(two)


def test_that_a_stretch_that_leaves_nothing_is_refused_in_words() -> None:
    flat = PolygonGeometry((((2.0, -1.0), (6.0, -1.0), (6.0, 0.2)),))
    with pytest.raises(InputError, match="Nothing would be left"):
        shared_border(flat, 0, 0, 2, LEFT, snap((2.0, 0.1)), snap((6.0, 0.1)))
    hole = Snap((1.0, 1.0), "left", 1, 0, True)
    with pytest.raises(InputError, match="different outlines"):
        border(LEFT, hole, snap((6.0, 0.1)))
