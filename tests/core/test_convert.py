from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
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
    pixels_of,
)
from app.core.areas import AREA_KINDS, area_of, polygon_of
from app.core.convert import KINDS, converted, losses, refusal
from app.core.errors import InputError
from app.core.geometry import Box
from app.core.masks import encode
from tests.strategies import geometries, masks, points

SIZE = 64
holes = PolygonGeometry((((0, 0), (20, 0), (20, 20), (0, 20)), ((5, 5), (15, 5), (15, 15), (5, 15))))


def usable(geometry: Geometry) -> bool:
    return not isinstance(geometry, PolygonGeometry) or bool(geometry.rings)


@settings(deadline=None, max_examples=200)
@given(geometries, st.sampled_from(KINDS))
def test_that_a_conversion_is_done_or_refused_with_a_reason(geometry: Geometry, kind: str) -> None:
    result, reason = None, ""
    try:
        result = converted(geometry, kind, SIZE, SIZE)
    except InputError as error:
        reason = str(error)
    if result is None:
        assert reason.endswith(".")
        return
    assert result.kind == kind
    assert refusal(geometry, kind) is None
    assert all(sentence.endswith(".") for sentence in losses(geometry, kind))
    if kind == geometry.kind:
        assert result is geometry and losses(geometry, kind) == ()


@settings(deadline=None)
@given(masks)
def test_that_a_polygon_of_a_mask_gives_the_same_pixels_again(mask: np.ndarray) -> None:
    rle = encode(mask)
    assert rle is not None
    polygon = converted(MaskGeometry(rle), "polygon", SIZE, SIZE)
    assert losses(MaskGeometry(rle), "polygon") == () == losses(polygon, "mask")
    assert converted(polygon, "mask", SIZE, SIZE) == MaskGeometry(rle)
    assert polygon.area() == mask.sum()


@settings(deadline=None)
@given(st.lists(st.lists(points, min_size=3, max_size=7).map(tuple), min_size=1, max_size=3).map(tuple))
def test_that_areas_follow_the_even_odd_rule(rings: tuple[tuple[tuple[float, float], ...], ...]) -> None:
    """Rings that cross themselves and each other: each pixel centre away from the border, as shapely and we see it."""
    polygon = PolygonGeometry(rings)
    area = area_of(polygon)
    assert area.is_valid
    y, x = np.mgrid[:SIZE:3, :SIZE:3] + 0.5
    centres = shapely.points(x, y)
    lines = shapely.union_all([shapely.LinearRing(ring) for ring in rings])
    sure = shapely.distance(lines, centres) > 1e-6
    assert np.array_equal(shapely.contains(area, centres)[sure], pixels_of(polygon, SIZE, SIZE)[::3, ::3][sure])
    mended = polygon_of(area)
    if mended is not None:
        assert mended.area() == pytest.approx(area.area, abs=1e-6)


@settings(deadline=None)
@given(geometries.filter(lambda g: g.kind in AREA_KINDS and usable(g)))
def test_that_masks_hold_the_pixels_whose_centres_are_inside(geometry: Geometry) -> None:
    expected = pixels_of(geometry, SIZE, SIZE)
    if expected.any():
        assert np.array_equal(pixels_of(converted(geometry, "mask", SIZE, SIZE), SIZE, SIZE), expected)
    else:
        with pytest.raises(InputError, match="would be empty"):
            converted(geometry, "mask", SIZE, SIZE)


@settings(deadline=None)
@given(st.lists(points, min_size=3, max_size=8, unique=True))
def test_that_the_rotated_box_is_the_smallest_as_opencv_finds_it(ring: list[tuple[float, float]]) -> None:
    hull = shapely.MultiPoint(ring).convex_hull
    assume(hull.geom_type == "Polygon" and hull.area > 1)
    box = converted(PolygonGeometry((tuple(ring),)), "rotated_box", SIZE, SIZE)
    assert isinstance(box, RotatedBoxGeometry)
    _, (w, h), _ = cv2.minAreaRect(np.asarray(ring, dtype=np.float32))
    assert box.area() <= w * h * 1.001 + 1e-3
    outline = shapely.Polygon(box.corners()).buffer(1e-5)
    assert outline.covers(hull)


