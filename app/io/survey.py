"""Questions about a whole project, answered by its file's indexes: which pictures a filter means, and statistics.

Each takes a connection of its own that only reads, so that they can be asked on any thread while edits go on.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.core.document import State
from app.core.filtering import Filter, Found, text_test, value_is
from app.core.statistics import Statistics
from app.io import project_file, schema
from app.io.project_file import ProjectError

FEW_SETS = 5000
"""So many different sets of attributes are found one by one in the index; for more it is read through."""


@contextmanager
def reading(file: Path) -> Iterator[sqlite3.Connection]:
    """A connection that reads a project as it is now, an empty one where there is no file yet. Raises ProjectError."""
    try:
        database = _connect(file)
    except sqlite3.Error as error:
        raise ProjectError(project_file.sentence(file, error)) from error
    try:
        yield database
    except sqlite3.Error as error:
        raise ProjectError(project_file.sentence(file, error)) from error
    finally:
        database.close()


def _connect(file: Path) -> sqlite3.Connection:
    if not file.exists():
        empty = sqlite3.connect(":memory:", isolation_level=None)
        schema.create(empty)
        return empty
    database = project_file.connect_to_copy(file)
    if schema.version_of(database) == schema.SCHEMA_VERSION:
        return database
    try:
        return schema.upgraded_in_memory(database)
    finally:
        database.close()


def find(database: sqlite3.Connection, wanted: Filter) -> Found:
    """Which pictures a filter means. Raises sqlite3.Error."""
    if wanted.empty:
        return Found()
    hits = frozenset(_paths(database, _saying(database, wanted.text))) if wanted.text.strip() else frozenset[str]()
    rest = replace(wanted, text="")
    if rest.empty:
        return Found(wanted.text, hits)
    inverted = _unknown_count(rest)
    where, values = _of_documents(rest)
    if inverted:
        listed = _texts(database, f"SELECT path FROM documents WHERE NOT ({where})", values)
        return Found(wanted.text, hits, frozenset(listed), True)
    found: list[str] = []
    for source, more in _sources(database, rest):
        found += _texts(database, f"SELECT path FROM {source} WHERE {where}", [*more, *values])
    return Found(wanted.text, hits, frozenset(found))


def _texts(database: sqlite3.Connection, query: str, values: Sequence[Any] = ()) -> list[str]:
    """The values of a query's one column ``path``, in its order. In one piece: rows one by one take twice as long, and
    Python's lock with each."""
    row = database.execute(f"SELECT json_group_array(path) FROM ({query})", values).fetchone()
    return list(json.loads(row[0]))


def paths(database: sqlite3.Connection, wanted: Filter) -> list[str]:
    """The kept documents that a filter means, in the order in which they were first kept. Raises sqlite3.Error."""
    return find(database, wanted).of(_texts(database, "SELECT path FROM documents ORDER BY id"))


def paths_with_shapes(database: sqlite3.Connection, labels: tuple[str, ...]) -> list[str]:
    """The documents with a shape of one of some labels; those of whole images do not count. Raises sqlite3.Error."""
    inner = f"SELECT DISTINCT document FROM shapes WHERE label IN ({_marks(labels)})"
    query = f"SELECT path FROM ({inner}) CROSS JOIN documents ON id = document ORDER BY id"
    return _texts(database, query, labels)


def _unknown_count(wanted: Filter) -> bool:
    """Whether a picture that nothing is kept of is one of those that are wanted."""
    fresh = not wanted.states or "new" in wanted.states
    return fresh and not wanted.on_shapes and not wanted.open_comments and wanted.reviewed is not True


def _of_documents(wanted: Filter) -> tuple[str, list[Any]]:
    """A WHERE of `documents`, and its values."""
    parts: list[str] = []
    if wanted.states:
        parts.append(f"state IN ({_marks(wanted.states)})")
    if wanted.reviewed is not None:
        parts.append(f"review IS {'NOT ' if wanted.reviewed else ''}NULL")
    if wanted.open_comments:
        parts.append("id IN (SELECT document FROM comments WHERE resolved = 0)")
    return " AND ".join(parts) or "1", list(wanted.states)


def _sources(database: sqlite3.Connection, wanted: Filter) -> Iterator[tuple[str, list[Any]]]:
    """What to select from, with its values: the documents whose shapes or own labels are wanted, together all of
    them."""
    if not wanted.on_shapes:
        yield "documents", []
        return
    for label in wanted.labels or (None,):
        where, values = _on_shapes(database, wanted, label)
        shapes = f"document FROM shapes {_index(wanted)} WHERE {where}"
        if _in_order(wanted):  # half the time of looking each up in a list
            yield f"(SELECT DISTINCT {shapes}) CROSS JOIN documents ON id = document", values
        else:  # looking documents up here and there takes twice as long as going through them all
            yield f"(SELECT * FROM documents WHERE id IN (SELECT {shapes}))", values
    if wanted.images_count:
        own = f"SELECT 1 FROM json_each(d.labels) WHERE value IN ({_marks(wanted.labels)})"
        yield f"(SELECT * FROM documents d WHERE labels <> '[]' AND EXISTS ({own}))", list(wanted.labels)


def _index(wanted: Filter) -> str:
    """The index to go by, where SQLite would choose a longer one: it does not know how often a value occurs."""
    if wanted.attribute:
        return "INDEXED BY shapes_by_attributes"
    return "" if wanted.labels or wanted.author is not None else "INDEXED BY shapes_by_score"


def _in_order(wanted: Filter) -> bool:
    """Whether the index that is gone by gives documents in their order: those that begin with one value do."""
    return not wanted.attribute and (bool(wanted.labels) or wanted.author is not None)


