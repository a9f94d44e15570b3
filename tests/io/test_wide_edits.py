"""Edits of labels on the rows of the project file: the same as on documents, taken back and done again exactly."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.core import labelling
from app.core.annotation import BoxGeometry, KeypointsGeometry, MaskGeometry, PolygonGeometry, Shape
from app.core.document import Document, LabelList
from app.core.errors import FoveaError
from app.core.geometry import Box
from app.core.history import Change
from app.core.labelling import Plan
from app.core.labels import ChoiceSpec, FlagSpec, Label, NumberSpec, Skeleton, TextSpec
from app.core.masks import encode_crop
from app.io import project_file, wide_edits
from app.io.deltas import OutdatedError
from app.io.project import ProjectStore

SIDE = ChoiceSpec("side", ("left", "right"))
LABELS = LabelList(
    (
        Label(
            "car",
            "#102030",
            1,
            attributes=(TextSpec("plate", required=True), NumberSpec("doors", 0, 6, default=4), SIDE),
        ),
        Label(
            "bus", "#000001", 2, kinds=("box",), attributes=(TextSpec("plate"), FlagSpec("late", default=False), SIDE)
        ),
        Label("minibus", "#000002", parent="bus"),
        Label("pose", "#000003", skeleton=Skeleton(("a", "b"), ((0, 1),))),
    )
)
GEOMETRIES = (
    BoxGeometry(Box(1, 2, 30, 40)),
    PolygonGeometry((((0.0, 0.0), (9.0, 0.5), (4.0, 8.0)),)),
    MaskGeometry(encode_crop(np.eye(5, dtype=bool), 3, 4)),
    KeypointsGeometry(((1.0, 1.0), (2.0, 2.0), (3.0, 3.0)), (2, 2, 1)),
)
PLANS: dict[str, Callable[[LabelList], Plan]] = {
    "rename": lambda labels: labelling.to_rename(labels, "car", "auto"),
    "revise": lambda labels: labelling.to_revise(
        labels, "bus", replace(LABELS.labels[1], name="coach", kinds=("polygon",), attributes=())
    ),
    "merge": lambda labels: labelling.to_merge(labels, ["car", "minibus"], "bus"),
    "delete": lambda labels: labelling.to_delete(labels, "car"),
    "give": lambda labels: labelling.to_delete(labels, "bus", instead="car"),
    "call": lambda labels: labelling.to_revise(
        labels, "car", replace(LABELS.labels[0], attributes=(TextSpec("number"), *LABELS.labels[0].attributes[1:]))
    ),
    "call anew": lambda labels: labelling.to_revise(
        labels, "bus", replace(LABELS.labels[1], name="coach", attributes=(TextSpec("number"), FlagSpec("delayed")))
    ),
    "change": lambda labels: labelling.to_revise(
        labels, "pose", replace(LABELS.labels[3], skeleton=None, kinds=("box",))
    ),
}


def shape(chance: random.Random) -> Shape:
    attributes = {
        key: value
        for key, value in (
            ("plate", "B 1"),
            ("doors", 2),
            ("side", "left"),
            ("late", True),
            ("found", "é"),
            ("one", 1.0),
        )
        if chance.random() < 0.4
    }
    label = chance.choice(("car", "car", "bus", "minibus", "pose", "unlisted"))
    return Shape(chance.choice(GEOMETRIES), label, attributes=attributes, score=chance.choice((None, 0.5)))


def documents(seed: int) -> list[Document]:
    chance = random.Random(seed)
    found = []
    for n in range(12):
        own = tuple(chance.sample(("car", "bus", "tree"), chance.randrange(3)))
        shapes = tuple(shape(chance) for _ in range(chance.randrange(7)))
        found.append(Document(f"{n}.png", 60, 50, shapes=shapes, labels=own, state="in_work"))
    return found


@pytest.fixture
def store(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[ProjectStore]:
    with ProjectStore.open(tmp_path) as opened:
        opened.apply(Change("Labels", (), (LabelList(), LABELS)))
        opened.apply(Change("Put", tuple((Document(d.path), d) for d in documents(getattr(request, "param", 0)))))
        yield opened


def beside(store: ProjectStore) -> closing[sqlite3.Connection]:
    return closing(project_file.connect_beside(store.file, False))


def state(store: ProjectStore) -> tuple[object, ...]:
    found = list(store.documents())
    attributes = [list(s.attributes.items()) for d in found for s in d.shapes]
    counts = {path: count for path, (_, count) in store.summaries().items()}
    assert counts == {d.path: len(d.shapes) for d in found}
    labels = [s.label for d in found for s in d.shapes]
    assert store.label_counts() == {name: labels.count(name) for name in sorted(set(labels))}
    return found, attributes, store.labels()


@pytest.mark.parametrize("name", PLANS)
@pytest.mark.parametrize("store", range(6), indirect=True)
def test_that_the_file_becomes_what_the_documents_would(store: ProjectStore, name: str) -> None:
    plan, before = PLANS[name](store.labels()), state(store)
    wanted = plan.over(store.documents())
    after = {d.path: d for d in store.documents()} | {new.path: new for _, new in wanted.documents}
    with beside(store) as database:
        survey = wide_edits.survey(database, plan)
        assert survey.sentence == wanted.sentence
        change, key = wide_edits.perform(database, plan, store.journal)
        done = state(store)
        assert done[0] == list(after.values()) and done[2] == plan.labels[1]
        wide_edits.travel(database, change.inverse(), key, store.journal, back=True)
        assert state(store) == before
        wide_edits.travel(database, change, key, store.journal, back=False)
        assert state(store) == done


@pytest.mark.parametrize("name", ["rename", "merge", "delete"])
def test_that_the_step_is_taken_back_after_a_restart(store: ProjectStore, name: str, tmp_path: Path) -> None:
    before = state(store)
    with beside(store) as database:
        wide_edits.perform(database, PLANS[name](store.labels()), store.journal)
    done = state(store)
    store.close()
    with ProjectStore.open(tmp_path) as again:
        history = again.history()
        assert history.undo_name == PLANS[name](LABELS).name
        for back, wanted in ((True, before), (False, done)):
            change = history.undo() if back else history.redo()
            assert change is not None and change.rows is not None
            step = (history.undone if back else history.done)[-1]
            with beside(again) as database:
                wide_edits.travel(database, change, step.key, again.journal, back)
            assert state(again) == wanted


def test_that_a_pile_that_was_counted_anew_since_gets_its_shapes_back_in_their_places(store: ProjectStore) -> None:
    before = state(store)
    with beside(store) as database:
        change, key = wide_edits.perform(database, PLANS["delete"](store.labels()), store.journal)
        rows = database.execute("SELECT document, id FROM shapes ORDER BY document, z").fetchall()
        for n, row in enumerate(rows):
            database.execute("UPDATE shapes SET z = ? WHERE document = ? AND id = ?", (1000 + n, *row))
        wide_edits.travel(database, change.inverse(), key, store.journal, back=True)
    assert state(store) == before


def test_that_rows_that_another_program_has_changed_refuse_the_way_back_and_stay(store: ProjectStore) -> None:
    with beside(store) as database:
        change, key = wide_edits.perform(database, PLANS["rename"](store.labels()), store.journal)
        database.execute(
            "UPDATE shapes SET label = 'other' WHERE rowid = (SELECT min(rowid) FROM shapes WHERE label = 'auto')"
        )
        now = state(store)
        with pytest.raises(OutdatedError):
            wide_edits.travel(database, change.inverse(), key, store.journal, back=True)
        assert state(store) == now


def test_that_stopping_leaves_the_file_as_it_was(store: ProjectStore) -> None:
    before = state(store)

    def going() -> None:
        raise FoveaError("stopped")

    with beside(store) as database, pytest.raises(FoveaError):
        wide_edits.perform(database, PLANS["delete"](store.labels()), store.journal, going)
    assert state(store) == before
    assert store.history().undo_name == "Put"


def test_that_a_held_project_refuses_edits_with_the_reason(store: ProjectStore) -> None:
    store.held = "Rename car to auto is under way: edits wait until it is done."
    document = store.document("0.png")
    with pytest.raises(FoveaError, match="under way"):
        store.apply(Change("Done", ((document, replace(document, state="done")),)))
    store.note_picture(replace(document, content_hash="abc"))
    store.checkpoint()
    assert store.document("0.png") == document
