"""Very many shapes drawn into one buffer of the view with OpenCV, meant for a worker. Without Qt.

First a map of which shape lies uppermost at each pixel is filled, one call a shape. Where a pixel's shape lies higher
than another one (or nothing) close by, its border is there: that gives all outlines at once, hidden ones left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.core.geometry import FloatArray
from app.ui.viewers.mask_raster import Rgb
from app.ui.viewers.shape_index import Art
from app.ui.viewers.transform import ViewTransform

SHIFT = 4
"""OpenCV takes coordinates in 1/16 pixels."""

FARTHEST = float(1 << 24)

LINE = 1.5
"""Logical pixels."""

DOT = 3.5
"""The radius of a point in logical pixels."""


@dataclass(frozen=True, eq=False)
class ShapeRaster:
    """Premultiplied ARGB, (h, w) uint32, that was drawn for ``view`` (device pixels)."""

    view: ViewTransform
    argb: NDArray[np.uint32] = field(repr=False)


Ink = tuple[Rgb, float]
"""A shape's colour and the opacity of its fill."""


def premultiplied(colour: Rgb, alpha: float) -> int:
    """0xAARRGGBB."""
    r, g, b = (round(value * alpha) for value in colour)
    return round(255 * alpha) << 24 | r << 16 | g << 8 | b


HALO = premultiplied((0, 0, 0), 0.6)


def draw(
    arts: Sequence[Art],
    inks: Sequence[Ink],
    view: ViewTransform,
    size: tuple[int, int],
    ratio: float = 1.0,
) -> ShapeRaster:
    """Draw the shapes in order, two-toned, into a fresh buffer of ``size`` (width, height) device pixels,
    ``ratio`` of which make a logical one.

    Fills replace what lies under them instead of blending with it.
    """
    import cv2  # not at the top: the window paints before OpenCV is loaded

    line, edge = max(1, round(LINE * ratio)), max(1, round(ratio))
    owner = _owners(arts, view, size, ratio)
    fills, lines = _inked(arts, inks)
    lowest = cv2.erode(owner, np.ones((2 * line + 1, 2 * line + 1), np.uint8))
    highest = cv2.dilate(owner, np.ones((2 * edge + 1, 2 * edge + 1), np.uint8))
    tone = owner.astype(np.int32)
    tone[lowest < owner] += len(fills)
    tone[highest > owner] = 2 * len(fills)
    tones = np.concatenate([fills, lines, np.array([HALO], dtype=np.uint32)])
    return ShapeRaster(view, np.take(tones, tone, mode="clip"))


def _inked(arts: Sequence[Art], inks: Sequence[Ink]) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """The colours of inside and border by an owner's number; 0 is nothing. Open lines and points are all border."""
    known = {ink: (premultiplied(*ink), premultiplied(ink[0], 1.0)) for ink in set(inks)}
    tones = [known[ink] for ink in inks]
    fills = [tone[0 if art.closed else 1] for art, tone in zip(arts, tones, strict=True)]
    return np.array([0, *fills], dtype=np.uint32), np.array([0, *(tone[1] for tone in tones)], dtype=np.uint32)


def _owners(arts: Sequence[Art], view: ViewTransform, size: tuple[int, int], ratio: float) -> NDArray[np.float32]:
    """(h, w) the number of the uppermost shape at each pixel, from 1, 0 for none; float32 because OpenCV's filters
    take no 32-bit integers, and exact up to 16 million shapes."""
    import cv2  # not at the top: the window paints before OpenCV is loaded

    fill, stroke = cv2.fillPoly, cv2.polylines
    owner = np.zeros((size[1], size[0]), dtype=np.float32)
    line = max(1, round(LINE * ratio))
    for number, (art, rings) in enumerate(zip(arts, _placed(arts, view), strict=True), 1):
        if rings and art.closed:
            fill(owner, rings, number, cv2.LINE_8, SHIFT)
        elif rings:
            stroke(owner, rings, False, number, line, cv2.LINE_8, SHIFT)
        if len(art.dots) or len(art.hollow):
            _draw_dots(owner, art, number, view, ratio)
    return owner


def _fixed(points: FloatArray, view: ViewTransform) -> NDArray[np.int32]:
    """Source points as OpenCV's fixed-point pixels, whose integer coordinates are pixel centres."""
    placed = points * (view.scale * (1 << SHIFT))
    # In place from here on: of very many points, fetching memory for every step costs more than the steps.
    placed += ((view.dx - 0.5) * (1 << SHIFT), (view.dy - 0.5) * (1 << SHIFT))
    np.rint(placed, out=placed)
    np.clip(placed, -FARTHEST, FARTHEST, out=placed)
    return placed.astype(np.int32)


def _placed(arts: Sequence[Art], view: ViewTransform) -> list[list[NDArray[np.int32]]]:
    """Every art's lines as `_fixed` points, computed in one go: numpy's overhead for each line would cost more."""
    lines = [line for art in arts for line in art.lines]
    if not lines:
        return [[] for _ in arts]
    placed = _fixed(np.concatenate(lines), view)
    ends = np.cumsum([len(line) for line in lines]).tolist()
    pieces = iter([placed[start:end] for start, end in zip([0, *ends], ends, strict=False)])
    return [[next(pieces) for _ in art.lines] for art in arts]


def _draw_dots(owner: NDArray[Any], art: Art, number: int, view: ViewTransform, ratio: float) -> None:
    import cv2  # not at the top: the window paints before OpenCV is loaded

    radius = round(DOT * ratio * (1 << SHIFT))
    for points, thickness in ((art.dots, -1), (art.hollow, 1)):
        for x, y in _fixed(points, view).tolist() if len(points) else ():
            cv2.circle(owner, (x, y), radius, number, thickness, shift=SHIFT)
