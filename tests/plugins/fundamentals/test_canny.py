from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from pydantic import ValidationError
from skimage import feature, filters

from app.core.layers import ImageLayer, Layer, MaskLayer
from app.core.sources import Image
from app.io import images
from app.tools.catalog import Catalog
from app.tools.memo import Memo
from app.tools.models import ModelPool
from app.tools.runner import LocalJob, run
from app.tools.weights import Weights

PHOTOS = ["astronaut.png", "baboon.jpg", "bus.jpg", "camera.png", "coins.png", "retina.jpg", "sudoku.png"]


@pytest.fixture(scope="module")
def quiet_job() -> LocalJob:
    """Nobody looks at the intermediate steps."""
    return LocalJob(ModelPool(Weights().require, "cpu"), Memo(), wanted=frozenset())


def layers_of(catalog: Catalog, job: LocalJob, pixels: np.ndarray, **params: float) -> tuple[Layer, ...]:
    tool = catalog.find("fundamentals.canny")
    return run(tool, Image(pixels), tool.params(**params), job).layers


def edges_of(catalog: Catalog, job: LocalJob, pixels: np.ndarray, **params: float) -> np.ndarray:
    layer = layers_of(catalog, job, pixels, **params)[0]
    assert isinstance(layer, MaskLayer)
    return layer.mask


def luminance(pixels: np.ndarray) -> np.ndarray:
    return pixels if pixels.ndim == 2 else cv2.cvtColor(np.ascontiguousarray(pixels[..., :3]), cv2.COLOR_RGB2GRAY)


def opencv(gray: np.ndarray, low: float, high: float) -> np.ndarray:
    return cv2.Canny(gray, low, high, apertureSize=3, L2gradient=False) > 0


@pytest.mark.parametrize("name", PHOTOS)
@pytest.mark.parametrize(("low", "high"), [(50, 150), (10.5, 20), (0, 0), (300, 900)])
def test_that_without_smoothing_it_is_opencvs_on_real_pictures(
    catalog, quiet_job, shared: Path, name, low, high
) -> None:
    pixels = images.read(shared / "data/01_photos" / name).pixels
    assert np.array_equal(
        edges_of(catalog, quiet_job, pixels, low=low, high=high), opencv(luminance(pixels), low, high)
    )


@pytest.mark.parametrize("channels", [None, 3, 4])
def test_that_without_smoothing_it_is_opencvs_on_generated_pictures(
    catalog, quiet_job, picture: Image, channels
) -> None:
    pixels = picture.pixels
    if channels is None:
        pixels = pixels[..., 1]
    elif channels == 4:
        pixels = np.dstack([pixels, pixels[..., 0]])
    found = edges_of(catalog, quiet_job, pixels, low=60, high=180)
    assert found.any()
    assert np.array_equal(found, opencv(luminance(pixels), 60, 180))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pixels=arrays.arrays(np.uint8, st.sampled_from([(1, 1), (9, 13), (24, 24), (12, 8, 3)])),
    factor=st.integers(1, 257),
    low=st.integers(0, 200),
    above=st.integers(0, 300),
)
def test_that_scaling_a_16_bit_picture_and_its_window_together_changes_nothing(
    catalog, quiet_job, pixels, factor, low, above
) -> None:
    expected = edges_of(catalog, quiet_job, pixels, low=low, high=low + above)
    scaled = pixels.astype(np.uint16) * np.uint16(factor)
    window = {"window_low": 0, "window_high": 255 * factor}
    assert np.array_equal(expected, edges_of(catalog, quiet_job, scaled, low=low, high=low + above, **window))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pixels=arrays.arrays(np.uint8, st.sampled_from([(9, 13), (24, 24), (12, 8, 3)])),
    factor=st.floats(1e-3, 1e3),
    shift=st.floats(-100, 100),
)
def test_that_scaling_a_float_picture_and_its_window_together_changes_nothing(
    catalog, quiet_job, pixels, factor, shift
) -> None:
    expected = edges_of(catalog, quiet_job, pixels)
    scaled = ((pixels.astype(np.float64) + shift) * factor).astype(np.float32)
    window = {"window_low": shift * factor, "window_high": (255 + shift) * factor}
    assert np.array_equal(expected, edges_of(catalog, quiet_job, scaled, **window))


