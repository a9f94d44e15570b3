"""A mask that is still being made, painted over the picture at the view's resolution."""

from __future__ import annotations

from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QWidget

from app.ui.theme import ink_on
from app.ui.viewers.mask_raster import mask_raster
from app.ui.viewers.region import Region
from app.ui.viewers.shape_painter import LINE, rgb_of
from app.ui.viewers.transform import ViewTransform

FILL = 0.4


def paint_region(painter: QPainter, transform: ViewTransform, region: Region, colour: str) -> None:
    """Paint a region in ``colour`` (#rrggbb), filled and outlined. What it costs is bounded by the view."""
    device = painter.device()
    ratio = device.devicePixelRatioF()
    # A widget tells its size in logical pixels, an image in its own.
    scale = ratio if isinstance(device, QWidget) else 1.0
    size = round(device.width() * scale), round(device.height() * scale)
    raster = mask_raster(
        region.mask,
        (region.x, region.y),
        transform.for_device(ratio),
        size,
        rgb_of(colour),
        FILL,
        line=max(1, round(LINE * ratio)),
        halo=rgb_of(ink_on(colour)),
    )
    if raster is None:
        return
    h, w = raster.argb.shape
    image = QImage(raster.argb.data, w, h, w * 4, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    painter.drawImage(QPointF(raster.x / ratio, raster.y / ratio), image)
