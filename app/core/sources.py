"""What tools are run on."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.core.prompts import Prompts

PIXEL_TYPES = (np.uint8, np.uint16, np.float32)
"""The dtypes that an `Image` may hold; readers convert everything else to one of them."""


@dataclass(frozen=True, eq=False)
class Image:
    """A picture after EXIF orientation.

    ``pixels`` is (H, W) or (H, W, C), uint8, uint16 or float32, C-contiguous and read-only; three channels are RGB,
    four RGBA, two gray and alpha; any other number has no colour meaning. ``name`` is what the person calls it.
    """

    pixels: NDArray[Any] = field(repr=False)
    name: str = ""

    def __post_init__(self) -> None:
        if self.pixels.ndim not in (2, 3) or 0 in self.pixels.shape:
            raise ValueError(f"an image is (H, W) or (H, W, C), not {self.pixels.shape}")
        if self.pixels.dtype.type not in PIXEL_TYPES:
            raise ValueError(f"an image holds uint8, uint16 or float32, not {self.pixels.dtype}")
        pixels = np.ascontiguousarray(self.pixels)
        if pixels.flags.writeable:
            pixels = pixels.view()
            pixels.flags.writeable = False
        object.__setattr__(self, "pixels", pixels)

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def channels(self) -> int:
        return 1 if self.pixels.ndim == 2 else int(self.pixels.shape[2])

    @cached_property
    def key(self) -> str:
        """A hash of the pixels, their shape and dtype: equal pictures have equal keys, whatever file they came from."""
        digest = hashlib.blake2b(repr((self.pixels.shape, self.pixels.dtype.str)).encode(), digest_size=16)
        digest.update(self.pixels.data)
        return digest.hexdigest()

    def rgb8(self) -> NDArray[np.uint8]:
        """(H, W, 3) uint8 RGB for networks and display: gray is repeated, alpha is dropped, other dtypes and channel
        counts go through `to_uint8` first (their own range is stretched)."""
        return as_rgb8(self.pixels)


@dataclass(frozen=True, eq=False)
class Prompted:
    """An image with the prompts that say which object in it is meant."""

    image: Image
    prompts: Prompts

    @property
    def name(self) -> str:
        return self.image.name

    @property
    def key(self) -> str:
        return self.image.key


Source = Image | Prompted
"""Every kind of source that exists today; clips, pairs, sets and clouds join it with their chapters."""


def value_range(pixels: NDArray[Any]) -> tuple[float, float]:
    """The window that shows the pixels whole: 0..255 for uint8, else the finite minimum and maximum."""
    if pixels.dtype == np.uint8:
        return 0.0, 255.0
    values = pixels if pixels.dtype.kind != "f" else pixels[np.isfinite(pixels)]
    if values.size == 0:
        return 0.0, 1.0
    return float(values.min()), float(values.max())


def to_uint8(pixels: NDArray[Any], low: float, high: float) -> NDArray[np.uint8]:
    """Map ``low..high`` linearly to 0..255, clipping outside; NaN becomes 0. Shape is kept."""
    if pixels.dtype == np.uint8 and (low, high) == (0.0, 255.0):
        return np.asarray(pixels, dtype=np.uint8)
    scale = 255.0 / (high - low) if high > low else 0.0
    if pixels.dtype in (np.uint8, np.uint16):
        # A table of at most 65,536 entries is several times faster than arithmetic on every pixel.
        levels = np.arange(np.iinfo(pixels.dtype).max + 1, dtype=np.float32)
        table = np.clip((levels - low) * scale + 0.5, 0, 255).astype(np.uint8)
        return np.asarray(table[pixels])
    scaled = (pixels.astype(np.float32, copy=False) - np.float32(low)) * np.float32(scale) + np.float32(0.5)
    return np.asarray(np.nan_to_num(np.clip(scaled, 0, 255), nan=0.0).astype(np.uint8))


def as_rgb8(pixels: NDArray[Any], low: float | None = None, high: float | None = None) -> NDArray[np.uint8]:
    """Any image array as (H, W, 3) uint8 RGB, through the window ``low..high`` (default: `value_range`)."""
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    if pixels.ndim == 2:
        colour = pixels
    elif channels in (1, 2):
        colour = pixels[:, :, 0]
    else:
        colour = pixels[:, :, :3]
    if low is None or high is None:
        low, high = value_range(colour)
    levels = to_uint8(colour, low, high)
    if levels.ndim == 2:
        return np.repeat(levels[:, :, None], 3, axis=2)
    return np.ascontiguousarray(levels)
