"""Filters and statistics answered by the project file, against the same asked of each document."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core import edits, review
from app.core.annotation import BoxGeometry, Geometry, PointGeometry, Shape
from app.core.document import Comment, Document
from app.core.filtering import Filter, Found, value_is
from app.core.geometry import Box
from app.core.history import Change
from app.core.statistics import sorts_of
from app.io import survey
from app.io.project import ProjectStore
from app.io.shape_rows import area_to_store, stored_area, to_row
from tests.strategies import geometries

LABELS, AUTHORS, TEXTS = ("cat", "dog", "Ünder_dog"), ("", "coco", "detection.yolo"), ("Blurred", '50% \\ "x"', "")
scores = st.none() | st.sampled_from((0.0, 0.25, 0.5, 1.0))
attributes = st.dictionaries(
    st.sampled_from(("pose", "n", "note")), st.sampled_from((True, False, 1, 0.5, None, *TEXTS)), max_size=2
)
boxes = st.builds(
    Shape,
    st.sampled_from((BoxGeometry(Box(0, 0, 9, 9)), BoxGeometry(Box(0, 0, 200, 90)), PointGeometry(((1.0, 2.0),)))),
    st.sampled_from(LABELS),
    attributes=attributes,
    score=scores,
    author=st.sampled_from(AUTHORS),
)
comments = st.builds(Comment, st.sampled_from(TEXTS), resolved=st.booleans())
kept = st.builds(
    Document,
    path=st.sampled_from([f"deep/A {n}.png" for n in range(40)]),
    shapes=st.lists(boxes, max_size=3).map(tuple),
    state=st.sampled_from(("new", "in_work", "done", "rejected")),
    labels=st.lists(st.sampled_from(LABELS), max_size=1).map(tuple),
    comments=st.lists(comments, max_size=2).map(tuple),
    review=st.none() | st.just(review.Review("why", "Ada")),
)
filters = st.builds(
    Filter,
    text=st.sampled_from(("", " ", "a 1", "deep", "blur", "BLURRED", "%", '\\ "', "ünder")),
    states=st.sampled_from(((), ("new",), ("done", "in_work"))),
    labels=st.sampled_from(((), ("cat",), ("dog", "Ünder_dog"))),
    attribute=st.sampled_from(("", "", "pose", "n")),
    value=st.sampled_from(("", "yes", "no", "1", "0.5", "blurred")),
    min_score=st.sampled_from((None, None, 0.25)),
    max_score=st.sampled_from((None, None, 0.5)),
    author=st.sampled_from((None, None, "", "coco")),
    open_comments=st.sampled_from((False, False, True)),
    reviewed=st.sampled_from((None, None, True, False)),
)


def store_of(folder: str | Path, documents: list[Document]) -> Path:
    with ProjectStore.open(folder) as store:
        store.apply(Change("all", tuple((Document(d.path), d) for d in documents)))
        return store.file


@settings(max_examples=60, deadline=None)
@given(st.lists(kept, max_size=6, unique_by=lambda d: d.path), st.lists(filters, min_size=1, max_size=8))
@pytest.mark.parametrize("few", [survey.FEW_SETS, 0])
def test_that_the_file_finds_what_each_document_says(few: int, documents: list[Document], wanted: list[Filter]) -> None:
    absent = Document("deep/nothing kept.png")
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(survey, "FEW_SETS", few)
        file = store_of(folder, documents)
        every = [*documents, absent]
        with survey.reading(file) as database:
            for one in wanted:
                found = survey.find(database, one).of(d.path for d in every)
                assert found == [d.path for d in every if one.holds(d)], one
                expected = [d.path for d in documents if one.holds(d)]
                assert survey.paths(database, one) == expected


@settings(max_examples=40, deadline=None)
@given(st.lists(kept, max_size=5, unique_by=lambda d: d.path), st.data())
def test_that_counts_are_kept_up_by_every_edit(documents: list[Document], data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder, ProjectStore.open(folder) as store:
        store.apply(Change("all", tuple((Document(d.path), d) for d in documents)))
        now = []
        for before in documents:
            after = replace(before, shapes=data.draw(st.permutations(before.shapes).map(tuple)))
            if after.shapes:
                first = replace(after.shapes[0], geometry=BoxGeometry(Box(0, 0, 40, 40)), author="me")
                after = replace(after, shapes=(first, *after.shapes[2:]))
            store.apply(Change("one", ((before, after),)))
            now.append(after)
        with survey.reading(store.file) as database:
            found = survey.statistics(database)
            assert found.sorts == dict(sum((sorts_of(d.shapes) for d in now), Counter()))
            assert found.pictures == dict(Counter(label for d in now for label in {s.label for s in d.shapes}))
            assert found.states == dict(Counter(d.state for d in now))
            assert survey.authors(database) == sorted({s.author for d in now for s in d.shapes})
            assert survey.summaries(database) == store.summaries()


@given(geometries)
def test_that_an_upgrade_finds_the_area_that_a_shape_says(geometry: Geometry) -> None:
    _, kind, _, plain, counts, *_ = to_row(Shape(geometry, "x"))
    assert stored_area(kind, plain, counts) == pytest.approx(geometry.area(), rel=1e-9, abs=1e-9)
    assert area_to_store(geometry) == stored_area(kind, plain, counts)


def test_that_a_project_without_a_file_has_nothing_and_wants_what_is_new(tmp_path: Path) -> None:
    with survey.reading(tmp_path / "project.fovea") as database:
        assert survey.find(database, Filter(states=("new",))).of(["a.png"]) == ["a.png"]
        assert survey.find(database, Filter(states=("done",))).of(["a.png"]) == []
        assert survey.statistics(database).shapes == 0
    assert not (tmp_path / "project.fovea").exists()


def test_that_kinds_are_counted_of_the_chosen_pictures(tmp_path: Path) -> None:
    box, point = Shape(BoxGeometry(Box(0, 0, 9, 9)), "cat"), Shape(PointGeometry(((1.0, 2.0),)), "dog")
    documents = [Document("a.png", shapes=(box, point)), Document("b.png", shapes=(replace(box, id="2"),))]
    with survey.reading(store_of(tmp_path, documents)) as database:
        assert survey.kinds(database, {"a.png", "b.png"}) == {"box": 2, "point": 1}
        assert survey.kinds(database, {"a.png"}, ("dog",)) == {"point": 1}
        assert survey.kinds(database, set()) == {}
        assert survey.kinds(database) == {"box": 2, "point": 1}
        assert survey.kinds(database, None, ("dog",)) == {"point": 1}


def test_that_a_filter_says_what_it_asks_for() -> None:
    assert Filter().empty and Filter(text="  ", value="x").empty and Filter().words() == ""
    assert not Filter(author="").empty
    whole = Filter("cup", ("in_work", "new"), ("cat", "dog"), "pose", "front", 0.5, None, "", True, False)
    assert whole.words() == (
        "in work or new, not reviewed, label cat or dog, pose front, score 0.5 to 1, made by hand, open comments, “cup”"
    )
    assert not value_is(None, "") and value_is(0, "") and value_is(True, "Yes") and not value_is(True, "1")
    assert Found().has("anything")


def test_that_filters_are_answered_without_reading_shapes(tmp_path: Path) -> None:
    """Their rows are a thousand bytes and more: indexes hold what is asked for."""
    document = Document("a.png", shapes=(Shape(BoxGeometry(Box(0, 0, 9, 9)), "cat", attributes={"a": 1}),))
    file = store_of(tmp_path, [document, edits.set_state(replace(document, path="b.png"), "done")])
    for wanted in (
        Filter(labels=("cat",), min_score=0.5),
        Filter(author="coco"),
        Filter(min_score=0.1, max_score=0.5),
        Filter(attribute="a", labels=("cat",)),
    ):
        with survey.reading(file) as database:
            source, values = next(survey._sources(database, wanted))
            plan = database.execute(f"EXPLAIN QUERY PLAN SELECT path FROM {source}", values).fetchall()
            of_shapes = [row[3] for row in plan if "shapes" in row[3]]
            assert of_shapes and all("COVERING INDEX" in step for step in of_shapes), of_shapes