def test_that_without_a_window_the_picture_s_own_range_is_stretched(catalog, quiet_job, picture: Image) -> None:
    gray = picture.pixels[..., 0].copy()
    gray[0, :2] = 0, 255
    expected = opencv(gray, 50, 150)
    assert np.array_equal(expected, edges_of(catalog, quiet_job, gray.astype(np.uint16) * 257))
    assert np.array_equal(expected, edges_of(catalog, quiet_job, gray.astype(np.float32) / 255))


def test_that_values_outside_of_the_window_and_holes_in_a_float_picture_do_no_harm(catalog, quiet_job) -> None:
    pixels = np.full((30, 30), 5.0, np.float32)
    pixels[:, 15:] = 1e30
    pixels[3, 3], pixels[4, 4], pixels[5, 5] = np.nan, np.inf, -np.inf
    found = edges_of(catalog, quiet_job, pixels, window_low=0, window_high=10)
    assert found[10:20, 13:17].any()


def test_that_a_picture_of_one_value_has_no_edges(catalog, quiet_job) -> None:
    for dtype in (np.uint8, np.uint16, np.float32):
        assert not edges_of(catalog, quiet_job, np.full((20, 30), 7, dtype)).any()


def test_that_thresholds_or_a_window_in_the_wrong_order_are_refused(catalog) -> None:
    params = catalog.find("fundamentals.canny").params
    with pytest.raises(ValidationError, match="low must not be above high"):
        params(low=100, high=50)
    with pytest.raises(ValidationError, match="smaller to a larger"):
        params(window_low=10, window_high=10)
    assert params(low=50, high=50)


def test_that_steps_are_computed_only_when_they_are_wanted(catalog, picture: Image) -> None:
    def names(wanted: frozenset[str] | None) -> list[str]:
        job = LocalJob(ModelPool(Weights().require, "cpu"), Memo(), wanted=wanted)
        return [layer.name for layer in layers_of(catalog, job, picture.pixels)]

    assert names(frozenset()) == ["edges"]
    assert names(frozenset({"gradient"})) == ["edges", "gradient"]
    assert names(None) == ["edges", "gray", "gradient"]


def test_that_the_steps_explain_the_edges(catalog, job, picture: Image) -> None:
    edges, gray, gradient = layers_of(catalog, job, picture.pixels, low=60, high=180)
    assert isinstance(edges, MaskLayer) and isinstance(gray, ImageLayer) and isinstance(gradient, ImageLayer)
    assert np.array_equal(gray.pixels, luminance(picture.pixels))
    expected = np.abs(cv2.Sobel(gray.pixels, cv2.CV_16S, 1, 0)).astype(int) + np.abs(
        cv2.Sobel(gray.pixels, cv2.CV_16S, 0, 1)
    )
    assert np.array_equal(gradient.pixels[1:-1, 1:-1], expected[1:-1, 1:-1])
    assert gradient.pixels[edges.mask].min() > 60


@pytest.mark.parametrize("sigma", [0.8, 1.4, 3.0])
def test_that_smoothing_is_that_of_a_picture_blurred_before(catalog, quiet_job, picture: Image, sigma) -> None:
    gray = luminance(picture.pixels)
    blurred = cv2.GaussianBlur(gray, (0, 0), sigma)
    found = edges_of(catalog, quiet_job, picture.pixels, sigma=sigma, low=30, high=80)
    assert np.array_equal(found, opencv(blurred, 30, 80))
    other = filters.gaussian(gray, sigma, mode="mirror", truncate=3, preserve_range=True)
    assert (found == opencv(np.rint(other).astype(np.uint8), 30, 80)).mean() > 0.98


def test_that_scikit_image_s_own_canny_finds_the_same_outline(catalog, quiet_job) -> None:
    rows, columns = np.mgrid[:200, :200]
    pixels = np.where((rows - 100) ** 2 + (columns - 100) ** 2 < 60**2, 200, 40).astype(np.uint8)
    found = edges_of(catalog, quiet_job, pixels, sigma=2.0, low=40, high=100)
    reference = feature.canny(pixels, sigma=2.0)
    near = cv2.dilate(reference.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    assert found.sum() > 300
    assert near[found].mean() > 0.99
