"""Points snap to neighbours while they are drawn and dragged, and borders are shared, with real mouse and keys."""

from __future__ import annotations

import time

import numpy as np
import pytest
import shapely
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.core.annotation import BoxGeometry, Geometry, MaskGeometry, PolygonGeometry, PolylineGeometry, Shape
from app.core.areas import area_of
from app.core.geometry import Box
from app.core.masks import encode
from app.ui.viewers.snapper import TOLERANCE
from tests.driving import CTRL, LEFT, NONE, SHIFT, Driver, until

NEIGHBOUR = PolygonGeometry((((20.0, 20.0), (80.0, 20.0), (90.0, 50.0), (80.0, 80.0), (20.0, 80.0)),))


@pytest.fixture
def window(window: Driver) -> Driver:
    """With a neighbour, and snapping on."""
    window.session.add_label("thing")
    window.session.keep([Shape(NEIGHBOUR, "thing")], "Put")
    window.window.activateWindow()
    window.key("Shift+S")
    window.key("P")
    return window


def off(window: Driver, pixels: float) -> float:
    """View pixels in source pixels."""
    return pixels / window.window.view.transform.scale


def drawn(window: Driver) -> Geometry:
    return window.shapes[-1].geometry


def ring(window: Driver) -> tuple[tuple[float, float], ...]:
    geometry = drawn(window)
    assert isinstance(geometry, PolygonGeometry)
    return geometry.rings[0]


def test_that_vertices_snap_to_vertices_and_edges_exactly(window: Driver) -> None:
    near = off(window, 5)
    window.click(80 + near, 20 - near)
    window.click(50, 20 - near)
    window.click(60, 5)
    window.key("Return")
    assert ring(window)[0] == (80.0, 20.0), "the corner itself"
    assert ring(window)[1][1] == 20.0 and abs(ring(window)[1][0] - 50) < 0.4, "a place on the edge"
    assert ring(window)[2] != (60.0, 5.0) and abs(ring(window)[2][1] - 5) < 0.4, "too far away to snap"


def test_that_the_tolerance_is_one_on_screen(window: Driver) -> None:
    for _ in range(3):
        window.wheel(80, 20, 4)
    far = off(window, 2 * TOLERANCE)
    window.click(80 + far, 20 - far)
    window.click(80 + off(window, 4), 20)
    window.click(80 + far, 20)
    window.key("Return")
    assert ring(window)[0] != (80.0, 20.0) and ring(window)[1] == (80.0, 20.0)


def test_that_a_mark_shows_the_snap_and_ctrl_held_switches_it(window: Driver) -> None:
    view, gesture = window.window.view, window.window.drawing.gesture
    window.hover(81, 20)
    assert gesture.caught is not None and gesture.caught.snap.on_vertex
    marked = view.grab_view()
    window.hold(Qt.Key.Key_Control)
    assert gesture.caught is None and view.grab_view() != marked, "at once, though the mouse stands still"
    window.hold(Qt.Key.Key_Control, False)
    assert view.grab_view() == marked
    window.click(81, 21, keys=CTRL)
    window.click(120, 20)
    window.click(120, 60)
    window.key("Return")
    assert ring(window)[0] != (80.0, 20.0)


def test_that_the_strip_the_menu_and_the_key_are_one_choice_which_is_remembered(window: Driver) -> None:
    strip, action = window.window.drawing.strip, window.window.actions_["draw.snap"]
    assert strip.snapping.isChecked() and action.isChecked()
    window.press(strip.snapping)
    assert not action.isChecked() and not window.window.drawing.snapper.on
    assert window.focus == "image_view", "the keyboard stays with the picture"
    window.click(81, 20)
    assert window.window.drawing.gesture.points[0] != (80.0, 20.0)
    window.key("Esc")
    window.key("Shift+S")
    assert strip.snapping.isChecked() and window.window.preferences.get("snapping") is True
    window.key("R")
    assert not strip.snapping.isVisible(), "boxes do not snap"


def test_that_the_mouse_goes_through_the_words_of_the_strip(window: Driver) -> None:
    window.window.view.navigator.zoom_by(6)
    hint = window.window.drawing.strip.hint
    at = hint.mapTo(window.window.view, hint.rect().center())
    place = window.window.view.transform.to_source((at.x(), at.y()))
    window.press(hint)
    assert np.allclose(window.window.drawing.gesture.points, [place], atol=0.4)


