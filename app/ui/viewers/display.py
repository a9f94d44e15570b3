"""From stored pixels to shown ones: window and level, alpha, and the readout of true values. Without Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.core.huge import HugeImage
from app.core.sources import Image, to_uint8, value_range

Pixels = NDArray[Any]
Window = tuple[float, float]
"""(low, high): the stored values that are shown as black and as white."""

ALPHA_OPAQUE = {"u1": 255.0, "u2": 65535.0, "f4": 1.0}
SAMPLE = 1_000_000
EXACT = 64_000_000


@dataclass(frozen=True)
class PixelReadout:
    """What is stored at one pixel: column ``x``, row ``y``, one value per channel, and the dtype's name."""

    x: int
    y: int
    values: tuple[int | float, ...]
    dtype: str

    def text(self) -> str:
        """``12, 7  R 31 G 20 B 9  uint8``, for the status bar."""
        names = {2: ("", "A "), 3: ("R ", "G ", "B "), 4: ("R ", "G ", "B ", "A ")}
        prefixes = names.get(len(self.values), ("",) * len(self.values))
        shown = " ".join(f"{name}{value_text(v)}" for name, v in zip(prefixes, self.values, strict=True))
        return f"{self.x}, {self.y}  {shown}  {self.dtype}"


def value_text(value: int | float) -> str:
    """A stored value in at most about six characters."""
    return str(value) if isinstance(value, int) else f"{value:.4g}"


def read_pixel(image: Image, x: int, y: int) -> PixelReadout | None:
    """The true values at column x, row y; None outside the picture."""
    if not (0 <= x < image.width and 0 <= y < image.height):
        return None
    return readout(image.pixels[y, x], x, y)


def readout(values: Any, x: int, y: int) -> PixelReadout:
    """The stored value, or values (C,), of the pixel at column x, row y."""
    stored = np.atleast_1d(values)
    return PixelReadout(x, y, tuple(v.item() for v in stored), str(stored.dtype))


def sample_of(picture: Image | HugeImage) -> Pixels:
    """Pixels to take a window from: all there are in memory."""
    return picture.pixels if isinstance(picture, Image) else picture.coarse


def planes(pixels: Pixels) -> tuple[Pixels, Pixels | None]:
    """Views of what is shown: colour (H, W) or (H, W, 3), and alpha (H, W) where two or four channels have one."""
    if pixels.ndim == 2:
        return pixels, None
    channels = pixels.shape[2]
    alpha = pixels[:, :, -1] if channels in (2, 4) else None
    return (pixels[:, :, 0] if channels < 3 else pixels[:, :, :3]), alpha


def sampled(pixels: Pixels, at_most: int = SAMPLE) -> Pixels:
    """Every n-th row and column, so that about ``at_most`` pixels are left."""
    step = max(1, int(np.ceil((pixels.shape[0] * pixels.shape[1] / at_most) ** 0.5)))
    return pixels[::step, ::step]


def full_window(pixels: Pixels) -> Window:
    """The window that shows everything; estimated from a sample where the picture is very large."""
    colour, _ = planes(pixels)
    if colour.dtype == np.uint8:
        return 0.0, 255.0
    if colour.size > EXACT:
        colour = sampled(colour)
    low, high = float(colour.min()), float(colour.max())
    # Looking for NaN and infinity first would cost several passes over a picture that has none.
    if not (np.isfinite(low) and np.isfinite(high)):
        low, high = value_range(colour)
    return (low, high) if high > low else (low, low + 1.0)


def auto_window(pixels: Pixels, lower: float = 0.5, upper: float = 99.5) -> Window:
    """The window between two percentiles of (a sample of) the colour values."""
    values = sampled(planes(pixels)[0])
    values = values[np.isfinite(values)] if values.dtype.kind == "f" else values
    if values.size == 0:
        return 0.0, 1.0
    low, high = (float(v) for v in np.percentile(values, (lower, upper)))
    return (low, high) if high > low else (low, low + 1.0)


def displayed(colour: Pixels, alpha: Pixels | None, window: Window) -> NDArray[np.uint8]:
    """(h, w), (h, w, 3) or, with alpha, (h, w, 4) uint8 as shown through the window. May be a view of the input."""
    shown = to_uint8(colour, *window)
    if alpha is None:
        return shown
    opaque = to_uint8(alpha, 0.0, ALPHA_OPAQUE[alpha.dtype.str[1:]])
    rgb = shown if shown.ndim == 3 else np.repeat(shown[:, :, None], 3, axis=2)
    return np.concatenate([rgb, opaque[:, :, None]], axis=2)
