"""Drawing shapes by hand in the window, by mouse, pen and keys."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from PySide6.QtCore import QPointF, Qt

from app.core.annotation import (
    BoxGeometry,
    EllipseGeometry,
    Geometry,
    MaskGeometry,
    PointGeometry,
    PolygonGeometry,
    PolylineGeometry,
    RotatedBoxGeometry,
    Shape,
    pixels_of,
)
from app.core.geometry import Box
from app.core.history import Change
from app.core.labels import Label, LabelList
from app.ui.commands.catalogue import COMMANDS, GESTURES
from tests.driving import ALT, CTRL, RIGHT, SHIFT, Driver, disc_picture, until

NEAR = 0.3
"""A view pixel, in pixels of the small pictures."""

TRIANGLE = ((20, 20), (60, 24), (30, 70))


@pytest.fixture
def window(window: Driver) -> Driver:
    """With a label, so that nothing is opened to be named."""
    window.session.add_label("thing")
    return window


def geometries(window: Driver) -> list[Geometry]:
    return [s.geometry for s in window.shapes]


def near(*expected: float):
    return pytest.approx(expected, abs=NEAR)


def same(ring: object, expected: object) -> bool:
    return np.allclose(np.asarray(ring), np.asarray(expected), atol=NEAR)


def active(window: Driver) -> str:
    """The one gesture that menu and column show as active."""
    checked = [c.id for c in GESTURES if window.window.actions_[c.id].isChecked()]
    assert len(checked) == 1
    assert window.find(f"column.{checked[0]}").isChecked()
    return checked[0]


def clicks(window: Driver, places: object) -> None:
    for x, y in places:
        window.click(x, y)


def polygon_selected(window: Driver, *rings: tuple) -> Shape:
    shape = Shape(PolygonGeometry(rings or (((10, 10), (110, 10), (110, 100), (10, 100)),)), "thing")
    window.session.keep([shape], "Keep")
    window.session.select([shape.id])
    return shape


# Each tool draws, and stays


def draw_box(w: Driver) -> None:
    w.drag((10, 20), (60, 50))


def draw_rotated_box(w: Driver) -> None:
    w.drag((30, 30), (80, 30))
    w.click(60, 50)


def draw_polygon(w: Driver) -> None:
    clicks(w, TRIANGLE)
    w.key("Return")


def draw_points(w: Driver) -> None:
    w.click(40, 40)


def draw_polyline(w: Driver) -> None:
    clicks(w, TRIANGLE)
    w.key("Return")


def draw_wire(w: Driver) -> None:
    clicks(w, TRIANGLE)
    w.key("Return")
    until(lambda: w.window.drawing.gesture.ready)


def draw_wand(w: Driver) -> None:
    w.click(70, 60)
    w.key("Return")
    until(lambda: w.window.drawing.gesture.ready)


def draw_brush(w: Driver) -> None:
    w.drag((30, 30), (60, 40))
    w.key("Return")


TOOLS = (
    ("gesture.box", "R", draw_box, BoxGeometry),
    ("gesture.rotated_box", "Shift+R", draw_rotated_box, RotatedBoxGeometry),
    ("gesture.ellipse", "O", draw_box, EllipseGeometry),
    ("gesture.polygon", "P", draw_polygon, PolygonGeometry),
    ("gesture.polyline", "L", draw_polyline, PolylineGeometry),
    ("gesture.point", "X", draw_points, PointGeometry),
    ("gesture.wire", "M", draw_wire, PolygonGeometry),
    ("gesture.wand", "U", draw_wand, MaskGeometry),
    ("gesture.brush", "B", draw_brush, MaskGeometry),
)


@pytest.mark.parametrize(("command", "key", "draw", "kind"), TOOLS, ids=[t[0] for t in TOOLS])
def test_that_a_tool_draws_again_and_again_until_esc(window: Driver, command, key, draw, kind) -> None:
    window.key(key)
    assert active(window) == command
    for count in (1, 2):
        draw(window)
        assert len(window.shapes) == count, "a shape a drawing"
        assert isinstance(window.shapes[-1].geometry, kind)
        assert window.shapes[-1].label == "thing" and window.shapes[-1].author == ""
        assert active(window) == command and window.focus == "image_view"
    window.key("Ctrl+Z")
    assert len(window.shapes) == 1, "a drawing is one step of the history"
    window.key("Ctrl+Shift+Z")
    assert len(window.shapes) == 2
    window.key("Esc")
    assert active(window) == "gesture.select"


@pytest.mark.parametrize(("command", "key", "draw", "kind"), TOOLS, ids=[t[0] for t in TOOLS])
def test_that_esc_drops_what_is_unfinished_before_it_leaves(window: Driver, command, key, draw, kind) -> None:
    window.key(key)
    window.click(40, 40, keys=SHIFT)
    gesture = window.window.drawing.gesture
    assert gesture.begun
    window.hover(70, 70)
    window.key("Esc")
    assert not gesture.begun and active(window) == command and not window.shapes
    window.key("Esc")
    assert active(window) == "gesture.select"


@pytest.mark.parametrize(("command", "key", "draw", "kind"), TOOLS, ids=[t[0] for t in TOOLS])
def test_that_a_button_takes_its_tool_and_the_strip_says_how(window: Driver, command, key, draw, kind) -> None:
    window.press(f"column.{command}")
    assert active(window) == command and window.focus == "image_view"
    strip = window.window.drawing.strip
    title = next(c.title for c in COMMANDS if c.id == command)
    assert strip.isVisible() and strip.title.text() == title
    assert strip.sizeHint().width() <= window.window.view.width(), "the hint is not cut"
    button = window.find(f"column.{command}")
    assert button.accessibleName() == title and f"({key})" in button.toolTip()
    window.key("V")
    assert active(window) == "gesture.select" and not strip.isVisible()


def test_that_the_column_belongs_to_the_annotate_workspace(window: Driver) -> None:
    assert window.window.column.isVisible()
    window.key("Ctrl+2")
    assert not window.window.column.isVisible()
    window.key("Ctrl+1")
    assert window.window.column.isVisible()


@pytest.mark.parametrize("height", [900, 720, 440, 400])
def test_that_every_button_is_seen_in_a_low_window_too(window: Driver, height: int) -> None:
    for name in ("files", "labels", "shapes"):
        window.window.workspaces.docks[name].close()
    window.window.resize(1000, height)
    until(lambda: window.window.height() == height)
    column = window.window.column
    places = [window.find(f"column.{c.id}").geometry() for c in GESTURES]
    assert all(column.rect().contains(place) for place in places)
    assert not any(a.intersects(b) for i, a in enumerate(places) for b in places[:i])
    assert (column.width() == 40) == (height >= 720)


def test_that_tools_and_clicking_with_an_engine_relieve_each_other(window: Driver) -> None:
    window.key("P")
    clicks(window, TRIANGLE)
    window.key("S")
    assert active(window) == "gesture.prompt" and window.window.segmenter.active
    window.key("R")
    assert active(window) == "gesture.box" and not window.window.segmenter.active
    assert window.window.drawing.strip.isVisible() and not window.window.segmenter.strip.isVisible()


# Boxes and ellipses


def test_that_a_box_is_dragged_or_clicked(window: Driver) -> None:
    window.key("R")
    window.drag((60, 50), (10, 20))
    window.click(70, 30)
    window.hover(100, 40)
    window.click(120, 80)
    first, second = geometries(window)
    assert first.box.as_tuple() == near(10, 20, 60, 50)
    assert second.box.as_tuple() == near(70, 30, 120, 80)


def test_that_shift_and_ctrl_make_squares_and_go_from_the_centre(window: Driver) -> None:
    window.key("R")
    window.drag((20, 20), (60, 40), keys=SHIFT)
    window.drag((80, 60), (90, 80), keys=CTRL)
    first, second = geometries(window)
    assert first.box.as_tuple() == near(20, 20, 60, 60)
    assert second.box.as_tuple() == near(70, 40, 90, 80)


def test_that_shift_makes_a_circle_and_it_stays_in_the_picture(window: Driver) -> None:
    window.key("O")
    window.drag((80, 60), (90, 75), keys=SHIFT | CTRL)
    window.drag((120, 60), (200, 90), keys=SHIFT)
    first, second = geometries(window)
    assert first.centre == near(80, 60) and (first.rx, first.ry) == near(15, 15)
    assert second.bounds().as_tuple() == near(120, 60, 160, 100)


def test_that_boxes_are_clamped_and_those_without_size_are_dropped(window: Driver) -> None:
    window.key("R")
    window.drag((150, 100), (190, 140))
    assert geometries(window)[0].box.as_tuple() == near(150, 100, 160, 120)
    window.double_click(40, 40)
    window.drag((20, 30), (20, 60))
    assert len(window.shapes) == 1 and not window.window.drawing.gesture.begun
    assert window.window.notices.text == ""


def test_that_a_rotated_box_is_a_side_and_a_width(window: Driver) -> None:
    window.key("Shift+R")
    window.drag((40, 40), (80, 70))
    window.hover(60, 80)
    window.click(40, 80)
    (box,) = geometries(window)
    assert (box.width, box.angle) == pytest.approx((50, math.degrees(math.atan2(30, 40))), abs=0.6)
    corners = box.corners()
    assert same(corners[0], (40, 40)) and same(corners[1], (80, 70))
    window.key("Ctrl+Z")
    window.click(40, 40)
    window.click(80, 40)
    window.key("Backspace")
    window.click(90, 40)
    window.click(60, 60)
    (box,) = geometries(window)
    assert (box.width, box.height, box.angle) == near(50, 20, 0)


def test_that_guides_are_drawn_for_boxes_and_can_be_switched_off(window: Driver) -> None:
    window.key("R")
    window.hover(80, 60)
    view = window.window.view
    x, y = (round(v) for v in view.transform.to_view((80, 60)))

    def across() -> list:
        shot = view.grab_view()
        places = [(x, i) for i in range(1, 7)] + [(i, y) for i in range(1, 7)]
        return [shot.pixelColor(*place).name() for place in places]

    guided = across()
    window.window.actions_["view.guides"].trigger()
    plain = across()
    assert guided != plain and len(set(plain)) == 1
    window.key("P")
    window.hover(80, 60)
    window.window.actions_["view.guides"].trigger()
    assert across() == plain, "no guides for polygons"


# Polygons and lines


def test_that_a_polygon_is_closed_by_enter_double_click_or_its_first_vertex(window: Driver) -> None:
    window.key("P")
    clicks(window, TRIANGLE)
    window.key("Return")
    clicks(window, TRIANGLE[:2])
    window.double_click(*TRIANGLE[2])
    clicks(window, TRIANGLE)
    window.click(20.5, 20.5)
    for geometry in geometries(window):
        assert len(geometry.rings) == 1 and same(geometry.rings[0], TRIANGLE)
    assert len(window.shapes) == 3


def test_that_a_double_click_on_the_first_vertex_begins_nothing_new(window: Driver) -> None:
    window.key("P")
    clicks(window, TRIANGLE)
    window.double_click(*TRIANGLE[0])
    assert len(window.shapes) == 1 and not window.window.drawing.gesture.begun


def test_that_backspace_and_ctrl_z_take_back_the_last_vertex_first(window: Driver) -> None:
    window.key("R")
    draw_box(window)
    window.key("P")
    clicks(window, [*TRIANGLE, (90, 90), (95, 95)])
    window.key("Backspace")
    window.key("Ctrl+Z")
    gesture = window.window.drawing.gesture
    assert same(gesture.points, TRIANGLE) and len(window.shapes) == 1
    for _ in range(3):
        window.key("Ctrl+Z")
    assert not gesture.begun and len(window.shapes) == 1
    window.key("Ctrl+Z")
    assert not window.shapes, "now it is the history's turn"


def test_that_the_view_is_zoomed_and_moved_in_the_middle_of_a_polygon(window: Driver) -> None:
    window.key("P")
    window.click(20, 20)
    view = window.window.view
    before = view.transform
    window.wheel(60, 24, 1)
    assert view.transform.scale > before.scale * 1.2
    window.click(60, 24)
    zoomed = view.transform
    window.hold(Qt.Key.Key_Space)
    window.drag((60, 50), (55, 50))
    window.hold(Qt.Key.Key_Space, False)
    assert view.transform.to_view((60, 50))[0] < zoomed.to_view((60, 50))[0] - 20
    assert same(window.window.drawing.gesture.points, TRIANGLE[:2]), "moving the picture sets no vertex"
    window.click(30, 70)
    window.key("Return")
    assert same(geometries(window)[0].rings[0], TRIANGLE)


def test_that_the_line_to_the_pointer_follows_it(window: Driver) -> None:
    window.key("P")
    window.click(20, 20)
    window.hover(60, 24)
    first = window.window.view.grab_view()
    window.hover(60, 80)
    assert window.window.view.grab_view() != first


def test_that_a_freehand_line_is_simplified_and_closes_where_it_began(window: Driver) -> None:
    window.key("P")
    centre, radius = (80, 60), 30
    turns = np.linspace(0, 2 * np.pi, 200)
    window.follow([(centre[0] + radius * math.cos(t), centre[1] + radius * math.sin(t)) for t in turns])
    (circle,) = geometries(window)
    ring = np.asarray(circle.rings[0])
    assert 8 <= len(ring) <= 60, "far fewer vertices than the mouse had steps"
    assert np.abs(np.hypot(*(ring - centre).T) - radius).max() < 2 * NEAR
    assert circle.area() == pytest.approx(math.pi * radius**2, rel=0.02)


def test_that_clicks_and_freehand_are_mixed_and_a_stretch_is_one_step(window: Driver) -> None:
    window.key("L")
    window.click(10, 10)
    window.follow([(20, 10), (30, 20), (40, 10), (50, 20), (60, 10)])
    gesture = window.window.drawing.gesture
    assert len(gesture.points) == 6
    window.key("Backspace")
    assert same(gesture.points, [(10, 10)])
    window.double_click(50, 60)
    assert same(geometries(window)[0].points, [(10, 10), (50, 60)])


def test_that_vertices_are_clamped_and_lines_without_length_are_dropped(window: Driver) -> None:
    window.key("L")
    clicks(window, [(60, 100), (60, 126)])
    window.key("Return")
    assert same(geometries(window)[0].points, [(60, 100), (60, 120)])
    window.click(40, 40)
    window.key("Return")
    window.key("P")
    clicks(window, [(20, 20), (60, 60)])
    window.key("Return")
    assert len(window.shapes) == 1 and not window.window.drawing.gesture.begun


def test_that_points_are_set_one_by_one_or_gathered(window: Driver) -> None:
    window.key("X")
    window.click(20, 20)
    for x in (40, 50, 60):
        window.click(x, 30, keys=SHIFT)
    window.key("Ctrl+Z")
    window.key("Return")
    one, several = geometries(window)
    assert same(one.points, [(20, 20)]) and same(several.points, [(40, 30), (50, 30)])
    window.double_click(80, 80)
    assert len(window.shapes) == 3, "a double click is one point"


# Holes and parts


def test_that_a_hole_is_cut_into_the_selected_polygon_and_a_part_added(window: Driver) -> None:
    shape = polygon_selected(window)
    window.key("Shift+P")
    assert active(window) == "gesture.part"
    clicks(window, [(30, 30), (60, 30), (60, 60)])
    assert "hole" in window.window.drawing.strip.hint.text()
    window.key("Return")
    clicks(window, [(130, 20), (150, 20), (150, 40)])
    assert "part" in window.window.drawing.strip.hint.text()
    window.key("Return")
    (after,) = window.shapes
    assert after.id == shape.id and len(after.geometry.rings) == 3
    assert after.geometry.area() == pytest.approx(100 * 90 - 450 + 200, abs=20)
    assert window.session.selection == {shape.id}, "it stays selected for the next hole"
    assert not after.geometry.contains((55, 40)) and after.geometry.contains((148, 25))
    window.key("Ctrl+Z")
    window.key("Ctrl+Z")
    assert window.shapes == (shape,)


def test_that_alt_does_the_same_with_the_polygon_tool_for_one_drawing(window: Driver) -> None:
    polygon_selected(window)
    window.key("P")
    window.click(30, 30, keys=ALT)
    clicks(window, [(60, 30), (60, 60)])
    window.key("Return")
    assert len(window.shapes) == 1 and len(geometries(window)[0].rings) == 2
    clicks(window, [(70, 60), (90, 60), (90, 90)])
    window.key("Return")
    assert len(window.shapes) == 2, "without Alt it is a polygon of its own"


def test_that_a_hole_reaching_over_the_border_bites_a_piece_off(window: Driver) -> None:
    polygon_selected(window)
    window.key("Shift+P")
    clicks(window, [(100, 40), (140, 40), (140, 60), (100, 60)])
    window.key("Return")
    (geometry,) = geometries(window)
    assert len(geometry.rings) == 1 and geometry.area() == pytest.approx(100 * 90 - 200, abs=20)


def test_that_a_part_needs_one_selected_polygon_and_a_hole_leaves_something(window: Driver) -> None:
    window.key("R")
    window.key("Shift+P")
    assert "Select one polygon" in window.window.notices.text and active(window) == "gesture.box"
    shape = polygon_selected(window, ((40, 40), (60, 40), (60, 60), (40, 60)))
    window.key("Shift+P")
    # It begins inside and then goes all round, crossing itself.
    clicks(window, [(50, 42), (50, 30), (30, 30), (30, 80), (80, 80), (80, 30)])
    window.click(50, 30)
    window.key("Return")
    assert window.shapes == (shape,) and "leave nothing" in window.window.notices.text
    assert window.window.drawing.gesture.begun, "what was drawn is not lost"
    window.key("Esc")
    window.session.select(())
    clicks(window, [(45, 45), (55, 45), (50, 55)])
    window.key("Return")
    assert window.shapes == (shape,) and "Select one polygon" in window.window.notices.text


# Live-wire, wand, brush


def test_that_the_live_wire_follows_a_strong_edge(window: Driver) -> None:
    window.key("M")
    gesture = window.window.drawing.gesture
    centre, radius = (70, 60), 30
    turns = np.arange(5) * 2 * np.pi / 5
    for t in turns:
        window.click(centre[0] + radius * math.cos(t), centre[1] + radius * math.sin(t))
        until(lambda: gesture.ready)
    window.hover(60, 33)
    assert len(gesture.live_path()) > 5, "the line to the pointer follows the edge too"
    window.key("Return")
    until(lambda: window.shapes)
    (geometry,) = geometries(window)
    ring = np.asarray(geometry.rings[0])
    along = np.linspace(0, 1, 20)[:, None, None]
    everywhere = (ring * (1 - along) + np.roll(ring, -1, axis=0) * along).reshape(-1, 2)
    assert np.abs(np.hypot(*(everywhere - centre).T) - radius).max() < 2
    assert geometry.area() == pytest.approx(math.pi * radius**2, rel=0.06)


def test_that_clicks_before_the_map_is_there_are_not_lost(window: Driver) -> None:
    window.key("M")
    clicks(window, [(100, 60), (70, 90), (40, 60), (70, 30)])
    window.key("Return")
    until(lambda: window.shapes)
    (geometry,) = geometries(window)
    assert geometry.area() == pytest.approx(math.pi * 30**2, rel=0.06)


def test_that_a_seed_of_the_live_wire_is_taken_back(window: Driver) -> None:
    window.key("M")
    gesture = window.window.drawing.gesture
    for place in ((100, 60), (70, 90), (40, 60)):
        window.click(*place)
        until(lambda: gesture.ready)
    window.key("Ctrl+Z")
    until(lambda: gesture.ready)
    assert same(gesture.seeds, [(100, 60), (70, 90)]) and same(gesture.outline[-1], (70, 90))
    window.key("Backspace")
    window.key("Backspace")
    assert not gesture.begun


def disc(window: Driver) -> np.ndarray:
    return np.all(window.session.image.pixels == (230, 190, 70), axis=2)


def test_that_the_wand_takes_a_flat_region_exactly(window: Driver) -> None:
    window.key("U")
    window.click(70, 60)
    gesture = window.window.drawing.gesture
    until(lambda: gesture.region is not None)
    assert not window.shapes, "it is seen before it is kept"
    window.key("Return")
    (geometry,) = geometries(window)
    assert np.array_equal(pixels_of(geometry, 160, 120), disc(window))
    assert geometry.bounds().width < 61, "only its bounding box is kept"


def test_that_the_tolerance_is_changed_by_dragging_and_by_the_wheel(window: Driver) -> None:
    window.key("U")
    gesture = window.window.drawing.gesture
    window.click(10, 10)
    until(lambda: gesture.ready)
    small, scale = gesture.region.mask.sum(), window.window.view.transform.scale
    window.wheel(10, 10, 4, CTRL)
    assert gesture.tolerance == 20 and window.window.view.transform.scale == scale
    until(lambda: gesture.ready)
    assert gesture.region.mask.sum() > small
    window.drag((10, 60), (40, 60))
    until(lambda: gesture.ready)
    assert gesture.tolerance == 20 + round(30 * scale / 4)
    assert window.window.drawing.strip.value.text() == f"Tolerance {gesture.tolerance}"


def test_that_shift_click_adds_a_region_and_backspace_takes_it_back(window: Driver) -> None:
    window.key("U")
    gesture = window.window.drawing.gesture
    window.click(70, 60)
    window.click(150, 110, keys=SHIFT)
    until(lambda: gesture.ready)
    both = gesture.region.mask.sum()
    window.key("Backspace")
    until(lambda: gesture.ready)
    assert gesture.region.mask.sum() == disc(window).sum() < both
    window.key("Return")
    assert np.array_equal(pixels_of(geometries(window)[0], 160, 120), disc(window))


def painted(window: Driver) -> float:
    return geometries(window)[-1].area()


def under_mouse(window: Driver, place: tuple[float, float]) -> tuple[float, float]:
    """Where the pointer is when it is put to a place: it moves in whole pixels of the screen."""
    view = window.window.view
    on_screen = QPointF(*view.transform.to_view(place)).toPoint()
    return view.transform.to_source((on_screen.x(), on_screen.y()))


def ideal_area(window: Driver, start: tuple[float, float], end: tuple[float, float], radius: float) -> int:
    """The number of pixels whose centres lie within ``radius`` of a line."""
    start, end = under_mouse(window, start), under_mouse(window, end)
    rows, columns = np.mgrid[:120, :160] + 0.5
    a, way = np.array(start), np.subtract(end, start)
    t = np.clip(((columns - a[0]) * way[0] + (rows - a[1]) * way[1]) / (way**2).sum(), 0, 1)
    return int((np.hypot(columns - a[0] - t * way[0], rows - a[1] - t * way[1]) <= radius).sum())


def test_that_the_brush_paints_what_it_touches(window: Driver) -> None:
    window.key("B")
    window.hover(50, 50)
    radius = window.window.drawing.gesture.radius
    window.drag((50.3, 50.4), (100, 80))
    window.key("Return")
    assert painted(window) > 250
    assert painted(window) == pytest.approx(ideal_area(window, (50.3, 50.4), (100, 80), radius), abs=8)


def test_that_the_right_button_erases_and_a_stroke_is_taken_back(window: Driver) -> None:
    window.key("B")
    window.drag((50, 50), (100, 50))
    gesture = window.window.drawing.gesture
    whole = gesture.result().area()
    window.drag((75, 30), (75, 70), RIGHT)
    cut = gesture.result().area()
    assert cut < whole - 20
    window.key("Ctrl+Z")
    assert gesture.result().area() == whole
    window.drag((75, 30), (75, 70), RIGHT)
    window.key("Return")
    assert painted(window) == cut


def test_that_alt_and_the_wheel_or_brackets_size_the_brush(window: Driver) -> None:
    window.key("B")
    window.hover(50, 50)
    gesture, view = window.window.drawing.gesture, window.window.view
    before, scale = gesture.radius, view.transform.scale
    window.wheel(50, 50, 2, ALT)
    larger = gesture.radius
    assert larger > before and view.transform.scale == scale
    window.key("[")
    assert before < gesture.radius < larger
    assert window.window.drawing.strip.value.text().startswith("Radius")


def test_that_a_pen_s_pressure_scales_the_brush_and_a_mouse_has_the_full_size(window: Driver) -> None:
    window.key("B")
    window.hover(50, 50)
    radius = window.window.drawing.gesture.radius
    way = [(50.3, 50.4), (100, 80)]
    window.follow(way, pressure=[0.5, 0.5])
    window.key("Return")
    assert painted(window) == pytest.approx(ideal_area(window, *way, radius * 0.55), abs=8)
    thin = painted(window)
    window.follow(way)
    window.key("Return")
    assert painted(window) == pytest.approx(ideal_area(window, *way, radius), abs=8)
    assert painted(window) > 1.5 * thin


def test_that_pixels_are_looked_at_off_the_window_s_thread(window: Driver, monkeypatch) -> None:
    from app.ui.viewers import scissors
    from app.ui.viewers.gestures import wand

    threads = []

    def noting(function):
        def call(*given: object) -> object:
            threads.append(threading.current_thread())
            return function(*given)

        return call

    monkeypatch.setattr(wand, "flood", noting(wand.flood))
    monkeypatch.setattr(scissors.Wire, "__init__", noting(scissors.Wire.__init__))
    for key in ("U", "M"):
        window.key(key)
        window.click(70, 60)
        until(lambda: window.window.drawing.gesture.ready)
    assert len(threads) == 2 and threading.main_thread() not in threads


def test_that_the_live_wire_sees_more_after_zooming_in(start: Callable[..., Driver], tmp_path: Path) -> None:
    folder = tmp_path / "large"
    folder.mkdir()
    Pillow.fromarray(disc_picture((2000, 1500), (1000, 750), 500)).save(folder / "large.png")
    window = start(folder, "large.png")
    window.session.add_label("thing")
    window.key("M")
    gesture = window.window.drawing.gesture
    window.click(1500, 750)
    until(lambda: gesture.ready)
    window.hover(1497.3, 800)
    coarse = len(gesture.live_path())
    for _ in range(2):
        window.wheel(1497.3, 800, 3)
        window.hover(1497.3, 802)
        until(lambda: gesture.ready)
    path = np.asarray(gesture.live_path())[1:-1]
    assert len(path) > 1.5 * coarse
    assert np.abs(np.hypot(*(path - (1000, 750)).T) - 500).max() < 2


def test_that_a_bug_in_the_background_is_shown_and_the_tool_goes_on(window: Driver, monkeypatch) -> None:
    def broken(*_: object) -> None:
        raise ValueError("not today")

    with monkeypatch.context() as patch:
        patch.setattr("app.ui.viewers.gestures.wand.flood", broken)
        window.key("U")
        window.click(70, 60)
        window.key("Return")
        until(lambda: window.window.notices.text)
    assert "a bug" in window.window.notices.text
    assert not window.window.drawing.gesture.begun and not window.shapes
    window.click(70, 60)
    window.key("Return")
    until(lambda: window.shapes)


# Labels, other pictures


def test_that_shapes_get_the_label_that_was_chosen_and_it_stays(window: Driver) -> None:
    window.session.add_label("other")
    window.key("R")
    draw_box(window)
    window.key("1")
    draw_box(window)
    draw_box(window)
    assert [s.label for s in window.shapes] == ["other", "thing", "thing"]


def allow(window: Driver, *kinds: str) -> None:
    """Have one label that takes those kinds, and choose it."""
    session = window.session
    session.edit(Change("Kinds", (), (session.labels, LabelList((Label("thing", "#e69f00", kinds=kinds),)))))
    session.choose_label("thing")


def test_that_a_label_that_takes_other_kinds_refuses_and_nothing_is_lost(window: Driver) -> None:
    allow(window, "box")
    window.key("P")
    clicks(window, TRIANGLE)
    window.key("Return")
    assert "takes box only" in window.window.notices.text
    assert not window.shapes and same(window.window.drawing.gesture.points, TRIANGLE)
    allow(window, "box", "polygon")
    window.key("Return")
    assert len(window.shapes) == 1


def test_that_another_picture_drops_what_is_unfinished_and_keeps_the_tool(window: Driver) -> None:
    window.key("P")
    clicks(window, TRIANGLE)
    window.key("D")
    window.wait_for_picture("a2.png")
    assert active(window) == "gesture.polygon" and not window.window.drawing.gesture.begun
    draw_polygon(window)
    assert len(window.shapes) == 1
    window.key("A")
    window.wait_for_picture("a1.png")
    assert not window.shapes


def test_that_g_dims_all_but_the_selection_while_it_is_held(window: Driver) -> None:
    boxes = [Shape(BoxGeometry(Box(x, 10, x + 40, 50)), "thing") for x in (10, 100)]
    window.session.keep(boxes, "Keep")
    window.key("V")
    window.session.select([boxes[0].id])
    view = window.window.view

    def inside(x: float, y: float) -> str:
        return view.grab_view().pixelColor(*(round(v) for v in view.transform.to_view((x, y)))).name()

    chosen, other = inside(30, 30), inside(120, 30)
    window.hold(Qt.Key.Key_G)
    assert view.dimmed and inside(30, 30) == chosen and inside(120, 30) != other
    window.hold(Qt.Key.Key_G, False)
    assert not view.dimmed and inside(120, 30) == other
