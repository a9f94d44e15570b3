"""Pictures that are not where the project says: which are missing, and where they are now.

A picture is recognised by its path below the folder that a person names, else by its name and content, else by its
content alone. Shapes are kept in every case; what is not sure is left as it is.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.core.errors import InputError
from app.io import images
from app.io.folder import FolderScan

HASHED_AT_MOST = 512 * 1024 * 1024
"""Larger files are known by path and size alone: reading one takes seconds."""
SEARCHED_AT_MOST = 5000
"""So many files are read to find renamed pictures by their content."""


@dataclass(frozen=True)
class Found:
    """``root`` is the folder that all paths start from now, None where it stays; ``moved`` gives single pictures their
    new paths, relative to the root as it is; ``other`` are there by name, but with another content."""

    root: Path | None = None
    moved: Mapping[str, str] = field(default_factory=dict)
    other: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def missing_of(root: Path, paths: Iterable[str]) -> list[str]:
    """Those that are no files."""
    return [path for path in paths if not os.path.isfile(root / path)]  # noqa: PTH113 - many times


def hash_of(file: Path) -> str:
    """The content's hash, "" for a file that is too large to be read for that. Raises InputError."""
    try:
        if file.stat().st_size > HASHED_AT_MOST:
            return ""
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror or error}.") from error
    return images.content_hash(file)


def find(folder: Path, root: Path, missing: Mapping[str, str], present: Iterable[str]) -> Found:
    """Look for pictures in a folder. Raises InputError where it cannot be listed.

    ``missing`` gives their hashes ("" where it is not known), ``present`` are the project's other pictures: the folder
    becomes the new root only where these are below it too.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder that can be read. Choose the folder of the pictures.")
    below = [path for path in missing if (folder / path).is_file() and _fits(folder / path, missing[path])]
    if below and len(below) == len(missing) and not missing_of(folder, present):
        return Found(folder)
    scan = FolderScan(folder)
    files = [path for batch in scan.batches() for path in batch]
    by_name: dict[str, list[str]] = {}
    for path in files:
        by_name.setdefault(path.rpartition("/")[2].casefold(), []).append(path)
    known = {os.path.normpath(root / path) for path in present}
    moved, other, left = dict[str, str](), list[str](), dict[str, str]()
    for path, content in missing.items():
        near = _ranked(path, by_name.get(path.rpartition("/")[2].casefold(), []), sure=not content)
        near = [place for place in near if os.path.normpath(folder / place) not in known]
        fits = [place for place in near if _fits(folder / place, content)]
        if fits and (content or len(fits) == 1):
            moved[path] = _relative(folder / fits[0], root)
            known.add(os.path.normpath(folder / fits[0]))
        else:
            left[path] = content
            other += [path] if near and content and not fits else []
    moved |= _by_content(folder, root, files, known, left)
    return Found(None, moved, tuple(p for p in other if p not in moved), tuple(p for p in left if p not in moved))


def _ranked(path: str, places: list[str], sure: bool) -> list[str]:
    """Places with the same name, those that share most of the folders above it first; only these where ``sure``."""
    wanted = path.casefold().split("/")[::-1]

    def shared(place: str) -> int:
        parts = place.casefold().split("/")[::-1]
        pairs = zip(wanted, parts, strict=False)
        return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(parts), len(wanted)))

    best = max(map(shared, places), default=0)
    return sorted((p for p in places if shared(p) == best or not sure), key=lambda place: -shared(place))


def _fits(file: Path, content: str) -> bool:
    try:
        return not content or hash_of(file) in (content, "")
    except InputError:
        return False


def _by_content(folder: Path, root: Path, files: list[str], known: set[str], left: Mapping[str, str]) -> dict[str, str]:
    """Pictures that were renamed: found by their content among files that are nobody else's."""
    wanted = {content: path for path, content in left.items() if content}
    free = [path for path in files if os.path.normpath(folder / path) not in known]
    found: dict[str, str] = {}
    if not wanted or len(free) > SEARCHED_AT_MOST:
        return found
    for place in free:
        try:
            path = wanted.pop(hash_of(folder / place), None)
        except InputError:
            continue
        if path is not None:
            found[path] = _relative(folder / place, root)
        if not wanted:
            break
    return found


def _relative(place: Path, root: Path) -> str:
    try:
        return Path(os.path.relpath(place, root)).as_posix()
    except ValueError:  # on another drive than the root
        return place.as_posix()
