"""Zip shards of pictures with object masks, and where the shared data lie.

A folder of shards holds ``index.jsonl.gz``, one line per object, and zips of ``<image>.jpg`` and ``<mask>.png``; in a
mask every object has its own value, 255 stands for objects that are not in the index.
"""

from __future__ import annotations

import gzip
import json
import os
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.core.errors import InputError


@dataclass(frozen=True, slots=True)
class ShardObject:
    """One line of an index: ``value`` is the object's value in the mask, ``share`` of the picture that it covers."""

    shard: Path
    image: str
    mask: str
    value: int
    dataset: str
    share: float
    licence: str


def shared_root() -> Path:
    """The folder of shared data: ``FOVEA_SHARED``, or ``shared`` beside the project's folder."""
    given = os.environ.get("FOVEA_SHARED")
    return Path(given) if given else Path(__file__).resolve().parents[2].parent / "shared"


def index(folder: Path) -> Iterator[ShardObject]:
    """The objects of a folder of shards, in the order of its index."""
    with gzip.open(folder / "index.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            yield ShardObject(
                folder / row["shard"],
                row["image"],
                row["mask"],
                int(row["value"]),
                row["dataset"],
                float(row.get("area_frac", 0)),
                row.get("license", ""),
            )


def member(shard: Path, name: str) -> bytes:
    """A file out of a shard."""
    return _zip(shard).read(name)


@lru_cache(maxsize=4)
def _zip(path: Path) -> zipfile.ZipFile:
    return zipfile.ZipFile(path)


def colour(content: bytes, name: str) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 RGB as stored: the masks are drawn on the pixels before any EXIF orientation."""
    import cv2

    flags = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    pixels = cv2.imdecode(np.frombuffer(content, np.uint8), flags)
    if pixels is None:
        raise InputError(f"{name} is no picture that can be read.")
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), dtype=np.uint8)


def gray(content: bytes, name: str) -> NDArray[np.uint8]:
    """(H, W) uint8 mask values, unchanged."""
    import cv2

    levels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    if levels is None or levels.ndim != 2:
        raise InputError(f"{name} is no mask that can be read.")
    return np.asarray(levels, dtype=np.uint8)
