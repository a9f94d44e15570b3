"""Projects of older versions, made with the schema of their time."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings

from app.core import edits, review
from app.core.annotation import BoxGeometry, MaskGeometry, Shape
from app.core.document import Comment, Document
from app.core.dump import canonical_bytes
from app.core.geometry import Box
from app.core.history import Change
from app.core.labels import Label, LabelList
from app.core.masks import Rle
from app.core.statistics import sorts_of
from app.io import project, schema, survey
from app.io.deltas import packed
from app.io.project import ProjectError, ProjectStore
from tests.strategies import documents, label_lists

VERSION_1 = """
PRAGMA application_id = 1181709921;
PRAGMA user_version = 1;
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE labels (position INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, colour TEXT NOT NULL, key INTEGER);
CREATE TABLE documents (
    id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, width INTEGER NOT NULL, height INTEGER NOT NULL,
    content_hash TEXT NOT NULL, state TEXT NOT NULL, shape_count INTEGER NOT NULL DEFAULT 0);
CREATE TABLE shapes (
    document INTEGER NOT NULL REFERENCES documents (id), id TEXT NOT NULL, z REAL NOT NULL,
    kind TEXT NOT NULL, label TEXT NOT NULL, geometry TEXT NOT NULL, counts BLOB, attributes TEXT NOT NULL,
    score REAL, author TEXT NOT NULL, shape_group TEXT, PRIMARY KEY (document, id));
"""
TO_VERSION_2 = """
ALTER TABLE labels ADD COLUMN aliases TEXT NOT NULL DEFAULT '[]';
ALTER TABLE labels ADD COLUMN parent TEXT;
ALTER TABLE labels ADD COLUMN kinds TEXT NOT NULL DEFAULT '[]';
ALTER TABLE labels ADD COLUMN attributes TEXT NOT NULL DEFAULT '[]';
ALTER TABLE labels ADD COLUMN skeleton TEXT;
ALTER TABLE documents ADD COLUMN labels TEXT NOT NULL DEFAULT '[]';
ALTER TABLE documents ADD COLUMN review TEXT;
ALTER TABLE shapes ADD COLUMN track INTEGER;
ALTER TABLE shapes ADD COLUMN locked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE shapes ADD COLUMN hidden INTEGER NOT NULL DEFAULT 0;
CREATE TABLE comments (
    document INTEGER NOT NULL REFERENCES documents (id), position INTEGER NOT NULL, id TEXT NOT NULL,
    text TEXT NOT NULL, author TEXT NOT NULL, time TEXT NOT NULL, x REAL, y REAL, shape TEXT,
    resolved INTEGER NOT NULL, PRIMARY KEY (document, position));
CREATE INDEX shapes_by_label ON shapes (label, document);
CREATE INDEX documents_by_state ON documents (state);
PRAGMA user_version = 2;
"""
LABELS = LabelList((Label("zebra", "#112233", 3), Label("ant", "#445566")))
SHAPES = (
    Shape(BoxGeometry(Box(1.5, 2.0, 3.25, 4.0)), "ant", "b", {"old": True, "age": 3}, 0.5, "coco", "herd"),
    Shape(MaskGeometry(Rle(2, 3, 2, 2, b"04")), "zebra", "a"),
)
KEPT = Document("deep/a.png", 64, 48, "beef", SHAPES, "done")


def made_by_version_1(file: Path) -> None:
    database = sqlite3.connect(file)
    database.executescript(VERSION_1)
    labels = [(0, "zebra", "#112233", 3), (1, "ant", "#445566", None)]
    database.executemany("INSERT INTO labels VALUES (?, ?, ?, ?)", labels)
    database.execute("INSERT INTO documents VALUES (7, 'deep/a.png', 64, 48, 'beef', 'done', 2)")
    database.execute("INSERT INTO documents VALUES (9, 'b.png', 0, 0, '', 'new', 0)")
    box = json.dumps({"box": [1.5, 2.0, 3.25, 4.0]})
    rows = [
        (7, "a", 1.0, "mask", "zebra", '{"crop":[2,3,2,2]}', b"04", "{}", None, "", None),
        (7, "b", 0.0, "box", "ant", box, None, '{"old": true, "age": 3}', 0.5, "coco", "herd"),
    ]
    database.executemany(f"INSERT INTO shapes VALUES ({', '.join('?' * 11)})", rows)
    database.commit()
    database.close()


def made_by_version_2(file: Path) -> None:
    made_by_version_1(file)
    database = sqlite3.connect(file)
    database.executescript(TO_VERSION_2)
    database.execute("UPDATE shapes SET track = 5, locked = 1 WHERE id = 'a'")
    database.commit()
    database.close()


VERSION_2_TO_3 = """
CREATE TABLE label_counts (label TEXT PRIMARY KEY, shapes INTEGER NOT NULL) WITHOUT ROWID;
CREATE TRIGGER shape_insert AFTER INSERT ON shapes BEGIN
    INSERT INTO label_counts VALUES (new.label, 1) ON CONFLICT (label) DO UPDATE SET shapes = shapes + 1; END;
