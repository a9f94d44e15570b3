"""Whatever is done with the hands, in whatever order: all of it is taken back and done again exactly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from PySide6.QtWidgets import QApplication
from pytestqt.exceptions import capture_exceptions

from app.core.annotation import (
    BoxGeometry,
    EllipseGeometry,
    MaskGeometry,
    PolygonGeometry,
    PolylineGeometry,
    Shape,
)
from app.core.dump import canonical_bytes
from app.core.geometry import Box
from app.core.masks import encode
from app.core.skeletons import COCO_PERSON, keypoints, posed
from tests.driving import ALT, CTRL, LEFT, NONE, RIGHT, SHIFT, Driver, until

Act = Callable[[Driver], object]

places = st.tuples(st.integers(2, 158), st.integers(2, 118))
held = st.sampled_from([NONE, NONE, SHIFT, CTRL, ALT])
TOOLS = ["V", "R", "Shift+R", "O", "P", "Shift+P", "L", "X", "K", "Shift+K", "B", "E"]
KEYS = ["Return", "Backspace", "Tab", "Esc", "Del", "Ctrl+Z", "Ctrl+Shift+Z", "Ctrl+D", "Ctrl+G", "Ctrl+Shift+G"]
KEYS += ["Ctrl+A", "Ctrl+L", "Right", "Shift+Down", "T", "J", "Y", "Shift+S", "Shift+G", "Ctrl+]"]
KEYS += ["1", "2", "Ctrl+U", "Ctrl+Alt+U", "Ctrl+Shift+H", "]"]
OVERLAPS = ["allowed", "new", "others"]


def clicks(at: tuple[int, int], how: object, button: object) -> Act:
    return lambda w: w.click(*at, button, how)  # type: ignore[arg-type]


def drags(start: tuple[int, int], end: tuple[int, int], how: object) -> Act:
    return lambda w: w.drag(start, end, LEFT, how)  # type: ignore[arg-type]


def keys(name: str) -> Act:
    return lambda w: w.key(name)


def overlaps(which: str) -> Act:
    return lambda w: w.window.editing.aids.set_overlap(which)


acts = st.one_of(
    st.builds(clicks, places, held, st.sampled_from([LEFT, LEFT, LEFT, RIGHT])),
    st.builds(drags, places, places, held),
    st.sampled_from(TOOLS).map(keys),
    st.sampled_from(KEYS).map(keys),
    st.sampled_from(OVERLAPS).map(overlaps),
)


def start(window: Driver) -> None:
    """Something of every kind, two of them in a group."""
    pixels = np.zeros((120, 160), bool)
    pixels[60:100, 90:140] = True
    rle = encode(pixels)
    assert rle is not None
    ring = ((20.0, 20.0), (70.0, 15.0), (80.0, 60.0), (30.0, 70.0))
    person = keypoints(COCO_PERSON, [(p, 2) for p in posed(COCO_PERSON, Box(100, 10, 140, 60))], (160.0, 120.0))
    geometries = [
        PolygonGeometry((ring,)),
        MaskGeometry(rle),
        BoxGeometry(Box(10, 80, 60, 110)),
        EllipseGeometry((60, 60), 20, 10, 30),
        PolylineGeometry(((5.0, 5.0), (80.0, 100.0), (150.0, 90.0))),
        person,
    ]
    window.window.editing.aids.set_overlap("allowed")
    window.session.edit_document("Clear", lambda d: replace(d, shapes=()))
    window.session.keep(
        [Shape(g, "thing", group="g" if i in (0, 3) else None) for i, g in enumerate(geometries)], "Put"
    )


def shut_menu(window: Driver) -> None:
    """A right click may have opened it."""
    menu = window.window.editing.menu.menu
    if menu.isVisible():
        menu.close()
        QApplication.processEvents()


def quiet(window: Driver) -> None:
    """Nothing open, nothing begun, nothing under way."""
    window.key("V")
    until(lambda: not window.window.editing.commands.slow.pending)


@pytest.fixture
def window(window: Driver) -> Driver:
    window.session.add_label("thing")
    window.session.add_label("other")
    window.window.editing.aids.give_joints()
    until(lambda: window.session.document.content_hash)  # a fact that comes late, and no step
    return window


@settings(
    max_examples=15, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(acts, min_size=5, max_size=25))
def test_that_any_hands_are_taken_back_and_done_again(window: Driver, hands: list[Act]) -> None:
    session = window.session
    start(window)
    position = session.history.position
    low = position  # undo among the acts may go back beyond the beginning
    before = canonical_bytes([session.document], session.labels)
    with capture_exceptions() as raised:
        for act in hands:
            act(window)
            shut_menu(window)
            window.window.view.fit()  # arrow keys may have moved the picture from under the places
            low = min(low, session.history.position)
        quiet(window)
    assert not raised
    assert "bug" not in window.window.log.text()
    after, end = canonical_bytes([session.document], session.labels), session.history.position
    session.jump(low)
    if low == position:
        assert canonical_bytes([session.document], session.labels) == before
    session.jump(end)
    assert canonical_bytes([session.document], session.labels) == after
