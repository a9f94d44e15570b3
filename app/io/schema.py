"""The project file's tables, and the way from each older version to the next.

A new version is one more entry in `MIGRATIONS` and a changed `SCHEMA`; a test checks that both end in the same tables.
"""

from __future__ import annotations

import sqlite3
from datetime import date
from pathlib import Path

from app.core.statistics import SIDES, size_of
from app.io import journal
from app.io.shape_rows import stored_area

SCHEMA_VERSION = 4
APPLICATION_ID = 0x466F7661
"""'Fova': what `file` and we tell a project by."""

_COMMENTS = """CREATE TABLE comments (
        document INTEGER NOT NULL REFERENCES documents (id), position INTEGER NOT NULL, id TEXT NOT NULL,
        text TEXT NOT NULL, author TEXT NOT NULL, time TEXT NOT NULL, x REAL, y REAL, shape TEXT,
        resolved INTEGER NOT NULL, PRIMARY KEY (document, position))"""
_OLD_INDEXES = (
    "CREATE INDEX shapes_by_label ON shapes (label, document)",
    "CREATE INDEX documents_by_state ON documents (state)",
)
_OLD_COUNTS = ("CREATE TABLE label_counts (label TEXT PRIMARY KEY, shapes INTEGER NOT NULL) WITHOUT ROWID",)
_SHAPE_INDEXES = (
    # Filters look into these alone: the row of a shape is a thousand bytes and more.
    "CREATE INDEX shapes_by_label ON shapes (label, document, author, score)",
    "CREATE INDEX shapes_by_author ON shapes (author, document, score)",
    "CREATE INDEX shapes_by_score ON shapes (score, document) WHERE score IS NOT NULL",
    "CREATE INDEX shapes_by_attributes ON shapes (attributes, document, label, author, score) WHERE attributes <> '{}'",
    "CREATE INDEX comments_open ON comments (document) WHERE resolved = 0",
)
_FACTS = "label, kind, author, size"


def _counted(row: str, sign: str) -> str:
    """A step of a trigger: one shape more or less of its sort. ``size`` is the place of its area in `SIDES`."""
    steps = " ".join(f"WHEN {row}.area < {side * side} THEN {n}" for n, side in enumerate(SIDES, 1))
    size = f"CASE WHEN {row}.area <= 0 THEN 0 {steps} ELSE {len(SIDES) + 1} END"
    return (
        f"INSERT INTO shape_counts ({_FACTS}, shapes) VALUES ({row}.label, {row}.kind, {row}.author, {size}, {sign}1) "
        f"ON CONFLICT ({_FACTS}) DO UPDATE SET shapes = shapes {sign} 1;"
    )


_SORT = "({0}.label, {0}.kind, {0}.author, {0}.area)"
_COUNTS = (
    # Kept up by the database itself: counting a million shapes takes seconds.
    "CREATE TABLE shape_counts (label TEXT NOT NULL, kind TEXT NOT NULL, author TEXT NOT NULL, size INTEGER NOT NULL, "
    f"shapes INTEGER NOT NULL, PRIMARY KEY ({_FACTS})) WITHOUT ROWID",
    *(
        f"CREATE TRIGGER shape_{event.split()[0].lower()} AFTER {event} ON shapes {when}BEGIN {' '.join(steps)} END"
        for event, when, steps in (
            ("INSERT", "", (_counted("new", "+"),)),
            ("DELETE", "", (_counted("old", "-"),)),
            (
                "UPDATE OF label, kind, author, area",
                f"WHEN {_SORT.format('old')} <> {_SORT.format('new')} ",
                (_counted("old", "-"), _counted("new", "+")),
            ),
        )
    ),
)

SCHEMA = (
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {SCHEMA_VERSION}",
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
    """CREATE TABLE labels (
        position INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, colour TEXT NOT NULL, key INTEGER,
        aliases TEXT NOT NULL DEFAULT '[]', parent TEXT, kinds TEXT NOT NULL DEFAULT '[]',
        attributes TEXT NOT NULL DEFAULT '[]', skeleton TEXT)""",
    """CREATE TABLE documents (
        id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, width INTEGER NOT NULL, height INTEGER NOT NULL,
        content_hash TEXT NOT NULL, state TEXT NOT NULL, shape_count INTEGER NOT NULL DEFAULT 0,
        labels TEXT NOT NULL DEFAULT '[]', review TEXT)""",
    """CREATE TABLE shapes (
        document INTEGER NOT NULL REFERENCES documents (id), id TEXT NOT NULL, z REAL NOT NULL,
        kind TEXT NOT NULL, label TEXT NOT NULL, geometry TEXT NOT NULL, counts BLOB, attributes TEXT NOT NULL,
        score REAL, author TEXT NOT NULL, shape_group TEXT, track INTEGER, locked INTEGER NOT NULL DEFAULT 0,
        hidden INTEGER NOT NULL DEFAULT 0, area REAL NOT NULL DEFAULT 0, PRIMARY KEY (document, id))""",
    _COMMENTS,
    "CREATE INDEX documents_by_state ON documents (state)",
    *_SHAPE_INDEXES,
    *_COUNTS,
    *journal.TABLES,
)

