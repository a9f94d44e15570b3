"""How a picture is painted: a QImage over the visible region of the array, or of a smaller level made by a worker."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QRectF, Signal, Slot
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPixmap

from app.core.geometry import Box
from app.core.sources import Image
from app.ui.viewers import pyramid
from app.ui.viewers.background import worker
from app.ui.viewers.display import PixelReadout, Pixels, Window, displayed, full_window, read_pixel
from app.ui.viewers.pyramid import Level
from app.ui.viewers.transform import Size, ViewTransform

NEAREST_FROM = 2.0
"""Device pixels per source pixel from which pixels are shown as squares."""

MARGIN = 0.15
"""How much more than the visible region is converted at a time, so that panning seldom has to convert again."""

FORMATS = {1: QImage.Format.Format_Grayscale8, 3: QImage.Format.Format_RGB888, 4: QImage.Format.Format_RGBA8888}


def qimage_over(pixels: NDArray[np.uint8]) -> QImage:
    """A QImage over (h, w), (h, w, 3) or (h, w, 4) uint8 pixels without copying them: it must not outlive the array."""
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    if pixels.strides[1:] != ((1,) if pixels.ndim == 2 else (channels, 1)):
        pixels = np.ascontiguousarray(pixels)
    h, w = pixels.shape[:2]
    image = QImage(
        pixels.data if pixels.flags.c_contiguous else _bytes(pixels), w, h, pixels.strides[0], FORMATS[channels]
    )
    return image


def _bytes(pixels: NDArray[np.uint8]) -> memoryview:
    """The memory of a crop whose rows lie apart, up to its last byte."""
    h, w = pixels.shape[:2]
    row = w * (1 if pixels.ndim == 2 else pixels.shape[2])
    flat = np.lib.stride_tricks.as_strided(pixels, ((h - 1) * pixels.strides[0] + row,), (1,), writeable=False)
    return flat.data


def screen_image(pixels: NDArray[np.uint8]) -> QImage:
    """A copy of displayed pixels in the format that paints fastest."""
    alpha = pixels.ndim == 3 and pixels.shape[2] == 4
    wanted = QImage.Format.Format_ARGB32_Premultiplied if alpha else QImage.Format.Format_RGB32
    return qimage_over(pixels).convertToFormat(wanted)


def checkerboard(colours: tuple[str, str], square: int = 8) -> QBrush:
    """Two greys in squares, to be seen behind transparent pixels."""
    tile = QPixmap(2 * square, 2 * square)
    tile.fill(QColor(colours[0]))
    painter = QPainter(tile)
    painter.fillRect(0, 0, square, square, QColor(colours[1]))
    painter.fillRect(square, square, square, square, QColor(colours[1]))
    painter.end()
    return QBrush(tile)


@dataclass(frozen=True, eq=False)
class _Region:
    """A converted part of a level: columns x0..x1, rows y0..y1."""

    level: Level
    window: Window
    x0: int
    y0: int
    x1: int
    y1: int
    image: QImage

    def holds(self, level: Level, window: Window, need: tuple[int, int, int, int]) -> bool:
        inside = self.x0 <= need[0] and self.y0 <= need[1] and self.x1 >= need[2] and self.y1 >= need[3]
        return inside and self.level is level and self.window == window


class PicturePainter(QObject):
    """Paints one `Image`. The first paint is immediate; smaller levels come from a worker when they are wanted."""

    ready = Signal()
    """A better level is there: paint again."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.image: Image | None = None
        self.window: Window = (0.0, 255.0)
        self._full: Level | None = None
        self._rough: Level | None = None
        self._levels: dict[int, Level] = {}
        self._region: _Region | None = None
        self._worker = worker("viewer-pyramid")
        self._channel = self._worker.channel()
        self._serial = 0
        self._worker.done.connect(self._take)

    def set_image(self, image: Image | None, window: Window | None = None) -> None:
        """Show an image through a window (default: everything)."""
        if image is self.image and image is not None:
            self.window = window or self.window
            return
        self.image = image
        self._levels, self._rough, self._region, self._full = {}, None, None, None
        self._worker.cancel(self._channel)
        if image is None:
            return
        self._full = pyramid.whole(image.pixels)
        self.window = window or full_window(image.pixels)
        self._serial = 0

    def _ask_for_levels(self, image: Image) -> None:
        """Once, after the first paint that wants them: the worker would only be in that one's way."""
        if self._serial == 0:
            self._serial = self._worker.submit(self._channel, partial(pyramid.build, image.pixels))

    def release(self) -> None:
        """Forget the image and any work for it."""
        self.set_image(None)
        self._worker.done.disconnect(self._take)

    @Slot(int, int, object)
    def _take(self, channel: int, serial: int, result: object) -> None:
        if channel == self._channel and serial == self._serial and isinstance(result, tuple):
            index, level = result
            self._levels[index] = level
            self.ready.emit()

    def level(self, scale: float) -> Level | None:
        """The best level there is for ``scale`` device pixels per source pixel."""
        if self.image is None or self._full is None:
            return None
        wanted = pyramid.level_for(scale)
        if wanted == 0:
            return self._full
        finer = max((k for k in self._levels if k <= wanted), default=None)
        if finer is not None:
            found = self._levels[finer]
            # Much too fine a level would be aliased and slow; the smallest one there is serves any scale below its own.
            if wanted - finer <= 1 or max(found.width, found.height) <= pyramid.SMALLEST_LEVEL:
                return found
        if self._rough is None or self._rough.step_x * scale > 2 or self._rough.step_x * scale < 0.4:
            self._rough = pyramid.decimated(self.image.pixels, scale)
        return self._rough

    def paint(
        self,
        painter: QPainter,
        view: ViewTransform,
        size: Size,
        ratio: float,
        checker: QBrush | None = None,
        extent: Size | None = None,
    ) -> None:
        """Paint what the view (logical pixels, ``ratio`` device pixels each) shows of the picture.

        ``extent`` stretches the picture over that many source pixels (a result of a lower resolution).
        """
        if self.image is None:
            return
        width, height = extent or (self.image.width, self.image.height)
        stretch_x, stretch_y = width / self.image.width, height / self.image.height
        scale = view.scale * ratio * stretch_x
        level = self.level(scale)
        seen = view.visible(size).clipped(width, height)
        if level is None or seen.area <= 0:
            return
        step_x, step_y = level.step_x * stretch_x, level.step_y * stretch_y
        need = _needed(seen, level, step_x, step_y)
        region = self._converted(level, need)
        x0, y0, x1, y1 = need
        x_end, y_end = min(x1 * step_x, width), min(y1 * step_y, height)
        target = view.box_to_view(Box(x0 * step_x, y0 * step_y, x_end, y_end))
        area = QRectF(target.x0, target.y0, target.width, target.height)
        if level.alpha is not None and checker is not None:
            painter.fillRect(area, checker)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, scale < NEAREST_FROM)
        source = QRectF(x0 - region.x0, y0 - region.y0, x_end / step_x - x0, y_end / step_y - y0)
        painter.drawImage(area, region.image, source)
        if level is not self._full:
            self._ask_for_levels(self.image)

    def pixel(self, x: int, y: int) -> PixelReadout | None:
        """The true values at column x, row y; None outside the picture."""
        return None if self.image is None else read_pixel(self.image, x, y)

    def cells(self, rows: range, columns: range) -> Pixels | None:
        """(h, w[, C]) true values of these pixels."""
        return None if self.image is None else self.image.pixels[rows.start : rows.stop, columns.start : columns.stop]

    def _converted(self, level: Level, need: tuple[int, int, int, int]) -> _Region:
        if self._region is not None and self._region.holds(level, self.window, need):
            return self._region
        x0, y0, x1, y1 = need
        mx, my = int((x1 - x0) * MARGIN), int((y1 - y0) * MARGIN)
        x0, y0, x1, y1 = max(0, x0 - mx), max(0, y0 - my), min(level.width, x1 + mx), min(level.height, y1 + my)
        alpha = None if level.alpha is None else level.alpha[y0:y1, x0:x1]
        shown = displayed(level.colour[y0:y1, x0:x1], alpha, self.window)
        self._region = _Region(level, self.window, x0, y0, x1, y1, screen_image(shown))
        return self._region


def _needed(seen: Box, level: Level, step_x: float, step_y: float) -> tuple[int, int, int, int]:
    """Columns and rows of a level for a box in source pixels, one more on each side for smooth sampling."""
    x0, y0 = int(seen.x0 / step_x) - 1, int(seen.y0 / step_y) - 1
    x1, y1 = int(np.ceil(seen.x1 / step_x)) + 1, int(np.ceil(seen.y1 / step_y)) + 1
    return max(0, x0), max(0, y0), min(level.width, x1), min(level.height, y1)
