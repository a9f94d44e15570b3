"""Exchange formats: one file each, and the table that the window and the command line go by.

To add one: a module with ``matches(data)``, ``read(src, progress)`` and perhaps a writer, and a line in `FORMATS`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.core.errors import InputError
from app.io.formats.imported import Imported, Progress, json_files

Reader = Callable[[Path, Progress | None], Imported]

_LOOK = 256 * 1024


@dataclass(frozen=True)
class Format:
    """One exchange format. ``marks`` are JSON keys of which all stand in every file of it; ``read`` is None where Fovea
    cannot read it; ``writes`` says whether it can be exported."""

    id: str
    title: str
    suffixes: tuple[str, ...]
    marks: tuple[bytes, ...]
    read: Reader
    writes: bool = False
    whole_folder: bool = False


def _coco(src: Path, progress: Progress | None) -> Imported:
    from app.io.formats import coco

    return coco.read(src, progress)


def _labelme(src: Path, progress: Progress | None) -> Imported:
    from app.io.formats import labelme

    return labelme.read(src, progress)


FORMATS: dict[str, Format] = {
    f.id: f
    for f in (
        Format(
            "labelme",
            "Labelme JSON",
            (".json",),
            (b'"shapes"', b'"imagePath"'),
            _labelme,
            writes=True,
            whole_folder=True,
        ),
        Format("coco", "COCO JSON", (".json",), (b'"images"', b'"annotations"'), _coco, True),
    )
}


def named(format_id: str) -> Format:
    """The format of that id. Raises InputError naming those there are."""
    if format_id not in FORMATS:
        raise InputError(f"There is no format '{format_id}'. Fovea knows {', '.join(sorted(FORMATS))}.")
    return FORMATS[format_id]


def detect(src: Path) -> str:
    """The id of the format of a file, or of the annotation files below a folder. Raises InputError.

    Looks for the keys that mark a format in the first and last 256 kB, so that a large file is not parsed twice.
    """
    if not src.exists():
        raise InputError(f"{src} is not there. Choose the file or folder that holds the annotations.")
    for file in json_files(src) if src.is_dir() else [src]:
        found = _format_of(file)
        if found:
            return found
    raise InputError(
        f"{src} is in no format that Fovea knows. It reads {', '.join(f.title for f in FORMATS.values())}."
    )


def _format_of(file: Path) -> str | None:
    try:
        with file.open("rb") as opened:
            text = opened.read(_LOOK)
            size = file.stat().st_size
            if size > _LOOK:
                opened.seek(max(_LOOK, size - _LOOK), os.SEEK_SET)
                text += opened.read()
            found = _marked(text)
            if found is None and size > 2 * _LOOK:  # keys in the middle, as when a picture is embedded first
                opened.seek(0)
                found = _marked(opened.read())
            return found
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror or error}.") from error


def _marked(text: bytes) -> str | None:
    return next((f.id for f in FORMATS.values() if all(mark in text for mark in f.marks)), None)
