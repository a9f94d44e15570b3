from __future__ import annotations

import numpy as np
import pytest

from app.core.errors import FoveaError
from app.core.geometry import Box
from app.core.layers import MaskLayer
from app.core.prompts import Click, Prompts
from app.core.sources import Image, Prompted
from app.io.preferences import Preferences
from app.tools import describe
from app.tools.catalog import Catalog
from app.tools.runner import LocalJob, run

DISC = Click(80.5, 60.5)  # the middle of the disc in the `picture` fixture, radius 30


def cut(catalog: Catalog, job: LocalJob, image: Image, prompts: Prompts) -> tuple[MaskLayer, ...]:
    tool = catalog.find("segmentation.click")
    layers = run(tool, Prompted(image, prompts), tool.params(engine="classical"), job).layers
    assert all(isinstance(layer, MaskLayer) for layer in layers)
    return layers  # type: ignore[return-value]


def test_that_a_click_on_an_object_gives_its_mask(catalog, job, picture: Image) -> None:
    found = cut(catalog, job, picture, Prompts((DISC,)))
    rows, columns = np.mgrid[0:120, 0:160]
    disc = (rows - 60) ** 2 + (columns - 80) ** 2 < 30**2
    best = max((m.mask & disc).sum() / (m.mask | disc).sum() for m in found)
    assert 1 <= len(found) <= 3 and best > 0.9
    assert all(m.mask.shape == (120, 160) and m.mask.dtype == bool for m in found)


def test_that_every_candidate_keeps_what_was_clicked(catalog, job, picture: Image) -> None:
    clicks = (DISC, Click(85.5, 70.5), Click(10.5, 10.5, False), Click(120.5, 60.5, False))
    for candidate in cut(catalog, job, picture, Prompts(clicks)):
        for click in clicks:
            assert candidate.mask[int(click.y), int(click.x)] == click.positive


def test_that_a_box_bounds_the_answer(catalog, job, picture: Image) -> None:
    found = cut(catalog, job, picture, Prompts((), Box(45, 25, 115, 95)))
    rows, columns = np.nonzero(found[0].mask)
    assert found[0].mask[60, 80]
    assert columns.min() >= 40 and columns.max() < 120 and rows.min() >= 20 and rows.max() < 100


def test_that_nothing_asked_only_gets_ready(catalog, job, picture: Image) -> None:
    (layer,) = cut(catalog, job, picture, Prompts())
    assert not layer.mask.any() and layer.mask.shape == (120, 160)


def test_that_only_negative_clicks_are_answered_with_a_sentence(catalog, job, picture: Image) -> None:
    with pytest.raises(FoveaError):
        cut(catalog, job, picture, Prompts((Click(5.5, 5.5, False),)))


@pytest.mark.parametrize("shape", [(1, 1, 3), (2, 3), (30, 400, 3), (400, 30, 4), (50, 60, 2), (50, 60, 7)])
def test_that_pictures_of_every_kind_can_be_clicked(catalog, job, shape) -> None:
    for dtype in (np.uint8, np.uint16, np.float32):
        pixels = (np.random.default_rng(1).random(shape) * 200).astype(dtype)
        found = cut(catalog, job, Image(pixels), Prompts((Click(shape[1] // 2 + 0.5, shape[0] // 2 + 0.5),)))
        assert found[0].mask.shape == shape[:2] and found[0].mask[shape[0] // 2, shape[1] // 2]


def test_that_the_engine_is_a_preference_and_each_has_a_title(catalog) -> None:
    tool = catalog.find("segmentation.click")
    (engine,) = (f for f in describe.fields(tool.params) if f.name == "engine")
    assert engine.preference == "segmentation.engine"
    assert Preferences().get(engine.preference) == "click-net" == engine.default
    assert all(engine.title_of(choice) != choice for choice in engine.choices)
    assert [spec.light for spec in tool.needs(tool.params(engine="click-net"))] == [True]
    assert tool.needs(tool.params(engine="classical")) == ()
    assert [spec.id for spec in tool.needs(tool.params(engine="mobile-sam"))] == ["mobile-sam"]


def test_that_the_shipped_network_answers_a_click(catalog, job) -> None:
    pixels = np.full((240, 320, 3), 90, np.uint8)
    truth = np.hypot(*np.mgrid[-120:120, -160:160]) < 60
    pixels[truth] = (210, 60, 50)
    tool = catalog.find("segmentation.click")
    source = Prompted(Image(pixels), Prompts((Click(160.5, 120.5), Click(5.5, 5.5, False))))
    result = run(tool, source, tool.params(engine="click-net"), job)
    (layer,) = result.layers
    assert layer.mask.shape == (240, 320)
    assert layer.mask[120, 160] and not layer.mask[5, 5]
    assert set(result.weights) == {"click-net"} and result.device == "cpu"
