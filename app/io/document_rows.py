"""Documents as rows of the project file: what is written of an edit."""

from __future__ import annotations

import operator
import sqlite3
from collections.abc import Iterable

from app.core.annotation import Shape
from app.core.document import Document
from app.io.label_rows import compact, review_text, write_comments
from app.io.shape_rows import COLUMNS, to_row

DOCUMENT = "path, width, height, content_hash, state, labels, review"
_SHAPE = ", ".join(COLUMNS)
_PUT = f"INSERT OR REPLACE INTO shapes (document, z, {_SHAPE}) VALUES (?, ?{', ?' * len(COLUMNS)})"
_SMALLEST_STEP = 1e-6


def write_document(database: sqlite3.Connection, before: Document, after: Document) -> None:
    """Make the file's rows those of ``after``, which was ``before``. Raises sqlite3.Error."""
    if before.path != after.path:
        database.execute("UPDATE documents SET path = ? WHERE path = ?", (after.path, before.path))
    own = compact(after.labels), review_text(after.review)
    values = (after.width, after.height, after.content_hash, after.state, *own, len(after.shapes))
    row = database.execute("SELECT id FROM documents WHERE path = ?", (after.path,)).fetchone()
    if row:
        database.execute(
            "UPDATE documents SET width = ?, height = ?, content_hash = ?, state = ?, labels = ?, review = ?, "
            "shape_count = ? WHERE id = ?",
            (*values, row[0]),
        )
        if before.comments != after.comments:
            write_comments(database, row[0], after.comments)
        _write_shapes(database, row[0], before.shapes, after.shapes)
        return
    added = database.execute(
        f"INSERT INTO documents ({DOCUMENT}, shape_count) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (after.path, *values)
    )
    assert added.lastrowid is not None
    write_comments(database, added.lastrowid, after.comments)
    rows = ((added.lastrowid, float(z), *to_row(shape)) for z, shape in enumerate(after.shapes))
    database.executemany(_PUT, rows)


def _write_shapes(database: sqlite3.Connection, document: int, before: Iterable[Shape], after: Iterable[Shape]) -> None:
    """Make the file's rows those of ``after``; rows that ``before`` says are the same already are left alone."""
    known: dict[str, float] = dict(
        database.execute("SELECT id, z FROM shapes WHERE document = ?", (document,)).fetchall()
    )
    old, new = {s.id: s for s in before}, {s.id: s for s in after}
    gone = known.keys() - new.keys()
    database.executemany("DELETE FROM shapes WHERE document = ? AND id = ?", ((document, id_) for id_ in gone))
    moved = places(known, list(new))
    for id_, shape in new.items():
        kept = old.get(id_)
        # Equal to Python is not yet the same: 1, 1.0 and True are three values of an attribute.
        same = kept is shape or (kept is not None and kept == shape and to_row(kept) == to_row(shape))
        if not same or id_ not in known:
            database.execute(_PUT, (document, moved.get(id_, known.get(id_, 0.0)), *to_row(shape)))
        elif id_ in moved:
            database.execute("UPDATE shapes SET z = ? WHERE document = ? AND id = ?", (moved[id_], document, id_))


def places(known: dict[str, float], ids: list[str]) -> dict[str, float]:
    """Where in the pile (z) each id goes that is new or has moved; the others keep their place.

    A new one between two others gets a place between theirs; only when the order of the old ones changed, or there is
    no room left, is the whole pile counted anew.
    """
    kept = [known[i] for i in ids if i in known]
    ordered = all(map(operator.lt, kept, kept[1:]))
    if ordered and len(kept) == len(ids):
        return {}
    if not ordered:
        return _counted_anew(known, ids)
    found: dict[str, float] = {}
    waiting: list[str] = []
    low: float | None = None
    for id_ in [*ids, None]:
        if id_ is not None and id_ not in known:
            waiting.append(id_)
            continue
        high = None if id_ is None else known[id_]
        step = 1.0 if low is None or high is None else (high - low) / (len(waiting) + 1)
        if step < _SMALLEST_STEP:
            return _counted_anew(known, ids)
        start = low if low is not None else (high - len(waiting) - 1.0 if high is not None else -1.0)
        if waiting:
            found.update((waited, start + step * (n + 1)) for n, waited in enumerate(waiting))
            waiting = []
        low = high
    return found


def _counted_anew(known: dict[str, float], ids: list[str]) -> dict[str, float]:
    return {id_: float(z) for z, id_ in enumerate(ids) if known.get(id_) != z}
