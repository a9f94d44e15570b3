"""Masks and label maps as pixels of the view. Without Qt.

Only the part of the mask's bounding box that is on screen is sampled, at screen resolution: what it costs is bounded
by the view, however large the picture is, and outlines keep their width at any zoom.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.core.coarse import CoarseMask
from app.core.geometry import BoolArray, Box
from app.ui.viewers.transform import ViewTransform

Rgb = tuple[int, int, int]
Argb = NDArray[np.uint32]

INSIDE, LINE, HALO = 1, 2, 3


@dataclass(frozen=True, eq=False)
class ViewRaster:
    """Premultiplied 0xAARRGGBB pixels, (h, w) uint32, whose top-left lies at device pixel (x, y) of the view."""

    x: int
    y: int
    argb: Argb = field(repr=False)


def argb(colour: Rgb, alpha: float) -> int:
    """One premultiplied 0xAARRGGBB value."""
    a = round(min(max(alpha, 0.0), 1.0) * 255)
    r, g, b = (round(c * a / 255) for c in colour)
    return (a << 24) | (r << 16) | (g << 8) | b


def mask_box(mask: BoolArray) -> Box | None:
    """The bounding box of the set pixels of a (H, W) bool mask; None for an empty one."""
    rows = np.flatnonzero(mask.any(axis=1))
    if rows.size == 0:
        return None
    y0, y1 = int(rows[0]), int(rows[-1]) + 1
    band = mask[y0:y1]
    if band.shape[1] % 8 == 0 and band.flags.c_contiguous:
        # Eight pixels at a time: several times faster than `any` down the columns.
        band = np.bitwise_or.reduce(band.view(np.uint64), axis=0, keepdims=True).view(np.bool_)
    columns = np.flatnonzero(band.any(axis=0))
    return Box(int(columns[0]), y0, int(columns[-1]) + 1, y1)


def device_samples(first: float, last: float, scale: float, offset: float, length: int, pad: int) -> tuple[int, Any]:
    """Along one axis: the first device pixel, and for each from there the source index that it shows.

    ``first..last`` are source coordinates; the range is cut to a view of ``length`` device pixels and then grown by
    ``pad`` on both sides. Indices may lie outside ``first..last``.
    """
    begin = max(int(np.floor(first * scale + offset)), 0) - pad
    end = min(int(np.ceil(last * scale + offset)), length) + pad
    at = np.arange(begin, max(begin, end), dtype=np.float64)
    return begin, np.floor((at + 0.5 - offset) / scale).astype(np.int64)


def _picked(array: NDArray[Any], rows: Any, columns: Any) -> NDArray[Any]:
    """The array at rows x columns, clamped into it. `take` gives C order, where indexing might not."""
    h, w = array.shape
    return np.asarray(array.take(np.clip(rows, 0, h - 1), axis=0).take(np.clip(columns, 0, w - 1), axis=1))


def _grown(mask: BoolArray) -> BoolArray:
    """Dilated by one pixel (4-neighbourhood)."""
    out = mask.copy()
    out[1:] |= mask[:-1]
    out[:-1] |= mask[1:]
    out[:, 1:] |= mask[:, :-1]
    out[:, :-1] |= mask[:, 1:]
    return out


def line_codes(inside: BoolArray, line: int, halo: int) -> NDArray[np.uint8]:
    """INSIDE on the mask, LINE on its inner ``line`` pixels, HALO on the ``halo`` pixels around it, else 0."""
    codes = inside.astype(np.uint8)
    outside = ~inside
    edge = outside
    for _ in range(line):
        edge = _grown(edge)
    codes[edge & inside] = LINE
    edge = inside
    for _ in range(halo):
        edge = _grown(edge)
    codes[edge & outside] = HALO
    return codes


def mask_raster(
    crop: BoolArray,
    corner: tuple[int, int],
    view: ViewTransform,
    size: tuple[int, int],
    colour: Rgb,
    fill: float,
    line: int = 2,
    halo: Rgb = (0, 0, 0),
) -> ViewRaster | None:
    """A tinted fill with a two-toned outline (the colour inside, ``halo`` outside).

    ``crop`` is (h, w) bool with its top-left pixel at source column and row ``corner``; ``view`` and ``size`` are in
    device pixels, ``fill`` is the fill's opacity, ``line`` the outline's width in device pixels. None if off screen.
    """
    pad = line + 1
    h, w = crop.shape
    x, columns = device_samples(corner[0], corner[0] + w, view.scale, view.dx, size[0], pad)
    y, rows = device_samples(corner[1], corner[1] + h, view.scale, view.dy, size[1], pad)
    if columns.size <= 2 * pad or rows.size <= 2 * pad:
        return None
    columns, rows = columns - corner[0], rows - corner[1]
    inside = _picked(crop, rows, columns)
    inside[(rows < 0) | (rows >= h)] = False
    inside[:, (columns < 0) | (columns >= w)] = False
    return ViewRaster(x, y, _inked(inside, colour, fill, line, halo))


def coarse_raster(
    coarse: CoarseMask,
    view: ViewTransform,
    size: tuple[int, int],
    colour: Rgb,
    fill: float,
    line: int = 2,
    halo: Rgb = (0, 0, 0),
) -> ViewRaster | None:
    """The same of a mask that has not been enlarged: where the view is smaller than the picture, it is enlarged to the
    view's pixels at once."""
    if coarse.extent is None:
        return None
    left, top, right, bottom = coarse.extent
    if view.scale >= 1:
        seen = view.visible((float(size[0]), float(size[1]))).grown(2)
        rows, columns = seen.pixels(coarse.size[1], coarse.size[0])
        window = max(left, columns.start), max(top, rows.start), min(right, columns.stop), min(bottom, rows.stop)
        if window[0] >= window[2] or window[1] >= window[3]:
            return None
        return mask_raster(coarse.part(window), window[:2], view, size, colour, fill, line, halo)
    pad = line + 1
    x, width = _reach(left, right, view.scale, view.dx, size[0], pad)
    y, height = _reach(top, bottom, view.scale, view.dy, size[1], pad)
    if width <= 2 * pad or height <= 2 * pad:
        return None
    corner = view.to_source((float(x), float(y)))
    inside = coarse.sample(*corner, 1 / view.scale, (height, width))
    return ViewRaster(x, y, _inked(inside, colour, fill, line, halo))


