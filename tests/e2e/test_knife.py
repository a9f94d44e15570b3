"""Selected shapes are cut along a line that is drawn across them."""

from __future__ import annotations

import numpy as np
import pytest

from app.core.annotation import BoxGeometry, MaskGeometry, PointGeometry, PolygonGeometry, Shape
from app.core.areas import area_of
from app.core.dump import canonical_bytes
from app.core.geometry import Box
from app.core.masks import encode
from tests.driving import Driver, until

RING = ((20.0, 20.0), (80.0, 20.0), (80.0, 90.0), (20.0, 90.0))
HOLE = ((30.0, 40.0), (50.0, 40.0), (50.0, 60.0), (30.0, 60.0))


@pytest.fixture
def window(window: Driver) -> Driver:
    """A polygon with a hole and a mask, both selected."""
    window.session.add_label("thing")
    pixels = np.zeros((120, 160), bool)
    pixels[30:80, 100:140] = True
    rle = encode(pixels)
    assert rle is not None
    shapes = [Shape(PolygonGeometry((RING, HOLE)), "thing", "p"), Shape(MaskGeometry(rle), "thing", "m")]
    window.session.keep(shapes, "Put")
    window.key("V")
    window.session.select(["p", "m"])
    return window


def cut(window: Driver, *places: tuple[float, float]) -> None:
    window.key("Shift+K")
    for place in places:
        window.click(*place)
    window.key("Return")
    until(lambda: not window.window.editing.commands.slow.pending)


def test_that_polygons_and_masks_are_cut_in_one_step_and_the_pieces_selected(window: Driver) -> None:
    before, position = (
        canonical_bytes([window.session.document], window.session.labels),
        window.session.history.position,
    )
    cut(window, (5, 50), (155, 51))
    assert len(window.shapes) == 4 and window.session.selection == {s.id for s in window.shapes}
    assert {"p", "m"} < window.session.selection, "the largest pieces keep their names"
    polygons = [area_of(s.geometry) for s in window.shapes if isinstance(s.geometry, PolygonGeometry)]
    assert sum(p.area for p in polygons) == pytest.approx(60 * 70 - 400)
    assert polygons[0].intersection(polygons[1]).area == pytest.approx(0, abs=1e-6)
    masks = [s.geometry.rle for s in window.shapes if isinstance(s.geometry, MaskGeometry)]
    assert sum(m.area() for m in masks) == 50 * 40
    assert window.session.history.position == position + 1 and window.session.history.undo_name == "Cut"
    window.key("Ctrl+Z")
    assert canonical_bytes([window.session.document], window.session.labels) == before


def test_that_a_shape_beside_the_line_stays_and_a_line_that_cuts_nothing_says_how(window: Driver) -> None:
    cut(window, (10, 50), (90, 50))
    assert [s.id for s in window.shapes if s.id in ("p", "m")] == ["p", "m"] and len(window.shapes) == 3
    window.session.select(["m"])
    cut(window, (110, 40), (130, 60))
    assert len(window.shapes) == 3 and "from outside, across" in window.window.notices.text


def test_that_the_knife_asks_for_something_to_cut_and_stays_in_hand(window: Driver) -> None:
    window.session.keep([Shape(PointGeometry(((5.0, 5.0),)), "thing", "dot")], "Put")
    for nothing in ([], ["dot"]):
        window.session.select(nothing)
        window.key("Shift+K")
        assert "Select the shapes to cut first" in window.window.notices.text
        assert window.window.gestures.active == "select"
    window.session.select(["p"])
    cut(window, (10, 50), (90, 50))
    cut(window, (60, 5), (61, 100))
    assert window.window.gestures.active == "knife"
    assert len(window.shapes) == 6, "the pieces are cut again"
    window.key("Esc")
    assert window.window.gestures.active == "select"


def test_that_a_box_becomes_polygons_and_that_is_said(window: Driver) -> None:
    window.session.keep([Shape(BoxGeometry(Box(20, 95, 80, 115)), "thing", "b")], "Put")
    window.session.select(["b"])
    cut(window, (50, 90), (50, 118))
    assert "box became polygons" in window.window.notices.text
    assert sorted(s.geometry.area() for s in window.shapes[2:]) == pytest.approx([600, 600], abs=15)


def test_that_locked_shapes_are_not_cut(window: Driver) -> None:
    window.key("Ctrl+L")
    cut(window, (5, 50), (155, 51))
    assert len(window.shapes) == 2 and "locked" in window.window.notices.text
