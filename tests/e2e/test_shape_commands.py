"""Commands on selected shapes, by their keys, the menus and the menu over the picture."""

from __future__ import annotations

import threading

import numpy as np
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from app.core import edits
from app.core.annotation import BoxGeometry, MaskGeometry, PointGeometry, PolygonGeometry, Shape
from app.core.geometry import Box
from app.core.masks import encode
from app.ui.annotate.shape_work import Outcome
from tests.driving import RIGHT, SHIFT, Driver, until

BELOW, ABOVE = Box(20, 20, 70, 70), Box(50, 40, 100, 90)


def mask(*boxes: tuple[int, int, int, int], hole: tuple[int, int, int, int] | None = None) -> MaskGeometry:
    pixels = np.zeros((120, 160), bool)
    for x0, y0, x1, y1 in boxes:
        pixels[y0:y1, x0:x1] = True
    if hole:
        pixels[hole[1] : hole[3], hole[0] : hole[2]] = False
    rle = encode(pixels)
    assert rle is not None
    return MaskGeometry(rle)


def put(window: Driver, *shapes: Shape) -> tuple[str, ...]:
    """Keep shapes and select all of them; gives their ids."""
    window.session.keep(shapes, "Put")
    window.key("V")
    window.session.select([s.id for s in shapes])
    window.window.view.setFocus()
    return tuple(s.id for s in shapes)


def boxes(window: Driver) -> tuple[str, ...]:
    return put(window, Shape(BoxGeometry(BELOW), "thing"), Shape(BoxGeometry(ABOVE), "thing"))


def do(window: Driver, command: str) -> None:
    """Trigger a command and wait for what it has worked out."""
    window.window.actions_[command].trigger()
    until(lambda: not window.window.editing.commands.slow.pending)


def ids(window: Driver) -> list[str]:
    return [s.id for s in window.shapes]


def test_that_duplicates_lie_aside_on_top_and_are_selected(window: Driver) -> None:
    one, two = boxes(window)
    window.key("Ctrl+D")
    assert ids(window)[:2] == [one, two] and len(window.shapes) == 4
    assert window.shapes[2].bounds() == Box(30, 30, 80, 80)
    assert window.session.selection == set(ids(window)[2:])
    window.key("Ctrl+Z")
    assert ids(window) == [one, two]


def test_that_shapes_are_pasted_at_the_same_place_in_another_picture(window: Driver) -> None:
    put(window, Shape(BoxGeometry(BELOW), "thing", attributes={"age": 3}), Shape(mask((5, 5, 20, 20)), "thing"))
    window.key("Ctrl+C")
    window.key("D")
    window.wait_for_picture("a2.png")
    window.key("Ctrl+V")
    assert [s.bounds() for s in window.shapes] == [BELOW, Box(5, 5, 20, 20)]
    assert window.shapes[0].attributes == {"age": 3}
    assert window.session.selection == set(ids(window))
    window.key("Ctrl+V")
    assert window.shapes[2].bounds() == Box(30, 30, 80, 80), "on the same picture a copy lies aside"
    window.key("Ctrl+Z")
    window.key("Ctrl+Z")
    assert window.shapes == ()


def test_that_what_was_copied_last_is_pasted_and_with_nothing_selected_the_view_is_copied(window: Driver) -> None:
    put(window, Shape(BoxGeometry(BELOW), "thing"))
    window.key("Ctrl+C")
    window.key("Ctrl+Shift+A")
    window.key("Ctrl+C")
    assert not QApplication.clipboard().image().isNull()
    files = window.window.files.model.rowCount()
    window.key("Ctrl+V")
    until(lambda: window.window.files.model.rowCount() == files + 1)
    QApplication.clipboard().setText("words")
    window.key("Ctrl+V")
    assert "no shapes and no picture" in window.window.notices.text


def test_that_damaged_shapes_on_the_clipboard_are_told(window: Driver) -> None:
    put(window, Shape(BoxGeometry(BELOW), "thing"))
    window.key("Ctrl+C")
    data = QApplication.clipboard().mimeData()
    other = type(data)()
    other.setData("application/x-fovea-shapes", b"[[1, 2]]")
    QApplication.clipboard().setMimeData(other)
    window.key("Ctrl+V")
    assert "cannot be read" in window.window.notices.text


