"""Counting shapes: by label, kind, author and size. Sizes are told apart by the side of a square of the same area."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from app.core.annotation import Shape
from app.core.document import State
from app.core.filtering import STATE_WORDS

SIDES = (4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048)
"""Where one class of sizes ends and the next begins, as sides of squares in source pixels: two steps an octave."""

NO_AREA, FIRST = 0, 1
SMALL, MEDIUM = 32, 96
"""COCO's borders: an object is small below 32 x 32 pixels, medium below 96 x 96, large from there on
(https://cocodataset.org/#detection-eval)."""

Sort = tuple[str, str, str, int]
"""(label, kind, author, class of size)."""


def size_of(area: float) -> int:
    """The class of an area in square pixels: 0 for none (points, lines), then by `SIDES`."""
    return FIRST + bisect_right(_AREAS, area) if area > 0 else NO_AREA


_AREAS = tuple(side * side for side in SIDES)
_SMALL_ENDS, _MEDIUM_ENDS = size_of(SMALL**2), size_of(MEDIUM**2)


def sorts_of(shapes: Iterable[Shape]) -> Counter[Sort]:
    """How many shapes there are of each sort."""
    return Counter((s.label, s.kind, s.author, size_of(s.geometry.area())) for s in shapes)


@dataclass(frozen=True)
class LabelRow:
    """Shapes of one label. ``pictures`` have some; small, medium and large are COCO's, without what has no area."""

    label: str
    shapes: int
    pictures: int = 0
    small: int = 0
    medium: int = 0
    large: int = 0


@dataclass(frozen=True)
class Statistics:
    """What there is in a project or a picture. ``pictures`` are those with shapes, by label; ``states`` counts
    documents, which a picture becomes with its first edit."""

    sorts: Mapping[Sort, int] = field(default_factory=dict)
    pictures: Mapping[str, int] = field(default_factory=dict)
    states: Mapping[State, int] = field(default_factory=dict)

    @property
    def shapes(self) -> int:
        return sum(self.sorts.values())

    def labels(self, order: Iterable[str] = ()) -> tuple[LabelRow, ...]:
        """A row a label: those of ``order`` first, also without shapes, then others by name."""
        found: dict[str, Counter[str]] = {name: Counter() for name in order}
        for name in sorted({sort[0] for sort in self.sorts}):
            found.setdefault(name, Counter())
        for (label, _, _, size), count in self.sorts.items():
            found[label]["shapes"] += count
            found[label][coco_size(size)] += count
        return tuple(
            LabelRow(name, c["shapes"], self.pictures.get(name, 0), c["small"], c["medium"], c["large"])
            for name, c in found.items()
        )

    def by(self, what: int) -> dict[str, int]:
        """Shapes by kind (1) or author (2), the most frequent first."""
        found: Counter[str] = Counter()
        for sort, count in self.sorts.items():
            found[str(sort[what])] += count
        return dict(found.most_common())

    def sizes(self) -> tuple[int, ...]:
        """Shapes by class of size, the smallest first; without those that have no area."""
        found: Counter[int] = Counter()
        for sort, count in self.sorts.items():
            found[sort[3]] += count
        return tuple(found[size] for size in range(FIRST, len(SIDES) + 2))

    def areas(self) -> Counter[str]:
        """Shapes by COCO's sizes: small, medium, large, and "" for those without an area."""
        found: Counter[str] = Counter()
        for sort, count in self.sorts.items():
            found[coco_size(sort[3])] += count
        return found


def coco_size(size: int) -> str:
    """small, medium or large; "" for what has no area."""
    if size == NO_AREA:
        return ""
    return "small" if size < _SMALL_ENDS else "medium" if size < _MEDIUM_ENDS else "large"


@dataclass(frozen=True)
class Row:
    """A line of the table. ``key`` is the label, size, state, kind or author; ``pictures`` is None where it says
    nothing."""

    section: str
    key: str
    words: str
    here: int
    project: int
    pictures: int | None = None


def table(
    project: Statistics, here: Statistics, labels: Iterable[str], states: Mapping[State, int], state: State | None
) -> tuple[Row, ...]:
    """Labels, sizes, states, kinds and authors, of the project and of the picture that is shown.

    ``labels`` are the project's in its order; ``states`` counts all pictures, ``state`` is that of the shown one.
    """
    order = list(labels)
    mine = {row.label: row.shapes for row in here.labels(order)}
    found = [
        Row("Labels", row.label, row.label, mine.get(row.label, 0), row.shapes, row.pictures)
        for row in project.labels([*order, *(name for name in mine if name not in order)])
    ]
    own, every = here.areas(), project.areas()
    found += [Row("Sizes", size, words, own[size], every[size]) for size, words in SIZE_WORDS.items()]
    found += [
        Row("States", key, words.capitalize(), int(key == state), states.get(key, 0), states.get(key, 0))
        for key, words in STATE_WORDS.items()
    ]
    for section, place, name in (("Kinds", 1, spoken), ("Authors", 2, by_whom)):
        counts = project.by(place)
        for key in [*counts, *(k for k in here.by(place) if k not in counts)]:
            found.append(Row(section, key, name(key), here.by(place).get(key, 0), counts.get(key, 0)))
    return tuple(found)


SIZE_WORDS = {
    "small": "Small",
    "medium": "Medium",
    "large": "Large",
    "": "Without area",
}


def spoken(kind: str) -> str:
    return kind.replace("_", " ").capitalize()


def by_whom(author: str) -> str:
    return author or "By hand"


def as_text(rows: Iterable[Row]) -> list[tuple[str, ...]]:
    """The table as texts with a line of titles, for copying and CSV."""
    titles = ("Group", "Name", "In this picture", "In the project", "Pictures")
    lines = (
        (r.section, r.words, str(r.here), str(r.project), "" if r.pictures is None else str(r.pictures)) for r in rows
    )
    return [titles, *lines]