def test_that_shift_follows_the_border_and_tab_goes_the_other_way_round(window: Driver) -> None:
    gesture, strip = window.window.drawing.gesture, window.window.drawing.strip.geometry()
    window.click(80, 20)
    window.hover(80, 80)
    assert "follows the neighbour's border" in window.window.drawing.strip.hint.text()
    assert window.window.drawing.strip.geometry() == strip, "the choices stay where they are"
    plain = window.window.view.grab_view()
    window.hold(Qt.Key.Key_Shift)
    assert window.window.view.grab_view() != plain, "the border is shown in place of the straight line"
    window.hold(Qt.Key.Key_Shift, False)
    window.click(80, 80, keys=SHIFT)
    assert gesture.points == [(80, 20), (90, 50), (80, 80)]
    window.key("Backspace")
    assert gesture.points == [(80, 20)], "the border is one step"
    window.hover(80, 80)
    window.key("Tab")
    assert window.focus == "image_view"
    window.click(80, 80, keys=SHIFT)
    assert gesture.points == [(80, 20), (20, 20), (20, 80), (80, 80)]
    window.key("Backspace")
    window.click(80, 80, keys=SHIFT)
    window.click(130, 50)
    window.key("Return")
    one, two = area_of(NEIGHBOUR), area_of(drawn(window))
    assert one.intersection(two).area == 0 and one.touches(two)
    assert shapely.length(one.intersection(two)) == pytest.approx(2 * np.hypot(10, 30)), "all of the border is shared"


def test_that_closing_with_shift_follows_the_border_too(window: Driver) -> None:
    window.click(80, 20)
    window.click(120, 50)
    window.click(80, 80)
    window.click(80 + off(window, 2), 20, keys=SHIFT)
    assert ring(window)[0] == (80, 20) and ring(window)[2:] == ((80, 80), (90, 50))
    assert abs(ring(window)[1][0] - 120) < 0.4


def test_that_a_polyline_and_the_live_wire_snap(window: Driver) -> None:
    near = off(window, 5)
    window.key("L")
    window.click(80 + near, 20)
    window.click(80, 80 + near, keys=SHIFT)
    window.key("Return")
    assert drawn(window) == PolylineGeometry(((80, 20), (90, 50), (80, 80)))
    window.session.edit_document("Clear", lambda d: type(d)(d.path, d.width, d.height, shapes=d.shapes[:1]))
    window.key("M")
    for place in ((80 + near, 20), (120, 50), (80 + near, 80)):
        window.click(*place)
    until(lambda: window.window.drawing.gesture.ready)
    window.key("Return")
    until(lambda: len(window.shapes) == 2)
    assert {(80.0, 20.0), (80.0, 80.0)} <= set(ring(window))


def test_that_boxes_and_masks_are_snapped_to_by_their_outlines(window: Driver) -> None:
    pixels = np.zeros((120, 160), bool)
    pixels[90:110, 100:150] = True
    rle = encode(pixels)
    assert rle is not None
    window.session.keep([Shape(BoxGeometry(Box(100, 20, 140, 60)), "thing"), Shape(MaskGeometry(rle), "thing")], "Put")
    near = off(window, 4)
    window.click(100 - near, 20 - near)
    window.click(100 - near, 60)
    window.click(100 - near, 90 - near)
    window.click(125, 75)
    window.key("Return")
    assert ring(window)[:3] == ((100, 20), (100, 60), (100, 90))


def test_that_a_dragged_vertex_snaps_but_not_to_its_own_shape(window: Driver) -> None:
    own = Shape(PolygonGeometry((((100.0, 20.0), (150.0, 20.0), (150.0, 60.0), (100.0, 60.0)),)), "thing")
    window.session.keep([own], "Put")
    window.key("V")
    window.session.select([own.id])
    window.drag((100, 20), (81.3, 20.5))
    assert ring(window)[0] == (80.0, 20.0)
    window.drag((100, 60), (91, 51), keys=CTRL)
    assert ring(window)[3] != (90.0, 50.0), "Ctrl held: it does not snap"
    window.key("Ctrl+Z")
    window.drag((100, 60), (102, 58))
    assert np.allclose(ring(window)[3], (102, 58), atol=0.4), "its own corner is no neighbour"


