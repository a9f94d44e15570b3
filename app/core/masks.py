"""Masks as run-length encoded pixels, cropped to where they are.

The encoding is COCO's compressed RLE (column-major runs; pycocotools), of the crop alone: a small object in a 400 MP
picture costs what it covers, and nothing ever has to be decoded at full size to be drawn or hit.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from pycocotools import mask as coco_mask

from app.core.geometry import BoolArray, Box, FloatArray


@dataclass(frozen=True, slots=True)
class Rle:
    """A mask of ``width`` x ``height`` pixels whose top-left pixel lies at column ``x``, row ``y`` of the source."""

    x: int
    y: int
    width: int
    height: int
    counts: bytes = field(repr=False)

    @property
    def box(self) -> Box:
        return Box(self.x, self.y, self.x + self.width, self.y + self.height)

    def area(self) -> int:
        """Number of pixels that are set."""
        return int(coco_mask.area({"size": [self.height, self.width], "counts": self.counts}))

    def crop(self) -> BoolArray:
        """The mask inside its own box, (height, width) bool."""
        return np.asarray(coco_mask.decode({"size": [self.height, self.width], "counts": self.counts})).astype(bool)

    def full(self, width: int, height: int) -> BoolArray:
        """The mask in a picture of that size, (H, W) bool; what lies outside the picture is cut off."""
        out = np.zeros((height, width), dtype=bool)
        y0, x0 = max(self.y, 0), max(self.x, 0)
        y1, x1 = min(self.y + self.height, height), min(self.x + self.width, width)
        if y1 > y0 and x1 > x0:
            out[y0:y1, x0:x1] = self.crop()[y0 - self.y : y1 - self.y, x0 - self.x : x1 - self.x]
        return out

    def at(self, column: int, row: int) -> bool:
        """Whether a source pixel is in the mask."""
        inside = self.x <= column < self.x + self.width and self.y <= row < self.y + self.height
        return inside and bool(self.crop()[row - self.y, column - self.x])


def encode(mask: BoolArray) -> Rle | None:
    """Encode a (H, W) bool mask, cropped to its pixels; None for an empty one."""
    columns, rows = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
    if columns.size == 0:
        return None
    x0, x1, y0, y1 = int(columns[0]), int(columns[-1]) + 1, int(rows[0]), int(rows[-1]) + 1
    return encode_crop(mask[y0:y1, x0:x1], x0, y0)


def encode_crop(crop: BoolArray, x: int, y: int) -> Rle:
    """Encode a crop as it is (it may have empty borders), placed at column x, row y."""
    counts = coco_mask.encode(np.asfortranarray(crop.astype(np.uint8)))["counts"]
    return Rle(x, y, crop.shape[1], crop.shape[0], bytes(counts))


def outlines(mask: BoolArray) -> tuple[list[FloatArray], list[FloatArray]]:
    """The outer rings and the holes of a mask, each (N, 2) float64 along pixel edges: rasterised again they give the
    same pixels. Rings with the 8-connected foreground of OpenCV's `findContours` (Suzuki and Abe 1985)."""
    import cv2  # not at the top: the window paints before OpenCV is loaded

    # Doubled and padded, a contour through pixel centres becomes one through pixel edges.
    doubled = np.pad(mask, 1).astype(np.uint8).repeat(2, axis=0).repeat(2, axis=1)
    found, tree = cv2.findContours(doubled, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    outer: list[FloatArray] = []
    holes: list[FloatArray] = []
    for ring, (_, _, _, parent) in zip(found, tree[0] if tree is not None else (), strict=True):
        points = _to_edges(ring[:, 0, :])
        if len(points) >= 3:
            (outer if parent < 0 else holes).append(points)
    return outer, holes


def _to_edges(ring: np.ndarray) -> FloatArray:
    """Contour points of the doubled mask as corners between source pixels.

    A doubled coordinate 2k is the left half of padded pixel k (source pixel k-1), 2k+1 its right half; the nearest
    pixel corner is round((c + 0.5) / 2), minus the padding of one.
    """
    corners = np.floor((ring.astype(np.float64) + 1) / 2) - 1
    keep = np.any(corners != np.roll(corners, 1, axis=0), axis=1)
    return np.asarray(corners[keep])


def rasterise(rings: list[FloatArray], width: int, height: int) -> BoolArray:
    """Fill closed rings by the even-odd rule, (H, W) bool: a pixel belongs if its centre lies inside."""
    box = Box.around([(float(x), float(y)) for ring in rings for x, y in ring]).clipped(width, height)
    rows, columns = box.pixels(width, height)
    out = np.zeros((height, width), dtype=bool)
    h, w = rows.stop - rows.start, columns.stop - columns.start
    if h > 0 and w > 0:
        out[rows, columns] = _fill([r - (columns.start, rows.start) for r in rings], w, h)
    return out


def _fill(rings: list[FloatArray], width: int, height: int) -> BoolArray:
    """Scan-line fill at pixel centres. OpenCV's fillPoly also paints the pixels that the outline touches."""
    out = np.zeros((height, width), dtype=np.int32)
    for ring in rings:
        x0, y0 = ring[:, 0], ring[:, 1]
        x1, y1 = np.roll(x0, -1), np.roll(y0, -1)
        for ax, ay, bx, by in zip(x0, y0, x1, y1, strict=True):
            if ay == by:
                continue
            first, last = int(np.ceil(min(ay, by) - 0.5)), int(np.ceil(max(ay, by) - 0.5))
            lines = np.arange(max(first, 0), min(last, height))
            if lines.size == 0:
                continue
            at = ax + (lines + 0.5 - ay) * (bx - ax) / (by - ay)
            start = np.clip(np.ceil(at - 0.5).astype(np.int64), 0, width)
            inside = start < width
            np.add.at(out, (lines[inside], start[inside]), 1)
    return (np.cumsum(out, axis=1) % 2).astype(bool)
