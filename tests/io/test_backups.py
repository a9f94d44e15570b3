from __future__ import annotations

import os
import sqlite3
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from app.core import edits
from app.core.annotation import BoxGeometry, Shape
from app.core.dump import canonical_bytes
from app.core.errors import FoveaError
from app.core.geometry import Box
from app.core.history import Change
from app.io import backups, project_file
from app.io.project import ProjectError, ProjectStore
from tests.io.test_schema import made_by_version_1

TODAY = datetime(2026, 11, 25, 9, 30)


def add(store: ProjectStore, path: str = "a.png") -> None:
    before = store.document(path)
    store.apply(Change("Add", ((before, edits.add_shapes(before, [Shape(BoxGeometry(Box(0, 0, 9, 9)), "cat")])),)))


def dump(store: ProjectStore) -> bytes:
    return canonical_bytes(store.documents(), store.labels())


def daily(store: ProjectStore, days: float = 0) -> Path | None:
    return backups.daily(store.file, store.root, TODAY + timedelta(days=days))


def test_that_a_project_is_backed_up_once_a_day_and_only_when_it_has_changed(tmp_path: Path) -> None:
    with ProjectStore.open(tmp_path) as store:
        add(store)
        first = daily(store)
        assert first is not None
        assert first.parent == tmp_path / ".fovea-backups"
        add(store)
        assert daily(store, 0.5) is None  # today's is there
        second = daily(store, 1)
        assert second is not None
        assert daily(store, 2) is None  # nothing has changed since
    with ProjectStore.open(tmp_path) as store:
        assert daily(store, 3) is None  # opening and closing is no change
        add(store)
        assert daily(store, 3) is not None
        found = backups.backups_of(store.file)
    assert [(b.documents, b.shapes, b.edits) for b in found] == [(1, 3, 3), (1, 2, 2), (1, 1, 1)]
    assert [b.time for b in found] == [TODAY + timedelta(days=d) for d in (3, 1, 0)]


def test_that_the_last_fourteen_are_kept(tmp_path: Path) -> None:
    with ProjectStore.open(tmp_path) as store:
        for day in range(20):
            add(store)
            assert daily(store, day) is not None
        found = backups.backups_of(store.file)
    assert [b.shapes for b in found] == list(range(20, 6, -1))


def test_that_half_a_copy_of_a_program_that_was_ended_is_removed(tmp_path: Path) -> None:
    with ProjectStore.open(tmp_path) as store:
        add(store)
        assert daily(store) is not None
        old, new = (tmp_path / ".fovea-backups" / f".project {name}.fovea" for name in ("old", "new"))
        old.touch()
        new.touch()
        os.utime(old, (0, 0))
        add(store)
        assert daily(store, 1) is not None
        assert not old.exists()
        assert new.exists()


def test_that_a_project_beside_a_rollback_journal_is_backed_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(project_file, "on_network", lambda folder: True)
    with ProjectStore.open(tmp_path) as store:
        add(store)
        with ProjectStore.open(backups.now(store.file, store.root)) as copy:
            assert dump(copy) == dump(store)


def test_that_backups_of_two_projects_in_one_folder_are_told_apart(tmp_path: Path) -> None:
    for name in ("one", "two"):
        with ProjectStore.open(tmp_path / f"{name}.fovea") as store:
            add(store)
            assert daily(store) is not None
            assert len(backups.backups_of(store.file)) == 1


def test_that_a_backup_opens_by_itself_with_its_pictures_and_history(tmp_path: Path) -> None:
    with ProjectStore.open(tmp_path) as store:
        add(store)
        add(store)
        backup = backups.now(store.file, store.root)  # from the WAL: nothing has been checkpointed
        wanted = dump(store)
    with ProjectStore.open(backup) as store:
        assert dump(store) == wanted
        assert store.root == tmp_path
        assert store.history().names == ("Add", "Add")


