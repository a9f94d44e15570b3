"""Several shapes resized and turned together by the frame around them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.core.annotation import (
    BoxGeometry,
    EllipseGeometry,
    Geometry,
    MaskGeometry,
    PolygonGeometry,
    RotatedBoxGeometry,
    Shape,
)
from app.core.geometry import Box
from app.core.masks import encode
from app.core.transform import HANDLES, handles
from app.ui.viewers.frame import FrameDrag, frame_around, frame_drag, is_light
from app.ui.viewers.grips import Body, Resize, Turn
from tests import strategies

ONE = Shape(BoxGeometry(Box(10, 20, 50, 40)), "a", id="one")
TWO = Shape(PolygonGeometry((((60.0, 60.0), (110.0, 60.0), (80.0, 120.0)),)), "a", id="two")
FRAME = Box(10, 20, 110, 120)
places = st.tuples(st.floats(-300, 300), st.floats(-300, 300))


def drag(grip: Resize | Turn, shapes: tuple[Shape, ...] = (ONE, TWO)) -> FrameDrag:
    frame = frame_around(shapes)
    assert frame is not None
    held = handles(frame)[grip.handle] if isinstance(grip, Resize) else handles(frame)["n"]
    found = frame_drag(grip, shapes, frame.box, held, held)
    assert found is not None
    return found


def test_that_the_frame_is_around_all() -> None:
    assert frame_around((ONE, TWO)) == BoxGeometry(FRAME)
    assert frame_around(()) is None
    assert frame_drag(Body(), (ONE,), FRAME, (0, 0), (0, 0)) is None


def test_that_a_corner_scales_all_about_the_corner_across() -> None:
    found = drag(Resize("se")).result((210, 170), False, False)
    assert found["one"] == BoxGeometry(Box(10, 20, 90, 50))
    assert np.allclose(found["two"].rings[0], ((110, 80), (210, 80), (150, 170)))  # type: ignore[union-attr]
    assert drag(Resize("se")).says((210, 170), False, False) == "200 x 150 px"


def test_that_shift_keeps_proportions_and_the_middle_stays_if_it_is_meant() -> None:
    assert drag(Resize("se")).frame((210, 170), True, False).bounds() == Box(10, 20, 210, 220)
    assert drag(Resize("e")).frame((160, 70), False, True).bounds() == Box(-40, 20, 160, 120)
    assert drag(Resize("e")).frame((160, 70), True, False).bounds().height == pytest.approx(150)


def test_that_turning_goes_around_the_middle_and_shift_in_steps() -> None:
    turn = drag(Turn())
    found = turn.result((160, 70), False, False)  # a quarter clockwise
    assert found["two"].rings[0][0] == pytest.approx((70.0, 70.0))  # type: ignore[union-attr]
    assert isinstance(found["one"], RotatedBoxGeometry) and found["one"].angle == pytest.approx(90)
    assert turn.says((160, 70), False, False) == "90.0\N{DEGREE SIGN}"
    assert turn.angle((150, 65), True) == pytest.approx(90)


@given(st.sampled_from(HANDLES), places, st.booleans(), st.booleans())
def test_that_the_frame_of_what_was_scaled_is_the_scaled_frame(handle, to, even, centred) -> None:
    found = drag(Resize(handle))
    after = found.result(to, even, centred)
    around = frame_around([Shape(g, "a") for g in after.values()])
    assert around is not None
    assert np.allclose(around.box.as_tuple(), found.frame(to, even, centred).bounds().as_tuple(), atol=1e-6)
    assert min(around.box.width, around.box.height) >= 1 - 1e-6, "nothing is made flat"


def scales(geometry: Geometry) -> bool:
    """Whether it moves exactly as it is asked to: masks go by whole pixels, what has no points lies nowhere."""
    return not isinstance(geometry, MaskGeometry) and geometry.bounds() != Box(0.0, 0.0, 0.0, 0.0)


@given(st.lists(strategies.geometries, min_size=2, max_size=4), places, st.booleans(), st.sampled_from(["se", "turn"]))
def test_that_boxes_that_are_shown_instead_lie_where_the_shapes_will(geometries, to, even, which) -> None:
    shapes = tuple(Shape(g, "a", id=str(i)) for i, g in enumerate(geometries) if scales(g))
    assume(len(shapes) > 1)
    found = drag(Turn() if which == "turn" else Resize("se"), shapes)
    found.light = False
    found._last = {}
    assert found.live(to, even, False).shown is False
    quads = found.boxes(to, even, False)
    if which == "se":
        for quad, geometry in zip(quads, found.result(to, even, False).values(), strict=True):
            box = Box.around([(float(x), float(y)) for x, y in quad])
            if not isinstance(geometry, RotatedBoxGeometry | EllipseGeometry):
                assert np.allclose(box.as_tuple(), geometry.bounds().as_tuple(), atol=1e-6)
    else:
        box = found._frame
        spread = [math.dist((float(x), float(y)), box.centre) for quad in quads for x, y in quad]
        assert max(spread) <= math.hypot(box.width, box.height) / 2 + 1e-6


def test_that_many_shapes_and_large_masks_are_not_made_at_each_step() -> None:
    assert is_light((ONE, TWO))
    assert not is_light((ONE,) * 61)
    rle = encode(np.ones((900, 900), bool))
    assert rle is not None
    assert not is_light((Shape(MaskGeometry(rle), "a"),))


def test_that_masks_say_what_they_lose() -> None:
    rle = encode(np.ones((20, 20), bool))
    assert rle is not None
    shapes = (ONE, Shape(MaskGeometry(rle), "a", id="m"))
    assert any("resampled" in s for s in drag(Resize("se"), shapes).losses((200, 200), False, False))
    assert drag(Resize("se")).losses((200, 200), False, False) == ()