def test_that_the_mark_is_seen_while_a_vertex_is_dragged(window: Driver) -> None:
    own = Shape(PolygonGeometry((((100.0, 20.0), (150.0, 20.0), (150.0, 60.0), (100.0, 60.0)),)), "thing")
    window.session.keep([own], "Put")
    window.key("V")
    window.session.select([own.id])
    handle, view = window.window.windowHandle(), window.window.view
    QTest.mousePress(handle, LEFT, NONE, window._on_picture(100, 20))
    window._move(window._on_picture(95, 20), LEFT)
    window._move(window._on_picture(81, 20), LEFT)
    at = view.transform.to_view((80.0, 20.0))
    image = view.grab_view()
    blue = [image.pixelColor(int(at[0]) + x, int(at[1]) - 7).name() for x in range(-3, 4)]
    assert "#1b86e8" in blue
    QTest.mouseRelease(handle, LEFT, NONE, window._on_picture(81, 20))
    assert ring(window)[0] == (80.0, 20.0)


def test_that_the_edge_pointed_at_takes_the_neighbours_border_over_and_again_the_other_way(window: Driver) -> None:
    own = Shape(PolygonGeometry((((80.0, 20.0), (140.0, 20.0), (140.0, 80.0), (80.0, 80.0)),)), "thing")
    window.session.keep([own], "Put")
    window.key("V")
    window.session.select([own.id])
    window.hover(120, 50)
    window.key("Y")
    assert "both ends" in window.window.notices.text or "two ends" in window.window.notices.text
    position = window.session.history.position
    window.hover(80, 45)
    window.key("Y")
    assert set(ring(window)) == {(80, 20), (140, 20), (140, 80), (80, 80), (90, 50)}
    assert area_of(NEIGHBOUR).intersection(area_of(drawn(window))).area == 0
    window.key("Y")
    assert set(ring(window)) == {(80, 20), (140, 20), (140, 80), (80, 80), (20, 20), (20, 80)}
    assert window.session.history.position == position + 1, "one step"
    window.key("Ctrl+Z")
    assert drawn(window) is own.geometry or drawn(window) == own.geometry


def test_that_hidden_shapes_are_no_neighbours(window: Driver) -> None:
    from app.core import edits

    window.session.edit_document("Hide", lambda d: edits.set_hidden(d, [d.shapes[0].id]))
    window.hover(81, 20)
    assert window.window.drawing.gesture.caught is None


def test_that_a_corner_where_neighbours_meet_belongs_to_both(window: Driver) -> None:
    """Border from a corner of one neighbour that is also one of the other."""
    other = PolygonGeometry((((80.0, 20.0), (80.0, 2.0), (120.0, 10.0), (130.0, 20.0)),))
    window.session.keep([Shape(other, "thing")], "Put")
    window.click(80, 20)
    window.click(80, 80, keys=SHIFT)
    assert window.window.drawing.gesture.points[1] == (90, 50)
    window.key("Esc")
    window.click(80, 20)
    window.click(130, 20, keys=SHIFT)
    assert window.window.drawing.gesture.points[-1] == (130, 20)


def test_that_ten_thousand_neighbours_do_not_slow_it_down(window: Driver) -> None:
    rng = np.random.default_rng(3)
    turn = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    shapes = []
    for x, y in rng.uniform((5, 5), (155, 115), (10_000, 2)):
        points = np.stack([x + 1.5 * np.cos(turn), y + 1.5 * np.sin(turn)], axis=1)
        shapes.append(Shape(PolygonGeometry((tuple(map(tuple, points.tolist())),)), "thing"))
    window.session.keep(shapes, "Put")
    until(lambda: window.window.view.settled)
    snapper, scale = window.window.drawing.snapper, window.window.view.transform.scale
    places = rng.uniform((5, 5), (155, 115), (40, 2)).tolist()
    snapper.find((50.0, 50.0), scale)
    took = []
    for x, y in places:
        began = time.perf_counter()
        snapper.find((x, y), scale)
        took.append(time.perf_counter() - began)
    assert np.median(took) < 0.03, f"{1000 * np.median(took):.1f} ms"
