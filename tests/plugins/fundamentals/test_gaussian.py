from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from scipy import ndimage
from skimage import filters

from app.core.sources import Image
from app.io import images
from app.tools.catalog import Catalog
from app.tools.runner import LocalJob, run

SHAPES = [(60, 80), (60, 80, 2), (60, 80, 3), (60, 80, 4), (31, 3, 3), (1, 1)]
DTYPES = [np.uint8, np.uint16, np.float32]


def noise(shape: tuple[int, ...], dtype: Any, seed: int = 1) -> np.ndarray:
    values = np.random.default_rng(seed).random(shape)
    top = 1.0 if dtype == np.float32 else float(np.iinfo(dtype).max)
    return (values * top).astype(dtype)


def blur(catalog: Catalog, job: LocalJob, pixels: np.ndarray, sigma: float) -> np.ndarray:
    tool = catalog.find("fundamentals.gaussian")
    (layer,) = run(tool, Image(pixels), tool.params(sigma=sigma), job).layers
    return layer.pixels


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES)
def test_that_it_is_opencvs_blur_in_every_dtype_and_shape(catalog, job, shape, dtype) -> None:
    pixels = noise(shape, dtype)
    expected = cv2.GaussianBlur(pixels, (0, 0), sigmaX=1.7, borderType=cv2.BORDER_REFLECT_101)
    blurred = blur(catalog, job, pixels, 1.7)
    assert blurred.dtype == dtype and blurred.shape == shape
    assert np.array_equal(blurred, expected)


@pytest.mark.parametrize("sigma", [1.0, 2.0, 3.5])
@pytest.mark.parametrize("shape", [(60, 80), (60, 80, 3)])
@pytest.mark.parametrize(
    ("dtype", "truncate", "within"), [(np.uint8, 3, 1.5), (np.uint16, 4, 3.0), (np.float32, 4, 1e-5)]
)
def test_that_scipy_finds_the_same(catalog, job, sigma, shape, dtype, truncate, within) -> None:
    pixels = noise(shape, dtype, seed=2)
    over = (sigma, sigma) + (0,) * (len(shape) - 2)
    expected = ndimage.gaussian_filter(pixels.astype(np.float64), over, mode="mirror", truncate=truncate)
    assert np.abs(blur(catalog, job, pixels, sigma) - expected).max() <= within


def test_that_scikit_image_finds_the_same_on_a_real_picture(catalog, job, shared: Path) -> None:
    pixels = images.read(shared / "data/01_photos/astronaut.png").pixels
    expected = filters.gaussian(pixels, 2.0, mode="mirror", truncate=3, preserve_range=True, channel_axis=-1)
    off = np.abs(blur(catalog, job, pixels, 2.0) - expected)
    assert off.max() <= 1.5 and off.mean() < 0.5  # OpenCV's 8-bit kernel is in fixed point


def test_that_sigma_0_gives_the_very_picture(catalog, job, picture: Image) -> None:
    assert np.array_equal(blur(catalog, job, picture.pixels, 0), picture.pixels)


def test_that_a_picture_of_one_channel_keeps_its_shape(catalog, job) -> None:
    pixels = noise((20, 30, 1), np.uint8)
    assert blur(catalog, job, pixels, 1.0).shape == (20, 30, 1)


def test_that_alpha_is_smoothed_like_the_colours_and_brightness_is_kept(catalog, job) -> None:
    pixels = noise((90, 90, 4), np.float32)
    blurred = blur(catalog, job, pixels, 3.0)
    for channel in range(4):
        assert blurred[..., channel].std() < 0.3 * pixels[..., channel].std()
        assert blurred[..., channel].mean() == pytest.approx(pixels[..., channel].mean(), abs=0.01)
