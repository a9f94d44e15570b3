"""A step of the history as bytes: only what it changed, before and after, to be applied to what is there now.

A pile of 10,000 shapes of which one was moved costs that shape twice, not the pile. What a step did not touch is taken
from the present document; that the rest is as the step left it is checked, shape by shape that it touched and by the
order of all ids.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from operator import attrgetter
from typing import Any, Generic, TypeVar

from app.core.annotation import Shape
from app.core.document import Comment, Document, Review
from app.core.dump import plain_comment, plain_review
from app.core.errors import FoveaError
from app.core.history import Change
from app.core.labels import Label, LabelList
from app.io.label_rows import label_of, label_row
from app.io.shape_rows import from_row, to_row

Plain = dict[str, Any]
T = TypeVar("T")
_ROWS = b"rows"
"""What the bytes of a step begin with that changes rows (`app.io.wide_edits`); zlib's begin otherwise."""
_FIELDS = ("width", "height", "content_hash", "state", "labels", "review", "comments")


class OutdatedError(FoveaError):
    """What a step changed is no longer as the step left it; the sentence says what."""


@dataclass(frozen=True)
class _Kind(Generic[T]):
    """What a pile is made of: its members' names, their rows and the way back."""

    name: Callable[[T], str]
    row: Callable[[T], Sequence[Any]]
    make: Callable[[Any], T]

    def settled(self, member: T) -> list[Any]:
        """The row as it is after a way through the file: equal for what is the same there."""
        return list(_plain(self.row(self.make(_plain(self.row(member))))))


def packed(change: Change, limit: int) -> bytes | None:
    """A change as bytes, None where it would be more than ``limit`` of them."""
    if change.rows is not None:
        head = json.dumps(next(_lines(change)), separators=(",", ":"), default=_scalar).encode()
        whole = _ROWS + len(head).to_bytes(4, "big") + head + change.rows
        return whole if len(whole) <= limit else None
    squeeze = zlib.compressobj(1)
    parts, size = list[bytes](), 0
    for line in _lines(change):
        parts.append(squeeze.compress(json.dumps(line, separators=(",", ":"), default=_scalar).encode() + b"\n"))
        size += len(parts[-1])
        if size > limit:
            return None
    parts.append(squeeze.flush())
    return b"".join(parts)


def unpacked(data: bytes, name: str, back: bool, now: Callable[[str], Document], labels: LabelList) -> Change:
    """The change that takes a packed step back (or does it again), given how documents and labels are now.

    Raises OutdatedError where they are not as the step left them (or found them), ValueError, KeyError, TypeError or
    zlib.error where the bytes make no sense.
    """
    if data.startswith(_ROWS):
        end = len(_ROWS) + 4 + int.from_bytes(data[len(_ROWS) : len(_ROWS) + 4], "big")
        head = json.loads(data[len(_ROWS) + 4 : end])
        return Change(name, labels=_listed(head, labels, back), rows=data[end:])
    first, *lines = (json.loads(line) for line in zlib.decompress(data).decode().splitlines())
    return Change(name, tuple(_document(line, back, now) for line in lines), _listed(first, labels, back))


def _listed(first: Plain, labels: LabelList, back: bool) -> tuple[LabelList, LabelList] | None:
    if first["labels"] is None:
        return None
    return labels, LabelList(_rebuilt(first["labels"], labels.labels, back, _LABELS, "The list of labels"))


def _lines(change: Change) -> Iterator[Plain]:
    pair = change.labels
    yield {"labels": _stretch(pair[0].labels, pair[1].labels, _LABELS) if pair and pair[0] != pair[1] else None}
    for before, after in change.documents:
        if before is after:
            continue
        same = before.shapes is after.shapes
        yield {
            "path": [before.path, after.path],
            "fields": dict(_fields(before, after)),
            "shapes": None if same else _stretch(before.shapes, after.shapes, _SHAPES),
        }


def _fields(before: Document, after: Document) -> Iterator[tuple[str, list[Any]]]:
    for name in _FIELDS:
        pair = [_field(document, name) for document in (before, after)]
        if pair[0] != pair[1]:
            yield name, pair


def _field(document: Document, name: str) -> Any:
    match name:
        case "labels":
            return list(document.labels)
        case "review":
            return plain_review(document.review)
        case "comments":
            return _plain([plain_comment(comment) for comment in document.comments])
    return getattr(document, name)