def test_that_the_pile_is_ordered(window: Driver) -> None:
    a, b, c = put(window, *(Shape(BoxGeometry(Box(10 * i, 10, 10 * i + 30, 40)), "thing") for i in range(3)))
    window.session.select([a])
    for key, expected in (
        ("Ctrl+]", [b, a, c]),
        ("Ctrl+Shift+]", [b, c, a]),
        ("Ctrl+[", [b, a, c]),
        ("Ctrl+Shift+[", [a, b, c]),
    ):
        window.key(key)
        assert ids(window) == expected, key


def test_that_locked_shapes_are_left_by_delete_and_told(window: Driver) -> None:
    one, two = boxes(window)
    window.session.select([one])
    window.key("Ctrl+L")
    assert window.shapes[0].locked
    window.session.select([one, two])
    window.key("Del")
    assert ids(window) == [one]
    assert "1 shape locked" in window.window.notices.text
    window.session.select([one])
    window.key("Del")
    assert ids(window) == [one] and "Unlock" in window.window.notices.text
    window.key("Ctrl+L")
    window.key("Del")
    assert window.shapes == ()


def test_that_hidden_shapes_are_not_seen_and_come_back(window: Driver) -> None:
    one, two = boxes(window)
    window.session.select([one])
    window.hover(150, 110)
    view = window.window.view
    at = [int(v) for v in view.transform.to_view((30, 60))]
    seen = view.grab_view().pixelColor(*at)
    window.key("Ctrl+H")
    assert window.session.selection == frozenset() and window.shapes[0].hidden
    assert view.grab_view().pixelColor(*at) != seen
    window.press("notices.action")
    assert not window.shapes[0].hidden
    window.session.select([two])
    window.key("Ctrl+H")
    window.key("Ctrl+Shift+H")
    assert not any(s.hidden for s in window.shapes)


def test_that_shapes_are_grouped_and_taken_apart(window: Driver) -> None:
    boxes(window)
    window.key("Ctrl+G")
    assert window.shapes[0].group is not None and window.shapes[0].group == window.shapes[1].group
    window.key("Ctrl+Shift+G")
    assert [s.group for s in window.shapes] == [None, None]


def test_that_a_conversion_says_what_is_lost_and_can_be_taken_back_there(window: Driver) -> None:
    (one,) = put(window, Shape(PolygonGeometry((((20.0, 20.0), (80.5, 20.0), (50.0, 70.0)),)), "thing"))
    before = window.shapes
    do(window, "shape.to_mask")
    assert window.shapes[0].kind == "mask" and window.shapes[0].id == one
    assert "rounded to whole pixels" in window.window.notices.text
    window.press("notices.action")
    assert window.shapes == before


def test_that_the_undo_of_a_notice_takes_back_that_step_alone(window: Driver) -> None:
    put(window, Shape(PolygonGeometry((((20.0, 20.0), (80.5, 20.0), (50.0, 70.0)),)), "thing"))
    do(window, "shape.to_box")
    window.key("Right")
    window.press("notices.action")
    assert window.session.history.undo_name == "Nudge 1 shape"
    assert "Other steps" in window.window.notices.text


def test_that_what_cannot_be_converted_stays_with_the_reason(window: Driver) -> None:
    put(window, Shape(PointGeometry(((20.0, 20.0),)), "thing"))
    do(window, "shape.to_mask")
    assert window.shapes[0].kind == "point"
    assert "Points do not say what area they mean" in window.window.notices.text


def test_that_shapes_are_united_subtracted_and_intersected_as_the_lowest_ones_kind(window: Driver) -> None:
    one, two = put(window, Shape(mask((20, 20, 70, 70)), "thing"), Shape(BoxGeometry(ABOVE), "other"))
    areas = {"shape.union": 2500 + 2500 - 600, "shape.subtract": 2500 - 600, "shape.intersect": 600}
    for command, area in areas.items():
        window.session.select([one, two])
        do(window, command)
        assert window.shapes[0].id == one and window.shapes[0].geometry.area() == area, command
        assert window.shapes[0].kind == "mask"
        assert (two in ids(window)) == (command == "shape.subtract")
        window.key("Ctrl+Z")
        assert ids(window) == [one, two]
    window.session.select([one])
    do(window, "shape.union")
    assert "two shapes or more" in window.window.notices.text


def test_that_masks_are_split_filled_smoothed_grown_shrunk_and_cleaned(window: Driver) -> None:
    speckled = mask((20, 20, 70, 70), (100, 50, 102, 52), hole=(40, 40, 44, 44))
    (one,) = put(window, Shape(speckled, "thing"))
    area = 2500 + 4 - 16
    for command, expected in (
        ("shape.fill_holes", area + 16),
        ("shape.specks", area - 4),
        ("shape.grow", None),
        ("shape.shrink", None),
        ("shape.smooth", None),
    ):
        do(window, command)
        found = window.shapes[0].geometry.area()
        assert found == expected if expected else found != area, command
        window.key("Ctrl+Z")
    do(window, "shape.split")
    assert [s.geometry.area() for s in window.shapes] == [area - 4, 4]
    assert window.shapes[0].id == one and window.session.selection == set(ids(window))


