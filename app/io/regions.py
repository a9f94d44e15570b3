"""Reading parts of a picture that is too large for memory, each at the scale that is wanted.

TIFF and BigTIFF are read so: strips or tiles, gray to RGBA, palette, 8 or 16 bits or float, planes together or apart,
every compression that tifffile and imagecodecs decode. Smaller copies of the picture in the file (SubIFDs, or pages
that follow) are used; where there are none, an `Overview` is made while the picture is looked at.
`docs/decisions/0004-huge-pictures.md` says why it is done so.
"""

from __future__ import annotations

import os
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from app.core.errors import InputError
from app.core.huge import HugeImage, LevelSize, PixelWindow
from app.io import memory
from app.io.background import go_last
from app.io.decoding import shrunk_pixels, turned
from app.io.overview import OVERVIEW_SIDE, Overview
from app.io.tiff_pages import STRIPS_BYTES, TILES_BYTES, SegmentCache, StoredPage, averaged, why_not

SMALLEST_LEVEL = 512
OVERVIEW_FROM = 4096
"""A smallest copy in the file whose longer side is over this gets an overview beside it."""
COARSE_SIDE = 1024
SKETCH_S = 1.0
SKETCH_ROWS = 1200


class NotInPartsError(InputError):
    """A whole file that is stored in a way that allows no reading in parts."""


@dataclass(frozen=True)
class _Level:
    """Where a level comes from: a stored page (or the overview), and how many of its pixels become one."""

    size: LevelSize
    page: StoredPage | None
    shrink: int


def open_regions(path: Path | str, overview_side: int = OVERVIEW_SIDE) -> RegionReader:
    """A reader for a TIFF file. Raises InputError for another file, a damaged one, or one that cannot be read in parts
    (the sentence says what to do). ``overview_side`` bounds the overview that is made where there are no copies."""
    path = Path(path)
    try:
        file = tifffile.TiffFile(path)
    except FileNotFoundError as error:
        raise InputError(f"{path} is not there any more. It may have been moved or deleted.") from error
    except Exception as error:  # damaged files make tifffile raise anything
        raise InputError(_damaged(path, error)) from error
    try:
        return RegionReader(path, file, overview_side)
    except BaseException as error:
        file.close()
        if isinstance(error, InputError) or not isinstance(error, Exception):
            raise
        raise InputError(_damaged(path, error)) from error


def open_huge(path: Path | str) -> tuple[HugeImage, tuple[str, ...]]:
    """A TIFF file as a picture that is read in parts, with a coarse copy, and notes. Raises InputError."""
    reader = open_regions(path, OVERVIEW_SIDE)
    try:
        return HugeImage(reader, reader.coarse(COARSE_SIDE), str(path)), reader.notes
    except InputError:
        reader.close()
        raise


