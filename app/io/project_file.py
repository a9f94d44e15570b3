"""The project file itself: its tables, how it is opened and checked, and what its errors mean to a person.

Durability. In WAL mode with synchronous=NORMAL a committed edit is in the operating system's hands: killing the program
at any moment costs at most the edit in flight, and a power cut at most the edits since the last checkpoint, never the
file. FULL would add a flush of the disk (1-30 ms) to every edit. On a network share WAL's shared memory does not work:
there it is a rollback journal with FULL.
"""

from __future__ import annotations

import sqlite3
import struct
from pathlib import Path

from app.core.errors import FoveaError
from app.io import schema
from app.io.schema import APPLICATION_ID, SCHEMA_VERSION
from app.io.volume import on_network

FILE_NAME = "project.fovea"
CHECK_LIMIT = 256 * 1024 * 1024
"""Files up to this size are checked whole on opening (about 0.3 s for 100 MB)."""


class ProjectError(FoveaError):
    """A project cannot be opened or an edit cannot be kept; the sentence names the file and says what to do."""


class StepLostError(ProjectError):
    """A step of an earlier day does not fit what is in the project now; the sentence says which."""


def check_header(file: Path) -> bool:
    """Whether there is a project in a file: False for a missing or empty one (a creation that was cut off).

    Looks at the first 100 bytes without SQLite, so that a refused file has not been touched. Raises ProjectError for
    another kind of file and for one that a newer Fovea wrote.
    """
    try:
        with file.open("rb") as opened:
            header = opened.read(100)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise ProjectError(f"The project {file} cannot be read: {error.strerror or error}.") from error
    if not header:
        return False
    if len(header) < 100 or not header.startswith(b"SQLite format 3\0"):
        raise ProjectError(damaged(file))
    version, application = struct.unpack(">I", header[60:64])[0], struct.unpack(">I", header[68:72])[0]
    if application != APPLICATION_ID:
        raise ProjectError(f"{file} is a database, but not a project of Fovea. Choose another file.")
    if version > SCHEMA_VERSION:
        raise ProjectError(
            f"{file} was made by a newer Fovea (its format is {version}, this program knows up to {SCHEMA_VERSION}). "
            "Update Fovea to open it; the file was not touched."
        )
    return True


def connect(file: Path) -> sqlite3.Connection:
    """Open a project for reading and writing; an older one is copied beside itself and brought up to date.

    Raises sqlite3.Error or OSError; an older file is as it was then.
    """
    database = sqlite3.connect(file, isolation_level=None, timeout=5.0, check_same_thread=False)
    try:
        quick_check(file, database)
        if schema.version_of(database) < SCHEMA_VERSION:
            schema.keep_copy(file, database)
            schema.upgrade(database)
        set_journal(file, database)
    except BaseException:
        database.close()
        raise
    return database


def connect_read_only(file: Path) -> sqlite3.Connection:
    """Open a project for reading only; an older one is read into memory and brought up to date there. Raises
    sqlite3.Error."""
    database = _read_only(file)
    if schema.version_of(database) == SCHEMA_VERSION:
        return database
    try:
        return schema.upgraded_in_memory(database)
    finally:
        database.close()


def _read_only(file: Path) -> sqlite3.Connection:
    database, locked = _opened_read_only(file)
    if locked:
        quick_check(file, database)
    return database


def _opened_read_only(file: Path) -> tuple[sqlite3.Connection, bool]:
    """The database, and whether it takes part in locking."""
    from urllib.parse import quote  # not at the top: 5 ms that the first paint does not need

    address = f"file:{quote(str(file.resolve()))}?mode=ro"
    database = sqlite3.connect(address, uri=True, isolation_level=None, timeout=5.0, check_same_thread=False)
    try:
        database.execute("SELECT count(*) FROM meta").fetchone()
        return database, True
    except sqlite3.OperationalError:
        database.close()
        if wal_of(file).exists():
            raise
    except sqlite3.DatabaseError:
        database.close()
        raise
    # A file left in WAL mode in a folder where no lock file can be made: nobody else can write to it either.
    immutable = f"{address}&immutable=1"
    return sqlite3.connect(immutable, uri=True, isolation_level=None, check_same_thread=False), False