def _value(name: str, plain: Any) -> Any:
    match name:
        case "labels":
            return tuple(plain)
        case "review":
            return None if plain is None else Review(**plain)
        case "comments":
            points = ((c, c["point"]) for c in plain)
            return tuple(Comment(**{**c, "point": None if point is None else tuple(point)}) for c, point in points)
    return plain


def _document(line: Plain, back: bool, now: Callable[[str], Document]) -> tuple[Document, Document]:
    target, start = line["path"] if back else line["path"][::-1]
    current = now(start)
    values: Plain = {}
    for name, pair in line["fields"].items():
        wanted, expected = pair if back else pair[::-1]
        if _field(current, name) != expected:
            raise OutdatedError(f"{start} has been changed since by another program.")
        values[name] = _value(name, wanted)
    shapes = current.shapes
    if line["shapes"] is not None:
        shapes = _rebuilt(line["shapes"], shapes, back, _SHAPES, start)
    return current, replace(current, path=target, shapes=shapes, **values)


def _stretch(before: tuple[T, ...], after: tuple[T, ...], kind: _Kind[T]) -> Plain:
    """What lies between the members that both have at their heads and tails: of those that stayed their places, of the
    others their rows."""
    short = min(len(before), len(after))
    head = next((i for i in range(short) if before[i] is not after[i]), short)
    tail = next((i for i in range(short - head) if before[-1 - i] is not after[-1 - i]), short - head)
    old, new = before[head : len(before) - tail], after[head : len(after) - tail]
    places = {kind.name(member): i for i, member in enumerate(old)}
    runs: list[list[int]] = []
    for j, member in enumerate(new):
        i = places.get(kind.name(member))
        if i is None or not _same(old[i], member, kind):
            continue
        if runs and runs[-1][0] + runs[-1][2] == i and runs[-1][1] + runs[-1][2] == j:
            runs[-1][2] += 1
        else:
            runs.append([i, j, 1])
    stayed = [{run[side] + n for run in runs for n in range(run[2])} for side in (0, 1)]
    both = zip((old, new), stayed, strict=True)
    rows = [[[i, kind.row(m)] for i, m in enumerate(pile) if i not in still] for pile, still in both]
    order = [_order(kind, before), _order(kind, after)]
    return {"head": head, "tail": tail, "long": [len(old), len(new)], "rows": rows, "runs": runs, "order": order}


def _same(one: T, other: T, kind: _Kind[T]) -> bool:
    # Equal to Python is not yet the same: 1, 1.0 and True are three values of an attribute.
    return one is other or (one == other and kind.row(one) == kind.row(other))


def _rebuilt(delta: Plain, now: tuple[T, ...], back: bool, kind: _Kind[T], what: str) -> tuple[T, ...]:
    there, here = (0, 1) if back else (1, 0)
    head, tail = delta["head"], delta["tail"]
    if _order(kind, now) != delta["order"][here]:
        raise OutdatedError(f"{what} has been changed since by another program.")
    middle = now[head : len(now) - tail]
    for place, row in delta["rows"][here]:
        if kind.settled(middle[place]) != _plain(kind.row(kind.make(row))):
            raise OutdatedError(f"{what} has been changed since by another program.")
    found: list[T | None] = [None] * delta["long"][there]
    for place, row in delta["rows"][there]:
        found[place] = kind.make(row)
    for run in delta["runs"]:
        found[run[there] : run[there] + run[2]] = middle[run[here] : run[here] + run[2]]
    return (*now[:head], *(member for member in found if member is not None), *now[len(now) - tail :])


def _order(kind: _Kind[T], pile: Iterable[T]) -> str:
    return blake2b(
        "\0".join(kind.name(member) for member in pile).encode("utf-8", "surrogatepass"), digest_size=8
    ).hexdigest()


def _shape_row(shape: Shape) -> list[Any]:
    row: list[Any] = list(to_row(shape))
    row[4] = None if row[4] is None else row[4].decode("ascii")
    return row


def _shape_of(row: Sequence[Any]) -> Shape:
    return from_row((*row[:4], None if row[4] is None else row[4].encode("ascii"), *row[5:]))


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value, default=_scalar))


def _scalar(value: Any) -> Any:
    """numpy's numbers, which json does not know, as Python's."""
    return value.item()


_SHAPES: _Kind[Shape] = _Kind(attrgetter("id"), _shape_row, _shape_of)
_LABELS: _Kind[Label] = _Kind(attrgetter("name"), label_row, lambda row: label_of(tuple(row)))
