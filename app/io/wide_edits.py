"""Edits of labels in a project too large to be read: done on the rows of its file, over a connection of their own.

A `labelling.Plan` is surveyed (what would it change, what would no longer fit) and carried out here without a document
being made. What was in the rows before is kept with the step, so that it is taken back and done again in the same way.
May run in any thread; the thread that the project is open in must not write meanwhile.

The rows of a step are lines of JSON, compressed: ``["s", document, shape, [label, attributes], [label, attributes]]``
(attributes are left out where they stay), ``["x", document, shape, place in the pile, {column: value}]`` for a shape
that goes, ``["d", document, labels, labels]`` for the labels of an image as a whole.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any

from app.core.annotation import BoxGeometry, Shape
from app.core.document import State
from app.core.geometry import Box
from app.core.history import Change
from app.core.labelling import Plan, sentence
from app.io.deltas import OutdatedError
from app.io.document_rows import places
from app.io.journal import Journal
from app.io.label_rows import compact, write_labels
from app.io.shape_rows import from_row

Line = list[Any]
Going = Callable[[], None]
"""Called now and then; raises to stop the work."""

_BATCH = 2000
_COUNT_SHAPES = (
    "UPDATE documents SET shape_count = (SELECT count(*) FROM shapes WHERE document = documents.id) WHERE id = ?"
)
_COUNT_EDIT = (
    "INSERT INTO meta VALUES ('edits', '1') ON CONFLICT (key) DO UPDATE SET value = CAST(value AS INTEGER) + 1"
)
_CHANGED = OutdatedError("Shapes of its labels have been changed since by another program.")


@dataclass(frozen=True)
class Survey:
    """What a plan would do: ``shapes`` are changed, in ``images`` (which also counts those whose own labels are);
    ``problems`` shapes would no longer fit their label."""

    plan: Plan
    shapes: int
    images: int
    problems: int

    @property
    def sentence(self) -> str:
        """As that of a `labelling.LabelEdit`."""
        return sentence(self.plan.name, self.shapes, self.images, self.problems)


def survey(database: sqlite3.Connection, plan: Plan, going: Going = lambda: None) -> Survey:
    """Look what a plan would do. Raises sqlite3.Error, and ValueError, KeyError or TypeError where the file makes no
    sense."""
    where, values = _touched(plan, list(plan.names))
    found = f"SELECT document, count(*) FROM shapes WHERE {where} GROUP BY document"
    counts: dict[int, int] = dict(database.execute(found, values))
    touched = counts.keys() | {line[1] for line in _images(database, plan)}
    problems = _problems(database, plan, going) if plan.watch or plan.judged else 0
    return Survey(plan, sum(counts.values()), len(touched), problems)


def _touched(plan: Plan, names: list[str]) -> tuple[str, list[str]]:
    """A WHERE of the shapes of some labels that a plan changes, and its values."""
    where = f"label IN ({', '.join('?' * len(names))})"
    same = [name for name in names if plan.names[name] == name]
    if not same:
        return where, names
    moved = f"SELECT 1 FROM json_each(shapes.attributes) WHERE key IN ({', '.join('?' * len(plan.moved))})"
    stays = f"label IN ({', '.join('?' * len(same))})"
    return f"{where} AND (NOT {stays} OR EXISTS ({moved}))", [*names, *same, *plan.moved]


def _problems(database: sqlite3.Connection, plan: Plan, going: Going) -> int:
    """How many shapes would no longer fit. Most have the same to say: each sort is judged once."""
    marks = ", ".join("?" * len(plan.concerned))
    sorts = (
        "SELECT label, kind, attributes, CASE kind WHEN 'keypoints' THEN geometry END, count(*) FROM shapes "
        f"WHERE label IN ({marks}) GROUP BY 1, 2, 3, 4"
    )
    bad = 0
    for number, (label, kind, attributes, geometry, count) in enumerate(database.execute(sorts, plan.concerned)):
        if number % _BATCH == 0:
            going()
        old = _stand_in(label, kind, attributes, geometry)
        new = plan.changed(old) if label in plan.names else old
        if new is not None and plan.problems(old, new):
            bad += count
    return bad


@dataclass(frozen=True)
class _Kind:
    """In the place of a geometry where only its kind matters."""

    kind: str


def _stand_in(label: str, kind: str, attributes: str, geometry: str | None) -> Shape:
    if geometry is not None:
        return from_row(("", kind, label, geometry, None, attributes, None, "", None, None, 0, 0))
    where: Any = _Kind(kind)
    return Shape(where, label, "", json.loads(attributes) if attributes != "{}" else {})


def perform(
    database: sqlite3.Connection, plan: Plan, journal: Journal, going: Going = lambda: None
) -> tuple[Change, int]:
    """Carry a plan out in one transaction, with its step. Gives the change and the step's key.

    Raises as `survey`, and whatever ``going`` raises; nothing has changed then.
    """
    with _Transaction(database):
        change = Change(plan.name, labels=plan.labels, rows=pack(lines(database, plan, going)))
        _apply(database, change, back=False, going=going)
        key = journal.made(database, change)
    return change, key


def travel(database: sqlite3.Connection, change: Change, key: int, journal: Journal, back: bool) -> None:
    """Take a step with rows back, or do it again: ``change`` is what `History.undo` or `redo` gave. Raises
    OutdatedError where the rows are not as the step left them, and as `perform`; nothing has changed then."""
    with _Transaction(database):
        _apply(database, change, back, lambda: None)
        if back:
            journal.taken_back(database, key)
        else:
            journal.done_again(database, key, change)


def counts(database: sqlite3.Connection, change: Change) -> dict[str, tuple[State, int]]:
    """State and number of shapes of the documents that a change takes shapes from, or gives them back, by path."""
    documents = {line[1] for line in unpack(change.rows or b"") if line[0] == "x"}
    found: dict[str, tuple[State, int]] = {}
    for document in documents:
        row = "SELECT path, state, shape_count FROM documents WHERE id = ?"
        path, state, count = database.execute(row, (document,)).fetchone()
        found[path] = (state, count)
    return found


class _Transaction:
    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def __enter__(self) -> None:
        self._database.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if error is None:
            self._database.execute("COMMIT")
        elif self._database.in_transaction:
            self._database.execute("ROLLBACK")


# -- what a plan does to rows


def lines(database: sqlite3.Connection, plan: Plan, going: Going = lambda: None) -> Iterator[Line]:
    """What a plan does to each row that it touches. Raises as `survey`."""
    kept = [old for old, new in plan.names.items() if new is not None]
    gone = [old for old, new in plan.names.items() if new is None]
    yield from _images(database, plan)
    where, values = _touched(plan, kept)
    rows = f"SELECT document, id, label, attributes FROM shapes WHERE {where} ORDER BY document"
    known: dict[tuple[str, str], tuple[Line, Line]] = {}
    for number, (document, shape, label, attributes) in enumerate(database.execute(rows, values) if kept else ()):
        if number % _BATCH == 0:
            going()
        pair = known.get((label, attributes))
        if pair is None:
            pair = _relabelled(plan, label, attributes)
            if len(known) < 100_000:
                known[label, attributes] = pair
        yield ["s", document, shape, *pair]
    if gone:
        yield from _removed(database, gone, going)


def _relabelled(plan: Plan, label: str, attributes: str) -> tuple[Line, Line]:
    old = Shape(BoxGeometry(Box(0, 0, 0, 0)), label, "", json.loads(attributes))
    new = plan.changed(old)
    assert new is not None, "only labels whose shapes stay are asked for"
    if _same(new.attributes, old.attributes):
        return [label], [new.label]
    return [label, attributes], [new.label, json.dumps(dict(new.attributes), ensure_ascii=False)]


def _same(one: Any, other: Any) -> bool:
    return list(one) == list(other) and all(
        type(a) is type(b) and a == b for a, b in zip(one.values(), other.values(), strict=True)
    )


def _removed(database: sqlite3.Connection, gone: list[str], going: Going) -> Iterator[Line]:
    marks = ", ".join("?" * len(gone))
    cursor = database.execute(f"SELECT * FROM shapes WHERE label IN ({marks}) ORDER BY document", gone)
    columns = [name for name, *_ in cursor.description]
    at = columns.index("document")
    for document, rows in groupby(cursor, key=itemgetter(at)):
        going()
        pile = database.execute("SELECT id FROM shapes WHERE document = ? ORDER BY z", (document,))
        place = {id_: n for n, (id_,) in enumerate(pile)}
        for row in rows:
            values = dict(zip(columns, row, strict=True))
            if values["counts"] is not None:
                values["counts"] = values["counts"].decode("ascii")
            yield ["x", document, values["id"], place[values["id"]], values]


def _images(database: sqlite3.Connection, plan: Plan) -> Iterator[Line]:
    """The images whose own labels change."""
    if not plan.names:
        return
    for document, text in database.execute("SELECT id, labels FROM documents WHERE labels <> '[]'"):
        before = tuple(json.loads(text))
        after = plan.own(before)
        if after != before:
            yield ["d", document, text, compact(after)]


# -- rows as bytes


def pack(found: Iterator[Line]) -> bytes:
    """Lines as bytes."""
    squeeze = zlib.compressobj(1)
    parts = [squeeze.compress(json.dumps(line, separators=(",", ":")).encode() + b"\n") for line in found]
    return b"".join((*parts, squeeze.flush()))


def unpack(rows: bytes) -> Iterator[Line]:
    """The lines of `pack`. Raises ValueError or zlib.error where they make no sense."""
    stretch, rest = zlib.decompressobj(), b""
    for start in range(0, len(rows), 65536):
        *whole, rest = (rest + stretch.decompress(rows[start : start + 65536])).split(b"\n")
        yield from map(json.loads, whole)


# -- doing it


@dataclass
class _Batches:
    """Rows are written in batches; each must find what the step knows of it."""

    database: sqlite3.Connection
    going: Going
    waiting: dict[str, list[tuple[Any, ...]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, statement: str, values: tuple[Any, ...]) -> None:
        batch = self.waiting[statement]
        batch.append(values)
        if len(batch) >= _BATCH:
            self._write(statement)

    def end(self) -> None:
        for statement in list(self.waiting):
            self._write(statement)

    def _write(self, statement: str) -> None:
        self.going()
        batch = self.waiting.pop(statement)
        if self.database.executemany(statement, batch).rowcount != len(batch):
            raise _CHANGED


def _apply(database: sqlite3.Connection, change: Change, back: bool, going: Going) -> None:
    assert change.rows is not None
    batches = _Batches(database, going)
    counted: set[int] = set()
    for kind, found in groupby(unpack(change.rows), key=lambda line: (line[0], line[1] if line[0] == "x" else 0)):
        if kind[0] == "x" and back:
            _restore(database, kind[1], [(line[3], line[4]) for line in found])
            counted.add(kind[1])
            continue
        for line in found:
            if line[0] == "s":
                _relabel(batches, line[1], line[2], *((line[4], line[3]) if back else (line[3], line[4])))
            elif line[0] == "d":
                old, new = (line[3], line[2]) if back else (line[2], line[3])
                batches.add("UPDATE documents SET labels = ? WHERE id = ? AND labels = ?", (new, line[1], old))
            else:
                batches.add("DELETE FROM shapes WHERE document = ? AND id = ?", (line[1], line[2]))
                counted.add(line[1])
    batches.end()
    database.executemany(_COUNT_SHAPES, ((document,) for document in counted))
    if change.labels is not None:
        write_labels(database, change.labels[1])
    database.execute(_COUNT_EDIT)


def _relabel(batches: _Batches, document: int, shape: str, old: Line, new: Line) -> None:
    if len(new) == 1:
        statement = "UPDATE shapes SET label = ? WHERE document = ? AND id = ? AND label = ?"
        batches.add(statement, (new[0], document, shape, old[0]))
    else:
        statement = (
            "UPDATE shapes SET label = ?, attributes = ? WHERE document = ? AND id = ? AND label = ? AND attributes = ?"
        )
        batches.add(statement, (*new, document, shape, *old))


def _restore(database: sqlite3.Connection, document: int, pile: list[tuple[int, dict[str, Any]]]) -> None:
    """Put shapes back where they lay in the pile; its other shapes may have been counted anew since."""
    known = dict(database.execute("SELECT id, z FROM shapes WHERE document = ? ORDER BY z", (document,)).fetchall())
    order = list(known)
    for place, values in sorted(pile, key=itemgetter(0)):
        order.insert(place, values["id"])
    if len(set(order)) < len(order):
        raise _CHANGED
    moved = places(known, order)
    if moved is None:
        moved = {id_: float(z) for z, id_ in enumerate(order)}
        rows = [(z, document, id_) for id_, z in moved.items() if id_ in known]
        database.executemany("UPDATE shapes SET z = ? WHERE document = ? AND id = ?", rows)
    for _, values in pile:
        if values["counts"] is not None:
            values["counts"] = values["counts"].encode("ascii")
        values["z"] = moved[values["id"]]
        marks = ", ".join("?" * len(values))
        database.execute(f"INSERT INTO shapes ({', '.join(values)}) VALUES ({marks})", tuple(values.values()))
