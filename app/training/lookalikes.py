"""Keeps pictures out of training that look like those which are measured on.

Two pictures look alike if the signs of neighbouring brightness differences (dHash: Krawetz, "Kind of like that", 2013)
differ in few of 64 bits, or in some more while their colour thumbnails are close as well. A mirrored copy counts too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

NEAR_BITS = 6
"""Pictures whose hashes differ in at most so many bits look alike."""
COLOUR_BITS, COLOUR_DISTANCE = 12, 12.0
"""As do those that differ in at most so many bits with thumbnails this close (mean grey levels)."""
THUMBNAIL = 8


@dataclass(frozen=True, eq=False)
class Print:
    """What a picture is recognised by: ``bits`` (64,) bool and ``thumbnail`` (8, 8, 3) float32 in grey levels."""

    bits: NDArray[np.bool_]
    thumbnail: NDArray[np.float32]


def fingerprint(pixels: NDArray[np.uint8]) -> Print:
    """The print of a (H, W, 3) uint8 RGB picture."""
    gray = cv2.resize(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), (9, 8), interpolation=cv2.INTER_AREA).astype(np.int16)
    small = cv2.resize(pixels, (THUMBNAIL, THUMBNAIL), interpolation=cv2.INTER_AREA)
    return Print((gray[:, 1:] > gray[:, :-1]).ravel(), np.asarray(small, dtype=np.float32))


class Guard:
    """Says whether a picture looks like one of those that must not be trained on.

    ``names`` and ``pictures`` (each (H, W, 3) uint8 RGB) are those; each is known mirrored as well.
    """

    def __init__(self, names: Sequence[str], pictures: Sequence[NDArray[np.uint8]]) -> None:
        both = [(name, way) for name, p in zip(names, pictures, strict=True) for way in (p, p[:, ::-1])]
        prints = [fingerprint(np.ascontiguousarray(pixels)) for _, pixels in both]
        self.names = [name for name, _ in both]
        self._bits = np.array([p.bits for p in prints], dtype=bool).reshape(-1, 64)
        self._thumbnails = np.array([p.thumbnail for p in prints], dtype=np.float32).reshape(
            -1, THUMBNAIL, THUMBNAIL, 3
        )

    def lookalike(self, pixels: NDArray[np.uint8]) -> str | None:
        """The name of a guarded picture that a (H, W, 3) uint8 RGB picture looks like, or None."""
        if not self.names:
            return None
        seen = fingerprint(pixels)
        bits = np.count_nonzero(self._bits != seen.bits, axis=1)
        colour = np.abs(self._thumbnails - seen.thumbnail).mean(axis=(1, 2, 3))
        alike = (bits <= NEAR_BITS) | ((bits <= COLOUR_BITS) & (colour <= COLOUR_DISTANCE))
        return self.names[int(np.argmax(alike))] if alike.any() else None
