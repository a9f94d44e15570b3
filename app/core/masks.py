"""Masks as run-length encoded pixels, cropped to where they are.

The encoding is COCO's compressed RLE (column-major runs; pycocotools), of the crop alone: a small object in a 400 MP
picture costs what it covers, and nothing ever has to be decoded at full size to be drawn or hit.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from pycocotools import mask as coco_mask

from app.core.geometry import BoolArray, Box, FloatArray, IntArray


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
        if not inside:
            return False
        place = (column - self.x) * self.height + row - self.y
        return bool(np.searchsorted(np.cumsum(run_lengths(self.counts)), place, side="right") % 2)


def run_lengths(counts: bytes) -> IntArray:
    """COCO's compressed counts as (N,) int64 run lengths, off and on by turns, beginning with off.

    Follows `rleFrString` of pycocotools' maskApi.c: five bits a character, low ones first, 0x20 says that more follow;
    from the fourth run on a number is the difference to the run before the last.
    """
    codes = np.frombuffer(counts, dtype=np.uint8).astype(np.int64) - 48
    if codes.size == 0:
        return codes
    last = np.flatnonzero((codes & 0x20) == 0)
    first = np.concatenate([[0], last[:-1] + 1])
    length = last - first + 1
    shift = 5 * (np.arange(codes.size) - np.repeat(first, length))
    values = np.add.reduceat((codes & 0x1F) << shift, first)
    values -= np.where(codes[last] & 0x10, np.int64(1) << (5 * length), 0)
    values[1::2] = np.cumsum(values[1::2])
    values[2::2] = np.cumsum(values[2::2])
    return np.asarray(values)


def compressed(lengths: IntArray) -> bytes:
    """The inverse of `run_lengths` (`rleToString` of maskApi.c)."""
    left = np.array(lengths, dtype=np.int64)
    left[3:] -= lengths[1:-2]
    # n characters hold what lies in -2^(5n-1) .. 2^(5n-1) - 1; most differences need one.
    size = np.ones(len(left), dtype=np.int64)
    wide = np.flatnonzero((left < -16) | (left > 15))
    while wide.size:
        size[wide] += 1
        bound = np.int64(1) << (5 * size[wide] - 1)
        wide = wide[(left[wide] < -bound) | (left[wide] >= bound)]
    ends = np.cumsum(size)
    codes = np.empty(int(ends[-1]) if len(ends) else 0, dtype=np.uint8)
    codes[ends - 1] = (left >> (5 * (size - 1)) & 0x1F) + 48
    wide = np.flatnonzero(size > 1)
    place, rest, more = (ends - size)[wide], left[wide], size[wide]
    while place.size:
        codes[place] = (rest & 0x1F | 0x20) + 48
        keep = more > 2
        place, rest, more = place[keep] + 1, rest[keep] >> 5, more[keep] - 1
    return codes.tobytes()


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
    box = Box.around(np.concatenate(rings)).clipped(width, height)
    rows, columns = box.pixels(width, height)
    out = np.zeros((height, width), dtype=bool)
    h, w = rows.stop - rows.start, columns.stop - columns.start
    if h > 0 and w > 0:
        out[rows, columns] = _fill([r - (columns.start, rows.start) for r in rings], w, h)
    return out


def _fill(rings: list[FloatArray], width: int, height: int) -> BoolArray:
    """Scan-line fill at pixel centres. OpenCV's fillPoly also paints the pixels that the outline touches."""
    ends = np.concatenate([np.hstack([ring, np.roll(ring, -1, axis=0)]) for ring in rings])
    # Every edge from top to bottom: two areas with a common edge then cross each line at the very same place.
    ends = np.where((ends[:, 1] > ends[:, 3])[:, None], ends[:, [2, 3, 0, 1]], ends)
    first = np.clip(np.ceil(ends[:, 1] - 0.5), 0, height).astype(np.int64)
    last = np.clip(np.ceil(ends[:, 3] - 0.5), 0, height).astype(np.int64)
    counts = np.maximum(last - first, 0)
    ax, ay, bx, by = np.repeat(ends, counts, axis=0).T
    lines = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts) + np.repeat(first, counts)
    at = ax + (lines + 0.5 - ay) * (bx - ax) / (by - ay)
    start = np.clip(np.ceil(at - 0.5), 0, width).astype(np.int64)
    out = np.bincount(lines * (width + 1) + start, minlength=height * (width + 1)).reshape(height, width + 1)
    return np.asarray(np.bitwise_and(np.cumsum(out[:, :width], axis=1), 1).astype(bool))


def rasterised(rings: list[FloatArray], width: int, height: int) -> Rle | None:
    """`rasterise`, encoded, at the cost of the rings' bounding box alone; None where no pixel's centre lies inside."""
    if not rings:
        return None
    box = Box.around(np.concatenate(rings)).clipped(width, height)
    rows, columns = box.pixels(width, height)
    h, w = rows.stop - rows.start, columns.stop - columns.start
    found = encode(_fill([r - (columns.start, rows.start) for r in rings], w, h)) if h > 0 and w > 0 else None
    return replace(found, x=found.x + columns.start, y=found.y + rows.start) if found else None
