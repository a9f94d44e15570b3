"""Very many shapes drawn into one buffer of the view with OpenCV, meant for a worker. Without Qt."""

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


@dataclass(frozen=True, eq=False)
class ShapeRaster:
    """Premultiplied BGRA, (h, w, 4) uint8, that was drawn for ``view`` (device pixels)."""

    view: ViewTransform
    bgra: NDArray[np.uint8] = field(repr=False)


def premultiplied(colour: Rgb, alpha: float) -> tuple[int, int, int, int]:
    """(blue, green, red, alpha), 0..255."""
    r, g, b = colour
    return round(b * alpha), round(g * alpha), round(r * alpha), round(255 * alpha)


Ink = tuple[Rgb, float]
"""A shape's colour and the opacity of its fill."""


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
    buffer = np.zeros((size[1], size[0], 4), dtype=np.uint8)
    for art, lines, ink in zip(arts, _placed(arts, view), inks, strict=True):
        if lines:
            _draw_lines(buffer, lines, art.closed, ink)
        _draw_dots(buffer, art, ink[0], view, ratio)
    _thicken(buffer, ratio)
    return ShapeRaster(view, buffer)


def _fixed(points: FloatArray, view: ViewTransform) -> NDArray[np.int32]:
    """Source points as OpenCV's fixed-point pixels, whose integer coordinates are pixel centres."""
    placed = (points * view.scale + (view.dx - 0.5, view.dy - 0.5)) * (1 << SHIFT)
    return np.clip(np.rint(placed), -FARTHEST, FARTHEST).astype(np.int32)


def _placed(arts: Sequence[Art], view: ViewTransform) -> list[list[NDArray[np.int32]]]:
    """Every art's lines as `_fixed` points, computed in one go: numpy's overhead for each line would cost more."""
    lines = [line for art in arts for line in art.lines]
    if not lines:
        return [[] for _ in arts]
    placed = _fixed(np.concatenate(lines), view)
    ends = np.cumsum([len(line) for line in lines]).tolist()
    pieces = iter([placed[start:end] for start, end in zip([0, *ends], ends, strict=False)])
    return [[next(pieces) for _ in art.lines] for art in arts]


def _draw_lines(buffer: NDArray[Any], lines: list[NDArray[np.int32]], closed: bool, ink: Ink) -> None:
    import cv2  # not at the top: the window paints before OpenCV is loaded

    if closed:
        cv2.fillPoly(buffer, lines, premultiplied(*ink), shift=SHIFT)
    cv2.polylines(buffer, lines, closed, premultiplied(ink[0], 1.0), 1, shift=SHIFT)


def _draw_dots(buffer: NDArray[Any], art: Art, colour: Rgb, view: ViewTransform, ratio: float) -> None:
    import cv2  # not at the top: the window paints before OpenCV is loaded

    radius = round(3.5 * ratio * (1 << SHIFT))
    for points, thickness in ((art.dots, -1), (art.hollow, 1)):
        for x, y in _fixed(points, view).tolist() if len(points) else ():
            cv2.circle(buffer, (x, y), radius, premultiplied(colour, 1.0), thickness, shift=SHIFT)


def _thicken(buffer: NDArray[Any], ratio: float) -> None:
    """Give every opaque line its width and a dark edge.

    OpenCV draws lines of width 1 many times faster than wider ones; growing all of them at once costs 20 ms.
    """
    import cv2  # not at the top: the window paints before OpenCV is loaded

    line = max(1, round(LINE * ratio))
    opaque = (buffer[:, :, 3] == 255).astype(np.uint8)
    if line > 1:
        lines = cv2.bitwise_and(buffer, buffer, mask=opaque)
        lines = cv2.dilate(lines, np.ones((line, line), np.uint8))
        opaque = (lines[:, :, 3] > 0).astype(np.uint8)
        cv2.copyTo(lines, opaque, buffer)
    edge = max(1, round(ratio))
    halo = cv2.dilate(opaque, np.ones((2 * edge + 1, 2 * edge + 1), np.uint8)) - opaque
    buffer[halo.astype(np.bool_)] = premultiplied((0, 0, 0), 0.6)
