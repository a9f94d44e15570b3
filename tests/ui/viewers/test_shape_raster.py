"""Very many shapes in one buffer, and the buffers that are kept."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QImage

from app.core.annotation import BoxGeometry, PointGeometry, PolygonGeometry, PolylineGeometry
from app.core.geometry import Box
from app.ui.viewers import raster_cache
from app.ui.viewers.raster_cache import Drawn, RasterCache, extent
from app.ui.viewers.shape_index import art_of
from app.ui.viewers.shape_raster import HALO, Ink, ShapeRaster, draw, premultiplied
from app.ui.viewers.transform import ViewTransform

RED: Ink = ((255, 0, 0), 0.5)
BLUE: Ink = ((0, 0, 255), 0.5)
AS_IS = ViewTransform(1.0, 0.0, 0.0)
FILL, LINE = premultiplied(*RED), premultiplied(RED[0], 1.0)


def raster_of(*geometries: object, inks: tuple[Ink, ...] = (), view: ViewTransform = AS_IS) -> ShapeRaster:
    arts = [art_of(geometry) for geometry in geometries]
    return draw(arts, inks or (RED,) * len(arts), view, (60, 40))


def box(x0: float, y0: float, x1: float, y1: float) -> BoxGeometry:
    return BoxGeometry(Box(x0, y0, x1, y1))


def test_that_a_shape_has_a_fill_a_line_inside_its_border_and_a_dark_edge_around_it() -> None:
    row = raster_of(box(10, 10, 40, 30)).argb[20]
    assert row[25] == FILL
    assert row[9] == HALO and row[10] == row[11] == LINE and row[12] == FILL
    assert row[7] == 0


def test_that_a_hole_shows_what_lies_beneath() -> None:
    rings = [[(5, 5), (50, 5), (50, 35), (5, 35)], [(20, 12), (35, 12), (35, 28), (20, 28)]]
    argb = raster_of(PolygonGeometry(rings)).argb
    assert argb[20, 27] == 0 and argb[20, 12] == FILL
    assert LINE in argb[20, 15:22]


def test_that_the_upper_shape_covers_the_lower_one_and_its_border() -> None:
    argb = raster_of(box(5, 5, 40, 35), box(20, 10, 55, 30), inks=(RED, BLUE)).argb
    assert argb[20, 39] == premultiplied(*BLUE)  # where the lower one's border runs beneath
    assert argb[20, 10] == FILL


def test_that_shapes_of_one_colour_that_overlap_are_told_apart() -> None:
    argb = raster_of(box(5, 5, 40, 35), box(20, 10, 55, 30)).argb
    assert list(argb[20, 18:23]) == [FILL, HALO, LINE, LINE, FILL]


def test_that_lines_and_points_are_drawn_in_full_colour() -> None:
    argb = raster_of(PolylineGeometry(((5.0, 20.0), (55.0, 20.0))), PointGeometry(((30.5, 8.5),))).argb
    assert argb[19:21, 30].max() == LINE
    assert argb[8, 30] == LINE and argb[8, 40] == 0


def test_that_shapes_beyond_the_view_do_no_harm() -> None:
    argb = raster_of(box(-1e9, -1e9, 1e9, 1e9), box(1e8, 1e8, 1e9, 1e9)).argb
    assert (argb == FILL).all()


def test_that_the_extent_is_what_the_shapes_cover_within_the_view() -> None:
    boxes = np.array([[10.0, 10.0, 20.0, 15.0], [30.0, 12.0, 500.0, 20.0]])
    assert extent(boxes, ViewTransform(2.0, 5.0, 0.0), (200, 100), 4.0) == (21, 16, 179, 29)
    assert extent(np.zeros((0, 4)), AS_IS, (200, 100), 4.0) == (0, 0, 1, 1)


def drawn(generation: int, scale: float, side: int = 10) -> Drawn:
    view = ViewTransform(scale, 20.0, 20.0)
    return Drawn(generation, view, (200, 100), view, QImage(side, side, QImage.Format.Format_ARGB32))


def test_that_a_view_that_was_seen_before_is_found_again() -> None:
    cache = RasterCache()
    first, second = drawn(1, 1.0), drawn(1, 2.0)
    cache.add(first)
    cache.add(second)
    assert cache.find(1, ViewTransform(1.0, 5.0, 5.0), (100, 50)) is first
    assert cache.latest is first
    assert cache.find(1, ViewTransform(1.0, 25.0, 5.0), (100, 50)) is None  # beyond what was drawn
    assert cache.find(2, ViewTransform(1.0, 5.0, 5.0), (100, 50)) is None  # other shapes


def test_that_rasters_of_shapes_as_they_were_go_when_fresh_ones_come() -> None:
    cache = RasterCache()
    cache.add(drawn(1, 1.0))
    fresh = drawn(2, 2.0)
    cache.add(fresh)
    assert cache.latest is fresh
    assert cache.find(1, ViewTransform(1.0, 5.0, 5.0), (100, 50)) is None


def test_that_the_oldest_goes_when_there_is_no_room() -> None:
    cache, side = RasterCache(), int((raster_cache.KEPT_BYTES / 4 / 2.5) ** 0.5)
    for scale in (1.0, 2.0, 3.0):
        cache.add(drawn(1, scale, side))
    assert cache.find(1, ViewTransform(1.0, 5.0, 5.0), (100, 50)) is None
    assert cache.find(1, ViewTransform(2.0, 5.0, 5.0), (100, 50)) is not None