def test_that_shapes_are_clipped_to_the_picture(window: Driver) -> None:
    put(window, Shape(BoxGeometry(Box(-20, 100, 30, 150)), "thing"), Shape(BoxGeometry(Box(200, 0, 210, 9)), "thing"))
    do(window, "shape.clip")
    assert [s.bounds() for s in window.shapes] == [Box(0, 100, 30, 120)]


def test_that_an_answer_whose_shape_has_changed_is_dropped_and_a_slow_one_can_be_called_off(window: Driver) -> None:
    (one,) = put(window, Shape(mask((20, 20, 70, 70)), "thing"))
    slow, go_on = window.window.editing.commands.slow, threading.Event()

    def work(shapes, width, height):
        assert go_on.wait(10)
        return Outcome({one: ()})

    slow.start("Wait", window.window.editing.commands.chosen(), work)
    assert "Wait..." in window.find("status.busy").text()
    window.key("Right")
    go_on.set()
    until(lambda: not slow.pending)
    assert ids(window) == [one] and "dropped" in window.window.notices.text
    go_on.clear()
    slow.start("Wait", window.window.editing.commands.chosen(), work)
    window.key("Ctrl+.")
    go_on.set()
    assert not slow.pending and "Cancelled" in window.window.notices.text
    QTest.qWait(20)
    assert ids(window) == [one]


def test_that_an_answer_comes_to_its_picture_though_another_is_shown(window: Driver) -> None:
    (one,) = put(window, Shape(mask((20, 20, 70, 70)), "thing"))
    slow, go_on = window.window.editing.commands.slow, threading.Event()

    def work(shapes, width, height):
        assert go_on.wait(10)
        return Outcome({one: ()})

    slow.start("Wait", window.window.editing.commands.chosen(), work)
    window.key("D")
    window.wait_for_picture("a2.png")
    go_on.set()
    until(lambda: not slow.pending)
    assert window.session.store is not None and window.session.store.document("a1.png").shapes == ()
    window.key("Ctrl+Z")
    window.wait_for_picture("a1.png")
    assert ids(window) == [one]


def texts(menu: QMenu) -> list[str]:
    return [a.text() for a in menu.actions() if a.text()]


def test_that_a_right_click_opens_a_menu_of_what_can_be_done(window: Driver) -> None:
    one, two = put(window, Shape(mask((20, 20, 70, 70)), "thing"), Shape(BoxGeometry(Box(100, 20, 120, 50)), "thing"))
    menu = window.window.editing.menu.menu
    window.click(140, 100, RIGHT)
    assert not menu.isVisible(), "there is no shape under the pointer"
    window.session.select([one])
    window.click(110, 30, RIGHT)
    until(menu.isVisible)
    assert window.session.selection == {two}
    assert "Mask" not in texts(menu) and "Group" not in texts(menu)
    window.key("Esc")
    window.click(45, 45, keys=SHIFT)
    window.click(45, 45, RIGHT)
    until(menu.isVisible)
    assert window.session.selection == {one, two}
    assert {"Copy", "Delete shapes", "Mask", "Group", "Combine", "Convert to", "Lock / unlock"} <= set(texts(menu))
    convert = next(a for a in menu.actions() if a.text() == "Convert to").menu()
    assert isinstance(convert, QMenu) and "Keypoints" not in texts(convert)
    group = next(a for a in menu.actions() if a.text() == "Group")
    assert isinstance(group, QAction)
    QTest.mouseClick(menu, RIGHT.LeftButton, pos=menu.actionGeometry(group).center())
    assert window.shapes[0].group is not None


def test_that_digits_relabel_the_selection_and_locked_shapes_keep_their_label(window: Driver) -> None:
    one, two = boxes(window)
    window.session.add_label("second")
    window.session.edit_document("Lock", lambda d: edits.set_locked(d, [two]))
    window.session.select([one, two])
    window.key("2")
    assert [s.label for s in window.shapes] == ["second", "thing"]
    assert "locked" in window.window.notices.text
    window.key("Ctrl+Z")
    assert [s.label for s in window.shapes] == ["thing", "thing"]
