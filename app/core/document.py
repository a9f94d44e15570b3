"""Documents: everything about one image that an edit can change. Frozen; see `edits`. Labels are in `labels`."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import compress, count
from operator import is_not
from typing import Literal

from app.core.annotation import Shape, new_id
from app.core.geometry import Point
from app.core.labels import LABEL_COLOURS, Label, LabelList

__all__ = ["LABEL_COLOURS", "Comment", "Document", "Label", "LabelList", "Review", "State"]

State = Literal["new", "in_work", "done", "rejected"]


@dataclass(frozen=True)
class Comment:
    """What somebody says about an image, a place in it or one of its shapes.

    ``time`` is ISO 8601 text; ``point`` is in source pixels; ``shape`` is a shape's id, which may have gone since.
    """

    text: str
    author: str = ""
    time: str = ""
    point: Point | None = None
    shape: str | None = None
    resolved: bool = False
    id: str = field(default_factory=new_id)


@dataclass(frozen=True)
class Review:
    """A reviewer's verdict: why a document has the state it has, and who said so. ``time`` is ISO 8601 text."""

    reason: str = ""
    reviewer: str = ""
    time: str = ""


@dataclass(frozen=True)
class Document:
    """One image with its shapes, the lowest first.

    ``path`` is relative to the project's folder, with forward slashes: it is the document's name in the project.
    ``width`` and ``height`` are in source pixels after EXIF orientation, 0 while the picture has not been read.
    ``labels`` are those of the image as a whole; ``review`` goes with done (accepted; without it a review is awaited),
    rejected, or in work (sent back to be fixed).
    """

    path: str
    width: int = 0
    height: int = 0
    content_hash: str = ""
    shapes: tuple[Shape, ...] = ()
    state: State = "new"
    labels: tuple[str, ...] = ()
    comments: tuple[Comment, ...] = ()
    review: Review | None = None

    def shape(self, shape_id: str) -> Shape | None:
        return next((s for s in self.shapes if s.id == shape_id), None)

    def comment(self, comment_id: str) -> Comment | None:
        return next((c for c in self.comments if c.id == comment_id), None)


def changed_stretch(before: tuple[Shape, ...], after: tuple[Shape, ...]) -> tuple[int, int]:
    """How many shapes at the head and at the tail of two piles are the very same objects: what an edit changed lies
    between them. Costs a comparison of identities a shape, so that an edit of one among many stays cheap."""
    short = min(len(before), len(after))
    # Without a line of Python a shape: this is asked several times an edit.
    head = next(compress(count(), map(is_not, before, after)), short)
    ends = reversed(before[head:]), reversed(after[head:])
    return head, next(compress(count(), map(is_not, *ends)), short - head)
