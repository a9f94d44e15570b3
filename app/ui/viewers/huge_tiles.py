"""The tiles of a picture too large for memory: reading them on a worker, and keeping the ones used last."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from PySide6.QtGui import QImage

from app.core.errors import FoveaError
from app.core.huge import HugeImage, LevelSize, PixelWindow
from app.io.background import go_last
from app.ui.viewers.display import Pixels, Window, displayed, planes
from app.ui.viewers.tiles import screen_image

TILE = 512
KEEP_BYTES = 256 * 1024 * 1024
COMPLETE = object()
"""What a job yields last: from now on no tile is rough."""
BETTER_EVERY_S = 0.5
"""How often rough tiles are read again while the picture is being refined."""


class TileKey(NamedTuple):
    """Which square of `TILE` pixels of which level."""

    level: int
    row: int
    column: int


@dataclass(frozen=True, eq=False)
class Tile:
    """Stored values, and what they look like through a window. A ``rough`` tile will be better later: it was read in
    the viewer's ``epoch``."""

    key: TileKey
    pixels: Pixels = field(repr=False)
    image: QImage = field(repr=False)
    window: Window
    rough: bool = False
    epoch: int = 0

    @property
    def bytes(self) -> int:
        return int(self.pixels.nbytes) + int(self.image.sizeInBytes())


class TileStore:
    """The tiles used last, bounded in bytes. For the window's thread."""

    def __init__(self, limit_bytes: int = KEEP_BYTES) -> None:
        self.limit_bytes = limit_bytes
        self.used_bytes = 0
        self._kept: OrderedDict[TileKey, Tile] = OrderedDict()

    def get(self, key: TileKey) -> Tile | None:
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def put(self, tile: Tile) -> None:
        before = self._kept.pop(tile.key, None)
        self.used_bytes += tile.bytes - (before.bytes if before is not None else 0)
        self._kept[tile.key] = tile
        while self.used_bytes > self.limit_bytes and len(self._kept) > 1:
            self.used_bytes -= self._kept.popitem(last=False)[1].bytes

    def clear(self) -> None:
        self._kept.clear()
        self.used_bytes = 0

    def __len__(self) -> int:
        return len(self._kept)


def tile_window(key: TileKey, at: LevelSize) -> PixelWindow:
    """The columns and rows of its level that a tile holds."""
    x0, y0 = key.column * TILE, key.row * TILE
    return x0, y0, min(x0 + TILE, at.width), min(y0 + TILE, at.height)


def read_tiles(
    image: HugeImage, wanted: tuple[TileKey, ...], window: Window, known: Mapping[TileKey, Tile], epoch: int
) -> Iterator[object]:
    """A job for a `background.Worker`: yields tuples of tiles, then refines the picture and yields None whenever rough
    tiles have become better, and in the end `COMPLETE` (and "" in between, so that a newer job can begin); a sentence
    where the file is damaged.
    """
    go_last()
    try:
        yield from _wanted(image, wanted, window, known, epoch)
        yield from _refined(image)
    except FoveaError as error:
        yield str(error)


def _wanted(
    image: HugeImage, wanted: tuple[TileKey, ...], window: Window, known: Mapping[TileKey, Tile], epoch: int
) -> Iterator[tuple[Tile, ...]]:
    for keys in _batches(wanted, image.regions.in_rows):
        at_hand = [known[k] for k in keys if k in known and not known[k].rough]
        if at_hand:  # only the window has changed
            yield tuple(replace(t, image=shown(t.pixels, window), window=window) for t in at_hand)
        missing = [k for k in keys if k not in known or known[k].rough]
        if missing:
            yield tuple(_read(image, missing, window, epoch))


def _batches(wanted: tuple[TileKey, ...], in_rows: bool) -> list[list[TileKey]]:
    """What is read at once: tiles beside each other where whole rows are stored together, else one by one."""
    if not in_rows:
        return [[key] for key in wanted]
    rows: dict[tuple[int, int], list[TileKey]] = {}
    for key in wanted:
        rows.setdefault((key.level, key.row), []).append(key)
    return list(rows.values())


def _read(image: HugeImage, keys: list[TileKey], window: Window, epoch: int) -> Iterator[Tile]:
    level = keys[0].level
    at, rough = image.regions.levels[level], image.regions.is_rough(level)
    windows = {key: tile_window(key, at) for key in keys}
    x0, x1 = min(w[0] for w in windows.values()), max(w[2] for w in windows.values())
    _, y0, _, y1 = windows[keys[0]]
    strip = image.regions.read(level, (x0, y0, x1, y1))
    for key, (left, _, right, _) in windows.items():
        pixels = np.ascontiguousarray(strip[:, left - x0 : right - x0])
        yield Tile(key, pixels, shown(pixels, window), window, rough, epoch)


def _refined(image: HugeImage) -> Iterator[object]:
    told = time.monotonic()
    while image.regions.refine():
        if time.monotonic() - told > BETTER_EVERY_S:
            told = time.monotonic()
            yield None
        else:
            yield ""
    yield COMPLETE


def shown(pixels: Pixels, window: Window) -> QImage:
    """Stored values as they look through a window."""
    colour, alpha = planes(pixels)
    return screen_image(displayed(colour, alpha, window))
