from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core import edits, ordering
from app.core.annotation import BoxGeometry, Shape
from app.core.document import Document, LabelList
from app.core.geometry import Box
from app.core.history import Change
from app.io import document_rows, project, project_file
from app.io.project import ProjectError, ProjectStore
from tests.strategies import documents, shapes


def box(x: float = 0.0, label: str = "cat") -> Shape:
    return Shape(BoxGeometry(Box(x, 0.0, x + 5, 5.0)), label)


def change(before: Document, after: Document) -> Change:
    return Change("edit", ((before, after),))


def add(store: ProjectStore, path: str, *new: Shape) -> Document:
    before = store.document(path)
    after = edits.add_shapes(before, new)
    store.apply(change(before, after))
    return after


def test_that_nothing_is_created_before_the_first_edit(tmp_path: Path) -> None:
    with ProjectStore.open(tmp_path) as store:
        assert store.document("a.png") == Document("a.png")
        assert store.summaries() == {}
        assert store.labels() == LabelList()
        assert list(tmp_path.iterdir()) == []
        add(store, "a.png", box())
        assert (tmp_path / "project.fovea").is_file()


def test_that_closing_leaves_one_file_behind(tmp_path: Path) -> None:
    with ProjectStore.open(tmp_path) as store:
        add(store, "a.png", box())
        store.checkpoint()
        add(store, "b.png", box())
    assert [f.name for f in tmp_path.iterdir()] == ["project.fovea"]
    with ProjectStore.open(tmp_path / "project.fovea") as store:
        assert store.root == tmp_path
        assert store.summaries() == {"a.png": ("in_work", 1), "b.png": ("in_work", 1)}


@settings(max_examples=25, deadline=None)
@given(documents(), documents(), st.randoms())
def test_that_what_is_kept_is_what_was_edited(first: Document, second: Document, chance: random.Random) -> None:
    """Also when shapes of the first stay in the second, in any order, changed or not."""
    mixed = [*second.shapes, *(replace(s, label="x") if chance.random() < 0.3 else s for s in first.shapes)]
    chance.shuffle(mixed)
    third = replace(second, shapes=tuple(mixed))
    with tempfile.TemporaryDirectory() as folder, ProjectStore.open(folder) as store:
        for before, after in pairwise([Document(first.path), first, third, second, third]):
            store.apply(change(before, after))
            assert store.document(first.path) == after
            assert list(store.documents()) == [after]
            assert store.summaries() == {after.path: (after.state, len(after.shapes))}
            store.apply(change(before, after).inverse())
            assert store.document(first.path) == before
            store.apply(change(before, after))
        store.close()
        with ProjectStore.open(folder) as again:
            assert again.document(first.path) == third


@settings(max_examples=100)
@given(st.lists(st.integers(0, 30), unique=True), st.lists(st.integers(0, 30), unique=True))
def test_that_places_in_the_pile_follow_the_order(old: list[int], new: list[int]) -> None:
    known = {str(i): float(z) for z, i in enumerate(old) if i in new}
    moved = document_rows.places(known, [str(i) for i in new])
    assert moved is not None
    places = {**known, **moved}
    assert sorted(places, key=lambda i: places[i]) == [str(i) for i in new]
    assert len(set(places.values())) == len(new)


def test_that_a_crowded_pile_is_counted_anew(tmp_path: Path) -> None:
    """Each new shape goes between the lowest two: the room there is halved every time."""
    with ProjectStore.open(tmp_path) as store:
        document = add(store, "a.png", box(), box())
        for _ in range(60):
            low, *rest = document.shapes
            after = replace(document, shapes=(low, box(), *rest))
            store.apply(change(document, after))
            document = after
            assert store.document("a.png") == document


