"""The files list as a Qt model: 100,000 paths in natural order, filtered by text, with what the project says."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from app.core.document import State
from app.core.filtering import Found
from app.io.folder import natural_key

PATH = Qt.ItemDataRole.UserRole
SUMMARY = Qt.ItemDataRole.UserRole + 1
MISSING = Qt.ItemDataRole.UserRole + 2
STATE = Qt.ItemDataRole.UserRole + 3
AnyIndex = QModelIndex | QPersistentModelIndex
WORDS = {"new": "", "in_work": "in work", "done": "done", "rejected": "rejected"}


class FilesModel(QAbstractListModel):
    """Rows are paths. ``missing`` ones are in the project, with shapes, and not (or no longer) in the folder."""

    def __init__(self) -> None:
        super().__init__()
        self._all: list[str] = []
        self._shown: list[str] = []
        self._found = Found()
        self._held: dict[str, bool] = {}
        self._missing: set[str] = set()
        self._summaries: dict[str, tuple[State, int]] = {}
        self._states: Counter[State] | None = None

    def reset(self, summaries: Mapping[str, tuple[State, int]]) -> None:
        self.beginResetModel()
        self._all, self._shown, self._missing = [], [], set()
        self._summaries, self._states = dict(summaries), None
        self.endResetModel()

    @property
    def missing(self) -> list[str]:
        """Pictures with shapes that are not among the folder's files."""
        return sorted(self._missing, key=natural_key)

    def append(self, paths: Iterable[str]) -> None:
        """Rows as they are found; `sort` puts them in order when all are there."""
        paths = list(paths)
        fresh = self._wanted(paths)
        self._all += paths
        self._states = None
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
        self._states = None
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

    @property
    def found(self) -> Found:
        """What the filter came to."""
        return self._found

    def set_found(self, found: Found) -> None:
        """Show only what a filter found."""
        if found != self._found or self._held:
            self._found, self._held = found, {}
            self._show_all()

    def set_held(self, path: str, held: bool) -> None:
        """A document has changed since: whether the filter wants it now."""
        if self._matches(path) is held:
            return
        self._held[path] = held
        if not held:
            self._hide(path)
        elif path in self._all:
            self._reveal(path)

    def set_summary(self, path: str, summary: tuple[State, int]) -> None:
        before = self.state(path)
        self._summaries[path] = summary
        if self._states is not None and before != summary[0] and self._is_listed(path):
            self._states[before] -= 1
            self._states[summary[0]] += 1
        self._touch(path)

    def set_summaries(self, summaries: Mapping[str, tuple[State, int]]) -> None:
        """What the project says of all documents, after many have changed."""
        self._summaries, self._states = dict(summaries), None
        if self._shown:
            self.dataChanged.emit(self.index(0), self.index(len(self._shown) - 1))

    def update_summaries(self, summaries: Mapping[str, tuple[State, int]]) -> None:
        """What it says of some documents that have changed."""
        self._summaries.update(summaries)
        self._states = None
        if self._shown and summaries:
            self.dataChanged.emit(self.index(0), self.index(len(self._shown) - 1))

    def state(self, path: str) -> State:
        return self._summaries.get(path, ("new", 0))[0]

    def states(self) -> Counter[State]:
        """How many of all pictures are in each state. Counted once: there may be 100,000."""
        if self._states is None:
            known = self._summaries
            self._states = Counter(known[path][0] if path in known else "new" for path in self._all)
        return self._states

    def _is_listed(self, path: str) -> bool:
        place = bisect_left(self._all, natural_key(path), key=natural_key)
        return place < len(self._all) and self._all[place] == path

    def beside(self, path: str, steps: int) -> str | None:
        """The path so many rows below (above for negative numbers), also of one that is not shown itself; the first
        one where there are not so many above."""
        return self.path_at(max(0, self._place_of(path, steps > 0) + steps))

    def next_after(self, path: str, wanted: Callable[[str], bool]) -> tuple[str, bool] | None:
        """The next wanted path below, and whether the search went on from the top; None where there is no other."""
        start, count = self._place_of(path, True), len(self._shown)
        for number in range(start + 1, start + 1 + count):
            candidate = self._shown[number % count]
            if candidate != path and wanted(candidate):
                return candidate, number >= count
        return None

    def _place_of(self, path: str, downwards: bool) -> int:
        row = self.row_of(path)
        if row >= 0 or not path:
            return row
        return bisect_left(self._shown, natural_key(path), key=natural_key) - int(downwards)

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
        if role == STATE:
            return self.state(path)
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
        return self._held[path] if path in self._held else self._found.has(path)

    def _wanted(self, paths: list[str]) -> list[str]:
        found = self._found.of(paths)
        if not self._held:
            return found
        chosen = set(found)
        return [p for p in paths if self._held.get(p, p in chosen)]

    def _show_all(self) -> None:
        self.beginResetModel()
        self._shown = self._wanted(self._all)
        self.endResetModel()

    def _insert(self, path: str) -> None:
        place = bisect_left(self._all, natural_key(path), key=natural_key)
        if place < len(self._all) and self._all[place] == path:
            return
        self._all.insert(place, path)
        self._states = None
        if self._matches(path):
            self._reveal(path)

    def _reveal(self, path: str) -> None:
        row = bisect_left(self._shown, natural_key(path), key=natural_key)
        self.beginInsertRows(QModelIndex(), row, row)
        self._shown.insert(row, path)
        self.endInsertRows()

    def _drop(self, path: str) -> None:
        if path in self._all:
            self._all.remove(path)
            self._states = None
        self._hide(path)

    def _hide(self, path: str) -> None:
        row = self.row_of(path)
        if row >= 0:
            self.beginRemoveRows(QModelIndex(), row, row)
            del self._shown[row]
            self.endRemoveRows()

    def _touch(self, path: str) -> None:
        row = self.row_of(path)
        if row >= 0:
            self.dataChanged.emit(self.index(row), self.index(row))
