"""Brush and eraser on the selected mask, with mouse, wheel and pen."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from app.core import brush, edits
from app.core.annotation import BoxGeometry, MaskGeometry, PointGeometry, Shape, pixels_of
from app.core.geometry import Box
from app.core.masks import encode
from tests.driving import ALT, LEFT, RIGHT, SHIFT, Driver, until

NONE = Qt.KeyboardModifier.NoModifier


def ring() -> MaskGeometry:
    """40 x 40 pixels with a hole of 10 x 10."""
    pixels = np.zeros((120, 160), bool)
    pixels[40:80, 60:100] = True
    pixels[55:65, 75:85] = False
    rle = encode(pixels)
    assert rle is not None
    return MaskGeometry(rle)


def put(window: Driver, *shapes: Shape) -> str:
    """Keep shapes, select the first; gives its id."""
    window.session.keep(shapes, "Put")
    window.key("V")
    window.session.select([shapes[0].id])
    window.window.view.setFocus()
    return shapes[0].id


def covered(window: Driver, x: int, y: int) -> bool:
    return bool(pixels_of(window.shapes[0].geometry, 160, 120)[y, x])


def checked(window: Driver) -> str:
    names = ("select", "prompt", "brush", "erase")
    return next(n for n in names if window.window.actions_[f"gesture.{n}"].isChecked())


def test_that_a_stroke_paints_on_the_selected_mask_as_one_step(window: Driver) -> None:
    one, other = put(window, Shape(ring(), "thing"), Shape(BoxGeometry(Box(5, 5, 15, 15)), "thing")), window.shapes
    window.key("B")
    assert checked(window) == "brush"
    window.hover(110, 60)
    radius = window.window.editing.retouching.gesture.radius
    steps = window.session.history.position
    window.drag((110, 60), (140, 60))
    assert window.session.history.position == steps + 1 and window.session.history.undo_name == "Brush"
    assert window.shapes[0].id == one and window.shapes[1] is other[1]
    assert covered(window, 110, 60) and covered(window, 139, 60) and not covered(window, 125, int(61 + radius))
    window.key("Ctrl+Z")
    assert window.shapes[0].geometry == ring() and checked(window) == "brush"


def test_that_the_eraser_takes_away_and_the_right_button_does_the_other(window: Driver) -> None:
    put(window, Shape(ring(), "thing"))
    window.key("E")
    assert checked(window) == "erase"
    window.drag((65, 45), (95, 45))
    assert not covered(window, 80, 45) and window.session.history.undo_name == "Erase"
    window.drag((65, 45), (95, 45), RIGHT)
    assert covered(window, 80, 45)
    window.key("Esc")
    assert checked(window) == "select"


def test_that_a_stroke_is_seen_before_it_is_written_and_escape_takes_it_back(window: Driver) -> None:
    put(window, Shape(ring(), "thing"))
    window.key("B")
    view, handle = window.window.view, window.window.windowHandle()
    window.hover(150, 110)
    before = view.grab_view()
    QTest.mousePress(handle, LEFT, NONE, window._on_picture(110, 60))
    window._move(window._on_picture(140, 60), LEFT)
    place = [int(v) for v in view.transform.to_view((120.5, 60.5))]
    assert view.grab_view().pixelColor(*place) != before.pixelColor(*place)
    assert window.shapes[0].geometry == ring()
    window.key("Esc")
    QTest.mouseRelease(handle, LEFT, NONE, window._on_picture(140, 60))
    window.hover(150, 110)
    assert window.shapes[0].geometry == ring() and checked(window) == "brush"
    assert view.grab_view() == before


def test_that_what_is_seen_is_what_is_kept(window: Driver) -> None:
    put(window, Shape(ring(), "thing"))
    window.key("B")
    window.hover(50, 50)
    gesture = window.window.editing.retouching.gesture
    way = [(50.0, 50.0), (120.0, 90.0), (40.0, 100.0)]
    shown = []
    gesture.stroked.connect(lambda rle, _: shown.append(rle))
    window.follow(way)
    places = [
        window.window.view.transform.to_source(
            QPointF(*window.window.view.transform.to_view((x, y))).toPoint().toTuple()
        )
        for x, y in way
    ]
    expected = brush.stroke(ring().rle, places, gesture.radius, (160, 120))
    assert window.shapes[0].geometry == MaskGeometry(shown[0])  # type: ignore[arg-type]
    assert expected == shown[0]


def test_that_alt_wheel_and_brackets_size_the_brush_and_a_pen_s_pressure_scales_it(window: Driver) -> None:
    put(window, Shape(ring(), "thing"))
    window.key("B")
    window.hover(110, 60)
    gesture = window.window.editing.retouching.gesture
    first = gesture.radius
    window.wheel(110, 60, 3, ALT)
    assert gesture.radius > first * 1.3
    for _ in range(3):
        window.key("[")
    assert abs(gesture.radius - first) < 1e-6
    window.follow([(120, 20), (150, 20)], pressure=[0.1, 0.1])
    thin = pixels_of(window.shapes[0].geometry, 160, 120)[:38].sum()
    window.key("Ctrl+Z")
    window.follow([(120, 20), (150, 20)], pressure=[1.0, 1.0])
    assert pixels_of(window.shapes[0].geometry, 160, 120)[:38].sum() > 2 * thin


def test_that_shift_click_fills_a_hole_and_says_where_there_is_none(window: Driver) -> None:
    put(window, Shape(ring(), "thing"))
    window.key("B")
    window.click(80, 60, keys=SHIFT)
    assert covered(window, 80, 60) and window.session.history.undo_name == "Fill hole"
    window.click(20, 20, keys=SHIFT)
    assert "nothing to fill" in window.window.notices.text


def test_that_a_box_becomes_a_mask_with_its_first_stroke_and_both_are_one_step(window: Driver) -> None:
    box = BoxGeometry(Box(60.5, 40, 100, 80))
    put(window, Shape(box, "thing"))
    window.key("B")
    assert window.shapes[0].geometry == box
    window.drag((100, 60), (120, 60))
    assert window.shapes[0].kind == "mask" and "The box became a mask" in window.window.notices.text
    window.key("Ctrl+Z")
    assert window.shapes[0].geometry == box


def test_that_a_mask_of_which_nothing_is_left_goes(window: Driver) -> None:
    put(window, Shape(BoxGeometry(Box(60, 40, 63, 43)), "thing"))
    window.key("E")
    window.hover(61, 41)
    window.window.editing.retouching.gesture.radius = 20
    window.click(61, 41)
    assert window.shapes == () and checked(window) == "select"
    assert "Nothing was left" in window.window.notices.text


def test_that_without_a_shape_to_paint_on_the_brush_makes_one_and_the_eraser_says_what_is_missing(
    window: Driver,
) -> None:
    one = put(window, Shape(PointGeometry(((20.0, 20.0),)), "thing"))
    window.key("B")
    assert checked(window) == "brush" and window.window.drawing.active == "brush"
    window.key("V")
    window.window.session.select([one])
    window.key("E")
    assert "Select one mask" in window.window.notices.text and checked(window) == "select"
    window.session.edit_document("Lock", lambda d: edits.set_locked(d, [one]))
    put(window, Shape(ring(), "thing", locked=True))
    window.key("E")
    assert "locked" in window.window.notices.text and checked(window) == "select"


def test_that_brush_prompts_and_selecting_follow_each_other_and_another_picture_ends_it(window: Driver) -> None:
    put(window, Shape(ring(), "thing"))
    window.key("B")
    window.key("S")
    assert checked(window) == "prompt" and window.window.view.gesture is window.window.segmenter.gesture
    window.key("B")
    assert checked(window) == "brush" and window.window.view.gesture is window.window.editing.retouching.gesture
    window.key("E")
    window.key("V")
    assert checked(window) == "select" and window.window.view.gesture is window.window.view.select_gesture
    window.key("B")
    window.key("D")
    window.wait_for_picture("a2.png")
    assert checked(window) == "select"


@pytest.mark.parametrize(
    ("path", "command", "name"),
    [
        (("Combine", "Fill holes"), "shape.fill_holes", "Fill holes"),
        (("Mask", "Smooth"), "shape.smooth", "Smooth"),
        (("Mask", "Grow"), "shape.grow", "Grow"),
        (("Mask", "Shrink"), "shape.shrink", "Shrink"),
        (("Mask", "Remove specks"), "shape.specks", "Remove specks"),
    ],
)
def test_that_mask_work_is_reached_by_the_menu_bar_and_by_a_right_click(window: Driver, path, command, name) -> None:
    speckled = ring().rle.crop()
    pixels = np.zeros((120, 160), bool)
    x, y = ring().rle.x, ring().rle.y
    pixels[y : y + speckled.shape[0], x : x + speckled.shape[1]] = speckled
    pixels[2:4, 2:4] = True
    rle = encode(pixels)
    assert rle is not None
    one = Shape(MaskGeometry(rle), "thing")
    window.session.keep([one], "Put")
    window.key("V")
    window.session.select([one.id])
    bar = window.window.findChild(QMenu, f"menu.Shape/{path[0]}")
    assert window.window.actions_[command] in bar.actions()
    window.click(3, 3, RIGHT)
    menu = window.window.editing.menu.menu
    until(menu.isVisible)
    inner = next(a for a in menu.actions() if a.text() == path[0])
    QTest.mouseClick(menu, LEFT, pos=menu.actionGeometry(inner).center())
    until(inner.menu().isVisible)
    action = next(a for a in inner.menu().actions() if a.text() == path[1])
    QTest.mouseClick(inner.menu(), LEFT, pos=inner.menu().actionGeometry(action).center())
    until(lambda: window.session.history.undo_name.startswith(name))
    assert window.shapes[-1].geometry != one.geometry
