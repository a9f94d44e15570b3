"""What engines promise on the pixels: clicks are kept, and nothing is taken that nobody asked for."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from app.core.coarse import Window, keep_clicks
from app.core.geometry import BoolArray, Point, pixel_of
from app.core.prompts import Click, Prompts

PINHOLE_SHARE = 0.002  # of the object's bounding box
LARGEST_EXACT = 1e6  # px: larger masks are tidied on a reduced copy


def stamp(mask: BoolArray, clicks: tuple[Click, ...]) -> None:
    """Have every click keep its pixel and what is around it, in place (`app.core.coarse.keep_clicks`)."""
    height, width = mask.shape
    lost = [click for click in clicks if mask[pixel_of(click.point, width, height)] != click.positive]
    keep_clicks(mask, lost, clicks, (height, width))


def drop_parts(mask: BoolArray, prompts: Prompts) -> None:
    """Drop parts that nobody asked for and fill pinholes, in place.

    A part stays if it holds a positive click or lies mostly in the shape that is being refined; with neither clicks nor
    a shape, if it is no speck beside the largest. Pinholes are filled unless a negative click is in them. Large masks
    are judged on a reduced copy, in which a pixel is set if any of its pixels is: specks and gaps of a few pixels may
    then stay, but what is kept or filled is decided in milliseconds.
    """
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if rows.size == 0:
        return
    window = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    crop = mask[window[1] : window[3], window[0] : window[2]]
    step = 1 + 2 * int(np.sqrt(crop.size / LARGEST_EXACT) / 2 + 0.5)
    labels, size = _components(crop, step, 8)
    keep = np.zeros(len(size), dtype=bool)
    keep[_under(prompts.positive, labels, step, window, mask.shape)] = True
    if prompts.mask is not None:
        shape = _reduced(prompts.mask[window[1] : window[3], window[0] : window[2]], step)
        keep |= np.bincount(labels[shape].ravel(), minlength=len(size)) > size / 2
    if not keep[1:].any():
        keep = size >= 0.05 * size[1:].max(initial=1)
    keep[0] = True
    if not keep.all():
        crop &= _enlarged(keep[labels], step, crop.shape)
    labels, size = _components(~crop, step, 4)
    small = size <= max(2.0, PINHOLE_SHARE * float(size.sum()))
    for edge in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        small[edge] = False
    small[_under(prompts.negative, labels, step, window, mask.shape)] = False
    small[0] = False
    if small.any():
        crop |= _enlarged(small[labels], step, crop.shape)


def _components(mask: BoolArray, step: int, connectivity: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Labels of the connected parts of a mask, reduced by ``step``, and the reduced pixels of each."""
    small = _reduced(mask, step).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(small, connectivity=connectivity)
    return np.asarray(labels, dtype=np.int32), np.asarray(stats[:, cv2.CC_STAT_AREA], dtype=np.int64)


def _reduced(mask: BoolArray, step: int) -> BoolArray:
    """Whether anything is set in each square of ``step`` (odd) pixels."""
    if step == 1:
        return mask
    grown = cv2.dilate(np.ascontiguousarray(mask).view(np.uint8), np.ones((step, step), np.uint8))
    rows = np.minimum(np.arange(step // 2, mask.shape[0] + step // 2, step), mask.shape[0] - 1)
    columns = np.minimum(np.arange(step // 2, mask.shape[1] + step // 2, step), mask.shape[1] - 1)
    return np.asarray(grown[np.ix_(rows, columns)]) > 0


def _enlarged(mask: BoolArray, step: int, shape: tuple[int, ...]) -> BoolArray:
    """A reduced mask at its old shape."""
    if step == 1:
        return mask
    return np.asarray(np.repeat(np.repeat(mask, step, axis=0), step, axis=1)[: shape[0], : shape[1]])


def _under(
    points: tuple[Point, ...], labels: NDArray[np.int32], step: int, window: Window, shape: tuple[int, ...]
) -> list[int]:
    """The reduced labels under points of a picture of that shape, where ``labels`` covers ``window`` of it."""
    x0, y0, x1, y1 = window
    pixels = [pixel_of(point, shape[1], shape[0]) for point in points]
    inside = [(row, column) for row, column in pixels if y0 <= row < y1 and x0 <= column < x1]
    return [int(labels[(row - y0) // step, (column - x0) // step]) for row, column in inside]
