"""Masks as column runs: set operations on run-length encoded masks at the cost of their runs, not of their pixels.

Runs are an (N, 3) int64 array of x, y0, y1: in column x the pixels y0 <= y < y1 are set. They are in source pixels,
ordered by x and then y0, and do not touch each other within a column.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

from app.core.geometry import BoolArray, Box, IntArray
from app.core.masks import Rle, compressed, encode_crop, run_lengths

Operation = Literal["union", "subtract", "intersect"]

NO_RUNS: IntArray = np.zeros((0, 3), dtype=np.int64)

_RULES: dict[Operation, Callable[[BoolArray, BoolArray], BoolArray]] = {
    "union": lambda a, b: a | b,
    "subtract": lambda a, b: a & ~b,
    "intersect": lambda a, b: a & b,
}


def runs_of(rle: Rle | None) -> IntArray:
    """The column runs of a mask; none for None."""
    if rle is None or rle.height == 0:
        return NO_RUNS
    edges = np.cumsum(run_lengths(rle.counts))
    starts, ends = edges[0::2][: len(edges) // 2], edges[1::2]
    starts, ends = starts[ends > starts], ends[ends > starts]
    first, last = starts // rle.height, (ends - 1) // rle.height
    # A run that goes on from the foot of one column at the head of the next is one run in each.
    count = last - first + 1
    nth = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    x = np.repeat(first, count) + nth
    top = x * rle.height
    y0 = np.maximum(np.repeat(starts, count), top) - top
    y1 = np.minimum(np.repeat(ends, count), top + rle.height) - top
    return np.stack([x + rle.x, y0 + rle.y, y1 + rle.y], axis=1)


def rle_of(runs: IntArray) -> Rle | None:
    """The mask of column runs, in the tightest box; None for none. Runs may touch, but not overlap."""
    if len(runs) == 0:
        return None
    x0, x1 = int(runs[0, 0]), int(runs[-1, 0]) + 1
    y0, y1 = int(runs[:, 1].min()), int(runs[:, 2].max())
    height = y1 - y0
    starts = (runs[:, 0] - x0) * height + runs[:, 1] - y0
    ends = (runs[:, 0] - x0) * height + runs[:, 2] - y0
    apart = starts[1:] > ends[:-1]
    starts, ends = starts[np.r_[True, apart]], ends[np.r_[apart, True]]
    edges = np.empty(2 * len(starts) + 1, dtype=np.int64)
    edges[0], edges[1::2], edges[2::2] = 0, starts, ends
    lengths = np.diff(edges)
    whole = (x1 - x0) * height
    lengths = np.concatenate([edges[1:2], lengths[1:], [whole - edges[-1]] if whole > edges[-1] else []])
    return Rle(x0, y0, x1 - x0, height, compressed(lengths.astype(np.int64)))


def combined(a: IntArray, b: IntArray, operation: Operation) -> IntArray:
    """The union, difference (a without b) or intersection of two masks. Columns that b does not reach cost nothing."""
    if len(b) == 0 or len(a) == 0:
        return {"union": a if len(a) else b, "subtract": a, "intersect": NO_RUNS}[operation]
    low, high = np.searchsorted(a[:, 0], [b[0, 0], b[-1, 0] + 1])
    inner = _combined(a[low:high], b, operation)
    return inner if operation == "intersect" else np.concatenate([a[:low], inner, a[high:]])


def _combined(a: IntArray, b: IntArray, operation: Operation) -> IntArray:
    """A sweep along all columns laid end to end, with a gap between them so that no run reaches into the next."""
    both = np.concatenate([a, b])
    x0, y0 = int(both[:, 0].min()), int(both[:, 1].min())
    stride = int(both[:, 2].max()) - y0 + 1
    base = (both[:, 0] - x0) * stride - y0
    places = np.concatenate([base + both[:, 1], base + both[:, 2]])
    order = np.argsort(places, kind="stable")
    step = np.ones(len(both), dtype=np.int64)
    of_a = np.where(np.arange(len(both)) < len(a), 1, 0)
    in_a = np.cumsum(np.concatenate([of_a, -of_a])[order]) > 0
    in_b = np.cumsum(np.concatenate([step - of_a, of_a - step])[order]) > 0
    places = places[order]
    final = np.r_[places[1:] != places[:-1], True]
    value = _RULES[operation](in_a, in_b)[final]
    places = places[final]
    turns = places[value != np.r_[False, value[:-1]]]
    starts, ends = turns[0::2], turns[1::2]
    x = starts // stride
    return np.stack([x + x0, starts - x * stride + y0, ends - x * stride + y0], axis=1)


def runs_of_pixels(pixels: BoolArray, x: int, y: int) -> IntArray:
    """The runs of a (H, W) bool window whose top-left pixel lies at column x, row y."""
    return runs_of(encode_crop(pixels, x, y)) if pixels.size else NO_RUNS


def clipped(runs: IntArray, box: Box) -> IntArray:
    """The runs inside a box with whole-number sides."""
    low, high = np.searchsorted(runs[:, 0], [int(box.x0), int(box.x1)])
    inside = runs[low:high].copy()
    np.clip(inside[:, 1:], int(box.y0), int(box.y1), out=inside[:, 1:])
    return np.asarray(inside[inside[:, 2] > inside[:, 1]])


def pixels_in(runs: IntArray, box: Box) -> BoolArray:
    """A window of the mask, (H, W) bool, for a box with whole-number sides."""
    inside = clipped(runs, box)
    height, width = int(box.y1 - box.y0), int(box.x1 - box.x0)
    turns = np.zeros((width, height + 1), dtype=np.int8)
    x = inside[:, 0] - int(box.x0)
    turns[x, inside[:, 1] - int(box.y0)] = 1
    turns[x, inside[:, 2] - int(box.y0)] -= 1
    return np.asarray(np.cumsum(turns[:, :height], axis=1, dtype=np.int8).astype(bool).T)


def overlap(a: Rle, b: Rle) -> int:
    """How many pixels two masks have in common."""
    if min(a.x + a.width, b.x + b.width) <= max(a.x, b.x) or min(a.y + a.height, b.y + b.height) <= max(a.y, b.y):
        return 0
    runs = combined(runs_of(a), runs_of(b), "intersect")
    return int((runs[:, 2] - runs[:, 1]).sum())
