"""Counting shapes."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from app.core.annotation import BoxGeometry, PointGeometry, Shape
from app.core.geometry import Box
from app.core.statistics import (
    MEDIUM,
    SIDES,
    SMALL,
    LabelRow,
    Statistics,
    as_text,
    coco_size,
    size_of,
    sorts_of,
    table,
)
from tests.strategies import shapes


@given(st.floats(0, 1e9))
def test_that_sizes_are_those_of_coco(area: float) -> None:
    expected = "" if area == 0 else "small" if area < SMALL**2 else "medium" if area < MEDIUM**2 else "large"
    assert coco_size(size_of(area)) == expected
    assert 0 <= size_of(area) <= len(SIDES) + 1


@given(st.lists(shapes, max_size=8))
def test_that_every_count_adds_up_to_all_shapes(found: list[Shape]) -> None:
    counted = Statistics(sorts_of(found))
    assert counted.shapes == len(found)
    assert counted.by(1) == dict(Counter(s.kind for s in found).most_common())
    assert sum(row.shapes for row in counted.labels()) == len(found)
    assert sum(counted.areas().values()) == len(found)
    assert sum(counted.sizes()) == sum(s.geometry.area() > 0 for s in found)
    rows = table(counted, Statistics(), (), {}, None)
    for section in ("Labels", "Sizes", "Kinds", "Authors"):
        assert sum(row.project for row in rows if row.section == section) == len(found)


def test_that_labels_come_in_the_project_s_order_and_others_after_them() -> None:
    box = BoxGeometry(Box(0, 0, 40, 40))
    found = [Shape(box, "dog"), Shape(box, "ant"), Shape(PointGeometry(((1.0, 2.0),)), "dog", author="coco")]
    counted = Statistics(sorts_of(found), {"dog": 2, "ant": 1})
    assert counted.labels(["cat", "dog"]) == (
        LabelRow("cat", 0),
        LabelRow("dog", 2, 2, medium=1),
        LabelRow("ant", 1, 1, medium=1),
    )
    rows = table(counted, Statistics(sorts_of(found[:1])), ["cat", "dog"], {"new": 7, "done": 1}, "done")
    lines = as_text(rows)
    assert lines[0] == ("Group", "Name", "In this picture", "In the project", "Pictures")
    assert ("Labels", "dog", "1", "2", "2") in lines and ("Labels", "cat", "0", "0", "0") in lines
    assert ("States", "New", "0", "7", "7") in lines and ("States", "Done", "1", "1", "1") in lines
    assert ("Authors", "By hand", "1", "2", "") in lines and ("Kinds", "Point", "0", "1", "") in lines
