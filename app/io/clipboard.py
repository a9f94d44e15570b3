"""Where a pasted picture goes: a new file, beside the others or in the person's own folder."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from app.core import paths


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
