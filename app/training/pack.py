"""The training pictures as one file that is mapped into memory, and what is in it.

A pack is a folder of two files: ``pack.bin``, the encoded pictures and masks one after another, and ``pack.json``,
where they lie in it, what they show, which data they come from (hashes), and which were kept out because they look
like a picture that is measured on.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from app.core.errors import InputError
from app.core.geometry import BoolArray
from app.io import shards
from app.training.lookalikes import Guard

FORMAT = 1
Report = Callable[[int, int], None]
"""Called with pictures done and pictures in all."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A picture: ``picture`` and ``mask`` are (offset, bytes) in the file, ``objects`` (mask value, share covered)."""

    dataset: str
    name: str
    licence: str
    picture: tuple[int, int]
    mask: tuple[int, int]
    objects: tuple[tuple[int, float], ...]


@dataclass(frozen=True, eq=False)
class Pack:
    """Pictures with object masks, read one at a time. ``about`` is what ``pack.json`` says besides the entries."""

    folder: Path
    entries: tuple[Entry, ...] = field(repr=False)
    about: dict[str, Any] = field(repr=False)

    @cached_property
    def _bytes(self) -> NDArray[np.uint8]:
        return np.memmap(self.folder / "pack.bin", dtype=np.uint8, mode="r")

    def picture(self, number: int) -> NDArray[np.uint8]:
        """(H, W, 3) uint8 RGB."""
        return shards.colour(self._part(self.entries[number].picture), self.entries[number].name)

    def mask(self, number: int) -> NDArray[np.uint8]:
        """(H, W) uint8: 0 background, an object's value, 255 objects that are not listed."""
        return shards.gray(self._part(self.entries[number].mask), self.entries[number].name)

    def truth(self, number: int, value: int) -> BoolArray:
        """(H, W) bool: one object of a picture."""
        return np.asarray(self.mask(number) == value)

    def _part(self, place: tuple[int, int]) -> bytes:
        offset, length = place
        return self._bytes[offset : offset + length].tobytes()


def open_pack(folder: Path) -> Pack:
    """A pack that `write` made. Raises `InputError` where there is none."""
    try:
        content = json.loads((folder / "pack.json").read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"There is no pack of training pictures in {folder}.") from error
    if content.get("format") != FORMAT:
        raise InputError(f"The pack in {folder} is of another version; remove it and it will be made again.")
    rows = content.pop("entries")
    entries = tuple(
        Entry(
            row["dataset"],
            row["name"],
            row["licence"],
            (row["picture"][0], row["picture"][1]),
            (row["mask"][0], row["mask"][1]),
            tuple((int(value), float(share)) for value, share in row["objects"]),
        )
        for row in rows
    )
    return Pack(folder, entries, content)


def write(
    source: Path, folder: Path, guard: Guard, quality: int | None = None, report: Report = lambda done, total: None
) -> Pack:
    """Pack a folder of shards (see `app.io.shards`), without the pictures that ``guard`` objects to.

    ``quality`` encodes the pictures again as JPEG of that quality, where the pack must be small; None keeps their
    bytes. Equal sources give equal packs.
    """
    pictures: dict[str, list[shards.ShardObject]] = {}
    for row in shards.index(source):
        pictures.setdefault(row.image, []).append(row)
    folder.mkdir(parents=True, exist_ok=True)
    entries: list[Entry] = []
    dropped: dict[str, str] = {}
    digest, at = hashlib.sha256(), 0
    part = folder / "pack.bin.part"
    with part.open("wb") as file:
        for done, (name, objects) in enumerate(sorted(pictures.items()), start=1):
            content, mask = (shards.member(objects[0].shard, n) for n in (name, objects[0].mask))
            pixels = shards.colour(content, name)
            if (like := guard.lookalike(pixels)) is not None:
                dropped[name] = like
                continue
            content = content if quality is None else _jpeg(pixels, quality)
            entries.append(_entry(objects, at, len(content), len(mask)))
            for piece in (content, mask):
                file.write(piece)
                digest.update(piece)
                at += len(piece)
            report(done, len(pictures))
    part.replace(folder / "pack.bin")
    about = {
        "format": FORMAT,
        "sha256": digest.hexdigest(),
        "sources": source_hashes(source),
        "quality": quality,
        "guard": {"pictures": len(set(guard.names)), "kept out": dropped},
    }
    _store(folder / "pack.json", about, entries)
    return Pack(folder, tuple(entries), about)


def _entry(objects: list[shards.ShardObject], at: int, picture: int, mask: int) -> Entry:
    listed = tuple((row.value, row.share) for row in objects)
    first = objects[0]
    return Entry(first.dataset, first.image, first.licence, (at, picture), (at + picture, mask), listed)


def _store(file: Path, about: dict[str, Any], entries: Iterable[Entry]) -> None:
    part = file.with_name(file.name + ".part")
    part.write_text(json.dumps({**about, "entries": [asdict(entry) for entry in entries]}), encoding="utf-8")
    part.replace(file)


def _jpeg(pixels: NDArray[np.uint8], quality: int) -> bytes:
    _, content = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return content.tobytes()


def source_hashes(source: Path) -> dict[str, str]:
    """sha256 of every file in a folder of shards."""
    found = {}
    for file in sorted(p for p in source.iterdir() if p.is_file()):
        with file.open("rb") as content:
            found[file.name] = hashlib.file_digest(content, "sha256").hexdigest()
    return found


def source_key(clickset: Path) -> str:
    """A short name for the training and validation indices of a clickset folder, as they are now."""
    digest = hashlib.sha256(str(FORMAT).encode())
    for part in ("train", "val"):
        digest.update((clickset / part / "index.jsonl.gz").read_bytes())
    return digest.hexdigest()[:16]


def guard_against_tests(clickset: Path) -> Guard:
    """The guard against the test sets of a clickset folder; raises `InputError` where they are not there."""
    index = clickset / "test" / "index.jsonl"
    try:
        rows = [json.loads(line) for line in index.read_text(encoding="utf-8").splitlines()]
    except OSError as error:
        raise InputError(
            f"The test sets are not in {clickset / 'test'}, so what looks like them cannot be kept out of training."
        ) from error
    names = sorted({row["image"] for row in rows})
    pictures = [shards.colour((clickset / "test" / name).read_bytes(), name) for name in names]
    return Guard(names, pictures)
