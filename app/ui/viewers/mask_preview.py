"""A mask that is still being made, painted over the picture at the view's resolution."""

from __future__ import annotations

from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QWidget

from app.ui.look.theme import ink_on
from app.ui.viewers.mask_raster import ViewRaster, mask_raster
from app.ui.viewers.region import Region
from app.ui.viewers.shape_painter import LINE, rgb_of
from app.ui.viewers.transform import ViewTransform

FILL = 0.4


class RegionPainter:
    """Paints one region; what it costs is bounded by the view, and nothing is computed anew until something changes."""

    def __init__(self) -> None:
        self._key: object = None
        self._region: Region | None = None
        self._raster: ViewRaster | None = None

    def paint(
        self, painter: QPainter, transform: ViewTransform, region: Region, colour: str, version: object = None
    ) -> None:
        """Fill and outline a region in ``colour`` (#rrggbb). ``version`` tells apart states of pixels that change."""
        device = painter.device()
        ratio = device.devicePixelRatioF()
        # A widget tells its size in logical pixels, an image in its own.
        scale = ratio if isinstance(device, QWidget) else 1.0
        size = round(device.width() * scale), round(device.height() * scale)
        key = version, transform, ratio, size, colour
        if key != self._key or (version is None and region is not self._region):
            self._key, self._region = key, region
            self._raster = mask_raster(
                region.mask,
                (region.x, region.y),
                transform.for_device(ratio),
                size,
                rgb_of(colour),
                FILL,
                line=max(1, round(LINE * ratio)),
                halo=rgb_of(ink_on(colour)),
            )
        if self._raster is None:
            return
        h, w = self._raster.argb.shape
        image = QImage(self._raster.argb.data, w, h, w * 4, QImage.Format.Format_ARGB32_Premultiplied)
        image.setDevicePixelRatio(ratio)
        painter.drawImage(QPointF(self._raster.x / ratio, self._raster.y / ratio), image)