CREATE TRIGGER shape_delete AFTER DELETE ON shapes BEGIN
    UPDATE label_counts SET shapes = shapes - 1 WHERE label = old.label; END;
CREATE TRIGGER shape_update AFTER UPDATE OF label ON shapes WHEN old.label <> new.label BEGIN
    UPDATE label_counts SET shapes = shapes - 1 WHERE label = old.label;
    INSERT INTO label_counts VALUES (new.label, 1) ON CONFLICT (label) DO UPDATE SET shapes = shapes + 1; END;
INSERT INTO label_counts SELECT label, count(*) FROM shapes GROUP BY label;
CREATE TABLE steps (
    key INTEGER PRIMARY KEY, name TEXT NOT NULL, undone INTEGER NOT NULL DEFAULT 0, size INTEGER NOT NULL);
CREATE TABLE step_contents (key INTEGER PRIMARY KEY REFERENCES steps (key), data BLOB NOT NULL);
PRAGMA user_version = 3;
"""


def made_by_version_3(file: Path) -> None:
    """With one step in its history: the mask was drawn last."""
    made_by_version_2(file)
    database = sqlite3.connect(file)
    database.executescript(VERSION_2_TO_3)
    before = replace(KEPT, shapes=SHAPES[:1])
    data = packed(Change("Draw", ((before, replace(KEPT, shapes=(SHAPES[0], VERSION_2_MASK))),)), 10**6)
    assert data is not None
    database.execute("INSERT INTO steps VALUES (4, 'Draw', 0, ?)", (len(data),))
    database.execute("INSERT INTO step_contents VALUES (4, ?)", (data,))
    database.commit()
    database.close()


VERSION_2_MASK = replace(SHAPES[1], track=5, locked=True)


def copies_in(folder: Path) -> list[Path]:
    return [f for f in folder.iterdir() if f.name != "project.fovea"]


def test_that_a_version_1_file_opens_with_everything_in_it_and_leaves_a_copy(tmp_path: Path) -> None:
    file = tmp_path / "project.fovea"
    made_by_version_1(file)
    old = file.read_bytes()
    with ProjectStore.open(tmp_path) as store:
        assert store.labels() == LABELS
        assert list(store.documents()) == [KEPT, Document("b.png")]
        richer = review.add_comment(review.judge(KEPT, "rejected", "blurred", "Ada"), Comment("where?", point=(1.5, 2)))
        store.apply(Change("review", ((KEPT, richer),)))
        assert store.document("deep/a.png") == richer
    name = f"project version 1 {date.today().isoformat()}.fovea"
    assert [f.name for f in copies_in(tmp_path)] == [name]
    copy = sqlite3.connect(tmp_path / name)
    assert copy.execute("PRAGMA user_version").fetchone() == (1,)
    assert copy.execute("SELECT count(*) FROM shapes").fetchone() == (2,)
    copy.close()
    with ProjectStore.open(tmp_path) as store:  # once is enough
        assert store.document("deep/a.png") == richer
    assert len(copies_in(tmp_path)) == 1
    assert len(old) > 0 and old != file.read_bytes()


def test_that_a_version_2_file_opens_with_everything_in_it_and_has_a_history_from_then_on(tmp_path: Path) -> None:
    made_by_version_2(tmp_path / "project.fovea")
    kept = replace(KEPT, shapes=(SHAPES[0], replace(SHAPES[1], track=5, locked=True)))
    with ProjectStore.open(tmp_path) as store:
        assert store.labels() == LABELS
        assert store.document("deep/a.png") == kept
        assert store.label_counts() == {"ant": 1, "zebra": 1}
        assert store.history().names == ()
        store.apply(Change("Judge", ((kept, review.judge(kept, "rejected", "blurred", "Ada")),)))
    assert [f.name for f in copies_in(tmp_path)] == [f"project version 2 {date.today().isoformat()}.fovea"]
    with ProjectStore.open(tmp_path) as store:
        history = store.history()
        change = history.undo()
        assert change is not None
        store.take_back(change, history.undone[-1].key)
        assert store.document("deep/a.png") == kept


def test_that_a_version_3_file_opens_with_its_history_and_counts_its_shapes_by_size(tmp_path: Path) -> None:
    made_by_version_3(tmp_path / "project.fovea")
    with ProjectStore.open(tmp_path) as store:
        kept = replace(KEPT, shapes=(SHAPES[0], VERSION_2_MASK))
        assert store.document("deep/a.png") == kept
        with survey.reading(store.file) as database:
            assert survey.statistics(database).sorts == dict(sorts_of(kept.shapes))
        history = store.history()
        assert [(s.name, s.shown, s.pictures) for s in history.done] == [("Draw", "", 0)]
        change = history.undo()
        assert change is not None
        store.take_back(change, history.undone[-1].key)
        assert store.document("deep/a.png").shapes == SHAPES[:1]
        assert store.label_counts() == {"ant": 1}
        store.apply(Change("Again", ((store.document("deep/a.png"), kept),)))
        assert [(s.name, s.shown, s.pictures) for s in store.history().done] == [("Again", "deep/a.png", 1)]


def test_that_a_second_copy_of_one_day_does_not_replace_the_first(tmp_path: Path) -> None:
    for _ in range(2):
        (tmp_path / "project.fovea").unlink(missing_ok=True)
        made_by_version_1(tmp_path / "project.fovea")
        ProjectStore.open(tmp_path).close()
    assert len(copies_in(tmp_path)) == 2


@pytest.mark.parametrize("make", [made_by_version_1, made_by_version_2, made_by_version_3])
def test_that_an_upgraded_file_has_the_tables_of_a_new_one(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "old.fovea")
    old, new = sqlite3.connect(tmp_path / "old.fovea", isolation_level=None), sqlite3.connect(":memory:")
    new.isolation_level = None
    schema.upgrade(old)
    schema.create(new)

    def shape_of(database: sqlite3.Connection) -> dict[str, object]:
        things = database.execute("SELECT type, name, tbl_name FROM sqlite_master ORDER BY name").fetchall()
        tables = [name for kind, name, _ in things if kind == "table"]
        columns = {
            t: database.execute(f"SELECT name, type, pk FROM pragma_table_info('{t}')").fetchall() for t in tables
        }
        return {"things": things, "columns": columns, "version": schema.version_of(database)}

    assert shape_of(old) == shape_of(new)
    old.close()


def test_that_an_upgrade_that_fails_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "project.fovea"
    made_by_version_1(file)
    broken = (*schema.MIGRATIONS[1], "ALTER TABLE nowhere ADD COLUMN x")
    with monkeypatch.context() as patch:
        patch.setitem(schema.MIGRATIONS, 1, broken)
        with pytest.raises(ProjectError):
            ProjectStore.open(tmp_path)
    database = sqlite3.connect(file)
    assert database.execute("PRAGMA user_version").fetchone() == (1,)
    assert [row[1] for row in database.execute("PRAGMA table_info(labels)")] == ["position", "name", "colour", "key"]
    database.close()
    with ProjectStore.open(tmp_path) as store:
        assert store.document("deep/a.png") == KEPT


def test_that_no_file_is_upgraded_whose_copy_cannot_be_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made_by_version_1(tmp_path / "project.fovea")

    def refuse(file: Path, database: sqlite3.Connection) -> Path:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(schema, "keep_copy", refuse)
        with pytest.raises(ProjectError, match="No space left"):
            ProjectStore.open(tmp_path)
    assert not (tmp_path / "project.fovea-lock").exists()
    with ProjectStore.open(tmp_path) as store:
        assert not store.read_only
        assert store.document("deep/a.png") == KEPT


def test_that_an_old_file_that_cannot_be_written_to_is_read_and_untouched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "project.fovea"
    made_by_version_1(file)
    before = file.read_bytes()
    monkeypatch.setattr(project, "writable", lambda folder: False)
    with ProjectStore.open(tmp_path) as store:
        assert store.read_only
        assert store.labels() == LABELS
        assert store.document("deep/a.png") == KEPT
    assert file.read_bytes() == before
    assert copies_in(tmp_path) == []


@settings(max_examples=40, deadline=None)
@given(documents(), label_lists, label_lists)
def test_that_everything_is_read_back_to_the_last_bit(document: Document, first: LabelList, second: LabelList) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        with ProjectStore.open(folder) as store:
            store.apply(Change("one", ((Document(document.path), document),), (LabelList(), first)))
            store.apply(Change("two", (), (first, second)))
        with ProjectStore.open(folder) as store:
            assert canonical_bytes(store.documents(), store.labels()) == canonical_bytes([document], second)


def test_that_values_that_are_equal_but_not_the_same_are_written(tmp_path: Path) -> None:
    before = replace(Document("a.png"), shapes=(replace(SHAPES[0], attributes={"n": 1}),))
    after = edits.set_attributes(before, ["b"], {"n": True})
    with ProjectStore.open(tmp_path) as store:
        store.apply(Change("one", ((Document("a.png"), before),)))
        store.apply(Change("two", ((before, after),)))
        assert store.document("a.png").shapes[0].attributes["n"] is True


def test_that_filters_find_documents_by_label_and_state_with_an_index(tmp_path: Path) -> None:
    with ProjectStore.open(tmp_path) as store:
        for i in range(6):
            shapes = tuple(replace(SHAPES[0], id=str(n), label="ant" if i % 2 else "zebra") for n in range(i))
            new = Document(f"{i}.png", shapes=shapes, state="done" if i > 3 else "new", labels=("night",) * (i == 0))
            store.apply(Change("add", ((Document(new.path), new),)))
        assert store.paths(label="ant") == ["1.png", "3.png", "5.png"]
        assert store.paths(state="done") == ["4.png", "5.png"]
        assert store.paths("ant", "done") == ["5.png"]
        assert [d.path for d in store.using("zebra")] == ["2.png", "4.png"]
        assert [d.path for d in store.using("night")] == ["0.png"]
        assert store.label_counts() == {"ant": 9, "zebra": 6}
        assert store._database is not None
        for query, index in (
            ("SELECT document FROM shapes WHERE label = 'ant'", "shapes_by_label"),
            ("SELECT label, count(*) FROM shapes GROUP BY label", "shapes_by_label"),
            ("SELECT path FROM documents WHERE state = 'done'", "documents_by_state"),
        ):
            plan = store._database.execute(f"EXPLAIN QUERY PLAN {query}").fetchall()
            assert index in plan[0][3]
