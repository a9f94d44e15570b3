"""A mask as a window of pixels somewhere in a picture: what the wand finds and the brush paints. Without Qt."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from app.core.geometry import BoolArray
from app.core.masks import Rle, encode


@dataclass(frozen=True, eq=False)
class Region:
    """``mask`` is (h, w) bool; its top-left pixel lies at column ``x``, row ``y`` of the picture."""

    x: int
    y: int
    mask: BoolArray = field(repr=False)

    @classmethod
    def of(cls, rle: Rle) -> Region:
        return cls(rle.x, rle.y, rle.crop())

    def encoded(self) -> Rle | None:
        """Run-length encoded, cropped to what is set; None if nothing is."""
        rle = encode(self.mask)
        return None if rle is None else replace(rle, x=rle.x + self.x, y=rle.y + self.y)

    def united(self, other: Region) -> Region:
        """What is set in either."""
        x, y = min(self.x, other.x), min(self.y, other.y)
        right = max(self.x + self.mask.shape[1], other.x + other.mask.shape[1])
        bottom = max(self.y + self.mask.shape[0], other.y + other.mask.shape[0])
        out = np.zeros((bottom - y, right - x), dtype=bool)
        for part in (self, other):
            h, w = part.mask.shape
            out[part.y - y : part.y - y + h, part.x - x : part.x - x + w] |= part.mask
        return Region(x, y, out)