class RegionReader:
    """See `app.core.huge.Regions`. `read` is safe from several threads, `refine` and `coarse` from one at a time.

    Memory: 96 MB of decoded strips or 48 MB of tiles, an overview of up to 80 MB where the file has no small copy, and
    some 100 MB while it reads.
    """

    def __init__(self, path: Path, file: tifffile.TiffFile, overview_side: int) -> None:
        self.path = path
        first: Any = file.pages.first
        if reason := why_not(first):
            raise NotInPartsError(
                f"{path} ({first.imagewidth} x {first.imagelength} pixels) is too large to be read whole, and cannot "
                f"be read in parts: {reason}. Save it as a tiled TIFF in RGB or gray."
            )
        memory.keep_steady()
        file.filehandle.set_lock(True)
        self._pool = ThreadPoolExecutor(min(4, max(1, (os.cpu_count() or 1) - 1)), "segments", go_last)
        cache = SegmentCache(TILES_BYTES if first.is_tiled else STRIPS_BYTES)
        self._pages = [
            StoredPage(p, n, cache, self._pool) for n, p in enumerate([first, *_smaller_copies(first, file)])
        ]
        _check_complete(path, self._pages[0], path.stat().st_size)
        tag = first.tags.get(274)
        self._turn = int(tag.value) if tag is not None and tag.value in range(1, 9) else 1
        others = len(file.pages) - len(self._pages) + (len(first.pages) if first.pages else 0)
        self.notes = (f"It has {others + 1} pages; the first is shown.",) if others > 0 else ()
        smallest = self._pages[-1]
        wanted = max(smallest.width, smallest.height) > OVERVIEW_FROM
        self._overview = Overview(smallest, overview_side) if wanted else None
        self._levels = _levels(self._pages, self._overview, self._turn)
        self.levels = tuple(level.size for level in self._levels)
        self.dtype, self.channels = self._pages[0].dtype, self._pages[0].channels
        self.in_rows = not self._pages[0].tiled and self._turn < 5
        self._refining = threading.Lock()
        self._end = weakref.finalize(self, _close, file, self._pool)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) after orientation."""
        return self.levels[0].width, self.levels[0].height

    @property
    def version(self) -> int:
        """Goes up with every part that the overview has got."""
        return self._overview.version if self._overview is not None else 0

    def close(self) -> None:
        self._end()

    def read(self, level: int, window: PixelWindow) -> NDArray[Any]:
        """(h, w) or (h, w, C) pixels of a level, upright; the window must lie inside it. Raises InputError."""
        wanted = self._levels[level]
        x0, y0, x1, y1 = window
        if not (0 <= x0 < x1 <= wanted.size.width and 0 <= y0 < y1 <= wanted.size.height):
            raise ValueError(f"{window} lies outside level {level}, {wanted.size}")
        stored = _unturned(window, wanted.size, self._turn)
        try:
            pixels = _read(wanted, self._overview, stored)
        except Exception as error:  # decoders raise anything
            raise InputError(_damaged(self.path, error)) from error
        return self._upright(pixels)

    def coarse(self, max_side: int, seconds: float = SKETCH_S) -> NDArray[Any]:
        """The whole picture, its longer side at most ``max_side`` (never enlarged). Of a file without small copies the
        part that can be read within about ``seconds`` is used, the rest is guessed from it. Raises InputError."""
        if self._overview is not None:
            try:
                self._overview.sketch(seconds, min(SKETCH_ROWS, 2 * max_side))
            except Exception as error:  # decoders raise anything
                raise InputError(_damaged(self.path, error)) from error
        index = max(
            (i for i, s in enumerate(self.levels) if max(s.width, s.height) >= max_side), default=len(self.levels) - 1
        )
        size = self.levels[index]
        return shrunk_pixels(self.read(index, (0, 0, size.width, size.height)), max_side)

    def refine(self) -> bool:
        """Read a little more of a file without small copies; false when its overview is complete. Raises InputError."""
        if self._overview is None or self._overview.complete:
            return False
        try:
            with self._refining:
                return self._overview.step()
        except Exception as error:  # decoders raise anything
            self._overview.complete = True
            raise InputError(_damaged(self.path, error)) from error

    def is_rough(self, level: int) -> bool:
        """Whether a level is read from an overview that is not complete yet."""
        overview = self._overview
        return overview is not None and not overview.complete and self._levels[level].page is None

    def _upright(self, pixels: NDArray[Any]) -> NDArray[Any]:
        upright = np.ascontiguousarray(turned(pixels, self._turn))
        return upright[:, :, 0] if self.channels == 1 else upright


def _read(level: _Level, overview: Overview | None, window: PixelWindow) -> NDArray[Any]:
    if level.page is not None:
        return level.page.reduced(window, level.shrink)
    assert overview is not None
    x0, y0, x1, y1 = window
    s = level.shrink
    part = overview.pixels[y0 * s : min(y1 * s, overview.height), x0 * s : min(x1 * s, overview.width)]
    return part.copy() if s == 1 else averaged(part, s, (y1 - y0, x1 - x0))


def _smaller_copies(first: Any, file: tifffile.TiffFile) -> list[Any]:
    """Pages that show the first one smaller, the largest first: its SubIFDs, and pages that follow it."""
    following: list[Any] = [file.pages[i] for i in range(1, min(len(file.pages), 40))]
    candidates = [*(first.pages or ()), *following]
    found = [page for page in candidates if isinstance(page, tifffile.TiffPage) and _shows_smaller(first, page)]
    found.sort(key=lambda page: -page.imagewidth)
    out: list[Any] = []
    for page in found:
        if page.imagewidth < 0.75 * (out[-1] if out else first).imagewidth:
            out.append(page)
    return out


def _shows_smaller(first: Any, page: Any) -> bool:
    alike = (
        page.samplesperpixel == first.samplesperpixel
        and page.dtype == first.dtype
        and page.photometric == first.photometric
        and not why_not(page)
        and not int(page.subfiletype) & 4  # a mask
    )
    meant = page.is_reduced or (page.is_tiled and first.is_tiled)
    across, down = first.imagewidth / page.imagewidth, first.imagelength / page.imagelength
    rounding = across / min(page.imagewidth, page.imagelength)
    return bool(alike and meant and across > 1.3 and abs(across - down) <= max(2 * rounding, 0.02 * across))


def _check_complete(path: Path, page: StoredPage, file_bytes: int) -> None:
    if missing := page.missing(file_bytes):
        raise InputError(
            f"{path} ends early: {max(1, round(missing * 100))} % of the picture is missing. Copy or download it again."
        )


def _levels(pages: list[StoredPage], overview: Overview | None, turn: int) -> list[_Level]:
    """The stored pages with halves between and after them, until the picture is small."""
    first = pages[0]
    out: list[_Level] = []
    for n, page in enumerate(pages):
        step_x, step_y = _step(first.width, page.width), _step(first.height, page.height)
        next_step = first.width / pages[n + 1].width if n + 1 < len(pages) else float("inf")
        shrink = 1
        while step_x * shrink * 1.5 < next_step:
            source: StoredPage | None = page
            inside = shrink
            if overview is not None and overview.page is page and shrink >= overview.shrink:
                source, inside = None, shrink // overview.shrink
            width, height = -(-page.width // shrink), -(-page.height // shrink)
            size = _upright_size(width, height, step_x * shrink, step_y * shrink, (first.width, first.height), turn)
            out.append(_Level(size, source, inside))
            if max(width, height) <= SMALLEST_LEVEL:
                break
            shrink *= 2
    return out


def _step(whole: int, small: int) -> float:
    """How many source pixels one of a copy covers: a power of two where that fits but for a rounded-off pixel."""
    exact = whole / small
    power = 2.0 ** round(np.log2(exact))
    return power if abs(small * power - whole) < power else exact


def _upright_size(
    width: int, height: int, step_x: float, step_y: float, whole: tuple[int, int], turn: int
) -> LevelSize:
    """A level's size after orientation. In a mirrored picture the first pixel sticks out, not the last."""
    over_x, over_y = width * step_x - whole[0], height * step_y - whole[1]
    x = -over_x if turn in (2, 3, 7, 8) else 0.0
    y = -over_y if turn in (3, 4, 6, 7) else 0.0
    if turn >= 5:
        return LevelSize(height, width, step_y, step_x, y, x)
    return LevelSize(width, height, step_x, step_y, x, y)


def _unturned(window: PixelWindow, size: LevelSize, turn: int) -> PixelWindow:
    """The stored pixels that a window of the upright level shows, by the table of the EXIF standard (tag 0x0112)."""
    x0, y0, x1, y1 = window
    w, h = size.width, size.height
    match turn:
        case 2:
            return w - x1, y0, w - x0, y1
        case 3:
            return w - x1, h - y1, w - x0, h - y0
        case 4:
            return x0, h - y1, x1, h - y0
        case 5:
            return y0, x0, y1, x1
        case 6:
            return y0, w - x1, y1, w - x0
        case 7:
            return h - y1, w - x1, h - y0, w - x0
        case 8:
            return h - y1, x0, h - y0, x1
        case _:
            return window


def _damaged(path: Path, error: BaseException) -> str:
    text = (str(error).strip().splitlines() or [type(error).__name__])[0][:120]
    return f"{path} is damaged and cannot be read ({text}). Copy or download it again."


def _close(file: tifffile.TiffFile, pool: ThreadPoolExecutor) -> None:
    pool.shutdown(wait=False, cancel_futures=True)
    file.close()
