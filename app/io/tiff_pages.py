"""One page of a TIFF file, read in parts: only the strips or tiles that are needed are decoded.

tifffile reads the structure and decodes single segments (strips or tiles); this puts them together and keeps what was
decoded last.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.core.huge import PixelWindow

STRIPS_BYTES, TILES_BYTES = 96 * 1024 * 1024, 48 * 1024 * 1024
"""What is kept decoded: strips as wide as the picture serve many windows, tiles are kept by whoever shows them."""
CHUNK_BYTES = 32 * 1024 * 1024
MAX_SEGMENT_BYTES = 512 * 1024 * 1024
"""A segment that is larger decoded cannot be read in parts."""

_JPEG = (6, 7, 34892, 33007)
_GRAY_INVERTED, _GRAY, _RGB, _PALETTE, _YCBCR = 0, 1, 2, 3, 6


class SegmentCache:
    """Decoded segments, the least recently used go first; bounded in bytes; may be used from several threads."""

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self.used_bytes = 0
        self._kept: OrderedDict[tuple[int, int], NDArray[Any]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[int, int]) -> NDArray[Any] | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: tuple[int, int], pixels: NDArray[Any]) -> None:
        with self._lock:
            if key not in self._kept:
                self._kept[key] = pixels
                self.used_bytes += pixels.nbytes
            while self.used_bytes > self.limit_bytes and len(self._kept) > 1:
                self.used_bytes -= self._kept.popitem(last=False)[1].nbytes


def why_not(page: Any) -> str:
    """Why a page cannot be read in parts; "" if it can."""
    if page.photometric not in (_GRAY_INVERTED, _GRAY, _RGB, _PALETTE, _YCBCR):
        return f"its colours are stored as {getattr(page.photometric, 'name', page.photometric)}"
    if page.dtype is None or page.bitspersample not in (1, 8, 12, 16, 32, 64) or page.dtype.kind not in "uifb":
        return f"its values have {page.bitspersample} bits"
    if page.imagedepth != 1 or page.shaped[1] != 1:
        return "it is a volume"
    if page.photometric == _PALETTE and (page.bitspersample != 8 or page.samplesperpixel != 1 or page.colormap is None):
        return "its palette is unusual"
    if page.photometric == _YCBCR and page.compression not in _JPEG:
        return "its colours are stored as YCbCr"
    rows, columns = (page.tilelength, page.tilewidth) if page.is_tiled else (page.rowsperstrip, page.imagewidth)
    samples = page.samplesperpixel if page.planarconfig == 1 else 1
    if min(rows, page.imagelength) * columns * samples * page.dtype.itemsize > MAX_SEGMENT_BYTES and not _raw(page):
        return "it is compressed in one piece"
    return ""


def _raw(page: Any) -> bool:
    """Whether the pixels lie in the file as they are, row after row."""
    whole_bytes = page.bitspersample == 8 * page.dtype.itemsize and page.fillorder == 1
    return bool(
        page.compression == 1 and page.predictor == 1 and not page.is_tiled and whole_bytes and page.is_contiguous
    )


class StoredPage:
    """A page as it is stored: before orientation. Reading is safe from several threads."""

    def __init__(self, page: Any, number: int, cache: SegmentCache, pool: ThreadPoolExecutor) -> None:
        self._page, self._number, self._cache, self._pool = page, number, cache, pool
        self._file = page.parent.filehandle
        self.width, self.height = int(page.imagewidth), int(page.imagelength)
        self.tiled = bool(page.is_tiled)
        self.planes = int(page.samplesperpixel) if page.planarconfig == 2 else 1
        inside = 1 if page.planarconfig == 2 else int(page.samplesperpixel)
        self._palette = _palette(page) if page.photometric == _PALETTE else None
        self.channels = 3 if self._palette is not None else self.planes * inside
        self._inside = 3 if self._palette is not None else inside
        self._stored = np.dtype(page.dtype)
        self._bits = int(page.bitspersample)
        narrow = self._bits == 1 or self._stored in (np.uint8, np.uint16)
        self.dtype = np.dtype(np.float32) if not narrow else np.dtype(np.uint8 if self._bits == 1 else self._stored)
        self.raw = _raw(page)
        self.rows = int(page.tilelength if self.tiled else min(page.rowsperstrip, self.height))
        self.columns = int(page.tilewidth) if self.tiled else self.width
        self._across, self._down = -(-self.width // self.columns), -(-self.height // self.rows)
        self._jpeg = {"jpegtables": page.jpegtables, "jpegheader": page.jpegheader} if page.compression in _JPEG else {}

    @property
    def row_bytes(self) -> int:
        return self.width * self.channels * self.dtype.itemsize

    def missing(self, file_bytes: int) -> float:
        """Which part of the segments lies beyond the end of the file, 0..1."""
        count = self._across * self._down * self.planes
        offsets, sizes = self._page.dataoffsets[:count], self._page.databytecounts[:count]
        if len(offsets) < count:
            return 1 - len(offsets) / count
        beyond = np.asarray(offsets, dtype=np.float64) + np.asarray(sizes, dtype=np.float64) > file_bytes
        return float(beyond.mean())

    def read(self, window: PixelWindow) -> NDArray[Any]:
        """(h, w, C) pixels. Raises whatever the decoder does for damaged data."""
        x0, y0, x1, y1 = window
        if self.raw:
            return self._finished(self._read_raw(window))
        out = np.empty((y1 - y0, x1 - x0, self.channels), dtype=self.dtype)
        rows = range(y0 // self.rows, -(-y1 // self.rows))
        columns = range(x0 // self.columns, -(-x1 // self.columns))
        places = [(plane, i, j) for plane in range(self.planes) for i in rows for j in columns]
        indices = [(plane * self._down + i) * self._across + j for plane, i, j in places]
        for (plane, i, j), pixels in zip(places, self._segments(indices), strict=True):
            top, left = i * self.rows, j * self.columns
            a, b = max(y0, top), min(y1, top + pixels.shape[0])
            c, d = max(x0, left), min(x1, left + pixels.shape[1])
            part = out[a - y0 : b - y0, c - x0 : d - x0, plane * self._inside : (plane + 1) * self._inside]
            part[...] = pixels[a - top : b - top, c - left : d - left]
        return out

    def reduced(self, window: PixelWindow, shrink: int) -> NDArray[Any]:
        """(h, w, C): the window (in pixels of the page divided by ``shrink``) averaged over ``shrink`` x ``shrink``."""
        if shrink == 1:
            return self.read(window)
        x0, y0, x1, y1 = window
        left, right = x0 * shrink, min(x1 * shrink, self.width)
        at_once = max(1, CHUNK_BYTES // max(1, (right - left) * self.channels * self.dtype.itemsize * shrink))
        parts = []
        for y in range(y0, y1, at_once):
            end = min(y + at_once, y1)
            pixels = self.read((left, y * shrink, right, min(end * shrink, self.height)))
            parts.append(averaged(pixels, shrink, (end - y, x1 - x0)))
        return np.concatenate(parts) if len(parts) > 1 else parts[0]

    def first_row(self, strip: int) -> NDArray[Any] | None:
        """(1, W, C): a strip's first row, decoded without the others; None where it cannot be."""
        page, bits = self._page, self._bits
        if self.tiled or self.planes > 1 or page.fillorder != 1 or bits != 8 * self._stored.itemsize:
            return None
        if page.predictor not in (1, 2) or (page.predictor == 2 and self._stored.kind == "f"):
            return None
        if self.raw:
            return self.read((0, strip * self.rows, self.width, strip * self.rows + 1))
        samples = self.channels if self._palette is None else 1
        count = self.width * samples * self._stored.itemsize
        decoded = _beginning(self._bytes(strip), page.compression, count)
        if decoded is None or len(decoded) < count:
            return None
        order = self._stored.newbyteorder(page.parent.byteorder)
        row = np.frombuffer(decoded, dtype=order, count=self.width * samples).astype(self._stored)
        row = row.reshape(1, self.width, samples)
        if page.predictor == 2:
            row = np.cumsum(row, axis=1, dtype=row.dtype)
        return self._finished(row)

    def _read_raw(self, window: PixelWindow) -> NDArray[Any]:
        x0, y0, x1, y1 = window
        order = self._stored.newbyteorder(self._page.parent.byteorder)
        pixel = self._inside if self._palette is None else 1
        step = self.width * pixel * order.itemsize
        planes = []
        for plane in range(self.planes):
            start = int(self._page.dataoffsets[0]) + plane * step * self.height
            whole = 4 * (x1 - x0) >= self.width
            if whole:
                rows = np.frombuffer(self._read_at(start + y0 * step, (y1 - y0) * step), dtype=order)
                rows = rows.reshape(y1 - y0, self.width, pixel)[:, x0:x1]
            else:
                at, length = start + x0 * pixel * order.itemsize, (x1 - x0) * pixel * order.itemsize
                data = b"".join(self._read_at(at + y * step, length) for y in range(y0, y1))
                rows = np.frombuffer(data, dtype=order).reshape(y1 - y0, x1 - x0, pixel)
            planes.append(rows)
        return np.concatenate(planes, axis=2) if self.planes > 1 else planes[0]

    def _segments(self, indices: list[int]) -> Iterable[NDArray[Any]]:
        """In that order; a few at a time are decoded at once, so that one read never fills the memory."""
        if len(indices) == 1:
            return [self._segment(indices[0])]
        return self._some_at_a_time(indices)

    def _some_at_a_time(self, indices: list[int], at_once: int = 8) -> Iterable[NDArray[Any]]:
        for start in range(0, len(indices), at_once):
            yield from self._pool.map(self._segment, indices[start : start + at_once])

    def _segment(self, index: int) -> NDArray[Any]:
        key = self._number, index
        found = self._cache.get(key)
        if found is None:
            found = self._decode(index)
            self._cache.put(key, found)
        return found

    def _decode(self, index: int) -> NDArray[Any]:
        """(rows, columns, samples) of one segment."""
        data = self._bytes(index)
        pixels, _, shape = self._page.decode(data or None, index, **self._jpeg)
        if pixels is None:  # a segment that was never written
            pixels = np.full(shape, self._page.nodata, dtype=self._stored)
        return self._finished(pixels.reshape(pixels.shape[-3:]))

    def _finished(self, pixels: NDArray[Any]) -> NDArray[Any]:
        """Stored values as those of an `Image`."""
        if self._palette is not None:
            return np.asarray(self._palette[pixels[:, :, 0]])
        if self._bits == 1:
            pixels = pixels.astype(np.uint8) * np.uint8(255)
        if self._page.photometric == _GRAY_INVERTED and pixels.dtype.kind == "u":
            pixels = np.iinfo(pixels.dtype).max - pixels
        return np.ascontiguousarray(pixels, dtype=self.dtype)

    def _bytes(self, index: int) -> bytes:
        return self._read_at(int(self._page.dataoffsets[index]), int(self._page.databytecounts[index]))

    def _read_at(self, offset: int, count: int) -> bytes:
        if offset == 0 or count == 0:
            return b""
        with self._file.lock:
            self._file.seek(offset)
            data: bytes = self._file.read(count)
        if len(data) < count:
            raise EOFError("the file ends early")
        return data


def averaged(pixels: NDArray[Any], shrink: int, size: tuple[int, int]) -> NDArray[Any]:
    """(h * shrink, w * shrink, C) pixels, or a little less at the right and lower edge, as means over squares:
    ``size`` is (h, w)."""
    import cv2  # not at the top: the window paints before OpenCV is loaded

    height, width = size
    below, beside = height * shrink - pixels.shape[0], width * shrink - pixels.shape[1]
    if below or beside:
        pixels = cv2.copyMakeBorder(pixels, 0, below, 0, beside, cv2.BORDER_REPLICATE)
    small = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small).reshape(height, width, pixels.shape[2] if pixels.ndim == 3 else 1)


def _palette(page: Any) -> NDArray[np.uint8]:
    """(256, 3) uint8 RGB."""
    return np.ascontiguousarray((np.asarray(page.colormap) >> 8).astype(np.uint8).T)


def _beginning(data: bytes, compression: int, count: int) -> bytes | None:
    """The first ``count`` decoded bytes."""
    if compression == 1:
        return data[:count]
    if compression in (8, 32946):
        import zlib

        return zlib.decompressobj().decompress(data, count)
    if compression == 5:
        import imagecodecs

        return bytes(imagecodecs.lzw_decode(data, out=count))
    return None
