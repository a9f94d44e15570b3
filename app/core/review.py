"""Reviewing: verdicts with reasons, comments, labels of the image as a whole. Pure functions; times are ISO 8601 text
that the caller gives."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from app.core.document import Comment, Document, Review, State


def judge(document: Document, state: State, reason: str = "", reviewer: str = "", time: str = "") -> Document:
    """A reviewer's verdict, with who said so and why: done (accepted), rejected, or back in work to be fixed."""
    verdict = None if state == "new" else Review(reason, reviewer, time)
    return replace(document, state=state, review=verdict)


def put(document: Document, state: State) -> Document:
    """Set the state without a verdict: done then means that it waits for a review. The verdict of a picture that goes
    back into work stays to be read until it is done again."""
    review = document.review if state == "in_work" else None
    return replace(document, state=state, review=review)


def reviewed(document: Document) -> bool:
    """Whether a reviewer has spoken, and nothing has been handed in since."""
    return document.review is not None


def add_comment(document: Document, comment: Comment) -> Document:
    return replace(document, comments=(*document.comments, comment))


def change_comment(document: Document, comment_id: str, change: Callable[[Comment], Comment]) -> Document:
    """Apply a change to one comment, in place of it."""
    return replace(document, comments=tuple(change(c) if c.id == comment_id else c for c in document.comments))


def resolve_comment(document: Document, comment_id: str, resolved: bool = True) -> Document:
    return change_comment(document, comment_id, lambda c: replace(c, resolved=resolved))


def remove_comment(document: Document, comment_id: str) -> Document:
    return replace(document, comments=tuple(c for c in document.comments if c.id != comment_id))


def open_comments(document: Document) -> tuple[Comment, ...]:
    """The comments that wait for an answer."""
    return tuple(c for c in document.comments if not c.resolved)


def add_image_labels(document: Document, names: Iterable[str]) -> Document:
    """Label the image as a whole; labels that it has already change nothing."""
    return replace(document, labels=tuple(dict.fromkeys((*document.labels, *names))))


def remove_image_labels(document: Document, names: Iterable[str]) -> Document:
    gone = set(names)
    return replace(document, labels=tuple(name for name in document.labels if name not in gone))
