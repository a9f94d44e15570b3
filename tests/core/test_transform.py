from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.core import transform
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
    pixels_of,
)
from app.core.clipping import clipped
from app.core.dump import plain_geometry
from app.core.errors import InputError
from app.core.geometry import Box, Point
from app.core.masks import encode
from app.core.transform import HANDLES, Handle, handles, moved, resized, rotated, scaled
from tests.strategies import geometries, masks

eighths = st.integers(-400, 400).map(lambda n: n / 8)
turns = st.integers(-720, 720).map(lambda n: n / 2)
factors = st.sampled_from([-2.0, -1.0, -0.5, 0.25, 0.5, 1.0, 1.5, 4.0])


def flat(value: object) -> list[float]:
    if isinstance(value, dict):
        return [x for v in value.values() for x in flat(v)]
    if isinstance(value, list | tuple):
        return [x for v in value for x in flat(v)]
    return [float(value)] if isinstance(value, int | float) else []


def numbers(geometry: Geometry) -> list[float]:
    return flat(plain_geometry(geometry))


def usable(geometry: Geometry) -> bool:
    return not isinstance(geometry, PolygonGeometry) or bool(geometry.rings)


@settings(deadline=None)
@given(geometries, eighths, eighths)
def test_that_moving_there_and_back_is_identity(geometry: Geometry, dx: float, dy: float) -> None:
    back = moved(moved(geometry, dx, dy), -dx, -dy)
    assert type(back) is type(geometry)
    assert numbers(back) == pytest.approx(numbers(geometry), abs=1e-9)
    if isinstance(geometry, MaskGeometry):
        assert back == geometry


@settings(deadline=None)
@given(masks, st.integers(-30, 30), st.integers(-30, 30))
def test_that_a_mask_moves_by_whole_pixels(mask: np.ndarray, dx: int, dy: int) -> None:
    rle = encode(mask)
    assert rle is not None
    there = moved(MaskGeometry(rle), dx + 0.3, dy - 0.3)
    big = np.zeros((100, 100), dtype=bool)
    big[40 + dy : 40 + dy + mask.shape[0], 40 + dx : 40 + dx + mask.shape[1]] = mask
    assert np.array_equal(pixels_of(moved(there, 40, 40), 100, 100), big)


@settings(deadline=None)
@given(geometries, st.tuples(eighths, eighths), factors, factors, eighths, eighths)
def test_that_scaling_moves_what_is_inside_with_it(
    geometry: Geometry, anchor: Point, sx: float, sy: float, x: float, y: float
) -> None:
    assume(usable(geometry) and not isinstance(geometry, MaskGeometry | RotatedBoxGeometry))
    changed = scaled(geometry, anchor, sx, sy)
    there = (anchor[0] + sx * (x - anchor[0]), anchor[1] + sy * (y - anchor[1]))
    assert changed.area() == pytest.approx(geometry.area() * abs(sx * sy), rel=1e-6, abs=1e-4)
    inside = geometry.contains((x, y))
    if isinstance(geometry, BoxGeometry | PolygonGeometry | EllipseGeometry) and not _near_border(geometry, (x, y)):
        assert changed.contains(there) == inside
    back = scaled(changed, anchor, 1 / sx, 1 / sy)
    if not isinstance(geometry, EllipseGeometry):
        assert numbers(back) == pytest.approx(numbers(geometry), abs=1e-6)


def _near_border(geometry: Geometry, point: Point, margin: float = 1e-3) -> bool:
    around = [(point[0] + dx, point[1] + dy) for dx in (-margin, 0, margin) for dy in (-margin, 0, margin)]
    return len({geometry.contains(p) for p in around}) > 1


@settings(deadline=None)
@given(geometries, st.tuples(eighths, eighths), turns, eighths, eighths)
def test_that_turning_moves_what_is_inside_with_it(
    geometry: Geometry, centre: Point, degrees: float, x: float, y: float
) -> None:
    assume(usable(geometry) and not isinstance(geometry, MaskGeometry))
    changed = rotated(geometry, centre, degrees)
    assert changed.area() == pytest.approx(geometry.area(), rel=1e-6, abs=1e-4)
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    dx, dy = x - centre[0], y - centre[1]
    there = (centre[0] + c * dx - s * dy, centre[1] + s * dx + c * dy)
    areas = (BoxGeometry, RotatedBoxGeometry, PolygonGeometry, EllipseGeometry)
    if isinstance(geometry, areas) and not _near_border(geometry, (x, y)):
        assert changed.contains(there) == geometry.contains((x, y))
    if isinstance(geometry, BoxGeometry):
        assert isinstance(changed, BoxGeometry if degrees % 360 == 0 else RotatedBoxGeometry)


@settings(deadline=None)
@given(masks, st.integers(0, 3))
def test_that_a_mask_turned_by_quarters_is_numpys(mask: np.ndarray, quarters: int) -> None:
    rle = encode(mask)
    assert rle is not None
    changed = rotated(MaskGeometry(rle), (20.0, 20.0), 90.0 * quarters)
    expected = np.rot90(pixels_of(MaskGeometry(rle), 40, 40), -quarters)
    assert np.array_equal(pixels_of(changed, 40, 40), expected)
    assert transform.rotation_loss(MaskGeometry(rle), 90.0 * quarters) == ()
    assert "resampled" in transform.rotation_loss(MaskGeometry(rle), 45)[0]


