"""Masks that are too large to be traced between two frames, painted from their pixels at the view's resolution."""

from __future__ import annotations

from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage, QPainter

from app.core.annotation import Geometry, MaskGeometry
from app.core.geometry import BoolArray
from app.ui.look.theme import ink_on
from app.ui.viewers.mask_raster import Rgb, ViewRaster, mask_raster
from app.ui.viewers.transform import Size, ViewTransform

HEAVY = 400_000
"""Pixels of a mask's bounding box from which on tracing takes tens of milliseconds."""

KEPT = 4
WHITE: Rgb = (255, 255, 255)


def is_heavy(geometry: Geometry) -> bool:
    """Whether a geometry is such a mask."""
    return isinstance(geometry, MaskGeometry) and geometry.rle.width * geometry.rle.height >= HEAVY


class HeavyMasks:
    """Paints single heavy masks; their pixels and what was sampled of them last are kept."""

    def __init__(self) -> None:
        self._crops: dict[int, tuple[MaskGeometry, BoolArray]] = {}
        self._sampled: dict[int, tuple[object, ViewRaster | None]] = {}

    def paint(
        self,
        painter: QPainter,
        mask: MaskGeometry,
        view: ViewTransform,
        size: Size,
        ratio: float,
        colour: str,
        fill: float,
        lines: float,
    ) -> None:
        """``fill`` is the fill's opacity, ``lines`` the outline's width in logical pixels; around it runs a ring of
        white or black, half as wide."""
        key = view, size, ratio, colour, fill, lines
        if id(mask) not in self._crops:
            self._forget_oldest()
            self._crops[id(mask)] = mask, mask.rle.crop()
        known = self._sampled.get(id(mask))
        if known is None or known[0] != key:
            known = self._sampled[id(mask)] = key, self._sample(mask, view, size, ratio, colour, fill, lines)
        raster = known[1]
        if raster is not None:
            h, w = raster.argb.shape
            image = QImage(raster.argb.data, w, h, w * 4, QImage.Format.Format_ARGB32_Premultiplied)
            image.setDevicePixelRatio(ratio)
            painter.drawImage(QPointF(raster.x / ratio, raster.y / ratio), image)

    def _sample(
        self,
        mask: MaskGeometry,
        view: ViewTransform,
        size: Size,
        ratio: float,
        colour: str,
        fill: float,
        lines: float,
    ) -> ViewRaster | None:
        device = int(size[0] * ratio), int(size[1] * ratio)
        r, g, b = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
        halo = WHITE if ink_on(colour) == "#ffffff" else (0, 0, 0)
        corner, crop = (mask.rle.x, mask.rle.y), self._crops[id(mask)][1]
        width = max(1, round(lines * ratio))
        return mask_raster(crop, corner, view.for_device(ratio), device, (r, g, b), fill, width, halo)

    def _forget_oldest(self) -> None:
        while len(self._crops) >= KEPT:
            oldest = next(iter(self._crops))
            del self._crops[oldest]
            self._sampled.pop(oldest, None)
