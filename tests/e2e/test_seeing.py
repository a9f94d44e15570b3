"""What lies under shapes is seen: held keys hide or dim them, outlines alone are drawn, small ones are reached."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from app.core.annotation import BoxGeometry, PolygonGeometry, Shape
from app.core.geometry import Box
from tests.driving import Driver, until

LARGE, SMALL = Box(20, 20, 120, 100), Box(60, 50, 64, 54)


@pytest.fixture
def window(window: Driver) -> Driver:
    """A small box under a large one."""
    window.session.add_label("thing")
    shapes = [Shape(BoxGeometry(b), "thing", name) for b, name in ((SMALL, "small"), (LARGE, "large"))]
    window.session.keep(shapes, "Put")
    window.key("V")
    window.session.select(())
    window.hover(150, 110)
    return window


def colour(window: Driver, x: float, y: float) -> QColor:
    until(lambda: window.window.view.settled)
    at = window.window.view.transform.to_view((x, y))
    return window.window.view.grab_view().pixelColor(round(at[0]), round(at[1]))


def bare(window: Driver, x: float, y: float) -> QColor:
    """What the picture has there."""
    window.hold(Qt.Key.Key_H)
    found = colour(window, x, y)
    window.hold(Qt.Key.Key_H, False)
    return found


def test_that_a_held_key_hides_everything_and_another_dims_all_but_the_selection(window: Driver) -> None:
    window.session.select(["small"])
    filled, plain = colour(window, 100, 90), bare(window, 100, 90)
    assert filled != plain
    chosen = colour(window, 62, 52)
    window.hold(Qt.Key.Key_G)
    dimmed = colour(window, 100, 90)
    assert dimmed != filled and abs(dimmed.red() - plain.red()) < abs(filled.red() - plain.red()) / 3
    assert colour(window, 62, 52) != bare(window, 62, 52), "what is selected is still seen"
    window.hold(Qt.Key.Key_G, False)
    assert colour(window, 62, 52) == chosen and colour(window, 100, 90) == filled


def test_that_outlines_alone_leave_the_picture_as_it_is_inside_and_that_is_remembered(window: Driver) -> None:
    plain = bare(window, 100, 90)
    assert colour(window, 100, 90) != plain
    window.key("Shift+G")
    assert colour(window, 100, 90) == plain
    assert colour(window, 20, 60) != bare(window, 20, 60), "the outline is there"
    window.session.select(["large"])
    window.hover(100, 90)
    assert colour(window, 100, 95) == bare(window, 100, 95), "what is selected is not filled either"
    assert window.window.preferences.get("outlines") is True
    window.key("Shift+G")
    assert colour(window, 100, 95) != bare(window, 100, 95)


def test_that_outlines_of_very_many_shapes_hide_nothing_below(window: Driver) -> None:
    rng = np.random.default_rng(1)
    turn = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    rings = [np.stack([x + 3 * np.cos(turn), y + 3 * np.sin(turn)], 1) for x, y in rng.uniform(25, 95, (1500, 2))]
    cover = Shape(BoxGeometry(Box(15, 15, 125, 105)), "thing", "cover")
    many = [Shape(PolygonGeometry((tuple(map(tuple, r.tolist())),)), "thing") for r in rings]
    window.session.keep([*many, cover], "Put")
    window.key("Shift+G")
    until(lambda: window.window.view.settled)
    view = window.window.view
    window.hold(Qt.Key.Key_H)
    hidden = view.grab_view()
    window.hold(Qt.Key.Key_H, False)
    shown = view.grab_view()
    places = [tuple(map(round, view.transform.to_view((x, 60.0)))) for x in range(30, 90)]
    assert sum(shown.pixelColor(*p) != hidden.pixelColor(*p) for p in places) > 20


def test_that_a_small_object_under_a_large_one_is_reached_by_clicks(window: Driver) -> None:
    for expected in ("small", "large", "small"):
        window.click(62, 52)
        assert window.session.selection == {expected}
    window.click(100, 90)
    assert window.session.selection == {"large"}
