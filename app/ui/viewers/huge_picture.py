"""How a picture too large for memory is painted: tiles that a worker reads, put together for what the view shows.

The tiles of the scale that is wanted are laid side by side in one image (so that there are no seams when it is drawn
scaled), over coarser ones where they are not there yet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from math import ceil, floor

import numpy as np
from PySide6.QtCore import QObject, QRectF, Signal, Slot
from PySide6.QtGui import QBrush, QImage, QPainter

from app.core.errors import FoveaError
from app.core.geometry import Box
from app.core.huge import HugeImage, LevelSize
from app.ui.viewers.background import worker
from app.ui.viewers.display import PixelReadout, Pixels, Window, full_window, readout
from app.ui.viewers.huge_tiles import TILE, Tile, TileKey, TileStore, read_tiles, shown, tile_window
from app.ui.viewers.tiles import NEAREST_FROM
from app.ui.viewers.transform import Size, ViewTransform

SHARP_TO = 1.1
"""Device pixels per pixel of a level up to which it is sharp enough; `pyramid.FULL_FROM` is half of it."""
MARGIN = 64
"""Level pixels around the visible ones that are put together with them, so that small pans need nothing new."""


@dataclass(frozen=True, slots=True)
class _Part:
    """What has been put together: columns x0..x1 and rows y0..y1 of a level, shown through a window."""

    level: int
    window: Window
    x0: int
    y0: int
    x1: int
    y1: int

    def holds(self, other: _Part) -> bool:
        inside = self.x0 <= other.x0 and self.y0 <= other.y0 and self.x1 >= other.x1 and self.y1 >= other.y1
        return inside and self.level == other.level and self.window == other.window


class HugePainter(QObject):
    """Paints one `HugeImage`; the same calls as `tiles.PicturePainter`."""

    ready = Signal()
    """Something better is there: paint again."""
    pixel_read = Signal(object)
    """(PixelReadout) The values that `pixel` could not give at once."""
    failed = Signal(str)
    """(sentence) A part of the file cannot be read. Said once for a picture."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.image: HugeImage | None = None
        self.window: Window = (0.0, 255.0)
        self.store = TileStore()
        self._coarse: QImage | None = None
        self._part: _Part | None = None
        self._mosaic: QImage | None = None
        self._pending: set[TileKey] | None = None
        self._visible: tuple[TileKey, ...] = ()
        self._epoch = 0
        self._told = False
        self._worker, self._reader = worker("viewer-huge"), worker("viewer-pixel")
        self._channel, self._pixel_channel = self._worker.channel(), self._reader.channel()
        self._serial = self._pixel_serial = 0
        self._worker.done.connect(self._take)
        self._reader.done.connect(self._take_pixel)

    def set_image(self, image: HugeImage | None, window: Window | None = None) -> None:
        """Paint this picture through a window (default: the range of its coarse copy)."""
        if image is not self.image:
            self._worker.cancel(self._channel)
            self._reader.cancel(self._pixel_channel)
            self.store.clear()
            self._told = False
        self.image = image
        self._part = self._mosaic = self._pending = self._coarse = None
        if image is not None:
            self.window = window or full_window(image.coarse)
            self._coarse = shown(image.coarse, self.window)

    def release(self) -> None:
        """Forget the picture and any work for it."""
        self.set_image(None)
        self._worker.done.disconnect(self._take)
        self._reader.done.disconnect(self._take_pixel)

    # What the worker gives

    @Slot(int, int, object)
    def _take(self, channel: int, serial: int, result: object) -> None:
        if channel != self._channel or serial != self._serial or self.image is None:
            return
        if isinstance(result, str) and result and not self._told:
            self._told = True
            self.failed.emit(result)
        if isinstance(result, tuple):
            for tile in result:
                self.store.put(tile)
                self._lay(tile)
                if self._pending is not None:
                    self._pending.discard(tile.key)
            self.ready.emit()
        if result is None:  # what is rough can be read again better
            self._epoch += 1
            self._pending = None
            self.ready.emit()

    def _ask(self, wanted: list[TileKey]) -> None:
        """Have these read, the first one first; what was asked for before and has not begun is dropped."""
        if self.image is None or self._pending == set(wanted):
            return
        self._pending = set(wanted)
        known = {key: tile for key in wanted if (tile := self.store.get(key)) is not None}
        job = partial(read_tiles, self.image, tuple(wanted), self.window, known, self._epoch)
        self._serial = self._worker.submit(self._channel, job)

    def _is_wanted(self, key: TileKey) -> bool:
        tile = self.store.get(key)
        return tile is None or tile.window != self.window or (tile.rough and tile.epoch < self._epoch)

    @property
    def settled(self) -> bool:
        """Whether every tile of the last paint is there, as good as it will get."""
        tiles = [self.store.get(key) for key in self._visible]
        return all(t is not None and t.window == self.window and not t.rough for t in tiles)

    # Painting

    def paint(
        self, painter: QPainter, view: ViewTransform, size: Size, ratio: float, checker: QBrush | None = None
    ) -> None:
        """Paint what the view (logical pixels, ``ratio`` device pixels each) shows of the picture."""
        image = self.image
        if image is None:
            return
        seen = view.visible(size).clipped(image.width, image.height)
        if seen.area <= 0:
            return
        scale = view.scale * ratio
        level = level_for(image.regions.levels, scale)
        at = image.regions.levels[level]
        need = _Part(level, self.window, *_needed(seen, at, 1))
        self._visible = _by_distance(_tiles_of(need), need)
        if self._mosaic is None or self._part is None or not self._part.holds(need):
            self._put_together(_Part(level, self.window, *_needed(seen, at, MARGIN)))
        part, mosaic = self._part, self._mosaic
        if part is None or mosaic is None:
            return
        left, top = at.x + need.x0 * at.step_x, at.y + need.y0 * at.step_y
        right, bottom = at.x + need.x1 * at.step_x, at.y + need.y1 * at.step_y
        target = view.box_to_view(Box(left, top, right, bottom))
        painter.save()
        whole = view.box_to_view(Box(0, 0, image.width, image.height))
        painter.setClipRect(QRectF(whole.x0, whole.y0, whole.width, whole.height))
        area = QRectF(target.x0, target.y0, target.width, target.height)
        if checker is not None:
            painter.fillRect(area, checker)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, scale < NEAREST_FROM)
        source = QRectF(need.x0 - part.x0, need.y0 - part.y0, need.x1 - need.x0, need.y1 - need.y0)
        painter.drawImage(area, mosaic, source)
        painter.restore()
        self._ask([key for key in self._visible if self._is_wanted(key)])

    def _put_together(self, part: _Part) -> None:
        if self._coarse is None:
            return
        self._part = part
        alpha = self._coarse.hasAlphaChannel()
        kind = QImage.Format.Format_ARGB32_Premultiplied if alpha else QImage.Format.Format_RGB32
        self._mosaic = QImage(part.x1 - part.x0, part.y1 - part.y0, kind)
        painter = QPainter(self._mosaic)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, True)
        try:
            for key in _tiles_of(part):
                tile = self.store.get(key)
                if tile is not None and tile.window == self.window:
                    painter.drawImage(key.column * TILE - part.x0, key.row * TILE - part.y0, tile.image)
                else:
                    self._draw_coarser(painter, part, key)
        finally:
            painter.end()

    def _draw_coarser(self, painter: QPainter, part: _Part, key: TileKey) -> None:
        """What there is for a tile that is not: coarser tiles that cover it, in the end the coarse copy."""
        if self.image is None or self._coarse is None:
            return
        levels = self.image.regions.levels
        at = levels[key.level]
        x0, y0, x1, y1 = tile_window(key, at)
        box = Box(at.x + x0 * at.step_x, at.y + y0 * at.step_y, at.x + x1 * at.step_x, at.y + y1 * at.step_y)
        target = QRectF(x0 - part.x0, y0 - part.y0, x1 - x0, y1 - y0)
        for level in range(key.level + 1, len(levels)):
            if levels[level].step_x * self._coarse.width() >= self.image.width:
                break  # the coarse copy is at least as fine
            found = [self.store.get(k) for k in _tiles_of(_Part(level, self.window, *_needed(box, levels[level], 0)))]
            there = [tile for tile in found if tile is not None and tile.window == self.window]
            if len(there) == len(found):
                for tile in there:
                    _draw_piece(painter, tile, levels[level], box, target)
                return
        across, down = self._coarse.width() / self.image.width, self._coarse.height() / self.image.height
        source = QRectF(box.x0 * across, box.y0 * down, box.width * across, box.height * down)
        painter.drawImage(target, self._coarse, source)

    def _lay(self, tile: Tile) -> None:
        """Put a tile that has come into what is shown."""
        part, key = self._part, tile.key
        if part is None or self._mosaic is None or key.level != part.level or tile.window != part.window:
            return
        painter = QPainter(self._mosaic)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        painter.drawImage(key.column * TILE - part.x0, key.row * TILE - part.y0, tile.image)
        painter.end()

    # True values

    def pixel(self, x: int, y: int) -> PixelReadout | None:
        """The true values at column x, row y; None outside the picture. Where they are not in memory there are none in
        the answer, and `pixel_read` follows."""
        image = self.image
        if image is None or not (0 <= x < image.width and 0 <= y < image.height):
            return None
        found = self.cells(range(y, y + 1), range(x, x + 1))
        if found is not None:
            self._reader.cancel(self._pixel_channel)
            return readout(found[0, 0], x, y)
        self._pixel_serial = self._reader.submit(self._pixel_channel, partial(_read_pixel, image, x, y))
        return PixelReadout(x, y, (), str(image.dtype))

    @Slot(int, int, object)
    def _take_pixel(self, channel: int, serial: int, result: object) -> None:
        if channel == self._pixel_channel and serial == self._pixel_serial and isinstance(result, PixelReadout):
            self.pixel_read.emit(result)

    def cells(self, rows: range, columns: range) -> Pixels | None:
        """(h, w[, C]) true values of these pixels; None where some of them are not in memory."""
        image = self.image
        if image is None or not (0 <= rows.start < rows.stop <= image.height):
            return None
        if not 0 <= columns.start < columns.stop <= image.width:
            return None
        need = _Part(0, self.window, columns.start, rows.start, columns.stop, rows.stop)
        out = np.empty((len(rows), len(columns), *image.coarse.shape[2:]), dtype=image.dtype)
        for key in _tiles_of(need):
            tile = self.store.get(key)
            if tile is None:
                return None
            left, top = key.column * TILE, key.row * TILE
            a, b = max(rows.start, top), min(rows.stop, top + tile.pixels.shape[0])
            c, d = max(columns.start, left), min(columns.stop, left + tile.pixels.shape[1])
            inside = tile.pixels[a - top : b - top, c - left : d - left]
            out[a - rows.start : b - rows.start, c - columns.start : d - columns.start] = inside
        return out


