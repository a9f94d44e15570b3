from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core import edits
from app.core import history as history_module
from app.core.annotation import BoxGeometry, Shape
from app.core.document import LABEL_COLOURS, Document, LabelList
from app.core.geometry import Box
from app.core.history import Change, History
from tests.strategies import documents, shapes

Project = dict[str, Document]


def applied(project: Project, labels: LabelList, change: Change) -> tuple[Project, LabelList]:
    for before, _ in change.documents:
        assert project[before.path] == before
    assert change.labels is None or change.labels[0] == labels
    changed = project | {after.path: after for _, after in change.documents}
    return changed, change.labels[1] if change.labels else labels


def edit(data: st.DataObject, project: Project, labels: LabelList) -> Change:
    path = data.draw(st.sampled_from(sorted(project)))
    before = project[path]
    ids = [s.id for s in before.shapes]
    some = data.draw(st.lists(st.sampled_from(ids), unique=True)) if ids else []
    kind = data.draw(st.sampled_from(["add", "remove", "relabel", "state", "label"]))
    key = data.draw(st.none() | st.just("drag"))
    match kind:
        case "add":
            after = edits.add_shapes(before, data.draw(st.lists(shapes, max_size=2)))
        case "remove":
            after = edits.remove_shapes(before, some)
        case "relabel":
            after = edits.relabel(before, some, data.draw(st.sampled_from("abc")))
        case "state":
            after = edits.set_state(before, data.draw(st.sampled_from(["new", "done", "rejected"])))
        case _:
            return Change(kind, labels=(labels, edits.add_label(labels, data.draw(st.text(max_size=3)))), merge_key=key)
    return Change(kind, ((before, after),), merge_key=key)


@settings(max_examples=60, deadline=None)
@given(documents("a.png"), documents("b.png"), st.integers(1, 8), st.data())
def test_that_undoing_and_redoing_everything_is_identity(
    a: Document, b: Document, steps: int, data: st.DataObject
) -> None:
    start: Project = {"a.png": a, "b.png": b}
    project, labels, history = start, LabelList(), History()
    for _ in range(steps):
        change = edit(data, project, labels)
        project, labels = applied(project, labels, change)
        history.push(change)
    end, end_labels = project, labels
    for _ in range(2):
        while step := history.undo():
            project, labels = applied(project, labels, step)
        assert (project, labels) == (start, LabelList())
        while step := history.redo():
            project, labels = applied(project, labels, step)
        assert (project, labels) == (end, end_labels)


@given(documents(), documents())
def test_that_the_inverse_of_the_inverse_is_the_change(before: Document, after: Document) -> None:
    change = Change("x", ((before, after),), (LabelList(), edits.add_label(LabelList(), "a")))
    assert change.inverse().inverse() == change
    assert Change("x", ((before, before),)).empty


def test_that_a_drag_is_one_step() -> None:
    history, document = History(), Document("a.png")
    steps = [document, *(replace(document, width=i) for i in range(1, 6))]
    for before, after in pairwise(steps):
        history.push(Change("drag", ((before, after),), merge_key="drag 1"))
    history.push(Change("drag", ((steps[-1], document),), merge_key="drag 2"))
    assert len(history.done) == 2
    history.undo()
    step = history.undo()
    assert step is not None
    assert step.documents == ((steps[-1], document),)


def test_that_a_new_step_forgets_what_was_undone() -> None:
    history, document = History(), Document("a.png")
    history.push(Change("one", ((document, replace(document, width=1)),)))
    history.undo()
    assert history.redo_name == "one"
    history.push(Change("two", ((document, replace(document, width=2)),)))
    assert history.redo() is None
    assert history.undo_name == "two"


def test_that_history_is_bounded_in_bytes_and_keeps_the_last_step() -> None:
    history, document = History(limit_bytes=5_000), Document("a.png")
    for i in range(50):
        after = edits.add_shapes(document, [Shape(BoxGeometry(Box(0, 0, i, 1)), "x")])
        history.push(Change(str(i), ((document, after),)))
        document = after
    assert 1 <= len(history.done) < 10
    assert history.undo_name == "49"
    assert sum(c.cost() for c in history.done) <= 5_000


def test_that_labels_get_colours_and_keys_and_keep_their_order() -> None:
    labels = LabelList()
    for name in ("b", "a", "b", " ", *"cdefghij"):
        labels = edits.add_label(labels, name)
    assert [x.name for x in labels.labels] == list("bacdefghij")
    assert [x.key for x in labels.labels] == [*range(1, 10), None]
    assert [x.colour for x in labels.labels][:9] == list(LABEL_COLOURS)
    assert edits.recolour_label(labels, "a", "#000000").colour_of("a") == "#000000"
    assert labels.colour_of("unknown") in LABEL_COLOURS


@given(documents())
def test_that_a_new_document_is_in_work_after_its_first_shape(document: Document) -> None:
    after = edits.add_shapes(document, [Shape(BoxGeometry(Box(0, 0, 1, 1)), "x")])
    assert after.state == ("in_work" if document.state == "new" else document.state)
    assert edits.remove_shapes(after, [after.shapes[-1].id]).shapes == document.shapes


def test_that_the_cost_of_a_step_is_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else each edit would look at every shape of every step before it."""
    counted: list[Shape] = []
    real = history_module._cost
    monkeypatch.setattr(history_module, "_cost", lambda shape: counted.append(shape) or real(shape))
    history, document = History(), Document("a.png")
    for i in range(30):
        after = edits.add_shapes(document, [Shape(BoxGeometry(Box(0, 0, i, 1)), "x")])
        history.push(Change(str(i), ((document, after),)))
        document = after
    assert len(counted) == 30
