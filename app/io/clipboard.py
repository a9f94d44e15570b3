"""Where a pasted picture goes (a new file, beside the others or in the person's own folder), and shapes as bytes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from app.core import paths
from app.core.annotation import Shape
from app.core.errors import InputError
from app.io.shape_rows import COLUMNS, from_row, to_row


def folder_for(root: Path | None) -> Path:
    """The open folder if it can be written to, else a folder of the person's own."""
    if root is not None and os.access(root, os.W_OK):
        return root
    folder = paths.user_data_dir() / "pasted"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def next_name(folder: Path) -> Path:
    """A name that says when, and that no file has."""
    stem = datetime.now().strftime("pasted %Y-%m-%d %H.%M.%S")
    file, number = folder / f"{stem}.png", 2
    while file.exists():
        file, number = folder / f"{stem} {number}.png", number + 1
    return file


SHAPES = "application/x-fovea-shapes"
"""The kind of clipboard data that holds shapes, between windows too."""


def shapes_to_bytes(shapes: Iterable[Shape]) -> bytes:
    """Shapes as JSON rows (see `shape_rows`); a mask's runs are ASCII text."""
    rows = [[v.decode("ascii") if isinstance(v, bytes) else v for v in to_row(shape)] for shape in shapes]
    return json.dumps(rows, ensure_ascii=False).encode()


def shapes_from_bytes(data: bytes) -> tuple[Shape, ...]:
    """What `shapes_to_bytes` wrote. Raises InputError for anything else, which another program may have put there."""
    counts = COLUMNS.index("counts")
    try:
        rows = json.loads(data)
        return tuple(
            from_row(tuple(v.encode("ascii") if i == counts and v is not None else v for i, v in enumerate(row)))
            for row in rows
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError("The shapes on the clipboard cannot be read; copy them again.") from error