def _reach(first: float, last: float, scale: float, offset: float, length: int, pad: int) -> tuple[int, int]:
    """Along one axis: the first device pixel that shows something of ``first..last``, and how many, with ``pad`` more
    on either side."""
    begin, end = int(np.floor(first * scale + offset)), int(np.ceil(last * scale + offset))
    begin, end = max(begin, 0), min(end, length)
    return begin - pad, end - begin + 2 * pad


def _inked(inside: BoolArray, colour: Rgb, fill: float, line: int, halo: Rgb) -> Argb:
    table = np.array([0, argb(colour, fill), argb(colour, 1.0), argb(halo, 0.7)], dtype=np.uint32)
    return np.asarray(table[line_codes(inside, line, max(1, line // 2))])


def label_raster(
    labels: NDArray[np.int32],
    stretch: tuple[float, float],
    view: ViewTransform,
    size: tuple[int, int],
    colours: list[Rgb],
    fill: float,
    line: int = 1,
) -> ViewRaster | None:
    """Every label in one of ``colours`` (in turn), with lines of full colour where labels meet; 0 stays clear.

    ``stretch`` is how many source pixels one cell of ``labels`` covers, in x and y.
    """
    h, w = labels.shape
    x, columns = device_samples(0, w, view.scale * stretch[0], view.dx, size[0], 0)
    y, rows = device_samples(0, h, view.scale * stretch[1], view.dy, size[1], 0)
    if columns.size == 0 or rows.size == 0:
        return None
    shown = _picked(labels, rows, columns)
    edge = np.zeros(shown.shape, dtype=np.bool_)
    # Both sides of a border are marked, so that it is coloured inside and dark on the background all around.
    across, down = shown[:, 1:] != shown[:, :-1], shown[1:] != shown[:-1]
    edge[:, 1:] |= across
    edge[:, :-1] |= across
    edge[1:] |= down
    edge[:-1] |= down
    for _ in range(line - 1):
        edge = _grown(edge)
    used = int(shown.max(initial=0)) + 1
    # One table entry per label: a modulo for every pixel of the view would cost more than all the rest.
    cycle = np.arange(used - 1) % len(colours) if used > 1 else np.zeros(0, dtype=np.int64)
    fills = np.zeros(used, dtype=np.uint32)
    fills[1:] = np.array([argb(c, fill) for c in colours], dtype=np.uint32)[cycle]
    lines = np.full(used, argb((0, 0, 0), 0.7), dtype=np.uint32)
    lines[1:] = np.array([argb(c, 1.0) for c in colours], dtype=np.uint32)[cycle]
    out = fills.take(shown, mode="clip")
    out[edge] = lines.take(shown[edge], mode="clip")
    return ViewRaster(x, y, out)