MIGRATIONS: dict[int, tuple[str, ...]] = {
    1: (
        "ALTER TABLE labels ADD COLUMN aliases TEXT NOT NULL DEFAULT '[]'",
        "ALTER TABLE labels ADD COLUMN parent TEXT",
        "ALTER TABLE labels ADD COLUMN kinds TEXT NOT NULL DEFAULT '[]'",
        "ALTER TABLE labels ADD COLUMN attributes TEXT NOT NULL DEFAULT '[]'",
        "ALTER TABLE labels ADD COLUMN skeleton TEXT",
        "ALTER TABLE documents ADD COLUMN labels TEXT NOT NULL DEFAULT '[]'",
        "ALTER TABLE documents ADD COLUMN review TEXT",
        "ALTER TABLE shapes ADD COLUMN track INTEGER",
        "ALTER TABLE shapes ADD COLUMN locked INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE shapes ADD COLUMN hidden INTEGER NOT NULL DEFAULT 0",
        _COMMENTS,
        *_OLD_INDEXES,
    ),
    2: (
        *_OLD_COUNTS,
        *journal.OLD_TABLES,
    ),
    3: (
        "ALTER TABLE steps ADD COLUMN shown TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE steps ADD COLUMN pictures INTEGER NOT NULL DEFAULT 0",
        *(f"DROP TRIGGER IF EXISTS shape_{event}" for event in ("insert", "delete", "update")),
        "DROP TABLE label_counts",
        "DROP INDEX shapes_by_label",
        "ALTER TABLE shapes ADD COLUMN area REAL NOT NULL DEFAULT 0",
        "UPDATE shapes SET area = fovea_area(kind, geometry, counts)",
        *_COUNTS,
        "INSERT INTO shape_counts SELECT label, kind, author, fovea_size(area), count(*) "
        "FROM shapes GROUP BY 1, 2, 3, 4",
        *_SHAPE_INDEXES,
    ),
}
"""What makes a file of one version one of the next."""


def version_of(database: sqlite3.Connection) -> int:
    return int(database.execute("PRAGMA user_version").fetchone()[0])


def create(database: sqlite3.Connection) -> None:
    """Make the tables in an empty database, in one transaction. Raises sqlite3.Error."""
    _run(database, SCHEMA)


def upgrade(database: sqlite3.Connection) -> None:
    """Bring a database to the current version in one transaction: it ends up new or stays as it was. Raises
    sqlite3.Error."""
    database.create_function("fovea_area", 3, stored_area, deterministic=True)
    database.create_function("fovea_size", 1, size_of, deterministic=True)
    statements: list[str] = []
    for version in range(version_of(database), SCHEMA_VERSION):
        statements += [*MIGRATIONS[version], f"PRAGMA user_version = {version + 1}"]
    _run(database, statements)


def keep_copy(file: Path, database: sqlite3.Connection) -> Path:
    """Copy a project beside itself before it is upgraded, under a name that says version and date.

    By SQLite's own means, so that what is still in the WAL is in it; under a temporary name until it is whole. Raises
    sqlite3.Error or OSError.
    """
    stem = f"{file.stem} version {version_of(database)} {date.today().isoformat()}"
    copy, number = file.with_name(f"{stem}.fovea"), 2
    while copy.exists():
        copy, number = file.with_name(f"{stem} {number}.fovea"), number + 1
    half = copy.with_name(f".{copy.name}.part")
    half.unlink(missing_ok=True)
    try:
        target = sqlite3.connect(half, isolation_level=None)
        try:
            database.backup(target)
            target.execute("PRAGMA journal_mode = DELETE").fetchone()
        finally:
            target.close()
        half.replace(copy)
    except BaseException:
        half.unlink(missing_ok=True)
        raise
    return copy


def upgraded_in_memory(database: sqlite3.Connection) -> sqlite3.Connection:
    """A copy of an older project that is to be read only, brought to the current version in memory."""
    copy = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    try:
        database.backup(copy)
        upgrade(copy)
    except BaseException:
        copy.close()
        raise
    return copy


def _run(database: sqlite3.Connection, statements: tuple[str, ...] | list[str]) -> None:
    database.execute("BEGIN IMMEDIATE")
    try:
        for statement in statements:
            database.execute(statement)
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise
