"""How a picture too large for memory is painted: tiles that a worker reads, put together for what the view shows.

While tiles of the scale that is wanted are missing, those that there are and coarser ones are drawn each by itself;
once all are there, they are put together in one image, so that no seams are left when it is drawn scaled.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from math import ceil, floor

import numpy as np
from PySide6.QtCore import QObject, QRectF, Signal, Slot
from PySide6.QtGui import QBrush, QImage, QPainter

from app.core.errors import FoveaError
from app.core.geometry import Box
from app.core.huge import HugeImage, LevelSize, PixelWindow
from app.io import memory
from app.ui.viewers.background import worker
from app.ui.viewers.display import PixelReadout, Pixels, Window, full_window, readout
from app.ui.viewers.huge_tiles import COMPLETE, TILE, Tile, TileKey, TileStore, read_tiles, shown, tile_window
from app.ui.viewers.tiles import NEAREST_FROM
from app.ui.viewers.transform import Size, ViewTransform

SHARP_TO = 1.1
"""Device pixels per pixel of a level up to which it is sharp enough; `pyramid.FULL_FROM` is half of it."""
MARGIN = 128
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
        self._painted: tuple[ViewTransform, Size] | None = None
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
            if len(self.store) > 0:
                self.store.clear()
                self._worker.submit(self._channel, _give_back)
            self._told = False
        self.image = image
        self._part = self._mosaic = self._pending = self._coarse = self._painted = None
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
        if result is COMPLETE and any(self._is_wanted(key) for key in self._visible):
            self._pending = None
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
        tile, image = self.store.get(key), self.image
        if tile is None or image is None or tile.window != self.window:
            return True
        return tile.rough and (tile.epoch < self._epoch or not image.regions.is_rough(key.level))

    def settled(self, view: ViewTransform, size: Size) -> bool:
        """Whether this view has been painted with every tile, each as good as it will get."""
        if self.image is None:
            return True
        if self._painted != (view, size):
            return False
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
        need = _Part(level, self.window, *_needed(seen, at))
        self._visible, self._painted = _by_distance(_tiles_of(need), need), (view, size)
        painter.save()
        whole = view.box_to_view(Box(0, 0, image.width, image.height))
        area = QRectF(whole.x0, whole.y0, whole.width, whole.height)
        painter.setClipRect(area)
        if checker is not None:
            painter.fillRect(area, checker)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, scale < NEAREST_FROM)
        tiles = {key: self.store.get(key) for key in self._visible}
        if all(tile is not None and tile.window == self.window for tile in tiles.values()):
            self._draw_sharp(painter, view, need)
        else:
            self._draw_coarse(painter, view, _covered((need.x0, need.y0, need.x1, need.y1), at))
            for key, tile in tiles.items():
                self._draw_one(painter, view, key, tile)
        painter.restore()
        self._ask([key for key in self._visible if self._is_wanted(key)])

    def _draw_sharp(self, painter: QPainter, view: ViewTransform, need: _Part) -> None:
        """All tiles are there: drawn as one image, so that scaling it leaves no seams."""
        if self.image is None:
            return
        if self._mosaic is None or self._part is None or not self._part.holds(need):
            self._part = _grown(need, self.image.regions.levels[need.level])
            self._mosaic = self._put_together(self._part)
        part, at = self._part, self.image.regions.levels[need.level]
        source = QRectF(need.x0 - part.x0, need.y0 - part.y0, need.x1 - need.x0, need.y1 - need.y0)
        painter.drawImage(_in_view(view, _covered((need.x0, need.y0, need.x1, need.y1), at)), self._mosaic, source)

    def _put_together(self, part: _Part) -> QImage:
        tiles = [tile for key in _tiles_of(part) if (tile := self.store.get(key)) is not None]
        mosaic = self._canvas(part.x1 - part.x0, part.y1 - part.y0, tiles[0].image.format())
        painter = QPainter(mosaic)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        try:
            for tile in tiles:
                painter.drawImage(tile.key.column * TILE - part.x0, tile.key.row * TILE - part.y0, tile.image)
        finally:
            painter.end()
        return mosaic

    def _canvas(self, width: int, height: int, kind: QImage.Format) -> QImage:
        """An image of at least that size: the one before where it is large enough, because fresh memory is slow."""
        before = self._mosaic
        if before is not None and before.width() >= width and before.height() >= height and before.format() == kind:
            return before
        return QImage(-(-width // TILE) * TILE, -(-height // TILE) * TILE, kind)

    def _draw_one(self, painter: QPainter, view: ViewTransform, key: TileKey, tile: Tile | None) -> None:
        """A tile, or coarser tiles that cover it where they are finer than the coarse copy."""
        image, coarse = self.image, self._coarse
        if image is None or coarse is None:
            return
        levels = image.regions.levels
        box = _covered(tile_window(key, levels[key.level]), levels[key.level])
        if tile is not None and tile.window == self.window:
            painter.drawImage(_in_view(view, box), tile.image)
            return
        for level in range(key.level + 1, len(levels)):
            if levels[level].step_x * coarse.width() >= image.width:
                break  # the coarse copy is at least as fine
            found = [self.store.get(k) for k in _tiles_of(_Part(level, self.window, *_needed(box, levels[level], 0)))]
            there = [t for t in found if t is not None and t.window == self.window]
            if len(there) == len(found):
                for coarser in there:
                    _draw_piece(painter, view, coarser, levels[level], box)
                return

    def _draw_coarse(self, painter: QPainter, view: ViewTransform, box: Box) -> None:
        """A part (source pixels) of the coarse copy, in one go: every call may have to wait for Python's lock."""
        image, coarse = self.image, self._coarse
        if image is None or coarse is None:
            return
        across, down = coarse.width() / image.width, coarse.height() / image.height
        source = QRectF(box.x0 * across, box.y0 * down, box.width * across, box.height * down)
        painter.drawImage(_in_view(view, box), coarse, source)

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