def connect_beside(file: Path, read_only: bool) -> sqlite3.Connection:
    """One more connection to a project that this program has open, for a thread of its own. Raises sqlite3.Error."""
    if read_only:
        return _opened_read_only(file)[0]
    database = sqlite3.connect(file, isolation_level=None, timeout=5.0, check_same_thread=False)
    mode = database.execute("PRAGMA journal_mode").fetchone()[0]
    database.execute(f"PRAGMA synchronous = {'NORMAL' if mode == 'wal' else 'FULL'}")
    database.execute("PRAGMA cache_size = -65536")  # or an edit of many rows reads the same pages again and again
    return database


def connect_to_copy(file: Path) -> sqlite3.Connection:
    """Open a project of any version to copy it or to look into it, without checking it. Raises sqlite3.Error."""
    return _opened_read_only(file)[0]


def create(file: Path) -> sqlite3.Connection:
    """Make an empty project. Raises sqlite3.Error or OSError, and leaves nothing behind then."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = not file.exists()
    database = sqlite3.connect(file, isolation_level=None, timeout=5.0, check_same_thread=False)
    try:
        # In one transaction and before WAL: the header that `check_header` reads is in the file itself from the start.
        schema.create(database)
        set_journal(file, database)
    except BaseException:
        database.close()
        if fresh:
            file.unlink(missing_ok=True)
        raise
    return database


def set_journal(file: Path, database: sqlite3.Connection) -> None:
    remote = on_network(file.parent)
    mode = database.execute(f"PRAGMA journal_mode = {'TRUNCATE' if remote else 'WAL'}").fetchone()[0]
    database.execute(f"PRAGMA synchronous = {'NORMAL' if mode == 'wal' else 'FULL'}")


def quick_check(file: Path, database: sqlite3.Connection) -> None:
    """Raises sqlite3.DatabaseError where the file is damaged."""
    if file.stat().st_size > CHECK_LIMIT:
        database.execute("SELECT count(*) FROM labels").fetchone()
        return
    found = database.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise sqlite3.DatabaseError(found)


def wal_of(file: Path) -> Path:
    return file.with_name(file.name + "-wal")


def relative_root(root: Path, folder: Path) -> str:
    """A root below the file's folder moves with it; any other is named in full."""
    root, folder = root.absolute(), folder.absolute()
    return root.relative_to(folder).as_posix() if root.is_relative_to(folder) else str(root)


def damaged(file: Path) -> str:
    """The sentence for a file that is no database, or a broken one."""
    copies = sorted(f.name for f in file.parent.glob(f"{file.stem}*.fovea*") if not f.name.startswith(file.name))
    copies += sorted(
        (f"{f.parent.name}/{f.name}" for f in file.parent.glob(f".fovea-backups/{file.stem} *.fovea")), reverse=True
    )
    hint = f"Beside it lies {copies[0]}: it may be a copy. " if copies else "Restore it from a backup. "
    return f"The project {file} is damaged and was left as it is. {hint}To start anew, move it away."


def sentence(file: Path, error: sqlite3.Error) -> str:
    """What an error of SQLite means to a person."""
    # Extended codes keep the kind of error in their low byte.
    match getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF:
        case sqlite3.SQLITE_FULL:
            return f"The disk is full: the edit was not kept in {file}. Free some space and make it again."
        case sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_CORRUPT:
            return damaged(file)
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_AUTH:
            return (
                f"{file} cannot be written to, so the edit was not kept. Check the rights of the file and its folder."
            )
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return f"Another program holds {file}. Close it and try again; nothing was changed."
        case _:
            return f"The disk did not do its work on {file} ({error}). Nothing was changed; try again or make a backup."