def test_that_boxes_and_ellipses_carry_each_other() -> None:
    turned = RotatedBoxGeometry((20, 20), 10, 6, 30)
    ellipse = converted(turned, "ellipse", SIZE, SIZE)
    assert ellipse == EllipseGeometry((20, 20), 5, 3, 30)
    assert converted(ellipse, "rotated_box", SIZE, SIZE) == turned
    straight = converted(BoxGeometry(Box(2, 4, 10, 8)), "rotated_box", SIZE, SIZE)
    assert converted(straight, "box", SIZE, SIZE) == BoxGeometry(Box(2, 4, 10, 8))
    assert losses(straight, "box") == () and losses(turned, "box") != ()


@settings(deadline=None)
@given(st.floats(5, 25), st.floats(0.3, 0.9), st.floats(-80, 80))
def test_that_an_ellipse_is_found_again_in_its_polygon(rx: float, flat: float, angle: float) -> None:
    ellipse = EllipseGeometry((30.0, 31.0), rx, rx * flat, angle)
    polygon = converted(ellipse, "polygon", SIZE, SIZE)
    assert abs(polygon.area() - ellipse.area()) < 0.06 * 2 * math.pi * rx
    found = converted(polygon, "ellipse", SIZE, SIZE)
    assert isinstance(found, EllipseGeometry)
    assert (found.rx, found.ry) == pytest.approx((rx, rx * flat), abs=0.06)
    assert abs((found.angle - angle + 90) % 180 - 90) < 1


def test_that_the_moments_of_a_mask_are_its_pixels_own() -> None:
    y, x = np.mgrid[:SIZE, :SIZE] + 0.5
    mask = (x - 30) ** 2 / 400 + (y - 20) ** 2 / 100 <= 1
    mask[18:22, 25:30] = False
    rle = encode(mask)
    assert rle is not None
    centre = converted(MaskGeometry(rle), "point", SIZE, SIZE)
    assert isinstance(centre, PointGeometry)
    assert centre.points[0] == pytest.approx((x[mask].mean(), y[mask].mean()))
    ellipse = converted(MaskGeometry(rle), "ellipse", SIZE, SIZE)
    assert isinstance(ellipse, EllipseGeometry)
    # A pixel is a square, not a point: its own second moment is 1/12.
    assert ellipse.rx == pytest.approx(2 * math.sqrt(x[mask].var() + 1 / 12))
    assert ellipse.ry == pytest.approx(2 * math.sqrt(y[mask].var() + 1 / 12))


def test_that_lines_close_and_open() -> None:
    line = PolylineGeometry(((1.0, 1.0), (9.0, 1.0), (9.0, 9.0)))
    polygon = converted(line, "polygon", SIZE, SIZE)
    assert polygon == PolygonGeometry((line.points,))
    assert converted(polygon, "polyline", SIZE, SIZE) == PolylineGeometry((*line.points, line.points[0]))
    assert converted(converted(polygon, "polyline", SIZE, SIZE), "polygon", SIZE, SIZE) == polygon
    assert "filled" in losses(line, "polygon")[0]


@pytest.mark.parametrize(
    ("geometry", "kind", "reason"),
    [
        (PointGeometry(((1.0, 1.0),)), "mask", "what area"),
        (PointGeometry(((1.0, 1.0),)), "box", "no width"),
        (PolylineGeometry(((1.0, 1.0), (2.0, 2.0))), "polygon", "three points"),
        (PolylineGeometry(((1.0, 1.0), (2.0, 2.0), (1.0, 4.0))), "mask", "polygon of it first"),
        (holes, "polyline", "2 outlines"),
        (holes, "keypoints", "no joints"),
        (KeypointsGeometry(((1.0, 1.0),), (2,)), "polyline", "skeleton"),
        (holes, "cube", "no kind"),
    ],
)
def test_that_what_makes_no_sense_is_refused_with_the_reason(geometry: Geometry, kind: str, reason: str) -> None:
    for attempt in (lambda: converted(geometry, kind, SIZE, SIZE), lambda: losses(geometry, kind)):
        with pytest.raises(InputError, match=reason):
            attempt()


def test_that_losses_speak_of_the_picture_s_border_and_of_whole_pixels() -> None:
    assert losses(holes, "mask", SIZE, SIZE) == ()
    assert losses(holes, "mask", 10, 10) == ("What lies outside the picture is cut off.",)
    assert "rounded" in losses(PolygonGeometry((((0.5, 0), (9, 0), (9, 9)),)), "mask", SIZE, SIZE)[0]