def test_that_backups_go_to_the_persons_own_folder_where_the_projects_cannot_be_written_to(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backups, "writable", lambda folder: False)
    with ProjectStore.open(tmp_path) as store:
        add(store)
        backup = daily(store)
        assert backup is not None
        assert backup.is_relative_to(home)
        assert [b.file for b in backups.backups_of(store.file)] == [backup]


def test_that_restoring_keeps_the_present_state_first(tmp_path: Path) -> None:
    with ProjectStore.open(tmp_path) as store:
        add(store)
        old, backup = dump(store), backups.now(store.file, store.root)
        add(store, "b.png")
        new = dump(store)
        kept = store.restore(backup)
        assert dump(store) == old
        assert store.history().names == ("Add",)
        assert store.root == tmp_path
        add(store, "c.png")
        store.restore(kept)
        assert dump(store) == new
    with ProjectStore.open(tmp_path) as store:
        assert dump(store) == new
        assert daily(store, 400) is None or backups.edits_in(store.file) > 3


def test_that_a_copy_of_an_older_version_is_listed_and_restored(tmp_path: Path) -> None:
    made_by_version_1(tmp_path / "project.fovea")
    with ProjectStore.open(tmp_path) as store:
        (copy,) = backups.backups_of(store.file)
        assert "version 1" in copy.file.name
        assert copy.shapes == 2
        assert backups.daily(store.file, store.root) is None  # that copy is today's
        old = dump(store)
        add(store)
        store.restore(copy.file)
        assert dump(store) == old
    with ProjectStore.open(tmp_path) as store:
        assert dump(store) == old


@pytest.mark.parametrize("how", ["gone", "text", "scribbled"])
def test_that_a_damaged_backup_changes_nothing(tmp_path: Path, how: str) -> None:
    with ProjectStore.open(tmp_path) as store:
        add(store)
        before = store.document("a.png")
        many = [replace(before.shapes[0], id=str(n)) for n in range(300)]
        store.apply(Change("many", ((before, edits.add_shapes(before, many)),)))
        backup, wanted = backups.now(store.file, store.root), dump(store)
        data = bytearray(backup.read_bytes())
        data[4096 : len(data) - 4096 : 7] = b"\xff" * len(data[4096 : len(data) - 4096 : 7])
        match how:
            case "gone":
                backup.unlink()
            case "text":
                backup.write_text("not a database " * 20)
            case _:
                backup.write_bytes(bytes(data))
        with pytest.raises(ProjectError, match=r"there any more|damaged"):
            store.restore(backup)
        assert dump(store) == wanted


def test_that_a_disk_that_fills_up_while_copying_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ProjectStore.open(tmp_path) as store:
        add(store)
        real = sqlite3.connect

        def connect(*arguments: object, **more: object) -> sqlite3.Connection:
            database = real(*arguments, **more)  # type: ignore[call-overload]
            if not more.get("uri"):
                database.execute("PRAGMA max_page_count = 2")
            return database  # type: ignore[no-any-return]

        with monkeypatch.context() as patch:
            patch.setattr(sqlite3, "connect", connect)
            with pytest.raises(FoveaError, match=r"disk is full: .*copy\.fovea was not written"):
                backups.copy(store.file, store.root, tmp_path / "copy.fovea")
        assert not (tmp_path / "copy.fovea").exists()
        assert [f.name for f in tmp_path.glob(".copy*")] == []
        with pytest.raises(ProjectError, match="is the project itself"):
            backups.copy(store.file, store.root, store.file)


def test_that_a_damaged_project_names_its_newest_backup(tmp_path: Path) -> None:
    with ProjectStore.open(tmp_path) as store:
        for day in range(2):
            add(store)
            daily(store, day)
    (tmp_path / "project.fovea").write_text("not a database " * 20)
    with pytest.raises(ProjectError, match=r"damaged.*\.fovea-backups/project 2026-11-26"):
        ProjectStore.open(tmp_path)
