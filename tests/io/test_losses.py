"""What is said about losses before an export, against what the writers do."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.annotation import MaskGeometry, PolygonGeometry, Shape
from app.core.document import Document, LabelList
from app.io.formats import FORMATS
from app.io.formats.coco_write import Masks, Writer
from app.io.formats.losses import ALSO, fates, lost
from tests.strategies import geometries


@settings(max_examples=150, deadline=None)
@given(geometries, st.sampled_from(["auto", "rle", "polygon"]))
def test_that_coco_does_with_each_kind_what_was_said(geometry: object, masks: Masks) -> None:
    shape = Shape(geometry, "x")  # type: ignore[arg-type]
    writer = Writer(LabelList(), masks)
    writer.add(Document("a.png", 64, 64, shapes=(shape,)), 64, 64)
    (fate,) = fates("coco", masks, {shape.kind: 1})
    said = " ".join(writer.losses.sentences())
    if fate.outcome == "left out":
        assert writer.annotations == [] and lost([fate]) == 1
    elif not writer.annotations:
        assert "left out" in said, "a shape without pixels is said when it is written"
    elif fate.outcome == "kept" and not isinstance(geometry, MaskGeometry | PolygonGeometry):
        assert not said or "key points" in said
    elif fate.outcome == "changed" and masks != "rle":
        as_runs = isinstance(writer.annotations[0]["segmentation"], dict)  # a mask with a hole stays what it is
        assert "written as" in said or (as_runs and isinstance(geometry, MaskGeometry))


def test_that_losses_come_first_and_every_written_format_says_what_else_is_lost() -> None:
    found = fates("coco", "auto", {"box": 5, "mask": 2, "point": 1, "polyline": 3})
    assert [(f.kind, f.outcome, f.shapes) for f in found] == [
        ("polyline", "left out", 3),
        ("point", "left out", 1),
        ("mask", "changed", 2),
        ("box", "kept", 5),
    ]
    kinds = ("box", "rotated_box", "polygon", "mask", "polyline", "point", "ellipse", "keypoints")
    for name in (f.id for f in FORMATS.values() if f.writes):
        assert ALSO[name]
        for masks in ("auto", "rle", "polygon"):
            assert {f.kind for f in fates(name, masks, dict.fromkeys(kinds, 1))} == set(kinds)
    with pytest.raises(KeyError):
        fates("psychic", "auto", {"box": 1})
