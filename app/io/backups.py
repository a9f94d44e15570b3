"""Copies of a project: one a day made by itself, whenever one is asked for, and the way back to one.

All by SQLite's backup API: a file copied as such would miss what is still in the WAL.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from app.core.paths import user_data_dir
from app.io import project_file, schema
from app.io.atomic import replacing
from app.io.project_file import ProjectError
from app.io.volume import writable

FOLDER = ".fovea-backups"
KEPT = 14
_STAMP = "%Y-%m-%d %H%M%S-%f"


@dataclass(frozen=True)
class Backup:
    """A copy of a project; ``edits`` counts the edits that had been made in it, ``size`` is in bytes."""

    file: Path
    time: datetime
    size: int
    documents: int
    shapes: int
    edits: int


def folder_of(file: Path) -> Path:
    """Where a project's backups are put: beside it or, where that cannot be written to, in the person's own data."""
    beside = file.parent / FOLDER
    return beside if writable(beside) or (not beside.exists() and writable(file.parent)) else _own_folder(file)


def backups_of(file: Path) -> list[Backup]:
    """All backups of a project that can be read, the newest first; copies that were kept before an upgrade too."""
    found = [backup for path in _files(file) if (backup := _looked_at(path)) is not None]
    return sorted(found, key=lambda backup: backup.time, reverse=True)


def daily(file: Path, root: Path, today: datetime | None = None) -> Path | None:
    """Back a project up if that has not been done today and it has changed since it was done; None where it need not.

    The oldest over `KEPT` go. Raises FoveaError where it cannot be done.
    """
    today = today or datetime.now()
    there = backups_of(file)
    if there and (there[0].time.date() >= today.date() or there[0].edits == edits_in(file)):
        return None
    made = now(file, root, today)
    _prune(file)
    return made


def now(file: Path, root: Path, at: datetime | None = None) -> Path:
    """Back a project up. Raises FoveaError."""
    to = folder_of(file) / f"{file.stem} {stamp(at)}.fovea"
    copy(file, root, to)
    return to


def stamp(at: datetime | None = None) -> str:
    """The end of a backup's name: a time, now if none is given."""
    return (at or datetime.now()).strftime(_STAMP)


def copy(file: Path, root: Path, to: Path) -> None:
    """Write a copy of a project, also while it is in use, that opens by itself anywhere. Raises FoveaError."""
    if to.absolute() == file.absolute():
        raise ProjectError(f"{to} is the project itself. Choose another name for the copy.")
    try:
        source = project_file.connect_to_copy(file)
    except sqlite3.Error as error:
        raise ProjectError(f"No copy was made of {file}: it cannot be read ({error}).") from error
    try:
        copy_from(source, root, to)
    finally:
        source.close()


def copy_from(source: sqlite3.Connection, root: Path, to: Path) -> None:
    """The same from an open database. Raises FoveaError."""
    with replacing(to) as temporary:
        try:
            target = sqlite3.connect(temporary, isolation_level=None)
            try:
                # Beside a WAL others go on writing; a rollback journal is locked, so only for a moment at a time.
                beside_wal = source.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
                source.backup(target, pages=-1 if beside_wal else 1000, sleep=0.01)
                target.execute("PRAGMA journal_mode = DELETE").fetchone()
                place = project_file.relative_root(root, to.parent)
                target.execute("INSERT OR REPLACE INTO meta VALUES ('root', ?)", (place,))
            finally:
                target.close()
        except sqlite3.Error as error:
            raise ProjectError(_not_copied(to, error)) from error


def open_backup(file: Path) -> sqlite3.Connection:
    """A backup as a database in memory, brought to the current version. Raises ProjectError where it is no project."""
    try:
        if not project_file.check_header(file):
            raise ProjectError(f"The backup {file} is not there any more.")
        source = project_file.connect_to_copy(file)
        try:
            project_file.quick_check(file, source)
            return schema.upgraded_in_memory(source)
        finally:
            source.close()
    except sqlite3.Error as error:
        raise ProjectError(f"The backup {file} is damaged ({error}). Choose another; nothing was changed.") from error


def edits_in(file: Path) -> int:
    """How many edits were made in a project since it was made; 0 where that cannot be told."""
    try:
        database = project_file.connect_to_copy(file)
    except sqlite3.Error:
        return 0
    try:
        return _edits(database)
    except sqlite3.Error:
        return 0
    finally:
        database.close()


def _edits(database: sqlite3.Connection) -> int:
    row = database.execute("SELECT value FROM meta WHERE key = 'edits'").fetchone()
    return int(row[0]) if row else 0


def _not_copied(to: Path, error: sqlite3.Error) -> str:
    if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL:
        return f"The disk is full: {to} was not written. Free some space and try again."
    return f"{to} was not written ({error}). Choose another folder; the project is as it was."


def _looked_at(file: Path) -> Backup | None:
    """None for a file that is no readable project: it is no backup then."""
    try:
        if not project_file.check_header(file):
            return None
        database = project_file.connect_to_copy(file)
        try:
            documents, shapes = database.execute("SELECT count(*), total(shape_count) FROM documents").fetchone()
            return Backup(file, _time(file), file.stat().st_size, documents, int(shapes), _edits(database))
        finally:
            database.close()
    except (OSError, sqlite3.Error, ProjectError):
        return None


def _files(file: Path) -> list[Path]:
    places = [(file.parent / FOLDER, f"{file.stem} "), (_own_folder(file), f"{file.stem} ")]
    places.append((file.parent, f"{file.stem} version "))  # see `schema.keep_copy`
    found = []
    for folder, start in places:
        if folder.is_dir():
            found += [f for f in folder.iterdir() if f.name.startswith(start) and f.suffix == ".fovea"]
    return found


def _time(file: Path) -> datetime:
    """When a backup was made: what its name says, else when the file was written."""
    try:
        return datetime.strptime(" ".join(file.stem.split(" ")[-2:]), _STAMP)
    except ValueError:
        return datetime.fromtimestamp(file.stat().st_mtime)


def _prune(file: Path) -> None:
    """Remove the oldest of those that were made by themselves; copies from before an upgrade stay."""
    own = [f for f in _files(file) if f.parent != file.parent]
    for old in sorted(own, key=_time, reverse=True)[KEPT:]:
        old.unlink(missing_ok=True)
    yesterday = time.time() - 86_400
    for half in folder_of(file).glob(f".{file.stem[:30]}*.fovea"):  # from a program that was ended while it copied
        if half.stat().st_mtime < yesterday:
            half.unlink(missing_ok=True)


def _own_folder(file: Path) -> Path:
    name = hashlib.blake2b(os.fsencode(file.absolute()), digest_size=10).hexdigest()
    return user_data_dir() / "backups" / name
