"""Which pictures a person wants to see: conditions as a value, and what they mean. The project file answers the same
question for all pictures at once (`app.io.survey`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields

from app.core.annotation import Attribute, Shape
from app.core.document import Document, State

YES, NO = frozenset({"yes", "true", "on"}), frozenset({"no", "false", "off"})
STATE_WORDS: dict[State, str] = {"new": "new", "in_work": "in work", "done": "done", "rejected": "rejected"}
UNFINISHED: tuple[State, ...] = ("new", "in_work")


@dataclass(frozen=True)
class Filter:
    """All conditions that are given must hold; those on shapes (``labels`` to ``author``) for one and the same shape.

    ``text``: all its words are in the path, or it is, as a whole, in a comment or in the text of an attribute, in
    capitals or not. ``states``: one of them. ``labels``: one of them; if that is the only condition on shapes, a label
    of the image as a whole counts too. ``attribute``: a shape has it, with the ``value`` where one is given (yes and no
    mean flags). ``min_score`` and ``max_score`` are inclusive. ``author``: None for any, "" for a person's own hand.
    ``open_comments``: there are some. ``reviewed``: a reviewer has spoken, or (False) has not.
    """

    text: str = ""
    states: tuple[State, ...] = ()
    labels: tuple[str, ...] = ()
    attribute: str = ""
    value: str = ""
    min_score: float | None = None
    max_score: float | None = None
    author: str | None = None
    open_comments: bool = False
    reviewed: bool | None = None

    @property
    def empty(self) -> bool:
        others = (f for f in fields(self) if f.name not in ("text", "value"))
        return not self.text.strip() and all(getattr(self, f.name) == f.default for f in others)

    @property
    def on_shapes(self) -> bool:
        """Whether it asks for something of a shape."""
        return bool(self.labels or self._beside_labels)

    @property
    def images_count(self) -> bool:
        """Whether a label of the image as a whole will do."""
        return bool(self.labels) and not self._beside_labels

    @property
    def _beside_labels(self) -> bool:
        score = self.min_score is not None or self.max_score is not None
        return bool(self.attribute) or score or self.author is not None

    def words(self) -> str:
        """What it asks for, in a line."""
        parts = [" or ".join(STATE_WORDS[s] for s in self.states)] if self.states else []
        if self.reviewed is not None:
            parts.append("reviewed" if self.reviewed else "not reviewed")
        if self.labels:
            parts.append(f"label {' or '.join(self.labels)}")
        if self.attribute:
            parts.append(f"{self.attribute} {self.value}".strip() if self.value else f"has {self.attribute}")
        low, high = self.min_score, self.max_score
        if low is not None or high is not None:
            parts.append(f"score {0 if low is None else low:g} to {1 if high is None else high:g}")
        if self.author is not None:
            parts.append(f"made by {self.author or 'hand'}")
        if self.open_comments:
            parts.append("open comments")
        if self.text.strip():
            parts.append(f"“{self.text.strip()}”")
        return ", ".join(parts)

    def wants(self, shape: Shape) -> bool:
        """Whether one shape is what the conditions on shapes ask for."""
        return (
            (not self.labels or shape.label in self.labels)
            and (not self.attribute or value_is(shape.attributes.get(self.attribute), self.value))
            and (self.author is None or shape.author == self.author)
            and (self.min_score is None or (shape.score is not None and shape.score >= self.min_score))
            and (self.max_score is None or (shape.score is not None and shape.score <= self.max_score))
        )

    def holds(self, document: Document) -> bool:
        """Whether a document is one of those that are wanted."""
        if self.states and document.state not in self.states:
            return False
        if self.reviewed is not None and (document.review is not None) is not self.reviewed:
            return False
        if self.open_comments and all(c.resolved for c in document.comments):
            return False
        by_image = self.images_count and not set(self.labels).isdisjoint(document.labels)
        if self.on_shapes and not by_image and not any(self.wants(s) for s in document.shapes):
            return False
        return not self.text.strip() or self._text_in(document)

    def _text_in(self, document: Document) -> bool:
        said = text_test(self.text)
        return (
            named(self.text)(document.path)
            or any(said(c.text) for c in document.comments)
            or any(isinstance(v, str) and said(v) for s in document.shapes for v in s.attributes.values())
        )


def named(text: str) -> Callable[[str], bool]:
    """Whether a path holds all words of a text."""
    words = text.casefold().split()
    return lambda path: all(word in path.casefold() for word in words)


def text_test(text: str) -> Callable[[str], bool]:
    """Whether another text holds this one; nothing holds an empty one."""
    wanted = text.strip().casefold()
    return lambda other: bool(wanted) and wanted in other.casefold()


def value_is(value: Attribute, wanted: str) -> bool:
    """Whether an attribute is there (not None) and, where a value is given, is that."""
    if value is None:
        return False
    wanted = wanted.strip().casefold()
    if not wanted:
        return True
    if isinstance(value, bool):
        return wanted in (YES if value else NO)
    if isinstance(value, str):
        return value.strip().casefold() == wanted
    try:
        return float(wanted) == value
    except ValueError:
        return False


@dataclass(frozen=True)
class Found:
    """What a filter came to: a set of paths, and what is to be thought of those that nothing is kept of.

    ``hits`` hold the text in comments or attributes. ``listed`` are those for which everything but the text holds, or,
    if ``inverted``, those for which it does not; None for no condition but the text.
    """

    text: str = ""
    hits: frozenset[str] = frozenset()
    listed: frozenset[str] | None = None
    inverted: bool = False

    def of(self, paths: Iterable[str]) -> list[str]:
        """The wanted ones of these paths, in their order."""
        found, listed = list(paths), self.listed
        if listed is not None:
            found = [p for p in found if (p in listed) is not self.inverted]
        words = self.text.casefold().split()
        if words and not self.hits:
            for word in words:
                found = [p for p in found if word in p.casefold()]
        elif words:
            has_words, hits = named(self.text), self.hits
            found = [p for p in found if p in hits or has_words(p)]
        return found

    def has(self, path: str) -> bool:
        return bool(self.of((path,)))
