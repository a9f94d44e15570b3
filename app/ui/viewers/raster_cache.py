"""Shapes that a worker has drawn, kept for a few views: who zooms out again sees at once what was there before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from app.ui.viewers.shape_raster import ShapeRaster
from app.ui.viewers.transform import ViewTransform

KEPT_BYTES = 40_000_000
"""About six views of a screen of 1600 x 1000 pixels; the latest one stays whatever its size."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """Shapes drawn for a part of the view, all in device pixels: of ``extent`` pixels of ``wide``, what has something
    on it, as ``image`` at ``view``. ``memory`` is what the image lies over."""

    generation: int
    wide: ViewTransform
    extent: tuple[int, int]
    view: ViewTransform
    image: QImage
    memory: object = None

    def fits(self, generation: int, device: ViewTransform, size: tuple[int, int]) -> bool:
        """Whether it is of these shapes, at this scale, and covers the view."""
        if generation != self.generation or abs(self.wide.scale / device.scale - 1) > 1e-9:
            return False
        left, top = self.wide.dx - device.dx, self.wide.dy - device.dy
        return 0 <= left <= self.extent[0] - size[0] and 0 <= top <= self.extent[1] - size[1]


def extent(
    boxes: NDArray[np.float64], view: ViewTransform, size: tuple[int, int], around: float
) -> tuple[int, int, int, int]:
    """The part of ``size`` pixels that bounding boxes, (N, 4) in source pixels, take with ``around`` pixels beyond
    them: left, top, width, height, at least one pixel."""
    if not len(boxes):
        return 0, 0, 1, 1
    low = boxes[:, :2].min(axis=0) * view.scale + (view.dx - around, view.dy - around)
    high = boxes[:, 2:].max(axis=0) * view.scale + (view.dx + around, view.dy + around)
    left, top = (min(max(int(v), 0), n - 1) for v, n in zip(low.tolist(), size, strict=True))
    right, bottom = (min(max(int(v) + 1, 1), n) for v, n in zip(high.tolist(), size, strict=True))
    return left, top, max(right - left, 1), max(bottom - top, 1)


def image_over(raster: ShapeRaster) -> QImage:
    h, w = raster.argb.shape
    return QImage(raster.argb.data, w, h, w * 4, QImage.Format.Format_ARGB32_Premultiplied)


class RasterCache:
    """What was drawn last, the latest first."""

    def __init__(self) -> None:
        self._drawn: list[Drawn] = []

    @property
    def latest(self) -> Drawn | None:
        return self._drawn[0] if self._drawn else None

    def find(self, generation: int, device: ViewTransform, size: tuple[int, int]) -> Drawn | None:
        """One that shows these shapes in this view of ``size`` device pixels; it is the latest then."""
        found = next((drawn for drawn in self._drawn if drawn.fits(generation, device, size)), None)
        if found is not None:
            self._drawn.remove(found)
            self._drawn.insert(0, found)
        return found

    def add(self, drawn: Drawn) -> None:
        """Keep one, and of those of the same shapes as many as there is room for."""
        room, kept = KEPT_BYTES - drawn.image.sizeInBytes(), [drawn]
        for other in self._drawn:
            room -= other.image.sizeInBytes()
            if other.generation != drawn.generation or room < 0:
                break
            kept.append(other)
        self._drawn = kept

    def clear(self) -> None:
        self._drawn = []
