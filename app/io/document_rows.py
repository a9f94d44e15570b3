"""Documents as rows of the project file: what is written of an edit."""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from collections.abc import Collection
from itertools import pairwise

from app.core.annotation import Shape
from app.core.document import Document, changed_stretch
from app.io.label_rows import compact, review_text, write_comments
from app.io.shape_rows import COLUMNS, area_to_store, to_row

DOCUMENT = "path, width, height, content_hash, state, labels, review"
_SHAPE = ", ".join(COLUMNS)
# Not INSERT OR REPLACE: the rows that it replaces go without their triggers, which count shapes by label.
_PUT = (
    f"INSERT INTO shapes (document, z, area, {_SHAPE}) VALUES (?, ?, ?{', ?' * len(COLUMNS)}) "
    f"ON CONFLICT (document, id) DO UPDATE SET z = excluded.z, area = excluded.area, "
    f"{', '.join(f'{c} = excluded.{c}' for c in COLUMNS if c != 'id')}"
)
_SMALLEST_STEP = 1e-6
_FEW = 500
"""So many rows are looked up one by one; for more, reading all is faster."""


def write_document(database: sqlite3.Connection, before: Document, after: Document) -> None:
    """Make the file's rows those of ``after``, which was ``before``. Raises sqlite3.Error."""
    if before.path != after.path:
        database.execute("UPDATE documents SET path = ? WHERE path = ?", (after.path, before.path))
    own = compact(after.labels), review_text(after.review)
    row = database.execute(
        "SELECT id, shape_count, width, height, content_hash FROM documents WHERE path = ?", (after.path,)
    ).fetchone()
    values = (*_facts(before, after, row[2:] if row else None), after.state, *own, len(after.shapes))
    if row:
        database.execute(
            "UPDATE documents SET width = ?, height = ?, content_hash = ?, state = ?, labels = ?, review = ?, "
            "shape_count = ? WHERE id = ?",
            (*values, row[0]),
        )
        if before.comments != after.comments:
            write_comments(database, row[0], after.comments)
        _write_shapes(database, row[0], before.shapes, after.shapes, row[1])
        return
    added = database.execute(
        f"INSERT INTO documents ({DOCUMENT}, shape_count) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (after.path, *values)
    )
    assert added.lastrowid is not None
    write_comments(database, added.lastrowid, after.comments)
    rows = (
        (added.lastrowid, float(z), area_to_store(shape.geometry), *to_row(shape))
        for z, shape in enumerate(after.shapes)
    )
    database.executemany(_PUT, rows)


def _facts(before: Document, after: Document, known: tuple[int, int, str] | None) -> tuple[int, int, str]:
    """Size and hash of the picture. An edit that was made when they were not known yet does not take them away."""
    width, height = after.width, after.height
    content_hash = after.content_hash
    if known is not None and not width and not before.width:
        width, height = known[:2]
    if known is not None and not content_hash and not before.content_hash:
        content_hash = known[2]
    return width, height, content_hash


def _write_shapes(
    database: sqlite3.Connection, document: int, before: tuple[Shape, ...], after: tuple[Shape, ...], count: int
) -> None:
    """Make the file's rows those of ``after``; rows that ``before`` says are the same already are left alone.

    Only the stretch of the pile that differs is looked at, and its two neighbours for their places; all of it where the
    file's ``count`` of shapes is not that of ``before``, or where there is no room left between the neighbours.
    """
    head, tail = changed_stretch(before, after) if count == len(before) else (0, 0)
    first, last = max(head - 1, 0), max(tail - 1, 0)
    old = {s.id: s for s in before[first : len(before) - last]}
    new = {s.id: s for s in after[first : len(after) - last]}
    known = _known(database, document, old.keys() | new.keys() if head or tail else None)
    moved = places(known, list(new))
    if moved is None:
        known = _known(database, document, None)
        old, new = {s.id: s for s in before}, {s.id: s for s in after}
        moved = {id_: float(z) for z, id_ in enumerate(new) if known.get(id_) != z}
    gone = known.keys() - new.keys()
    database.executemany("DELETE FROM shapes WHERE document = ? AND id = ?", ((document, id_) for id_ in gone))
    for id_, shape in new.items():
        kept = old.get(id_)
        # Equal to Python is not yet the same: 1, 1.0 and True are three values of an attribute.
        same = kept is shape or (kept is not None and kept == shape and to_row(kept) == to_row(shape))
        if not same or id_ not in known:
            place = moved.get(id_, known.get(id_, 0.0))
            database.execute(_PUT, (document, place, area_to_store(shape.geometry), *to_row(shape)))
        elif id_ in moved:
            database.execute("UPDATE shapes SET z = ? WHERE document = ? AND id = ?", (moved[id_], document, id_))


def _known(database: sqlite3.Connection, document: int, ids: Collection[str] | None) -> dict[str, float]:
    """The places (z) of a document's shapes in the file; of some or, for None, of all."""
    query = "SELECT id, z FROM shapes WHERE document = ?"
    if ids is None or len(ids) > _FEW:
        found = dict(database.execute(query, (document,)).fetchall())
        return found if ids is None else {id_: z for id_, z in found.items() if id_ in ids}
    marks = ", ".join("?" * len(ids))
    return dict(database.execute(f"{query} AND id IN ({marks})", (document, *ids)).fetchall())


def places(known: dict[str, float], ids: list[str]) -> dict[str, float] | None:
    """Where in the pile (z) each id goes that is new or has moved; the others keep their place.

    As many as possible keep it: those in the longest stretch that is in order already. Between two of them the others
    share the room evenly. None where there is no room left and the whole pile is to be counted anew.
    """
    still = {i: known[i] for i in _in_order(known, [i for i in ids if i in known])}
    found: dict[str, float] = {}
    waiting: list[str] = []
    low: float | None = None
    for id_ in [*ids, None] if len(still) < len(ids) else []:
        if id_ is not None and id_ not in still:
            waiting.append(id_)
            continue
        high = None if id_ is None else still[id_]
        step = 1.0 if low is None or high is None else (high - low) / (len(waiting) + 1)
        if waiting and step < _SMALLEST_STEP:
            return None
        start = low if low is not None else (high - len(waiting) - 1.0 if high is not None else -1.0)
        found.update((waited, start + step * (n + 1)) for n, waited in enumerate(waiting))
        waiting, low = [], high
    return found


def _in_order(known: dict[str, float], ids: list[str]) -> list[str]:
    """The longest subsequence whose places rise (Fredman 1975: piles, and a way back from each to the one before)."""
    if all(known[a] < known[b] for a, b in pairwise(ids)):
        return ids
    tops: list[float] = []
    on_top: list[int] = []
    before: list[int] = []
    for n, id_ in enumerate(ids):
        pile = bisect_left(tops, known[id_])
        before.append(on_top[pile - 1] if pile else -1)
        if pile == len(tops):
            tops.append(known[id_])
            on_top.append(n)
        else:
            tops[pile], on_top[pile] = known[id_], n
    result, n = [], on_top[-1]
    while n >= 0:
        result.append(ids[n])
        n = before[n]
    return result[::-1]
