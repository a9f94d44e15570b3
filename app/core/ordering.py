"""Which shape lies above which: the order of a document's shapes, the lowest first. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from app.core.annotation import Shape
from app.core.document import Document


def to_front(document: Document, ids: Iterable[str]) -> Document:
    """Put shapes above all others; among themselves they keep their order."""
    chosen, others = _parted(document, ids)
    return _ordered(document, (*others, *chosen))


def to_back(document: Document, ids: Iterable[str]) -> Document:
    """Put shapes below all others."""
    chosen, others = _parted(document, ids)
    return _ordered(document, (*chosen, *others))


def forward(document: Document, ids: Iterable[str]) -> Document:
    """Move each shape above the next one that does not move with it."""
    return _ordered(document, tuple(_risen(list(reversed(document.shapes)), set(ids)))[::-1])


def backward(document: Document, ids: Iterable[str]) -> Document:
    """Move each shape below the next one that does not move with it."""
    return _ordered(document, tuple(_risen(list(document.shapes), set(ids))))


def _parted(document: Document, ids: Iterable[str]) -> tuple[tuple[Shape, ...], tuple[Shape, ...]]:
    meant = set(ids)
    chosen = tuple(s for s in document.shapes if s.id in meant)
    return chosen, tuple(s for s in document.shapes if s.id not in meant)


def _risen(shapes: list[Shape], meant: set[str]) -> list[Shape]:
    """Each meant shape one place nearer to the list's head; those at the head already stay there together."""
    for i in range(1, len(shapes)):
        if shapes[i].id in meant and shapes[i - 1].id not in meant:
            shapes[i - 1], shapes[i] = shapes[i], shapes[i - 1]
    return shapes


def _ordered(document: Document, shapes: tuple[Shape, ...]) -> Document:
    return document if shapes == document.shapes else replace(document, shapes=shapes)
