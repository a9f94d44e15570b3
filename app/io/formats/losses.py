"""What each kind of shape becomes in a format that is written, said before anything is: the writers count the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Outcome = Literal["kept", "changed", "left out"]


@dataclass(frozen=True)
class Fate:
    """What becomes of shapes of one kind. ``words`` say how, "" for as they are."""

    kind: str
    outcome: Outcome
    words: str = ""
    shapes: int = 0


_COCO: dict[str, tuple[Outcome, str]] = {
    "box": ("kept", ""),
    "rotated_box": ("changed", "a polygon of its corners"),
    "ellipse": ("changed", "a polygon of 64 points"),
    "polyline": ("left out", "COCO has no lines"),
    "point": ("left out", "COCO has no points outside skeletons"),
    "keypoints": ("kept", "gets a box around them if it has none; one skeleton a label"),
}
_COCO_REGIONS: dict[str, dict[str, tuple[Outcome, str]]] = {
    "auto": {
        "polygon": ("kept", "with holes: run lengths, whose pixels stay and corners do not"),
        "mask": ("changed", "polygons along its pixels; with holes run lengths"),
    },
    "rle": {
        "rotated_box": ("changed", "run lengths of its pixels"),
        "ellipse": ("changed", "run lengths of its pixels"),
        "polygon": ("changed", "run lengths: its pixels stay, its corners do not"),
        "mask": ("kept", "run lengths"),
    },
    "polygon": {
        "polygon": ("kept", "holes are filled"),
        "mask": ("changed", "polygons along its pixels; holes are filled"),
    },
}
_LABELME: dict[str, tuple[Outcome, str]] = {
    "box": ("kept", ""),
    "rotated_box": ("kept", ""),
    "polygon": ("kept", "several parts: a group of polygons; with holes: a mask, whose pixels stay"),
    "mask": ("kept", ""),
    "ellipse": ("changed", "circles stay, others become a polygon of 64 points"),
    "polyline": ("kept", ""),
    "point": ("kept", ""),
    "keypoints": ("changed", "points: names, bones and what is hidden are lost"),
}
ALSO = {
    "labelme": (
        "Not kept either: colours, keys and attributes asked of labels; states, verdicts and comments; authors, tracks "
        "and locks of shapes. Labels of whole pictures become flags."
    ),
    "coco": (
        "Not kept either: colours, keys and attributes asked of labels; states, verdicts and comments; labels of whole "
        "pictures; authors, locks and most groups."
    ),
}
"""What a format does not hold of anything but geometry, by its id."""


def fates(format_id: str, masks: str, shapes: Mapping[str, int]) -> list[Fate]:
    """What becomes of shapes, given how many there are of each kind; what is lost comes first."""
    table = _tables(format_id, masks)
    order: list[Outcome] = ["left out", "changed", "kept"]
    found = [Fate(kind, *table[kind], count) for kind, count in shapes.items() if kind in table]
    return sorted(found, key=lambda fate: (order.index(fate.outcome), -fate.shapes))


def _tables(format_id: str, masks: str) -> dict[str, tuple[Outcome, str]]:
    if format_id == "labelme":
        return _LABELME
    if format_id != "coco":
        raise KeyError(format_id)
    return {**_COCO, **_COCO_REGIONS[masks]}


def lost(found: Iterable[Fate]) -> int:
    """How many shapes are left out."""
    return sum(fate.shapes for fate in found if fate.outcome == "left out")
