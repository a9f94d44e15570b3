"""A mask as a window of pixels somewhere in a picture: what the wand finds and the brush paints. Without Qt."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from app.core.geometry import BoolArray, Box, IntArray
from app.core.masks import Rle, encode
from app.core.runs import pixels_in

MARGIN = 64
"""How much a window that is painted into grows at least, in pixels."""


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

    def holding(self, box: Box, size: tuple[int, int], margin: int = MARGIN) -> Region:
        """The same with room for the pixels that a box touches, in a picture of ``size`` (width, height).

        Itself where there is room already. It grows by half its size at a time, and by ``margin`` at least, so that
        what is painted step by step does not copy it at every step; to all sides where it was empty.
        """
        rows, columns = box.pixels(*size)
        h, w = self.mask.shape
        if rows.start >= rows.stop or columns.start >= columns.stop:
            return self
        more = max(margin, h // 2, w // 2)
        x0, x1 = _stretched((self.x, self.x + w), columns, more, size[0])
        y0, y1 = _stretched((self.y, self.y + h), rows, more, size[1])
        if (x0, y0, x1, y1) == (self.x, self.y, self.x + w, self.y + h):
            return self
        grown = np.zeros((y1 - y0, x1 - x0), dtype=bool)
        if self.mask.size:
            grown[self.y - y0 : self.y - y0 + h, self.x - x0 : self.x - x0 + w] = self.mask
        return Region(x0, y0, grown)

    def paint(self, box: Box, stamp: IntArray, value: bool) -> None:
        """Set the pixels of a stamp to a value, as far as they lie in the window; ``box`` is around them, of whole
        numbers."""
        h, w = self.mask.shape
        x0, y0 = max(int(box.x0), self.x), max(int(box.y0), self.y)
        x1, y1 = min(int(box.x1), self.x + w), min(int(box.y1), self.y + h)
        if x0 < x1 and y0 < y1:
            painted = pixels_in(stamp, Box(x0, y0, x1, y1))
            self.mask[y0 - self.y : y1 - self.y, x0 - self.x : x1 - self.x][painted] = value

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


def _stretched(window: tuple[int, int], wanted: slice, more: int, length: int) -> tuple[int, int]:
    """A window along one side, ``more`` beyond what is wanted where it does not reach that."""
    start, stop = window
    if start == stop:
        start, stop = wanted.stop, wanted.start
    if wanted.start < start:
        start = max(wanted.start - more, 0)
    if wanted.stop > stop:
        stop = min(wanted.stop + more, length)
    return start, stop
