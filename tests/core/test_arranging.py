"""Order, copies, groups, locks, selection, reviews."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from app.core import copying, edits, ordering, review, selecting
from app.core.annotation import (
    BoxGeometry,
    EllipseGeometry,
    KeypointsGeometry,
    MaskGeometry,
    PolylineGeometry,
    Shape,
    hits,
)
from app.core.document import Comment, Document, Review
from app.core.geometry import Box
from app.core.masks import encode
from app.core.transform import moved
from tests.strategies import documents


def box(x0: float, x1: float, name: str, group: str | None = None, locked: bool = False, hidden: bool = False) -> Shape:
    return Shape(BoxGeometry(Box(x0, x0, x1, x1)), "x", name, group=group, locked=locked, hidden=hidden)


def pile(names: str) -> Document:
    return Document("a.png", 100, 100, shapes=tuple(box(0, 9, n) for n in names), state="in_work")


def order(document: Document) -> str:
    return "".join(s.id for s in document.shapes)


@pytest.mark.parametrize(
    ("move", "ids", "after"),
    [
        (ordering.to_front, "bd", "acebd"),
        (ordering.to_back, "bd", "bdace"),
        (ordering.forward, "a", "bacde"),
        (ordering.forward, "bd", "acbed"),
        (ordering.forward, "bc", "adbce"),
        (ordering.forward, "de", "abcde"),
        (ordering.backward, "b", "bacde"),
        (ordering.backward, "ab", "abcde"),
        (ordering.backward, "ce", "acbed"),
    ],
)
def test_that_shapes_move_in_the_pile(move, ids: str, after: str) -> None:  # type: ignore[no-untyped-def]
    document = pile("abcde")
    assert order(move(document, ids)) == after
    assert (move(document, ids) is document) == (after == "abcde")


@settings(deadline=None)
@given(documents(), documents("b.png"))
def test_that_pasting_keeps_places_and_renews_ids_and_groups(source: Document, target: Document) -> None:
    pasted = copying.paste(target, source.shapes, clip=False)
    new = pasted.shapes[len(target.shapes) :]
    assert [s.geometry for s in new] == [s.geometry for s in source.shapes]
    assert len({s.id for s in (*source.shapes, *new)}) == 2 * len(source.shapes)
    pairs = {(a.group, b.group) for a, b in zip(source.shapes, new, strict=True)}
    assert len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs})
    assert all((a is None) == (b is None) for a, b in pairs)
    twice = copying.duplicate(source, [s.id for s in source.shapes], 3, 4)
    copies = twice.shapes[len(source.shapes) :]
    assert [s.geometry for s in copies] == [moved(s.geometry, 3, 4) for s in source.shapes]


def test_that_what_is_pasted_into_a_smaller_picture_is_cut_off() -> None:
    shapes = (box(0, 5, "a"), box(5, 20, "b"), box(30, 40, "c"))
    pasted = copying.paste(Document("b.png", 10, 10), shapes)
    assert [s.bounds() for s in pasted.shapes] == [Box(0, 0, 5, 5), Box(5, 5, 10, 10)]
    assert len(copying.paste(Document("b.png"), shapes).shapes) == 3  # its size is not known


def test_that_locked_shapes_are_not_reshaped_and_empty_ones_go() -> None:
    document = Document("a.png", shapes=(box(0, 1, "a", locked=True), box(0, 1, "b"), box(0, 1, "c")))
    after = edits.reshape(document, "abc", lambda g: moved(g, 1, 0) if g.bounds() == Box(0, 0, 1, 1) else None)
    assert [s.bounds().x0 for s in after.shapes] == [0, 1, 1]
    assert after.shapes[0] is document.shapes[0]
    assert order(edits.reshape(after, "ab", lambda g: None)) == "ac"
    assert edits.editable(document, "ab") == ("b",)
    assert not edits.set_locked(document, "a", False).shapes[0].locked


def test_that_groups_are_made_found_and_taken_apart() -> None:
    document = edits.group(pile("abcd"), "ac")
    assert selecting.with_groups(document.shapes, "c") == {"a", "c"}
    assert selecting.with_groups(document.shapes, "bc") == {"a", "b", "c"}
    assert len({s.group for s in document.shapes}) == 2
    assert {s.group for s in edits.ungroup(document, "a").shapes} == {None}


def test_that_hidden_shapes_are_never_hit_and_locked_ones_on_request() -> None:
    shapes = (box(0, 20, "big"), box(0, 10, "seen", locked=True), box(0, 5, "ghost", hidden=True))
    assert [s.id for s in hits(shapes, (2.0, 2.0))] == ["seen", "big"]
    assert [s.id for s in hits(shapes, (2.0, 2.0), skip_locked=True)] == ["big"]
    assert [s.id for s in selecting.touched(shapes, Box(0, 0, 30, 30))] == ["big", "seen"]
    assert [s.id for s in selecting.enclosed(shapes, Box(0, 0, 12, 12), skip_locked=True)] == []


def test_that_a_rubber_band_touches_outlines_and_not_bounding_boxes() -> None:
    pixels = np.zeros((30, 30), dtype=bool)
    pixels[:, 0] = pixels[29, :] = True
    rle = encode(pixels)
    assert rle is not None
    shapes = (
        Shape(MaskGeometry(rle), "x", "mask"),
        Shape(PolylineGeometry(((0.0, 0.0), (0.0, 30.0), (30.0, 30.0))), "x", "line"),
        Shape(EllipseGeometry((15.0, 15.0), 15.0, 15.0), "x", "ellipse"),
        Shape(KeypointsGeometry(((1.0, 1.0), (1.0, 25.0), (29.0, 1.0)), (2, 2, 0), (), ((0, 1), (0, 2))), "x", "bones"),
    )
    names = lambda band: [s.id for s in selecting.touched(shapes, band)]  # noqa: E731
    assert names(Box(25, 0, 30, 3)) == []  # inside every bounding box, on nothing
    assert names(Box(0, 10, 2, 12)) == ["mask", "line", "ellipse", "bones"]
    assert names(Box(14, 14, 16, 16)) == ["ellipse"]
    assert names(Box(-1, -1, 31, 31)) == ["mask", "line", "ellipse", "bones"]


def test_that_verdicts_and_comments_are_kept_and_taken_back() -> None:
    document = review.judge(Document("a.png"), "rejected", "blurred", "Ada", "2026-11-25T12:00:00")
    assert document.review == Review("blurred", "Ada", "2026-11-25T12:00:00")
    assert review.put(document, "in_work").review == document.review  # to be read while it is fixed
    assert review.put(document, "done").review is None and not review.reviewed(review.put(document, "done"))
    assert review.judge(document, "done", reviewer="Ada").review == Review("", "Ada", "")
    said = review.add_comment(review.add_comment(document, Comment("one", id="1")), Comment("two", id="2"))
    solved = review.resolve_comment(said, "1")
    assert [c.id for c in review.open_comments(solved)] == ["2"]
    assert review.resolve_comment(solved, "1", False) == said
    assert review.remove_comment(said, "2").comments == said.comments[:1]
    labelled = review.add_image_labels(document, ["night", "rain", "night"])
    assert labelled.labels == ("night", "rain")
    assert review.remove_image_labels(labelled, ["night"]).labels == ("rain",)
