"""Labels, comments and reviews as columns of the project file, and back: exact."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from typing import Any

from app.core.document import Comment, Review
from app.core.dump import plain_label, plain_review
from app.core.labels import AttributeSpec, ChoiceSpec, FlagSpec, Label, LabelList, NumberSpec, Skeleton, TextSpec

_COLUMNS = "name, colour, key, aliases, parent, kinds, attributes, skeleton"
_COMMENT = "id, text, author, time, x, y, shape, resolved"
_SPECS: dict[str, Callable[..., AttributeSpec]] = {
    "text": TextSpec,
    "number": NumberSpec,
    "choice": ChoiceSpec,
    "flag": FlagSpec,
}


def read_labels(rows: list[tuple[Any, ...]]) -> LabelList:
    """The labels of rows of `LABELS`. Raises ValueError, KeyError or TypeError where a row makes no sense."""
    return LabelList(tuple(label_of(row) for row in rows))


LABELS = f"SELECT {_COLUMNS} FROM labels ORDER BY position"
COMMENTS = f"SELECT {_COMMENT} FROM comments WHERE document = ? ORDER BY position"


def write_labels(database: sqlite3.Connection, labels: LabelList) -> None:
    """Make the file's labels these."""
    database.execute("DELETE FROM labels")
    values = ", ".join("?" * 9)
    rows = ((i, *label_row(label)) for i, label in enumerate(labels.labels))
    database.executemany(f"INSERT INTO labels (position, {_COLUMNS}) VALUES ({values})", rows)


def write_comments(database: sqlite3.Connection, document: int, comments: tuple[Comment, ...]) -> None:
    """Make a document's comments these."""
    database.execute("DELETE FROM comments WHERE document = ?", (document,))
    values = ", ".join("?" * 10)
    rows = (
        (document, i, c.id, c.text, c.author, c.time, *(c.point or (None, None)), c.shape, c.resolved)
        for i, c in enumerate(comments)
    )
    database.executemany(f"INSERT INTO comments (document, position, {_COMMENT}) VALUES ({values})", rows)


def comment_of(row: tuple[Any, ...]) -> Comment:
    """The comment in a row of `COMMENTS`."""
    id_, text, author, time, x, y, shape, resolved = row
    return Comment(text, author, time, None if x is None else (x, y), shape, bool(resolved), id_)


def review_text(review: Review | None) -> str | None:
    return None if review is None else compact(plain_review(review))


def review_of(text: str | None) -> Review | None:
    """Raises ValueError or TypeError where the text makes no sense."""
    return None if text is None else Review(**json.loads(text))


def compact(value: Any) -> str:
    """JSON without spaces, other scripts as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def label_row(label: Label) -> tuple[str | int | None, ...]:
    """A label as a row of `LABELS`."""
    plain = plain_label(label)
    texts = (compact(plain["aliases"]), label.parent, compact(plain["kinds"]), compact(plain["attributes"]))
    return label.name, label.colour, label.key, *texts, compact(plain["skeleton"]) if label.skeleton else None


def label_of(row: tuple[Any, ...]) -> Label:
    """The label in a row of `LABELS`. Raises ValueError, KeyError or TypeError where it makes no sense."""
    name, colour, key, aliases, parent, kinds, attributes, skeleton = row
    specs = tuple(_spec(plain) for plain in json.loads(attributes))
    bones = None
    if skeleton is not None:
        plain = json.loads(skeleton)
        bones = Skeleton(tuple(plain["joints"]), tuple((a, b) for a, b in plain["edges"]))
    return Label(name, colour, key, tuple(json.loads(aliases)), parent, tuple(json.loads(kinds)), specs, bones)


def _spec(plain: dict[str, Any]) -> AttributeSpec:
    values = {key: tuple(value) if key == "choices" else value for key, value in plain.items() if key != "kind"}
    return _SPECS[plain["kind"]](**values)