def _needed(seen: Box, at: LevelSize, margin: int = 1) -> PixelWindow:
    """Columns and rows of a level for a box in source pixels; one more on each side for smooth sampling."""
    x0, y0 = floor((seen.x0 - at.x) / at.step_x) - margin, floor((seen.y0 - at.y) / at.step_y) - margin
    x1, y1 = ceil((seen.x1 - at.x) / at.step_x) + margin, ceil((seen.y1 - at.y) / at.step_y) + margin
    x0, y0 = min(max(0, x0), at.width - 1), min(max(0, y0), at.height - 1)
    return x0, y0, max(min(at.width, x1), x0 + 1), max(min(at.height, y1), y0 + 1)


def _grown(part: _Part, at: LevelSize) -> _Part:
    """A part with a margin, as far as the same tiles reach."""
    x0, y0 = max(part.x0 - MARGIN, part.x0 // TILE * TILE), max(part.y0 - MARGIN, part.y0 // TILE * TILE)
    x1, y1 = min(part.x1 + MARGIN, -(-part.x1 // TILE) * TILE), min(part.y1 + MARGIN, -(-part.y1 // TILE) * TILE)
    return replace(part, x0=x0, y0=y0, x1=min(x1, at.width), y1=min(y1, at.height))


def _covered(window: PixelWindow, at: LevelSize) -> Box:
    """What pixels of a level cover, in source pixels."""
    x0, y0, x1, y1 = window
    return Box(at.x + x0 * at.step_x, at.y + y0 * at.step_y, at.x + x1 * at.step_x, at.y + y1 * at.step_y)


def _in_view(view: ViewTransform, box: Box) -> QRectF:
    target = view.box_to_view(box)
    return QRectF(target.x0, target.y0, target.width, target.height)


def _tiles_of(part: _Part) -> tuple[TileKey, ...]:
    rows, columns = range(part.y0 // TILE, -(-part.y1 // TILE)), range(part.x0 // TILE, -(-part.x1 // TILE))
    return tuple(TileKey(part.level, row, column) for row in rows for column in columns)


def _by_distance(keys: tuple[TileKey, ...], part: _Part) -> tuple[TileKey, ...]:
    """The tiles in the middle of the view first."""
    x, y = (part.x0 + part.x1) / 2 / TILE - 0.5, (part.y0 + part.y1) / 2 / TILE - 0.5
    return tuple(sorted(keys, key=lambda k: (abs(k.row - y), abs(k.column - x))))


def _draw_piece(painter: QPainter, view: ViewTransform, tile: Tile, at: LevelSize, box: Box) -> None:
    """The part of a coarser tile that lies in a box (source pixels)."""
    whole = _covered(tile_window(tile.key, at), at)
    x0, y0, x1, y1 = max(whole.x0, box.x0), max(whole.y0, box.y0), min(whole.x1, box.x1), min(whole.y1, box.y1)
    if x1 <= x0 or y1 <= y0:
        return
    left, top = (x0 - whole.x0) / at.step_x, (y0 - whole.y0) / at.step_y
    source = QRectF(left, top, (x1 - x0) / at.step_x, (y1 - y0) / at.step_y)
    painter.drawImage(_in_view(view, Box(x0, y0, x1, y1)), tile.image, source)


def _read_pixel(image: HugeImage, x: int, y: int) -> Iterator[object]:
    try:
        yield readout(image.regions.read(0, (x, y, x + 1, y + 1))[0, 0], x, y)
    except FoveaError as error:
        yield str(error)  # the tiles say so


def _give_back() -> Iterator[object]:
    """A job for the worker: what the tiles took goes back to the system."""
    memory.give_back()
    yield ""
