"""The history in the project file: every step's name and what it changed, written with the edit itself.

The steps that are done come first, those that were taken back after them, in the order of their keys. Bounded in bytes
and in steps: the oldest are forgotten. A step that is larger than the bound by itself (an import of a million shapes)
is not kept, and nothing before it can be reached any more.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from app.core.document import Document
from app.core.history import Change, Step
from app.core.labels import LabelList
from app.io.deltas import OutdatedError, packed, unpacked

LIMIT_BYTES = 64 * 1024 * 1024
LIMIT_STEPS = 10_000

_STEPS = "key INTEGER PRIMARY KEY, name TEXT NOT NULL, undone INTEGER NOT NULL DEFAULT 0, size INTEGER NOT NULL"
# Contents lie in a table of their own, so that names are read without them.
_CONTENTS = "CREATE TABLE step_contents (key INTEGER PRIMARY KEY REFERENCES steps (key), data BLOB NOT NULL)"
_WHERE = "shown TEXT NOT NULL DEFAULT '', pictures INTEGER NOT NULL DEFAULT 0"

TABLES = (f"CREATE TABLE steps ({_STEPS}, {_WHERE})", _CONTENTS)
OLD_TABLES = (f"CREATE TABLE steps ({_STEPS})", _CONTENTS)
"""Up to version 3 a step did not say which pictures it changed."""


@dataclass
class Journal:
    """Reads and writes the steps of one project file, inside the transaction of whoever calls. Raises sqlite3.Error."""

    limit_bytes: int = LIMIT_BYTES
    limit_steps: int = LIMIT_STEPS
    oldest: int = 0
    """Steps with smaller keys have been forgotten."""
    _newest: int = 0

    def steps(self, database: sqlite3.Connection) -> tuple[list[Step], list[Step]]:
        """The steps that are done, the newest last, and those that were taken back, the next to be redone last."""
        done: list[Step] = []
        undone: list[Step] = []
        read = "SELECT key, name, undone, shown, pictures FROM steps ORDER BY key"
        for key, name, taken_back, shown, pictures in database.execute(read):
            (undone if taken_back else done).append(Step(name, key, None, shown, pictures))
        return done, undone[::-1]

    def change(
        self,
        database: sqlite3.Connection,
        step: Step,
        back: bool,
        now: Callable[[str], Document],
        labels: LabelList,
    ) -> Change:
        """What taking a step back (or doing it again) changes now. Raises OutdatedError where it does not fit."""
        row = database.execute("SELECT data FROM step_contents WHERE key = ?", (step.key,)).fetchone()
        if row is None:
            raise OutdatedError("It is no longer in the project file.")
        try:
            return unpacked(row[0], step.name, back, now, labels)
        except (ValueError, KeyError, TypeError, IndexError, zlib.error) as error:
            raise OutdatedError("What the project file says of it makes no sense.") from error

    def made(self, database: sqlite3.Connection, change: Change) -> int:
        """Keep a new step; those that were taken back are forgotten. Its key."""
        self._delete(database, "undone = 1")
        kept = int(database.execute("SELECT coalesce(max(key), 0) FROM steps").fetchone()[0])
        self._newest = max(kept, self._newest) + 1  # no key means two steps while the program runs
        self._put(database, self._newest, change)
        return self._newest

    def grown(self, database: sqlite3.Connection, key: int, whole: Change) -> None:
        """The last step goes on (a drag): it is now this change."""
        self._delete(database, "undone = 1")
        self._put(database, key, whole)

    def taken_back(self, database: sqlite3.Connection, key: int) -> None:
        if not database.execute("UPDATE steps SET undone = 1 WHERE key = ?", (key,)).rowcount:
            self.clear(database)  # the file is now as it was before all steps that are kept

    def done_again(self, database: sqlite3.Connection, key: int, change: Change) -> None:
        if not database.execute("UPDATE steps SET undone = 0 WHERE key = ?", (key,)).rowcount:
            self._put(database, key, change)

    def forget(self, database: sqlite3.Connection, done: bool) -> None:
        """Forget the steps that are done, or those that were taken back."""
        self._delete(database, f"undone = {int(not done)}")

    def clear(self, database: sqlite3.Connection) -> None:
        database.execute("DELETE FROM step_contents")
        database.execute("DELETE FROM steps")

    def _put(self, database: sqlite3.Connection, key: int, change: Change) -> None:
        data = packed(change, self.limit_bytes)
        if data is None:
            self.clear(database)
            self.oldest = key + 1
            return
        row = key, change.name, len(data), change.shown or "", len(change.documents)
        database.execute("INSERT OR REPLACE INTO steps VALUES (?, ?, 0, ?, ?, ?)", row)
        database.execute("INSERT OR REPLACE INTO step_contents VALUES (?, ?)", (key, data))
        self._trim(database)

    def _trim(self, database: sqlite3.Connection) -> None:
        count, size = database.execute("SELECT count(*), total(size) FROM steps").fetchone()
        if count <= self.limit_steps and size <= self.limit_bytes:
            return
        last = 0
        for key, own in database.execute("SELECT key, size FROM steps ORDER BY key").fetchall():
            if count <= self.limit_steps and size <= self.limit_bytes:
                break
            count, size, last = count - 1, size - own, key
        self._delete(database, f"key <= {last}")
        self.oldest = last + 1

    def _delete(self, database: sqlite3.Connection, which: str) -> None:
        database.execute(f"DELETE FROM step_contents WHERE key IN (SELECT key FROM steps WHERE {which})")
        database.execute(f"DELETE FROM steps WHERE {which}")
