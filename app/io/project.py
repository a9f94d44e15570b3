"""The project store: a set of documents and the label list in one SQLite file, one transaction per edit."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from app.core.document import Document, LabelList, State
from app.core.filtering import Filter
from app.core.history import Change, History, Step
from app.core.paths import user_data_dir
from app.io import project_file, survey
from app.io.deltas import OutdatedError
from app.io.document_rows import DOCUMENT, write_document
from app.io.journal import Journal
from app.io.label_rows import COMMENTS, LABELS, comment_of, read_labels, review_of, write_labels
from app.io.project_file import FILE_NAME, ProjectError, StepLostError
from app.io.shape_rows import COLUMNS, from_row
from app.io.volume import Lock, writable

__all__ = ["FILE_NAME", "ProjectError", "ProjectStore", "StepLostError"]

_SHAPE = ", ".join(COLUMNS)
# A backup is due where this is not what it was in the last one; the file's time changes with every opening.
_COUNT_EDIT = (
    "INSERT INTO meta VALUES ('edits', '1') ON CONFLICT (key) DO UPDATE SET value = CAST(value AS INTEGER) + 1"
)


class ProjectStore:
    """What is kept of a folder of pictures. Made by `open`; used from one thread at a time.

    ``file`` is where it lies (it need not exist yet), ``root`` the folder that document paths are relative to,
    ``read_only`` says that edits are refused; while ``held`` is a sentence they are refused with that, because another
    connection writes; ``note`` is a sentence for the person where something is unusual.
    """

    def __init__(self, file: Path, root: Path) -> None:
        self.file = file
        self.root = root
        self.read_only = False
        self.held = ""
        self.note = ""
        self.journal = Journal()
        self.last_step = 0
        self._fallback: Path | None = None
        self._database: sqlite3.Connection | None = None
        self._lock = Lock(file.with_name(file.name + "-lock"))

    @classmethod
    def open(cls, path: Path | str) -> Self:
        """The project of a folder, or the one in a ``.fovea`` file; nothing is created before the first `apply`.

        For a folder that cannot be written to, the file lies in the user's data folder. A project that another Fovea
        has open, or that cannot be written to, is opened for reading. Raises ProjectError for a missing folder, a
        damaged file, another kind of file and a file of a newer Fovea.
        """
        path = Path(path).absolute()
        try:
            if path.suffix.lower() == ".fovea" and not path.is_dir():
                store = cls(path, path.parent)
            elif path.is_dir():
                store = cls._of_folder(path)
            else:
                raise ProjectError(f"{path} is not there. Choose a folder of pictures or a .fovea file.")
            if project_file.check_header(store.file):
                store._open_existing()
        except OSError as error:
            raise ProjectError(f"{path} cannot be opened: {error.strerror or error}.") from error
        return store

    @classmethod
    def _of_folder(cls, folder: Path) -> Self:
        inside, own = folder / FILE_NAME, _file_in_user_data(folder)
        if not inside.exists() and (own.exists() or not writable(folder)):
            store = cls(own, folder)
            store.note = _kept_elsewhere(folder, own)
            return store
        store = cls(inside, folder)
        store._fallback = own
        return store

    def _open_existing(self) -> None:
        if not (os.access(self.file, os.W_OK) and writable(self.file.parent)):
            self.read_only, self.note = True, f"{self.file} cannot be written to: it is open for reading only."
        elif not self._lock.take():
            self.read_only, self.note = True, f"{self.file} is open in another Fovea: here it is open for reading only."
        connect = project_file.connect_read_only if self.read_only else project_file.connect
        try:
            self._database = connect(self.file)
            row = self._database.execute("SELECT value FROM meta WHERE key = 'root'").fetchone()
        except sqlite3.Error as error:
            self._abandon()
            raise ProjectError(project_file.sentence(self.file, error)) from error
        except OSError:  # the copy that is kept before an older file is upgraded
            self._abandon()
            raise
        if row:
            self.root = Path(os.path.normpath(self.file.parent / row[0]))

    def _abandon(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None
        self._lock.drop()

    @property
    def exists(self) -> bool:
        """Whether anything has been kept yet."""
        return self._database is not None

    def set_root(self, folder: Path) -> None:
        """Say that document paths are relative to another folder than the file's. Raises ProjectError."""
        self.root = folder.absolute()
        if self._database is not None:
            with self._writing() as database:
                self._write_root(database)

    def labels(self) -> LabelList:
        """Raises ProjectError where the file makes no sense."""
        with self._sensible():
            return read_labels(self._read(LABELS))

    def document(self, path: str) -> Document:
        """The document of a picture, by its path relative to `root`; an empty one where nothing is kept of it."""
        rows = self._read(f"SELECT id, {DOCUMENT} FROM documents WHERE path = ?", path)
        return self._document(rows[0]) if rows else Document(path)

    def documents(self) -> Iterator[Document]:
        """All documents, in the order in which they were first kept."""
        for row in self._read(f"SELECT id, {DOCUMENT} FROM documents ORDER BY id"):
            yield self._document(row)

    def using(self, label: str) -> Iterator[Document]:
        """The documents with a shape of that label, or with the label on the image as a whole; others are not read."""
        found = (
            f"SELECT id, {DOCUMENT} FROM documents WHERE id IN (SELECT document FROM shapes WHERE label = ?) "
            "OR (labels <> '[]' AND EXISTS (SELECT 1 FROM json_each(documents.labels) WHERE value = ?)) ORDER BY id"
        )
        for row in self._read(found, label, label):
            yield self._document(row)

    def label_counts(self) -> dict[str, int]:
        """How many shapes each label has: counted as they are written, not here."""
        return dict(self._read("SELECT label, sum(shapes) FROM shape_counts GROUP BY label HAVING sum(shapes) > 0"))

    def paths(self, label: str | None = None, state: State | None = None) -> list[str]:
        """The documents with a shape of that label, in that state, or both, in the order in which they were kept."""
        wanted = "WHERE state = ?" if state is not None else ""
        query = f"SELECT id, path FROM documents {wanted}"
        if label is not None:  # the index gives the documents in order: half the time of looking each up in a list
            having = "SELECT DISTINCT document FROM shapes WHERE label = ? ORDER BY document"
            query = f"SELECT id, path FROM ({having}) CROSS JOIN documents ON id = document {wanted}"
        rows = self._read(query, *(value for value in (label, state) if value is not None))
        return [path for _, path in sorted(rows)]

    def matching(self, wanted: Filter) -> list[str]:
        """The documents that a filter means, in the order in which they were kept."""
        if self._database is None:
            return []
        with _as_project_error(self.file):
            return survey.paths(self._database, wanted)

    def count(self) -> int:
        """How many documents there are."""
        return int(self._read("SELECT count(*) FROM documents")[0][0]) if self._database is not None else 0

    def summaries(self) -> dict[str, tuple[State, int]]:
        """State and number of shapes of every document, without reading the shapes."""
        rows = self._read("SELECT path, state, shape_count FROM documents ORDER BY id")
        return {path: (state, count) for path, state, count in rows}

    def summary(self, path: str) -> tuple[State, int]:
        """State and number of shapes of one document."""
        rows = self._read("SELECT state, shape_count FROM documents WHERE path = ?", path)
        return rows[0] if rows else ("new", 0)

    def contents(self) -> dict[str, str]:
        """The content's hash of every document's picture by its path, "" where it is not known."""
        return dict(self._read("SELECT path, content_hash FROM documents ORDER BY id"))

    def note_picture(self, document: Document) -> None:
        """Keep what is known of a picture (size, hash) where there is a document of it. No step of the history, and no
        edit: what a person made stays as it is. Raises ProjectError."""
        if self._database is not None and not self.read_only and not self.held:
            facts = document.width, document.height, document.content_hash, document.path
            with self._writing() as database:
                database.execute("UPDATE documents SET width = ?, height = ?, content_hash = ? WHERE path = ?", facts)

    def apply(self, change: Change) -> int:
        """Keep an edit: one transaction, in which only rows that differ are written, and its step in the history.

        Gives the key of the step. Raises ProjectError where it cannot be kept; nothing of it is kept then.
        """
        self._write(change, lambda database: self._set_step(self.journal.made(database, change)))
        return self.last_step

    def apply_more(self, change: Change, whole: Change, key: int) -> None:
        """Keep an edit that goes on with the last step, which is ``whole`` with it. Raises ProjectError."""
        self._write(change, lambda database: self.journal.grown(database, key, whole))

    def take_back(self, change: Change, key: int) -> None:
        """Keep what undoing a step changes. Raises ProjectError."""
        self._write(change, lambda database: self.journal.taken_back(database, key))

    def do_again(self, change: Change, key: int) -> None:
        """Keep what redoing a step changes. Raises ProjectError."""
        self._write(change, lambda database: self.journal.done_again(database, key, change))

    def _set_step(self, key: int) -> None:
        self.last_step = key

    def _write(self, change: Change, note: Callable[[sqlite3.Connection], object]) -> None:
        if self.read_only:
            raise ProjectError(f"The edit was not kept. {self.note}")
        if self._database is None:
            self._create()
        oldest = self.journal.oldest
        try:
            with self._writing() as database:
                for before, after in change.documents:
                    write_document(database, before, after)
                if change.labels and change.labels[0] != change.labels[1]:
                    write_labels(database, change.labels[1])
                note(database)
                database.execute(_COUNT_EDIT)
        except BaseException:
            self.journal.oldest = oldest
            raise

    def history(self) -> History:
        """The steps that are kept, names only: what they changed is read when it is needed. None of them where the
        project can only be read. Raises ProjectError."""
        history = History(read=self._step)
        if self._database is not None and not self.read_only:
            with _as_project_error(self.file):
                history.done, history.undone = self.journal.steps(self._database)
        return history

    def _step(self, step: Step, back: bool) -> Change:
        if self._database is None:
            raise ProjectError(f"{step.name} is not in the project any more.")
        with _as_project_error(self.file):
            try:
                return self.journal.change(self._database, step, back, self.document, self.labels())
            except OutdatedError as error:
                words = ("undone", "before") if back else ("redone", "after")
                raise StepLostError(
                    f"{step.name} cannot be {words[0]}: {error} It and the steps {words[1]} it were forgotten; "
                    "nothing else was changed."
                ) from error

    def forget_steps(self, done: bool) -> None:
        """Forget the steps that are done, or those that were taken back. Raises ProjectError."""
        with self._writing() as database:
            self.journal.forget(database, done)

    def checkpoint(self) -> None:
        """Move what the WAL holds into the file: for idle moments. A reader elsewhere puts it off and is not waited
        for."""
        if self._database is not None and not self.read_only and not self.held:
            with _as_project_error(self.file):
                patience = self._database.execute("PRAGMA busy_timeout").fetchone()[0]
                self._database.execute("PRAGMA busy_timeout = 0")
                try:
                    self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                finally:
                    self._database.execute(f"PRAGMA busy_timeout = {patience}")

    def backup(self, to: Path) -> None:
        """Write a whole copy, also in the middle of work, which opens by itself anywhere. Raises FoveaError.

        By SQLite's own means: copying the file alone would leave out what is still in the WAL.
        """
        from app.io import backups

        if self._database is None:
            raise ProjectError("There is nothing to back up: no edit has been made yet.")
        backups.copy_from(self._database, self.root, to)

    def restore(self, backup: Path) -> Path:
        """Make the project what a backup says, with its history. The present state is kept as a backup first.

        Gives the file of that. All or nothing: one transaction. Raises FoveaError; nothing has changed then.
        """
        from app.io import backups

        if self.read_only or self.held:
            raise ProjectError(f"No backup was restored. {self.held or self.note}")
        if self._database is None:
            self._create()
        assert self._database is not None
        source = backups.open_backup(backup)
        try:
            edits = self._edits() + 1
            before = backups.folder_of(self.file) / f"{self.file.stem} {backups.stamp()}.fovea"
            self.backup(before)
            source.execute("INSERT OR REPLACE INTO meta VALUES ('edits', ?)", (str(edits),))
            source.execute("DELETE FROM meta WHERE key = 'root'")
            if self.root != self.file.parent:
                place = project_file.relative_root(self.root, self.file.parent)
                source.execute("INSERT INTO meta VALUES ('root', ?)", (place,))
            with _as_project_error(self.file):
                source.backup(self._database)
        finally:
            source.close()
        return before

    def _edits(self) -> int:
        rows = self._read("SELECT value FROM meta WHERE key = 'edits'")
        return int(rows[0][0]) if rows else 0

    def close(self) -> None:
        """Leave one file behind, without WAL. Safe to call twice."""
        if self._database is not None and not self.read_only:
            try:
                self._database.execute("PRAGMA busy_timeout = 0")
                self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                self._database.execute("PRAGMA journal_mode = DELETE").fetchone()
            except sqlite3.Error:
                pass  # a reader elsewhere, or a full disk: the WAL stays and is taken up at the next opening
        self._abandon()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def _create(self) -> None:
        try:
            self._create_at(self.file)
        except (OSError, sqlite3.Error) as error:
            full = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
            if self._fallback is None or full:
                self._lock.drop()
                raise ProjectError(_not_created(self.file, error)) from error
            self._lock.drop()
            self.file, self._fallback = self._fallback, None
            self._lock = Lock(self.file.with_name(self.file.name + "-lock"))
            self.note = _kept_elsewhere(self.root, self.file)
            self._create()

    def _create_at(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        if not self._lock.take() or project_file.check_header(file):
            self._lock.drop()
            raise ProjectError(f"The edit was not kept: another Fovea has just made {file}. Open the folder again.")
        self._database = project_file.create(file)
        with self._writing() as database:
            self._write_root(database)

    def _write_root(self, database: sqlite3.Connection) -> None:
        if self.root == self.file.parent:
            database.execute("DELETE FROM meta WHERE key = 'root'")
        else:
            values = (project_file.relative_root(self.root, self.file.parent),)
            database.execute("INSERT OR REPLACE INTO meta VALUES ('root', ?)", values)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        database = self._database
        assert database is not None, "a project is created before it is written to"
        if self.held:
            raise ProjectError(self.held)
        with _as_project_error(self.file):
            database.execute("BEGIN IMMEDIATE")
            try:
                yield database
                database.execute("COMMIT")
            except BaseException:
                if database.in_transaction:  # a full disk has already ended it
                    database.execute("ROLLBACK")
                raise

    def _read(self, query: str, *values: object) -> list[Any]:
        if self._database is None:
            return []
        with _as_project_error(self.file):
            return self._database.execute(query, values).fetchall()

    def _document(self, row: tuple[Any, ...]) -> Document:
        id_, path, width, height, content_hash, state, labels, review = row
        rows = self._read(f"SELECT {_SHAPE} FROM shapes WHERE document = ? ORDER BY z", id_)
        said = self._read(COMMENTS, id_)
        with self._sensible():
            shapes = tuple(from_row(r) for r in rows)
            comments, names = tuple(comment_of(r) for r in said), tuple(json.loads(labels))
            return Document(path, width, height, content_hash, shapes, state, names, comments, review_of(review))

    @contextmanager
    def _sensible(self) -> Iterator[None]:
        try:
            yield
        except (ValueError, KeyError, TypeError) as error:
            raise ProjectError(project_file.damaged(self.file)) from error


@contextmanager
def _as_project_error(file: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise ProjectError(project_file.sentence(file, error)) from error


def _file_in_user_data(folder: Path) -> Path:
    name = hashlib.blake2b(os.fsencode(folder.resolve()), digest_size=10).hexdigest()
    return user_data_dir() / "projects" / f"{name}.fovea"


def _kept_elsewhere(folder: Path, file: Path) -> str:
    return f"{folder} cannot be written to: its project is kept in {file}."


def _not_created(file: Path, error: OSError | sqlite3.Error) -> str:
    if isinstance(error, sqlite3.Error):
        return project_file.sentence(file, error)
    return f"The edit was not kept: {file} cannot be made ({error.strerror or error}). Choose another place for it."
