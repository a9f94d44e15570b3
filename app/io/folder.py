"""Which pictures a folder holds: fast, in batches, and again later only where something changed."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from app.core.errors import InputError
from app.io.images import is_image_name

FIRST_BATCH = 64
BATCH = 4096
_OWN_NAMES = frozenset({"demo-out", "__MACOSX"})
_SETTLED_NS = 2_500_000_000
"""A folder that changed this recently may change again under the same time stamp (FAT counts in 2 s): look again."""

_DIGITS = re.compile(r"[0-9]+")


def natural_key(path: str) -> str:
    """A string that sorts as people count: img2 before img10, case aside, a folder's pictures together.

    One string per name rather than a tuple of parts: 100,000 names sort in a fraction of a second.
    """
    counted = _DIGITS.sub(_counted, path.casefold())
    return f"{counted.replace('/', chr(1))}\0{path}"


def natural_sorted(paths: Iterable[str]) -> list[str]:
    return sorted(paths, key=natural_key)


def _counted(digits: re.Match[str]) -> str:
    return digits[0].zfill(24)  # longer numbers than that are no counting


@dataclass(frozen=True)
class Changes:
    """What is new and what is gone since the last look; paths as in `FolderScan.batches`, naturally sorted."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        return not (self.added or self.removed)


@dataclass
class _Folder:
    stamp: int | None
    """The folder's modification time when it was listed; None if that was too recent to be trusted."""
    names: frozenset[str]
    subfolders: tuple[str, ...]


@dataclass
class FolderScan:
    """A look through a folder and its subfolders, from one thread at a time; `stop` may be called from any other.

    Hidden folders and files, `demo-out` and project files are left out. Links to folders are followed, each real folder
    once, so a link that leads back does no harm. ``problems`` holds a sentence for every subfolder that cannot be read.
    """

    folder: Path
    problems: list[str] = field(default_factory=list)
    _known: dict[str, _Folder] = field(default_factory=dict, repr=False)
    _stopped: bool = field(default=False, repr=False)

    def stop(self) -> None:
        """End the scan at the next entry; what has been given so far stays valid."""
        self._stopped = True

    @property
    def stopped(self) -> bool:
        return self._stopped

    def paths(self) -> list[str]:
        """Everything found so far, naturally sorted."""
        return natural_sorted(_join(folder, name) for folder, known in self._known.items() for name in known.names)

    def batches(self) -> Iterator[list[str]]:
        """Paths of pictures relative to the folder, with forward slashes, in the order in which the disk gives them.

        The first batch is small and comes at once. Raises InputError where the folder itself cannot be read.
        """
        self._known.clear()
        self.problems.clear()
        size, batch = FIRST_BATCH, list[str]()
        for path in self._walk("", top=True):
            batch.append(path)
            if len(batch) >= size:
                yield batch
                size, batch = BATCH, []
        if batch:
            yield batch

    def changes(self) -> Changes:
        """Look again: only folders whose modification time changed are listed, the others cost one `stat` each."""
        added: list[str] = []
        removed: list[str] = []
        self.problems.clear()
        for relative in list(self._known):
            known = self._known.get(relative)
            if self._stopped or known is None:  # gone with a folder above it
                continue
            stamp = _stamp(self._full(relative))
            if stamp is not None and stamp == known.stamp:
                continue
            self._look_again(relative, known, added, removed)
        return Changes(tuple(natural_sorted(added)), tuple(natural_sorted(removed)))

    def _look_again(self, relative: str, known: _Folder, added: list[str], removed: list[str]) -> None:
        if not os.path.isdir(self._full(relative)):  # noqa: PTH112 - a str path, many times
            removed.extend(self._forget(relative))
            return
        del self._known[relative]
        subfolders: list[str] = []
        for _ in self._list(relative, subfolders):
            pass
        now = self._known.get(relative)
        if now is None:  # not readable at the moment: a problem has been noted, its pictures stay
            self._known[relative] = known
            return
        added.extend(_join(relative, name) for name in now.names - known.names)
        removed.extend(_join(relative, name) for name in known.names - now.names)
        for gone in set(known.subfolders) - set(now.subfolders):
            removed.extend(self._forget(gone))
        for new in now.subfolders:
            if new not in self._known and new not in known.subfolders:
                added.extend(self._walk(new))

    def _forget(self, relative: str) -> list[str]:
        """Drop a folder and all below it; the pictures that were there."""
        below = [f for f in self._known if f == relative or f.startswith(relative + "/") or relative == ""]
        return [_join(f, name) for f in below for name in self._known.pop(f).names]

    def _walk(self, start: str, top: bool = False) -> Iterator[str]:
        """Depth first, real folders before links, so that a link never takes the place of the folder it leads to."""
        seen = {_identity(self._full(known)) for known in self._known}
        waiting, links = [start], list[str]()
        while (waiting or links) and not self._stopped:
            relative = waiting.pop() if waiting else links.pop()
            identity = _identity(self._full(relative))
            if identity in seen and identity is not None:
                continue
            seen.add(identity)
            subfolders: list[str] = []
            yield from self._list(relative, subfolders, fatal=top and relative == start)
            for subfolder in sorted(subfolders, key=natural_key, reverse=True):
                (links if os.path.islink(self._full(subfolder)) else waiting).append(subfolder)  # noqa: PTH114

    def _list(self, relative: str, subfolders: list[str], fatal: bool = False) -> Iterator[str]:
        """Give one folder's pictures as the disk does, and remember them."""
        full = self._full(relative)
        stamp, names = _stamp(full), set[str]()
        try:
            with os.scandir(full) as entries:
                for entry in entries:
                    if self._stopped:
                        break
                    name = entry.name
                    if name.startswith(".") or name in _OWN_NAMES:
                        continue
                    if is_image_name(name):
                        if entry.is_file():
                            names.add(name)
                            yield _join(relative, name)
                    elif entry.is_dir():
                        subfolders.append(_join(relative, name))
        except OSError as error:
            sentence = f"{full} cannot be read: {error.strerror or error}."
            if fatal:
                raise InputError(sentence) from error
            self.problems.append(sentence)
            return
        self._known[relative] = _Folder(None if self._stopped else stamp, frozenset(names), tuple(subfolders))

    def _full(self, relative: str) -> str:
        return os.path.join(self.folder, relative) if relative else str(self.folder)  # noqa: PTH118


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _stamp(path: str) -> int | None:
    try:
        modified = os.stat(path).st_mtime_ns  # noqa: PTH116
    except OSError:
        return None
    return modified if abs(time.time_ns() - modified) > _SETTLED_NS else None


def _identity(path: str) -> tuple[int, int] | None:
    try:
        status = os.stat(path)  # noqa: PTH116
    except OSError:
        return None
    return (status.st_dev, status.st_ino)
