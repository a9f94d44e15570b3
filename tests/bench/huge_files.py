"""Pictures too large for memory: one with its own pyramid in JPEG tiles, one in plain strips."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import cv2
import imagecodecs
import numpy as np
import tifffile

from tests.bench.pictures import photograph

TILE = 512
ROWS_PER_STRIP = 16


def textures() -> list[np.ndarray]:
    """(TILE, TILE, 3) uint8: pieces of the shared photographs where they lie beside the checkout, else generated."""
    shared = Path(os.environ.get("FOVEA_SHARED", Path(__file__).resolve().parents[3] / "shared"))
    photos = sorted((shared / "data" / "01_photos").glob("*.[jp][pn]g"))
    found = [p for p in (cv2.imread(str(file)) for file in photos) if p is not None]
    pictures = [cv2.cvtColor(p, cv2.COLOR_BGR2RGB) for p in found] or [photograph(2 * TILE, 3 * TILE)]
    pieces = []
    for picture in pictures:
        least = TILE / min(picture.shape[:2])
        if least > 1:
            picture = cv2.resize(picture, None, fx=least, fy=least, interpolation=cv2.INTER_CUBIC)
        for y in range(0, picture.shape[0] - TILE + 1, TILE):
            for x in range(0, picture.shape[1] - TILE + 1, TILE):
                pieces.append(picture[y : y + TILE, x : x + TILE].copy())
    return pieces


def tile_rows(side: int, seed: int = 5) -> Iterator[np.ndarray]:
    """A ``side`` x ``side`` picture as bands of (TILE, n * TILE, 3) uint8: no two neighbours alike, darker to the right
    and down, so that every place can be told from the others."""
    rng, pieces, count = np.random.default_rng(seed), textures(), -(-side // TILE)
    for row in range(count):
        band = np.concatenate([pieces[int(i)] for i in rng.integers(len(pieces), size=count)], axis=1)
        light = np.linspace(1.0, 0.55, band.shape[1], dtype=np.float32)[None, :, None] * (1 - 0.4 * row / count)
        yield (band * light).astype(np.uint8)


def write_striped(path: Path, side: int) -> None:
    """Plain strips, deflated, no smaller copies."""

    def strips() -> Iterator[bytes]:
        left = side
        for band in tile_rows(side):
            for y in range(0, min(TILE, left), ROWS_PER_STRIP):
                strip = np.ascontiguousarray(band[y : min(y + ROWS_PER_STRIP, left), :side])
                yield imagecodecs.zlib_encode(imagecodecs.delta_encode(strip, axis=1), level=1)
            left -= TILE

    options = {"photometric": "rgb", "rowsperstrip": ROWS_PER_STRIP, "compression": "zlib", "predictor": True}
    tifffile.imwrite(path, strips(), shape=(side, side, 3), dtype=np.uint8, bigtiff=True, **options)


def write_pyramid(path: Path, side: int) -> None:
    """JPEG tiles; every smaller copy half as large as the one before, as SubIFDs."""
    levels: list[list[np.ndarray]] = []
    size = side
    while size > TILE:
        size = -(-size // 2)
        levels.append([])

    def tiles() -> Iterator[np.ndarray]:
        for band in tile_rows(side):
            halve(band, 0)
            for x in range(0, band.shape[1], TILE):
                yield band[:, x : x + TILE]

    def halve(band: np.ndarray, level: int) -> None:
        if level < len(levels):
            levels[level].append(
                cv2.resize(band, (band.shape[1] // 2, band.shape[0] // 2), interpolation=cv2.INTER_AREA)
            )

    options = {"tile": (TILE, TILE), "photometric": "rgb", "compression": "jpeg", "compressionargs": {"level": 88}}
    with tifffile.TiffWriter(path, bigtiff=True) as file:
        file.write(tiles(), shape=(side, side, 3), dtype=np.uint8, subifds=len(levels), **options)
        size, whole = side, None
        for _ in levels:
            size = -(-size // 2)
            whole = np.concatenate(levels[0]) if whole is None else _half(whole)
            levels[0] = []
            file.write(np.ascontiguousarray(whole[:size, :size]), subfiletype=1, **options)


def _half(picture: np.ndarray) -> np.ndarray:
    padded = cv2.copyMakeBorder(picture, 0, picture.shape[0] % 2, 0, picture.shape[1] % 2, cv2.BORDER_REPLICATE)
    return cv2.resize(padded, (padded.shape[1] // 2, padded.shape[0] // 2), interpolation=cv2.INTER_AREA)