@settings(deadline=None)
@given(masks, st.integers(1, 4), st.integers(1, 4))
def test_that_a_mask_scaled_up_repeats_its_pixels(mask: np.ndarray, sx: int, sy: int) -> None:
    rle = encode(mask)
    assert rle is not None
    changed = scaled(MaskGeometry(rle), (0.0, 0.0), sx, sy)
    expected = mask.repeat(sy, axis=0).repeat(sx, axis=1)
    assert np.array_equal(pixels_of(changed, expected.shape[1], expected.shape[0]), expected)
    assert bool(transform.scaling_loss(MaskGeometry(rle), sx, sy)) == ((sx, sy) != (1, 1))


def test_that_scaling_to_nothing_is_refused_in_words() -> None:
    with pytest.raises(InputError, match="scaled to nothing"):
        scaled(BoxGeometry(Box(0, 0, 1, 1)), (0, 0), 0, 1)
    speck = encode(np.ones((1, 1), dtype=bool))
    assert speck is not None
    with pytest.raises(InputError, match="no pixel left"):
        scaled(MaskGeometry(speck), (0.0, 0.0), 0.1, 0.1)


boxlike = st.one_of(
    st.builds(lambda x, y, w, h: BoxGeometry(Box(x, y, x + w, y + h)), eighths, eighths, *[st.integers(2, 40)] * 2),
    st.builds(RotatedBoxGeometry, st.tuples(eighths, eighths), st.integers(2, 40), st.integers(2, 40), turns),
    st.builds(EllipseGeometry, st.tuples(eighths, eighths), st.integers(2, 40), st.integers(2, 40), turns),
)
opposite: dict[Handle, Handle] = {h: HANDLES[(i + 4) % 8] for i, h in enumerate(HANDLES)}


@settings(deadline=None)
@given(boxlike, st.sampled_from(HANDLES), st.booleans(), st.booleans(), st.integers(-30, 60), st.integers(-30, 60))
def test_that_a_dragged_handle_moves_and_the_one_across_stays(
    geometry: Geometry, handle: Handle, keep_ratio: bool, from_centre: bool, along: int, down: int
) -> None:
    """Drawn in the geometry's own axes; across to the other side too."""
    before = handles(geometry)
    to = (before[handle][0] + along / 2, before[handle][1] + down / 2)
    after = resized(geometry, handle, to, keep_ratio, from_centre)
    assert type(after) is type(geometry)
    places = list(handles(after).values())
    fixed = None if from_centre else before[opposite[handle]]
    if fixed is not None:  # where the handle went across, the corner that stays has another name
        assert min(math.dist(fixed, p) for p in places) < 1e-6
    else:
        middle = np.mean(places, axis=0)
        assert middle == pytest.approx(np.mean(list(before.values()), axis=0), abs=1e-6)
    if len(handle) == 2 and not keep_ratio:
        assert min(math.dist(to, p) for p in places) < 1e-6
    if keep_ratio:
        (w0, h0), (w1, h1) = _size(geometry), _size(after)
        assert w1 * h0 == pytest.approx(h1 * w0, abs=1e-4)


def _size(geometry: Geometry) -> tuple[float, float]:
    at = handles(geometry)
    return math.dist(at["w"], at["e"]), math.dist(at["n"], at["s"])


def test_that_a_polygon_is_resized_with_its_bounding_box() -> None:
    polygon = PolygonGeometry((((2, 2), (6, 2), (4, 8)),))
    after = resized(polygon, "se", (10, 14))
    assert after.bounds() == Box(2, 2, 10, 14)
    with pytest.raises(InputError):
        resized(polygon, "e", (2, 5))


@settings(deadline=None)
@given(geometries, st.integers(5, 60), st.integers(5, 60))
def test_that_clipping_keeps_the_pixels_inside(geometry: Geometry, width: int, height: int) -> None:
    assume(usable(geometry))
    cut = clipped(geometry, width, height)
    wide = pixels_of(geometry, 80, 80)
    inside = wide.copy()
    inside[height:] = inside[:, width:] = False
    found = np.zeros_like(wide) if cut is None else pixels_of(cut, 80, 80)
    different = np.argwhere(found != inside) + 0.5
    if isinstance(geometry, EllipseGeometry):  # cut, it is a polygon, a twentieth of a pixel off
        assert all(_near_border(geometry, (float(x), float(y)), 0.1) for y, x in different)
    else:  # border points computed anew may turn a centre that lies right on an edge
        assert len(different) <= 3 * isinstance(geometry, PolygonGeometry)
    if cut is not None and not isinstance(geometry, KeypointsGeometry):
        box = cut.bounds()
        assert box.x0 >= -1e-9 and box.y0 >= -1e-9 and box.x1 <= width + 1e-9 and box.y1 <= height + 1e-9


def test_that_lines_and_points_are_clipped() -> None:
    line = PolylineGeometry(((-5.0, 5.0), (5.0, 5.0), (5.0, -5.0), (9.0, -5.0), (9.0, 9.0)))
    assert clipped(line, 20, 20) == PolylineGeometry(((0.0, 5.0), (5.0, 5.0), (5.0, 0.0)))
    assert clipped(PointGeometry(((1.0, 1.0), (30.0, 1.0))), 20, 20) == PointGeometry(((1.0, 1.0),))
    joints = KeypointsGeometry(((1.0, 1.0), (30.0, 1.0)), (2, 2))
    assert clipped(joints, 20, 20) == KeypointsGeometry(((1.0, 1.0), (30.0, 1.0)), (2, 0))
    assert clipped(joints, 0, 0) is None
