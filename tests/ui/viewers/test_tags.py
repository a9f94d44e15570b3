"""What tags say, and which shapes have room for one."""

from __future__ import annotations

import time

import pytest
from PySide6.QtGui import QImage, QPainter

from app.core.annotation import BoxGeometry, Shape
from app.core.geometry import Box
from app.core.labels import ChoiceSpec, FlagSpec, Label, LabelList, NumberSpec, TextSpec
from app.ui.viewers.shape_index import ShapeIndex
from app.ui.viewers.tags import LARGEST, LONGEST, TagStyle, paint_tags, roomy
from app.ui.viewers.transform import ViewTransform

SPECS = (
    ChoiceSpec("side", ("left", "right"), shown=True),
    NumberSpec("doors", shown=True),
    FlagSpec("parked", shown=True),
    TextSpec("remark"),
)
CAR = Label("car", "#e69f00", attributes=SPECS)
SIZE = 1600.0, 1000.0


SMALL = Box(0, 0, 10, 10)


def car(box: Box = SMALL, **more: object) -> Shape:
    return Shape(BoxGeometry(box), "car", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("style", "text"),
    [
        (TagStyle(), "car #7 0.50: left, 2.5, parked"),
        (TagStyle(attributes=False), "car #7 0.50"),
        (TagStyle(label=False, track=False, score=False), "left, 2.5, parked"),
        (TagStyle(label=False, attributes=False, score=False), "#7"),
        (TagStyle(False, False, False, False), ""),
    ],
)
def test_that_a_tag_says_what_is_chosen(style: TagStyle, text: str) -> None:
    attributes = {"side": "left", "doors": 2.5, "parked": True, "remark": "not shown"}
    assert style.text(car(attributes=attributes, track=7, score=0.5), CAR) == text


def test_that_a_flag_is_named_only_where_it_is_yes_and_long_texts_are_cut() -> None:
    style = TagStyle()
    assert style.text(car(attributes={"parked": False, "doors": 0}), CAR) == "car: 0"
    assert style.text(Shape(BoxGeometry(Box(0, 0, 1, 1)), ""), None) == "no label"
    long = style.text(Shape(BoxGeometry(Box(0, 0, 1, 1)), "x" * 100), None)
    assert len(long) == LONGEST and long.endswith("…")


def test_that_small_shapes_and_those_out_of_sight_have_no_room() -> None:
    shapes = [car(Box(0, 0, 100, 100)), car(Box(0, 0, 10, 10)), car(Box(5000, 0, 5100, 100)), car(Box(0, 0, 300, 300))]
    index = ShapeIndex.of(shapes)
    assert roomy(index, ViewTransform(1.0, 0.0, 0.0), SIZE) == [3, 0]
    assert roomy(index, ViewTransform(4.0, 0.0, 0.0), SIZE) == [3, 0, 1]


def test_that_tags_of_ten_thousand_shapes_cost_little(qapp) -> None:
    shapes = [car(Box(x * 16.0, y * 10.0, x * 16.0 + 60, y * 10.0 + 40)) for x in range(100) for y in range(100)]
    index, view, labels = ShapeIndex.of(shapes), ViewTransform(1.0, 0.0, 0.0), LabelList((CAR,))
    assert len(roomy(index, view, SIZE)) == LARGEST
    image = QImage(1600, 1000, QImage.Format.Format_RGB32)
    took = []
    for _ in range(7):
        image.fill(0)
        painter = QPainter(image)
        started = time.perf_counter()
        paint_tags(painter, SIZE, view, index, [], frozenset(), labels, TagStyle(everywhere=True))
        took.append(time.perf_counter() - started)
        painter.end()
    assert any(image.pixel(x, y) & 0xFFFFFF for x in range(0, 1600, 7) for y in range(0, 1000, 7)), "some are painted"
    assert sorted(took)[3] < 0.1, took  # 6 ms on a core that others use too
