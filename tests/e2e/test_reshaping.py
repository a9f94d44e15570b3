"""Selected shapes are moved, resized, turned and changed point by point with real mouse and keys."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.core import edits
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
    Shape,
)
from app.core.dump import canonical_bytes
from app.core.geometry import Box
from app.core.masks import encode
from app.core.transform import handles
from app.ui.viewers.grips import turn_handle
from tests.driving import ALT, CTRL, LEFT, RIGHT, SHIFT, Driver, until

SQUARE = ((40.0, 30.0), (90.0, 30.0), (90.0, 80.0), (40.0, 80.0))
HOLE = ((55.0, 45.0), (75.0, 45.0), (75.0, 65.0), (55.0, 65.0))


def blob() -> MaskGeometry:
    pixels = np.zeros((120, 160), bool)
    pixels[40:80, 60:110] = True
    rle = encode(pixels)
    assert rle is not None
    return MaskGeometry(rle)


def put(window: Driver, *geometries: Geometry, selected: int | None = 0, **more: object) -> tuple[str, ...]:
    """Keep shapes and select one; gives their ids."""
    shapes = [Shape(g, "thing", **more) for g in geometries]  # type: ignore[arg-type]
    window.session.keep(shapes, "Put")
    window.key("V")
    window.session.select([] if selected is None else [shapes[selected].id])
    return tuple(s.id for s in shapes)


def now(window: Driver, shape_id: str) -> Geometry:
    document = window.session.document
    assert document is not None
    shape = document.shape(shape_id)
    assert shape is not None
    return shape.geometry


def near(a: object, b: object, within: float = 0.4) -> bool:
    return bool(np.allclose(np.array(a), np.array(b), atol=within))


def test_that_dragging_inside_a_selected_shape_moves_all_selected_ones_as_one_step(window: Driver) -> None:
    one, two, other = put(window, BoxGeometry(Box(20, 20, 50, 50)), blob(), BoxGeometry(Box(5, 90, 15, 100)))
    window.session.select([one, two])
    before, untouched = window.session.history.position, window.shapes[2]
    window.drag((30, 30), (40, 25))
    assert near(now(window, one).bounds().as_tuple(), (30, 15, 60, 45))
    assert now(window, two).bounds() == Box(70, 35, 120, 75)
    assert window.shapes[2] is untouched
    assert window.session.history.position == before + 1
    assert window.session.history.undo_name == "Move 2 shapes"
    window.key("Ctrl+Z")
    assert now(window, one).bounds() == Box(20, 20, 50, 50)
    assert now(window, other).bounds() == Box(5, 90, 15, 100)


def test_that_a_drag_beside_the_selection_is_a_rubber_band(window: Driver) -> None:
    one, two = put(window, BoxGeometry(Box(20, 20, 50, 50)), BoxGeometry(Box(70, 20, 100, 50)))
    window.drag((60, 10), (110, 60))
    assert window.session.selection == {two}
    window.drag((10, 10), (55, 60), keys=SHIFT)
    assert window.session.selection == {one, two}
    assert window.session.history.undo_name == "Put"


def test_that_what_is_dragged_is_seen_at_once_and_escape_takes_it_back(window: Driver) -> None:
    (one,) = put(window, BoxGeometry(Box(20, 20, 50, 50)))
    view, handle = window.window.view, window.window.windowHandle()
    before = view.grab_view()
    start = window._on_picture(35, 35)
    QTest.mousePress(handle, LEFT, Qt.KeyboardModifier.NoModifier, start)
    window._move(window._on_picture(75, 65), LEFT)
    moved = view.grab_view()
    there = window.window.view.transform.to_view((90, 80))
    assert moved.pixelColor(int(there[0]), int(there[1])) != before.pixelColor(int(there[0]), int(there[1]))
    assert now(window, one).bounds() == Box(20, 20, 50, 50), "it is written when the button is let go"
    window.key("Esc")
    QTest.mouseRelease(handle, LEFT, Qt.KeyboardModifier.NoModifier, window._on_picture(75, 65))
    assert now(window, one).bounds() == Box(20, 20, 50, 50)
    assert window.session.history.undo_name == "Put"
    window.hover(150, 110)
    assert view.grab_view() == before


@pytest.mark.parametrize(
    "geometry",
    [
        BoxGeometry(Box(40, 30, 100, 80)),
        RotatedBoxGeometry((70, 60), 60, 40, 30),
        EllipseGeometry((70, 60), 30, 20, -20),
    ],
    ids=lambda g: g.kind,
)
def test_that_each_of_the_eight_handles_follows_the_pointer(window: Driver, geometry: Geometry) -> None:
    (one,) = put(window, geometry)
    for name, place in handles(geometry).items():
        to = place[0] + 6, place[1] + 8
        window.drag(place, to)
        after = handles(now(window, one))[name]
        across = {"n": "s", "s": "n", "e": "w", "w": "e", "ne": "sw", "nw": "se", "se": "nw", "sw": "ne"}[name]
        assert near(handles(now(window, one))[across], handles(geometry)[across], 1e-6)  # type: ignore[index]
        if len(name) == 2:
            assert near(after, to)
        assert now(window, one).kind == geometry.kind
        window.key("Ctrl+Z")
        assert now(window, one) == geometry


def test_that_shift_keeps_the_proportions_and_ctrl_the_middle(window: Driver) -> None:
    (one,) = put(window, BoxGeometry(Box(40, 30, 100, 70)))
    window.drag((100, 70), (130, 72), keys=SHIFT)
    box = now(window, one).bounds()
    assert near(box.width / box.height, 60 / 40, 1e-6) and near((box.x0, box.y0), (40, 30), 1e-6)
    window.key("Ctrl+Z")
    window.drag((100, 70), (110, 80), keys=CTRL)
    assert near(now(window, one).bounds().as_tuple(), (30, 20, 110, 80))


def test_that_the_handle_above_turns_and_shift_turns_in_steps(window: Driver) -> None:
    (one,) = put(window, BoxGeometry(Box(50, 50, 110, 90)))
    scale = window.window.view.transform.scale
    turning = turn_handle(now(window, one), scale, (160, 120))
    assert turning is not None
    window.drag(turning[0], (120, 50), keys=SHIFT)
    geometry = now(window, one)
    assert isinstance(geometry, RotatedBoxGeometry) and geometry.angle == pytest.approx(45)
    assert near(geometry.centre, (80, 70), 1e-6)
    assert window.session.history.undo_name == "Turn box"


def test_that_a_vertex_is_dragged_also_of_a_hole(window: Driver) -> None:
    (one,) = put(window, PolygonGeometry((SQUARE, HOLE)))
    window.drag((90, 80), (100, 95))
    window.drag((75, 45), (80, 40))
    geometry = now(window, one)
    assert isinstance(geometry, PolygonGeometry)
    assert near(geometry.rings[0][2], (100, 95)) and near(geometry.rings[1][1], (80, 40))
    assert geometry.rings[0][:2] == SQUARE[:2]
    window.key("Ctrl+Z")
    window.key("Ctrl+Z")
    assert now(window, one) == PolygonGeometry((SQUARE, HOLE))


def test_that_a_mark_becomes_a_vertex_by_a_click_and_by_a_drag(window: Driver) -> None:
    (one,) = put(window, PolygonGeometry((SQUARE,)))
    window.click(65, 30)
    assert now(window, one).rings[0][1] == (65.0, 30.0)  # type: ignore[union-attr]
    window.drag((65, 80), (65, 100))
    assert near(now(window, one).rings[0][4], (65, 100))  # type: ignore[union-attr]
    assert window.session.history.undo_name == "Add point"
    window.click(90, 40, keys=CTRL)
    assert near(now(window, one).rings[0][3], (90, 40))  # type: ignore[union-attr]


def test_that_alt_click_and_delete_remove_a_vertex(window: Driver) -> None:
    (one,) = put(window, PolygonGeometry((SQUARE, HOLE)))
    window.click(90, 30, keys=ALT)
    assert now(window, one).rings[0] == (SQUARE[0], *SQUARE[2:])  # type: ignore[union-attr]
    window.hover(75, 65)
    window.key("Del")
    window.hover(75, 45)
    window.key("Del")
    assert now(window, one) == PolygonGeometry(((SQUARE[0], *SQUARE[2:]),)), "a hole of two points goes"
    window.hover(150, 110)
    window.key("Del")
    assert window.shapes == ()


def test_that_an_undo_under_a_pointer_that_stands_still_leaves_nothing_held(window: Driver) -> None:
    (one,) = put(window, PolygonGeometry((SQUARE,)))
    window.click(40, 55)
    assert len(now(window, one).rings[0]) == 5  # type: ignore[union-attr]
    window.hover(40, 55)
    window.key("Ctrl+Z")
    window.window.view.grab_view()
    window.key("Del")
    assert window.shapes == (), "no point is under the pointer any more: the whole shape is meant"


def test_that_a_polyline_and_points_are_changed_point_by_point(window: Driver) -> None:
    line, dots = put(window, PolylineGeometry(((20, 20), (60, 20), (60, 60))), PointGeometry(((100, 30), (120, 30))))
    window.drag((60, 60), (70, 90))
    assert near(now(window, line).points, ((20, 20), (60, 20), (70, 90)))  # type: ignore[union-attr]
    window.session.select([dots])
    window.drag((120, 30), (130, 45))
    assert near(now(window, dots).points, ((100, 30), (130, 45)))  # type: ignore[union-attr]
    window.click(100, 30, keys=ALT)
    assert len(now(window, dots).points) == 1  # type: ignore[union-attr]


def test_that_shift_drags_a_vertex_along_steps_of_45_degrees(window: Driver) -> None:
    (one,) = put(window, PolylineGeometry(((20, 20), (60, 20))))
    window.drag((60, 20), (62, 58), keys=SHIFT)
    x, y = now(window, one).points[1]  # type: ignore[union-attr]
    assert x - 20 == pytest.approx(y - 20) and x > 50


def test_that_joints_are_dragged_and_a_right_click_steps_their_visibility(window: Driver) -> None:
    skeleton = KeypointsGeometry(((40, 40), (80, 40), (80, 80)), (2, 2, 1), ("a", "b", "c"), ((0, 1), (1, 2)))
    (one,) = put(window, skeleton)
    window.drag((80, 40), (90, 50))
    assert near(now(window, one).points[1], (90, 50))  # type: ignore[union-attr]
    for expected in (1, 0, 2):
        window.click(40, 40, RIGHT)
        assert now(window, one).visibility[0] == expected  # type: ignore[union-attr]


def test_that_arrow_keys_nudge_and_a_burst_is_one_step(window: Driver) -> None:
    (one,) = put(window, BoxGeometry(Box(20, 20, 50, 50)))
    place = window.window.view.transform
    before = window.session.history.position
    window.key("Right")
    window.key("Right")
    window.key("Shift+Down")
    assert now(window, one).bounds() == Box(22, 30, 52, 60)
    assert window.session.history.position == before + 1
    assert window.window.view.transform == place, "with shapes selected the picture stays where it is"
    window.key("Ctrl+Z")
    assert now(window, one).bounds() == Box(20, 20, 50, 50)


def test_that_locked_shapes_are_not_dragged_and_hidden_ones_not_found(window: Driver) -> None:
    (one,) = put(window, BoxGeometry(Box(20, 20, 50, 50)), locked=True)
    window.drag((35, 35), (75, 75))
    assert now(window, one).bounds() == Box(20, 20, 50, 50)
    assert "locked" in window.window.notices.text
    window.key("Right")
    assert now(window, one).bounds() == Box(20, 20, 50, 50)
    window.session.select([])
    window.session.edit_document("Hide", lambda d: edits.set_hidden(d, [one]))
    window.click(35, 35)
    window.drag((5, 5), (150, 110))
    assert window.session.selection == frozenset()


def test_that_clicks_go_through_what_lies_on_each_other_and_a_click_is_no_drag(window: Driver) -> None:
    large, small = put(window, BoxGeometry(Box(20, 20, 110, 100)), BoxGeometry(Box(50, 50, 80, 80)), selected=None)
    for expected in (small, large, small):
        window.click(65, 65)
        assert window.session.selection == {expected}
    assert window.session.history.undo_name == "Put"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_that_any_drag_and_undo_is_identity(window: Driver, data: st.DataObject) -> None:
    geometries = [
        BoxGeometry(Box(40, 30, 100, 80)),
        RotatedBoxGeometry((70, 60), 60, 40, 30),
        EllipseGeometry((70, 60), 30, 20, -20),
        PolygonGeometry((SQUARE, HOLE)),
        PolylineGeometry(SQUARE),
        blob(),
    ]
    geometry = data.draw(st.sampled_from(geometries))
    put(window, geometry)
    document = window.session.document
    assert document is not None
    before = canonical_bytes([document], window.session.labels)
    position = window.session.history.position
    places = st.tuples(st.floats(5, 155), st.floats(5, 115))
    starts = [*handles(geometry).values(), *SQUARE, (65.0, 30.0), geometry.bounds().centre]
    keys = data.draw(st.sampled_from([Qt.KeyboardModifier.NoModifier, SHIFT, CTRL]))
    window.drag(data.draw(st.sampled_from(starts)), data.draw(places), keys=keys)
    while window.session.history.position > position:
        window.key("Ctrl+Z")
    until(lambda: window.session.document is not None)
    assert canonical_bytes([window.session.document], window.session.labels) == before
    window.session.select_all()
    window.key("Del")
