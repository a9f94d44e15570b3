"""A small copy of a picture that has none of its own: rough at once, and better the more of the file has been read."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.core.huge import PixelWindow
from app.io.tiff_pages import StoredPage

OVERVIEW_BYTES = 80 * 1024 * 1024
OVERVIEW_SIDE = 8192


def shrink_for(page: StoredPage, side: int) -> int:
    """By how much an overview of at most ``side`` pixels is smaller than its page: a power of two."""
    shrink = 1
    while max(page.width, page.height) > shrink * side or page.row_bytes * page.height > OVERVIEW_BYTES * shrink**2:
        shrink *= 2
    return shrink


class Overview:
    """``pixels`` (h, w, C) is complete once `step` says so; until then parts of it are guessed from what has been read.

    One thread at a time may call `sketch` and `step`.
    """

    def __init__(self, page: StoredPage, side: int) -> None:
        self.page, self.shrink = page, shrink_for(page, side)
        self.height, self.width = -(-page.height // self.shrink), -(-page.width // self.shrink)
        self.pixels = np.zeros((self.height, self.width, page.channels), dtype=page.dtype)
        self.version = 0
        self.complete = False
        self._rows = max(1, -(-page.rows // self.shrink)) if not page.raw else max(1, 16 // self.shrink)
        self._columns = max(1, -(-page.columns // self.shrink)) if page.tiled else self.width
        self._sketched = False
        self._left = self._cells()

    def sketch(self, seconds: float, rows: int) -> None:
        """Something to look at within about that time: single rows (about ``rows``) where strips allow that, else as
        many strips or tiles as can be read, spread over the picture."""
        if self._sketched:
            return
        end = time.monotonic() + seconds
        self._sketched = not self.page.tiled and self._sketch_rows(end, rows)
        while not self._sketched and self.step() and time.monotonic() < end:
            pass
        self._sketched = True

    def step(self) -> bool:
        """Read one more part; false when there is none left. Raises whatever the decoder does for damaged data."""
        cell = next(self._left, None)
        if cell is None:
            self.complete = True
            return False
        i, j, stride = cell
        y0, x0 = i * self._rows, j * self._columns
        window = x0, y0, min(x0 + self._columns, self.width), min(y0 + self._rows, self.height)
        found = self.page.reduced(window, self.shrink)
        if stride > 1 and not self._sketched:
            self._guess(found, window, stride)
        self.pixels[window[1] : window[3], x0 : window[2]] = found
        self.version += 1
        return True

    def _cells(self) -> Iterator[tuple[int, int, int]]:
        """(row, column, stride): every strip or tile once, first few that lie far apart, then those between."""
        rows, columns = -(-self.height // self._rows), -(-self.width // self._columns)
        first = stride = 1 << (max(rows, columns) - 1).bit_length()
        while stride >= 1:
            for i in range(0, rows, stride):
                for j in range(0, columns, stride):
                    if stride == first or i % (2 * stride) or j % (2 * stride):
                        yield i, j, stride
            stride //= 2

    def _guess(self, found: NDArray[Any], window: PixelWindow, stride: int) -> None:
        """What lies between this part and those that have not been read: its last row, or for a tile its mean."""
        x0, y0 = window[:2]
        beyond = self.pixels[y0 : y0 + stride * self._rows, x0 : x0 + stride * self._columns]
        beyond[...] = found.mean(axis=(0, 1), keepdims=True) if self.page.tiled else found[-1:]

    def _sketch_rows(self, end: float, rows: int) -> bool:
        """One row of every strip, or of as many as there is time for; false where single rows cannot be decoded."""
        page = self.page
        every = page.rows if not page.raw else max(1, page.height // rows)
        count = -(-page.height // every)
        order = _spread(count)
        for k, stride in order[: max(1, rows)] if count > 2 * rows else order:
            row = page.first_row(k) if not page.raw else page.read((0, k * every, page.width, k * every + 1))
            if row is None:
                return False
            line = _line(row, self.shrink, self.width)
            y0 = k * every // self.shrink
            self.pixels[y0 : max(y0 + 1, (k + stride) * every // self.shrink)] = line
            if time.monotonic() > end:
                break
        self.version += 1
        return True


def _spread(count: int) -> list[tuple[int, int]]:
    """0..count-1, each with its stride: first few that lie far apart, then those between."""
    out = []
    first = stride = 1 << (count - 1).bit_length()
    while stride >= 1:
        out += [(k, stride) for k in range(0, count, stride) if stride == first or k % (2 * stride)]
        stride //= 2
    return out


def _line(row: NDArray[Any], shrink: int, width: int) -> NDArray[Any]:
    """(1, width, C): a row averaged along itself."""
    padded = np.pad(row, ((0, 0), (0, width * shrink - row.shape[1]), (0, 0)), mode="edge")
    means = padded.reshape(1, width, shrink, -1).mean(axis=2)
    return np.asarray(means if row.dtype.kind == "f" else (means + 0.5).astype(row.dtype))