def _on_shapes(database: sqlite3.Connection, wanted: Filter, label: str | None) -> tuple[str, list[Any]]:
    parts: list[str] = []
    values: list[Any] = []
    if wanted.attribute:
        name, value = wanted.attribute, wanted.value
        sets = _sets(database, lambda found: value_is(found.get(name), value), json.dumps(name, ensure_ascii=False))
        parts.append("attributes <> '{}' AND attributes IN (SELECT value FROM json_each(?))")
        values.append(json.dumps(sets))
    if label is not None:
        parts.append("label = ?")
        values.append(label)
    if wanted.author is not None:
        parts.append("author = ?")
        values.append(wanted.author)
    for bound, sign in ((wanted.min_score, ">="), (wanted.max_score, "<=")):
        if bound is not None:
            parts.append(f"score {sign} ?")
            values.append(bound)
    return " AND ".join(parts), values


def _saying(database: sqlite3.Connection, text: str) -> set[int]:
    """The documents with a comment or an attribute that holds a text."""
    said = text_test(text)
    found = {doc for doc, comment in database.execute("SELECT document, text FROM comments") if said(comment)}

    def holds(attributes: dict[str, Any]) -> bool:
        return any(isinstance(v, str) and said(v) for v in attributes.values())

    # Case is Python's matter: the file is asked for what does not depend on it.
    sure = json.dumps(text.strip(), ensure_ascii=False)[1:-1] if text.isascii() else ""
    sets = _sets(database, holds, sure)
    having = "attributes <> '{}' AND attributes IN (SELECT value FROM json_each(?))"
    query = f"SELECT DISTINCT document FROM shapes WHERE {having}"
    return found | {doc for (doc,) in database.execute(query, (json.dumps(sets),))}


def _sets(database: sqlite3.Connection, test: Callable[[dict[str, Any]], bool], holding: str) -> list[str]:
    """The different sets of attributes, as they are stored, that pass a test. ``holding`` is in all of them."""
    # A shape's attributes repeat those of others: a loose scan of the index (sqlite.org/lang_with.html) jumps from one
    # set to the next, which for a million shapes with a thousand sets takes 10 ms.
    least = "SELECT min(attributes) FROM shapes WHERE attributes <> '{}'"
    loose = (
        f"WITH RECURSIVE found (a) AS ({least} UNION ALL SELECT ({least} AND attributes > a) FROM found "
        f"WHERE a NOTNULL) SELECT a FROM found WHERE a NOTNULL LIMIT {FEW_SETS + 1}"
    )
    rows = database.execute(loose).fetchall()
    if len(rows) > FEW_SETS:
        query = "SELECT DISTINCT attributes FROM shapes WHERE attributes <> '{}'"
        like = holding.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        rows = database.execute(f"{query} AND attributes LIKE ? ESCAPE '\\'", (f"%{like}%",)).fetchall()
    return [text for (text,) in rows if test(json.loads(text))]


def _paths(database: sqlite3.Connection, ids: set[int]) -> list[str]:
    query = "SELECT documents.path FROM json_each(?) AS given CROSS JOIN documents ON documents.id = given.value"
    return _texts(database, query, (json.dumps(sorted(ids)),))


def _marks(values: tuple[str, ...]) -> str:
    return ", ".join("?" * len(values))


def summaries(database: sqlite3.Connection) -> dict[str, tuple[State, int]]:
    """State and number of shapes of every document. Raises sqlite3.Error."""
    names = ("path", "state", "shape_count")
    query = f"SELECT {', '.join(f'json_group_array({name})' for name in names)} FROM documents"
    known, states, counts = (json.loads(column) for column in database.execute(query).fetchone())
    return dict(zip(known, zip(states, counts, strict=True), strict=True))


def statistics(database: sqlite3.Connection) -> Statistics:
    """What there is in the project. Raises sqlite3.Error."""
    rows = database.execute("SELECT label, kind, author, size, shapes FROM shape_counts WHERE shapes > 0")
    sorts = {(label, kind, author, size): count for label, kind, author, size, count in rows}
    pictures = dict(database.execute("SELECT label, count(DISTINCT document) FROM shapes GROUP BY label").fetchall())
    states = dict(database.execute("SELECT state, count(*) FROM documents GROUP BY state").fetchall())
    return Statistics(sorts, pictures, states)


def authors(database: sqlite3.Connection) -> list[str]:
    """Who made shapes; "" is a person's own hand. Raises sqlite3.Error."""
    return [a for (a,) in database.execute("SELECT DISTINCT author FROM shape_counts WHERE shapes > 0 ORDER BY author")]


def kinds(database: sqlite3.Connection, among: set[str] | None = None, labels: tuple[str, ...] = ()) -> dict[str, int]:
    """How many shapes of each kind there are, on some documents or all, of some labels or all. Raises sqlite3.Error.

    Of all documents this is known; of some their shapes are looked at, a few seconds for a million.
    """
    where = f"WHERE label IN ({_marks(labels)})" if labels else ""
    if among is None:
        query = f"SELECT kind, sum(shapes) FROM shape_counts {where} GROUP BY kind HAVING sum(shapes) > 0"
        return dict(database.execute(query, labels).fetchall())
    query = (
        "SELECT kind, count(*) FROM json_each(?) AS wanted JOIN documents ON documents.path = wanted.value "
        f"JOIN shapes ON document = documents.id {where} GROUP BY kind ORDER BY count(*) DESC"
    )
    return dict(database.execute(query, (json.dumps(sorted(among)), *labels)).fetchall())