def level_for(levels: tuple[LevelSize, ...], scale: float) -> int:
    """The coarsest level that is sharp at ``scale`` device pixels per source pixel."""
    return max((i for i, at in enumerate(levels) if max(at.step_x, at.step_y) * scale <= SHARP_TO), default=0)


def _needed(seen: Box, at: LevelSize, margin: int) -> tuple[int, int, int, int]:
    """Columns and rows of a level for a box in source pixels, and a margin around them."""
    x0, y0 = floor((seen.x0 - at.x) / at.step_x) - margin, floor((seen.y0 - at.y) / at.step_y) - margin
    x1, y1 = ceil((seen.x1 - at.x) / at.step_x) + margin, ceil((seen.y1 - at.y) / at.step_y) + margin
    x0, y0 = min(max(0, x0), at.width - 1), min(max(0, y0), at.height - 1)
    return x0, y0, max(min(at.width, x1), x0 + 1), max(min(at.height, y1), y0 + 1)


def _tiles_of(part: _Part) -> tuple[TileKey, ...]:
    rows, columns = range(part.y0 // TILE, -(-part.y1 // TILE)), range(part.x0 // TILE, -(-part.x1 // TILE))
    return tuple(TileKey(part.level, row, column) for row in rows for column in columns)


def _by_distance(keys: tuple[TileKey, ...], part: _Part) -> tuple[TileKey, ...]:
    """The tiles in the middle of the view first."""
    x, y = (part.x0 + part.x1) / 2 / TILE - 0.5, (part.y0 + part.y1) / 2 / TILE - 0.5
    return tuple(sorted(keys, key=lambda k: (abs(k.row - y), abs(k.column - x))))


def _draw_piece(painter: QPainter, tile: Tile, at: LevelSize, box: Box, target: QRectF) -> None:
    """The part of a coarser tile that lies in a box (source pixels), which is drawn to ``target``."""
    left, top = at.x + tile.key.column * TILE * at.step_x, at.y + tile.key.row * TILE * at.step_y
    right, bottom = left + tile.image.width() * at.step_x, top + tile.image.height() * at.step_y
    x0, y0, x1, y1 = max(left, box.x0), max(top, box.y0), min(right, box.x1), min(bottom, box.y1)
    if x1 <= x0 or y1 <= y0:
        return
    source = QRectF((x0 - left) / at.step_x, (y0 - top) / at.step_y, (x1 - x0) / at.step_x, (y1 - y0) / at.step_y)
    across, down = target.width() / box.width, target.height() / box.height
    place = QRectF(
        target.x() + (x0 - box.x0) * across, target.y() + (y0 - box.y0) * down, (x1 - x0) * across, (y1 - y0) * down
    )
    painter.drawImage(place, tile.image, source)


def _read_pixel(image: HugeImage, x: int, y: int) -> Iterator[object]:
    try:
        yield readout(image.regions.read(0, (x, y, x + 1, y + 1))[0, 0], x, y)
    except FoveaError as error:
        yield str(error)  # the tiles say so