@pytest.mark.parametrize("many", [30, 2000])
def test_that_an_edit_of_one_shape_among_many_writes_one_row(tmp_path: Path, many: int) -> None:
    with ProjectStore.open(tmp_path) as store:
        document = add(store, "a.png", *(box(float(i)) for i in range(many)))
        chosen = [document.shapes[many // 2].id]
        database = store._database
        assert database is not None
        for edit in (edits.set_locked, ordering.to_front, ordering.backward, ordering.to_back, edits.remove_shapes):
            after = edit(document, chosen)
            before = database.total_changes
            store.apply(change(document, after))
            assert database.total_changes - before <= 7  # the document, the shape, label counts, the step
            assert store.document("a.png") == after
            document = after


def test_that_a_file_that_knows_more_than_the_edit_is_made_what_the_edit_says(tmp_path: Path) -> None:
    with ProjectStore.open(tmp_path) as store:
        document = add(store, "a.png", *(box(float(i)) for i in range(9)))
        old = replace(document, shapes=document.shapes[:4])
        after = edits.add_shapes(old, [box(99.0)])
        store.apply(change(old, after))
        assert store.document("a.png") == after


def test_that_only_changed_shapes_are_written(tmp_path: Path) -> None:
    with ProjectStore.open(tmp_path) as store:
        document = add(store, "a.png", *(box(float(i)) for i in range(100)))
        database = store._database
        assert database is not None
        before = database.total_changes
        store.apply(change(document, edits.relabel(document, [document.shapes[7].id], "dog")))
        assert database.total_changes - before <= 7  # the document, the shape, label counts, the step


def test_that_labels_are_kept_in_order_with_colour_and_key(tmp_path: Path) -> None:
    labels = edits.add_label(edits.add_label(LabelList(), "zebra"), "ant", "#123456")
    with ProjectStore.open(tmp_path) as store:
        store.apply(Change("labels", labels=(LabelList(), labels)))
        assert store.labels() == labels
        store.apply(Change("labels", labels=(LabelList(), labels)).inverse())
        assert store.labels() == LabelList()


def test_that_a_folder_that_cannot_be_written_to_has_its_project_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(project, "writable", lambda folder: folder != tmp_path)
    with ProjectStore.open(tmp_path) as store:
        add(store, "a.png", box())
        assert str(tmp_path) in store.note
        assert str(store.file) in store.note
        assert store.file.is_relative_to(os.environ["FOVEA_HOME"])
        file = store.file
    assert list(tmp_path.iterdir()) == []
    for again in (tmp_path, file):
        with ProjectStore.open(again) as store:
            assert store.root == tmp_path
            assert len(store.document("a.png").shapes) == 1


def test_that_a_creation_that_fails_falls_back_to_the_user_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = project_file.create

    def create(file: Path) -> sqlite3.Connection:
        if file.parent == tmp_path:
            raise PermissionError(13, "Permission denied")
        return real(file)

    monkeypatch.setattr(project_file, "create", create)
    with ProjectStore.open(tmp_path) as store:
        add(store, "a.png", box())
        assert "cannot be written to" in store.note
    assert list(tmp_path.iterdir()) == []


def test_that_a_newer_file_is_refused_and_untouched(tmp_path: Path) -> None:
    with ProjectStore.open(tmp_path) as store:
        add(store, "a.png", box())
        file = store.file
    database = sqlite3.connect(file)
    database.execute("PRAGMA user_version = 7")
    database.close()
    before = file.read_bytes()
    with pytest.raises(ProjectError, match=r"newer Fovea \(its format is 7"):
        ProjectStore.open(tmp_path)
    assert file.read_bytes() == before


def _damage(file: Path, how: str) -> None:
    data = bytearray(file.read_bytes())
    match how:
        case "text":
            data = bytearray(b"not a database, " * 20)
        case "short":
            data = data[:50]
        case "half":
            data = data[: len(data) // 2]
        case "scribbled":
            data[4096 : len(data) - 4096 : 7] = b"\xff" * len(data[4096 : len(data) - 4096 : 7])
    file.write_bytes(bytes(data))


@pytest.mark.parametrize("how", ["text", "short", "half", "scribbled"])
def test_that_a_damaged_file_is_refused_and_untouched(tmp_path: Path, how: str) -> None:
    with ProjectStore.open(tmp_path) as store:
        add(store, "a.png", *(box(float(i)) for i in range(300)))
        store.backup(tmp_path / "project-backup.fovea")
    file = tmp_path / "project.fovea"
    _damage(file, how)
    before = file.read_bytes()
    with pytest.raises(ProjectError, match=r"damaged and was left as it is.*project-backup\.fovea"):
        ProjectStore.open(tmp_path)
    assert file.read_bytes() == before
    assert not (tmp_path / "project.fovea-lock").exists()


def test_that_another_database_is_not_taken_for_a_project(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "x.fovea")
    database.execute("CREATE TABLE t (a)")
    database.close()
    with pytest.raises(ProjectError, match="not a project of Fovea"):
        ProjectStore.open(tmp_path / "x.fovea")


def test_that_a_creation_that_was_cut_off_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "project.fovea").touch()
    with ProjectStore.open(tmp_path) as store:
        add(store, "a.png", box())
    with ProjectStore.open(tmp_path) as store:
        assert list(store.summaries()) == ["a.png"]


def test_that_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="nowhere"):
        ProjectStore.open(tmp_path / "nowhere")


def test_that_a_read_only_project_is_shown_and_not_edited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ProjectStore.open(tmp_path) as store:
        add(store, "a.png", box())
    monkeypatch.setattr(project, "writable", lambda folder: False)
    with ProjectStore.open(tmp_path) as store:
        assert store.read_only
        assert "reading only" in store.note
        assert len(store.document("a.png").shapes) == 1
        with pytest.raises(ProjectError, match="reading only"):
            add(store, "a.png", box())
        assert len(store.document("a.png").shapes) == 1


def test_that_the_second_to_open_a_project_reads_what_the_first_writes(tmp_path: Path) -> None:
    with ProjectStore.open(tmp_path) as first:
        add(first, "a.png", box())
        with ProjectStore.open(tmp_path) as second:
            assert second.read_only
            assert "another Fovea" in second.note
            add(first, "a.png", box(3))
            assert len(second.document("a.png").shapes) == 2
            with pytest.raises(ProjectError, match="another Fovea"):
                add(second, "a.png", box())
    with ProjectStore.open(tmp_path) as third:
        assert not third.read_only


def test_that_two_that_start_in_one_empty_folder_do_not_overwrite_each_other(tmp_path: Path) -> None:
    with ProjectStore.open(tmp_path) as first, ProjectStore.open(tmp_path) as second:
        add(first, "a.png", box())
        with pytest.raises(ProjectError, match="another Fovea"):
            add(second, "a.png", box(9))
        assert len(first.document("a.png").shapes) == 1


def test_that_a_full_disk_refuses_the_edit_and_keeps_the_rest(tmp_path: Path) -> None:
    with ProjectStore.open(tmp_path) as store:
        document = add(store, "a.png", box())
        database = store._database
        assert database is not None
        pages = database.execute("PRAGMA page_count").fetchone()[0]
        database.execute(f"PRAGMA max_page_count = {pages + 1}")
        many = edits.add_shapes(document, [box(float(i)) for i in range(2000)])
        with pytest.raises(ProjectError, match="disk is full"):
            store.apply(change(document, many))
        assert store.document("a.png") == document
        database.execute("PRAGMA max_page_count = 100000")
        store.apply(change(document, many))
        assert store.document("a.png") == many


def test_that_a_backup_in_the_middle_of_work_opens_by_itself(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    with ProjectStore.open(tmp_path / "pictures") as store:
        document = add(store, "a.png", box())
        store.backup(tmp_path / "elsewhere" / "copy.fovea")
    with ProjectStore.open(tmp_path / "elsewhere" / "copy.fovea") as copy:
        assert copy.document("a.png") == document
        assert copy.root == tmp_path / "pictures"


def test_that_a_root_below_the_file_moves_with_it(tmp_path: Path) -> None:
    (tmp_path / "one" / "pictures").mkdir(parents=True)
    with ProjectStore.open(tmp_path / "one" / "p.fovea") as store:
        store.set_root(tmp_path / "one" / "pictures")
        add(store, "a.png", box())
    shutil.move(tmp_path / "one", tmp_path / "two")
    with ProjectStore.open(tmp_path / "two" / "p.fovea") as store:
        assert store.root == tmp_path / "two" / "pictures"


def test_that_a_network_share_gets_a_rollback_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(project_file, "on_network", lambda folder: True)
    with ProjectStore.open(tmp_path) as store:
        document = add(store, "a.png", box())
        assert not project_file.wal_of(store.file).exists()
    with ProjectStore.open(tmp_path) as store:
        assert store.document("a.png") == document


_EDITOR = """
import sys
from app.core import edits, ordering
from app.core.annotation import BoxGeometry, Shape
from app.core.geometry import Box
from app.core.history import Change
from app.io.project import ProjectStore
store = ProjectStore.open(sys.argv[1])
for n in range(100000):
    before = store.document("a.png"), store.document("b.png")
    after = [edits.add_shapes(d, [Shape(BoxGeometry(Box(n, 0, n + 1, 1)), "cat")]) for d in before]
    store.apply(Change("edit", tuple(zip(before, after))))
    print(n, flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_that_a_kill_at_any_moment_costs_at_most_the_edit_in_flight(tmp_path: Path) -> None:
    chance = random.Random(5)
    for _ in range(5):
        editor = subprocess.Popen([sys.executable, "-c", _EDITOR, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        assert editor.stdout is not None
        lines = [editor.stdout.readline() for _ in range(chance.randrange(5, 60))]
        until = time.perf_counter() + chance.random() * 0.004  # somewhere inside an edit
        while time.perf_counter() < until:
            pass
        editor.send_signal(signal.SIGKILL)
        told = int([*lines, *editor.stdout.read().split()][-1])
        editor.wait()
        with ProjectStore.open(tmp_path) as store:
            assert not store.read_only
            one, two = store.document("a.png").shapes, store.document("b.png").shapes
            assert len(one) == len(two)  # both of an edit or neither
            runs = [int(s.bounds().x0) for s in one]
            last = runs[len(runs) - 1 - runs[::-1].index(0) :]
            assert last == list(range(len(last)))
            assert len(last) in (told + 1, told + 2)


@settings(max_examples=100)
@given(shapes)
def test_that_a_shape_survives_its_row(shape: Shape) -> None:
    from app.io.shape_rows import from_row, to_row

    assert from_row(to_row(shape)) == shape
