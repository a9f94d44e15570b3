"""Changes to pictures that leave what is meant as it is: where the view lies, and how it looks.

Everything is drawn from a generator that is handed in, so that a sample is a function of its number alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from app.core.geometry import BoolArray, Box

Rng = np.random.Generator
MOST_ENLARGED = 4.0


@dataclass(frozen=True, eq=False)
class View:
    """A square view of a picture: ``matrix`` (2, 3) float64 takes pixel indices of the picture to those of the view."""

    matrix: NDArray[np.float64]
    side: int

    @property
    def scale(self) -> float:
        """View pixels per picture pixel."""
        return float(np.sqrt(abs(np.linalg.det(self.matrix[:, :2]))))

    def picture(self, pixels: NDArray[np.uint8], outside: tuple[int, int, int]) -> NDArray[np.uint8]:
        """(side, side, 3) uint8; where the picture ends, ``outside`` is the colour."""
        if self.scale < 0.7:  # linear interpolation alone would leave out pixels
            pixels = np.asarray(cv2.GaussianBlur(pixels, (0, 0), 0.4 / self.scale), dtype=np.uint8)
        seen = cv2.warpAffine(pixels, self.matrix, (self.side, self.side), flags=cv2.INTER_LINEAR, borderValue=outside)
        return np.asarray(seen, dtype=np.uint8)

    def mask(self, mask: BoolArray) -> BoolArray:
        """(side, side) bool."""
        levels = mask.astype(np.uint8) * np.uint8(255)
        seen = cv2.warpAffine(levels, self.matrix, (self.side, self.side), flags=cv2.INTER_LINEAR, borderValue=0)
        return np.asarray(seen > 127)


def choose_view(rng: Rng, size: tuple[int, int], target: Box, side: int, closer: float) -> View:
    """A view of a picture of ``size`` (H, W) on an object in ``target``.

    With probability ``closer`` the view is around the object, as in the engine's second pass, else it takes in most of
    the picture, as in its first. Shift, stretching, rotation and mirroring are drawn.
    """
    height, width = size
    if rng.random() < closer:
        length = max(target.width, target.height, 12.0) * float(np.exp(rng.uniform(np.log(1.1), np.log(2.6))))
        length = min(length, 1.15 * max(height, width))
        spare = max(0.0, length - max(target.width, target.height)) / 2
        centre = np.asarray(target.centre) + rng.uniform(-0.8, 0.8, 2) * spare
    else:
        length = max(height, width) * float(np.exp(rng.uniform(np.log(0.6), np.log(1.15))))
        middle, spare = np.array([width / 2, height / 2]), abs(max(height, width) - length) / 2
        reach = np.maximum(length / 2 - np.array([target.width, target.height]) / 2, 0)
        centre = middle + rng.uniform(-1, 1, 2) * spare
        centre = np.clip(centre, np.asarray(target.centre) - reach, np.asarray(target.centre) + reach)
    return _drawn(rng, centre, length, side)


def choose_part(rng: Rng, outline: tuple[float, float], target: Box, side: int) -> View:
    """A view around a point on the outline of an object in ``target`` that shows only a part of it."""
    length = max(target.width, target.height) * float(np.exp(rng.uniform(np.log(0.25), np.log(0.9))))
    length = max(length, side / MOST_ENLARGED)
    return _drawn(rng, np.asarray(outline) + rng.uniform(-0.3, 0.3, 2) * length, length, side)


def _drawn(rng: Rng, centre: NDArray[np.float64], length: float, side: int) -> View:
    """A view of that length around a centre, with stretching, rotation and mirroring drawn."""
    scale = min(side / length, MOST_ENLARGED)
    stretch = np.exp(rng.normal(0, 0.07))
    turn = np.deg2rad(rng.normal(0, 8)) if rng.random() < 0.4 else 0.0
    flip = np.array([-1.0 if rng.random() < 0.5 else 1.0, -1.0 if rng.random() < 0.05 else 1.0])
    turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    linear = turned @ np.diag(flip * scale * np.array([stretch, 1 / stretch]))
    # Outer-corner coordinates: the centre of the view shows ``centre``; an index lies half a pixel inside.
    shift = side / 2 - linear @ centre + linear @ np.array([0.5, 0.5]) - 0.5
    return View(np.column_stack([linear, shift]), side)


def recolour(rng: Rng, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Another camera, light or file: (H, W, 3) uint8 RGB in and out."""
    levels = pixels.astype(np.float32) / np.float32(255)
    if rng.random() < 0.8:
        levels = _light(rng, levels)
    if rng.random() < 0.5:
        levels = _hue(rng, levels)
    if rng.random() < 0.12:
        levels = np.repeat(levels @ np.array([[0.299], [0.587], [0.114]], np.float32), 3, axis=2)
    if rng.random() < 0.12:
        levels = _narrow_window(rng, levels)
    if rng.random() < 0.2:
        levels = np.asarray(cv2.GaussianBlur(levels, (0, 0), float(rng.uniform(0.4, 1.6))), dtype=np.float32)
    if rng.random() < 0.25:
        levels = levels + rng.normal(0, rng.uniform(0.005, 0.05), levels.shape).astype(np.float32)
    result = np.asarray(np.clip(levels * 255 + 0.5, 0, 255), dtype=np.uint8)
    return _compressed(rng, result) if rng.random() < 0.3 else result


def _light(rng: Rng, levels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Gamma, contrast around the mean, brightness."""
    levels = np.power(levels, np.float32(np.exp(rng.normal(0, 0.25))))
    mean = levels.mean()
    levels = (levels - mean) * np.float32(np.exp(rng.normal(0, 0.25))) + mean + np.float32(rng.normal(0, 0.08))
    return np.asarray(np.clip(levels, 0, 1), dtype=np.float32)


def _hue(rng: Rng, levels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Hue and saturation, and the balance of the channels."""
    hsv = cv2.cvtColor(levels, cv2.COLOR_RGB2HSV)
    hsv[..., 0] = (hsv[..., 0] + rng.normal(0, 10)) % 360
    hsv[..., 1] = np.clip(hsv[..., 1] * np.exp(rng.normal(0, 0.35)), 0, 1)
    balance = np.exp(rng.normal(0, 0.08, 3)).astype(np.float32)
    return np.asarray(np.clip(np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)) * balance, 0, 1), dtype=np.float32)


def _narrow_window(rng: Rng, levels: NDArray[np.float32]) -> NDArray[np.float32]:
    """The look of 16-bit pictures (microscopes, scanners): a few grey levels stretched, or all squeezed into few."""
    low, high = np.quantile(levels, [rng.uniform(0, 0.2), rng.uniform(0.8, 1)])
    if rng.random() < 0.5:
        stretched = (levels - np.float32(low)) / np.float32(max(high - low, 0.05))
        return np.asarray(np.clip(stretched, 0, 1), dtype=np.float32)
    share = rng.uniform(0.15, 0.5)
    return np.asarray(levels * np.float32(share) + np.float32(rng.uniform(0, 1 - share)))


def _compressed(rng: Rng, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """As it comes out of a JPEG file."""
    _, content = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 90))])
    return np.asarray(cv2.imdecode(content, cv2.IMREAD_COLOR), dtype=np.uint8)
