"""The files list as a Qt model: 100,000 paths in natural order, filtered by text, with what the project says."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from app.core.document import State
from app.io.folder import natural_key

PATH = Qt.ItemDataRole.UserRole
SUMMARY = Qt.ItemDataRole.UserRole + 1
MISSING = Qt.ItemDataRole.UserRole + 2
AnyIndex = QModelIndex | QPersistentModelIndex
WORDS = {"new": "", "in_work": "in work", "done": "done", "rejected": "rejected"}


class FilesModel(QAbstractListModel):
    """Rows are paths. ``missing`` ones are in the project, with shapes, and not (or no longer) in the folder."""

    def __init__(self) -> None:
        super().__init__()
        self._all: list[str] = []
        self._shown: list[str] = []
        self._filter = ""
        self._missing: set[str] = set()
        self._summaries: dict[str, tuple[State, int]] = {}

    def reset(self, summaries: Mapping[str, tuple[State, int]]) -> None:
        self.beginResetModel()
        self._all, self._shown, self._missing = [], [], set()
        self._summaries = dict(summaries)
        self.endResetModel()

    @property
    def missing(self) -> list[str]:
        """Pictures with shapes that are not among the folder's files."""
        return sorted(self._missing, key=natural_key)

    def append(self, paths: Iterable[str]) -> None:
        """Rows as they are found; `sort` puts them in order when all are there."""
        paths = list(paths)
        fresh = [p for p in paths if self._matches(p)]
        self._all += paths
        if fresh:
            first = len(self._shown)
            self.beginInsertRows(QModelIndex(), first, first + len(fresh) - 1)
            self._shown += fresh
            self.endInsertRows()

    def set_all(self, paths: list[str]) -> None:
        """Every file in natural order; documents with shapes whose file is not among them follow as missing."""
        there = set(paths)
        self._missing = {p for p, (_, count) in self._summaries.items() if count and p not in there}
        self._all = sorted([*paths, *self._missing], key=natural_key) if self._missing else list(paths)
        self._show_all()

    def add(self, paths: Iterable[str]) -> None:
        for path in paths:
            if path in self._missing:
                self._missing.discard(path)
                self._touch(path)
            else:
                self._insert(path)

    def remove(self, paths: Iterable[str]) -> None:
        """Files went away: those with shapes stay, as missing."""
        for path in paths:
            if self._summaries.get(path, ("new", 0))[1]:
                self._missing.add(path)
                self._touch(path)
            else:
                self._drop(path)

    def set_filter(self, text: str) -> None:
        """Show only paths that hold every one of these words."""
        if text.casefold() != self._filter:
            self._filter = text.casefold()
            self._show_all()

    def set_summary(self, path: str, summary: tuple[State, int]) -> None:
        self._summaries[path] = summary
        self._touch(path)

    def update_summaries(self, summaries: Mapping[str, tuple[State, int]]) -> None:
        """The same of many at once."""
        self._summaries.update(summaries)
        if self._shown and summaries:
            self.dataChanged.emit(self.index(0), self.index(len(self._shown) - 1))

    def row_of(self, path: str) -> int:
        """The row of a path, -1 if it is not shown."""
        place = bisect_left(self._shown, natural_key(path), key=natural_key)
        if place < len(self._shown) and self._shown[place] == path:
            return place
        return self._shown.index(path) if path in self._shown else -1  # while listing, rows are not in order yet

    def path_at(self, row: int) -> str | None:
        return self._shown[row] if 0 <= row < len(self._shown) else None

    @property
    def total(self) -> int:
        return len(self._all)

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        path = self.path_at(index.row())
        if path is None:
            return None
        if role in (Qt.ItemDataRole.DisplayRole, PATH):
            return path
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{path} (file missing; its shapes are kept)" if path in self._missing else path
        if role == SUMMARY:
            return self._words(path)
        if role == MISSING:
            return path in self._missing
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{path}, {self._words(path)}"
        return None

    def _words(self, path: str) -> str:
        state, count = self._summaries.get(path, ("new", 0))
        parts = [f"{count} shape{'s' if count != 1 else ''}"] if count else []
        if path in self._missing:
            parts.append("file missing")
        elif WORDS[state]:
            parts.append(WORDS[state])
        return ", ".join(parts)

    def _matches(self, path: str) -> bool:
        return not self._filter or all(word in path.casefold() for word in self._filter.split())

    def _show_all(self) -> None:
        self.beginResetModel()
        self._shown = [p for p in self._all if self._matches(p)] if self._filter else list(self._all)
        self.endResetModel()

    def _insert(self, path: str) -> None:
        place = bisect_left(self._all, natural_key(path), key=natural_key)
        if place < len(self._all) and self._all[place] == path:
            return
        self._all.insert(place, path)
        if self._matches(path):
            row = bisect_left(self._shown, natural_key(path), key=natural_key)
            self.beginInsertRows(QModelIndex(), row, row)
            self._shown.insert(row, path)
            self.endInsertRows()

    def _drop(self, path: str) -> None:
        row = self.row_of(path)
        if path in self._all:
            self._all.remove(path)
        if row >= 0:
            self.beginRemoveRows(QModelIndex(), row, row)
            del self._shown[row]
            self.endRemoveRows()

    def _touch(self, path: str) -> None:
        row = self.row_of(path)
        if row >= 0:
            self.dataChanged.emit(self.index(row), self.index(row))
