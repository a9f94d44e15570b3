"""Documents and the label list: everything in a project that an edit can change. Frozen; see `edits`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from app.core.annotation import Shape

State = Literal["new", "in_work", "done", "rejected"]


@dataclass(frozen=True)
class Label:
    """A class of objects. ``colour`` is #rrggbb; ``key`` the digit that gives it, where it has one."""

    name: str
    colour: str
    key: int | None = None


@dataclass(frozen=True)
class Document:
    """One image with its shapes, the lowest first.

    ``path`` is relative to the project's folder, with forward slashes: it is the document's name in the project.
    ``width`` and ``height`` are in source pixels after EXIF orientation, 0 while the picture has not been read.
    """

    path: str
    width: int = 0
    height: int = 0
    content_hash: str = ""
    shapes: tuple[Shape, ...] = ()
    state: State = "new"

    def shape(self, shape_id: str) -> Shape | None:
        return next((s for s in self.shapes if s.id == shape_id), None)


LABEL_COLOURS = ("#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7", "#8dd3c7", "#bebada")
"""Okabe and Ito's palette (2008), told apart with any kind of colour vision, and two lighter ones to go on with."""


@dataclass(frozen=True)
class LabelList:
    """The labels of a project, in the person's order."""

    labels: tuple[Label, ...] = field(default=())

    def __contains__(self, name: str) -> bool:
        return any(label.name == name for label in self.labels)

    def get(self, name: str) -> Label | None:
        return next((label for label in self.labels if label.name == name), None)

    def colour_of(self, name: str) -> str:
        """The label's colour; a stable one of the palette for a name that is not in the list."""
        label = self.get(name)
        return label.colour if label else LABEL_COLOURS[sum(name.encode()) % len(LABEL_COLOURS)]
