"""Masks that are too large to be traced while painting."""

from __future__ import annotations

import numpy as np
import pytest

from app.core.annotation import MaskGeometry, Shape
from app.core.document import LabelList
from app.core.masks import encode
from app.core.sources import Image
from app.ui.viewers.drags import Live
from app.ui.viewers.heavy_masks import is_heavy


@pytest.fixture
def heavy(view) -> Shape:
    """A mask of 800 x 600 pixels with a hole, on a grey picture of 1000 x 800, fitted."""
    view.set_image(Image(np.full((800, 1000, 3), 100, np.uint8), "grey.png"))
    view.fit()
    pixels = np.zeros((800, 1000), bool)
    pixels[100:700, 100:900] = True
    pixels[300:500, 400:600] = False
    rle = encode(pixels)
    assert rle is not None
    shape = Shape(MaskGeometry(rle), "a")
    assert is_heavy(shape.geometry)
    return shape


def colour(view, x: float, y: float) -> tuple[int, int, int]:
    at = [int(v) for v in view.transform.to_view((x, y))]
    return view.grab_view().pixelColor(*at).getRgb()[:3]


def test_that_it_is_painted_with_its_hole_and_never_traced(view, heavy, monkeypatch) -> None:
    def traced(*_: object) -> None:
        raise AssertionError("traced")

    monkeypatch.setattr("app.ui.viewers.shape_index.outlines", traced)
    plain = colour(view, 200, 200)
    for selected in (frozenset(), frozenset({heavy.id})):
        view.set_shapes([heavy], LabelList(), selected)
        assert colour(view, 200, 200) != plain
        assert colour(view, 500, 400) == plain and colour(view, 50, 50) == plain


def test_that_it_looks_different_when_selected_and_follows_a_drag(view, heavy) -> None:
    view.set_shapes([heavy], LabelList())
    before = view.grab_view()
    plain = colour(view, 50, 50)
    view.set_selected(frozenset({heavy.id}))
    assert view.grab_view() != before
    view.set_live(Live(frozenset({heavy.id}), (-80.0, -80.0)))
    assert colour(view, 50, 50) != plain
    view.set_live(Live())
    assert colour(view, 50, 50) == plain
