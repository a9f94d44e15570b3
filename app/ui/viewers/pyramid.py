"""Smaller copies of a picture, area-averaged, so that it is not aliased when it is zoomed out. Without Qt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import ceil, floor, log2

import numpy as np

from app.ui.viewers.display import Pixels, planes

SMALLEST_LEVEL = 128
FULL_FROM = 0.55
"""Device pixels per source pixel from which on the picture itself is painted."""


@dataclass(frozen=True, eq=False)
class Level:
    """Stored (not displayed) values at a smaller size; a pixel covers ``step_x`` x ``step_y`` source pixels."""

    colour: Pixels = field(repr=False)
    alpha: Pixels | None = field(repr=False)
    step_x: float = 1.0
    step_y: float = 1.0

    @property
    def width(self) -> int:
        return int(self.colour.shape[1])

    @property
    def height(self) -> int:
        return int(self.colour.shape[0])


def whole(pixels: Pixels) -> Level:
    """Level 0: the picture itself."""
    colour, alpha = planes(pixels)
    return Level(colour, alpha)


def decimated(pixels: Pixels, scale: float) -> Level:
    """Every n-th pixel for showing at ``scale`` device pixels per source pixel: rough, and there at once."""
    step = max(1, floor(1 / scale))
    colour, alpha = planes(pixels[::step, ::step])
    return Level(_compact(colour), None if alpha is None else _compact(alpha), step, step)


def _compact(pixels: Pixels) -> Pixels:
    """A contiguous copy; channel by channel, which is four times faster for every n-th pixel of three bytes."""
    if pixels.ndim == 2:
        return np.ascontiguousarray(pixels)
    return np.stack([pixels[:, :, c] for c in range(pixels.shape[2])], axis=2)


def level_for(scale: float) -> int:
    """Which level to paint at ``scale`` device pixels per source pixel: sharp, and hardly ever shrunk by more than
    the two times that bilinear sampling can take."""
    if scale >= FULL_FROM:
        return 0
    return max(1, floor(log2(FULL_FROM * 2 / scale)))


def build(pixels: Pixels) -> Iterator[tuple[int, Level]]:
    """Levels 1, 2, ... each half as large as the one before, averaged over areas, down to `SMALLEST_LEVEL` pixels."""
    import cv2  # not at the top: the window paints before OpenCV is loaded

    colour, alpha = planes(pixels)
    height, width = colour.shape[:2]
    index = 0
    while max(colour.shape[:2]) > SMALLEST_LEVEL:
        index += 1
        size = (ceil(colour.shape[1] / 2), ceil(colour.shape[0] / 2))
        colour = cv2.resize(np.ascontiguousarray(colour), size, interpolation=cv2.INTER_AREA)
        if alpha is not None:
            alpha = cv2.resize(np.ascontiguousarray(alpha), size, interpolation=cv2.INTER_AREA)
        yield index, Level(colour, alpha, width / size[0], height / size[1])
