"""The command palette: type a few letters, press Enter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

ENTRY = Qt.ItemDataRole.UserRole
AT_MOST = 50


@dataclass(frozen=True)
class Entry:
    """Something that can be done: ``keys`` as they are shown, ``help`` is searched too."""

    id: str
    title: str
    help: str = ""
    keys: str = ""


def ranked(entries: Sequence[Entry], text: str) -> list[Entry]:
    """The entries that hold every typed word, the best first: title starts with it, a word of the title starts with it,
    the title holds it, only the help holds it. Letters in order ("gb" for Gaussian blur) come last."""
    words = text.casefold().split()
    scored = []
    for place, entry in enumerate(entries):
        score = _score(entry, words)
        if score is not None:
            scored.append((score, place, entry))
    return [entry for _, _, entry in sorted(scored, key=lambda row: row[:2])]


def _score(entry: Entry, words: list[str]) -> int | None:
    total = 0
    title = entry.title.casefold()
    for word in words:
        if title.startswith(word):
            total += 0
        elif any(part.startswith(word) for part in title.split()):
            total += 1
        elif word in title:
            total += 2
        elif word in f"{entry.help} {entry.id}".casefold():
            total += 3
        elif _in_order(word, title):
            total += 4
        else:
            return None
    return total


def _in_order(letters: str, text: str) -> bool:
    rest = iter(text)
    return all(letter in rest for letter in letters)


class Palette(QDialog):
    """Shows the entries over the window."""

    picked = Signal(str)
    """The id of the entry that was picked; the palette has gone by then."""

    def __init__(self, entries: Sequence[Entry], parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("palette")
        self.setAccessibleName("Command palette")
        self._entries = entries
        self.field = QLineEdit()
        self.field.setObjectName("palette.field")
        self.field.setAccessibleName("Find a command or tool")
        self.field.setPlaceholderText("Find a command or tool")
        self.field.installEventFilter(self)
        self.field.textChanged.connect(self._fill)
        self.list = QTreeWidget()
        self.list.setObjectName("palette.list")
        self.list.setAccessibleName("Commands and tools")
        self.list.setUniformRowHeights(True)
        self.list.setRootIsDecorated(False)
        self.list.setHeaderHidden(True)
        self.list.setColumnCount(2)
        self.list.header().setStretchLastSection(False)
        self.list.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.list.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.list.itemClicked.connect(self._on_activated)
        self._none = QLabel("Nothing is called that.")
        self._none.setProperty("role", "muted")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        for widget in (self.field, self._none, self.list):
            layout.addWidget(widget)
        self.resize(560, 400)
        self._fill("")
        self.field.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Up and down move in the list, Enter takes the row, while the cursor stays in the field."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}
            key = Qt.Key(event.key())
            if key in steps:
                row = self.list.currentIndex().row() + steps[key]
                self._choose(min(max(row, 0), self.list.topLevelItemCount() - 1))
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                if (item := self.list.currentItem()) is not None:
                    self._on_activated(item)
                return True
        return super().eventFilter(watched, event)

    @Slot(str)
    def _fill(self, text: str) -> None:
        self.list.clear()
        for entry in ranked(self._entries, text)[:AT_MOST]:
            item = QTreeWidgetItem([entry.title, entry.keys])
            item.setData(0, ENTRY, entry.id)
            item.setToolTip(0, entry.help)
            item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.list.addTopLevelItem(item)
        self._choose(0)
        self._none.setVisible(self.list.topLevelItemCount() == 0)

    def _choose(self, row: int) -> None:
        item = self.list.topLevelItem(row)
        if item is not None:
            self.list.setCurrentItem(item)

    @Slot(QTreeWidgetItem)
    def _on_activated(self, item: QTreeWidgetItem) -> None:
        entry = str(item.data(0, ENTRY))
        self.accept()
        self.picked.emit(entry)
