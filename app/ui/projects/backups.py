"""Backups of the open project: the daily one, copies that are asked for, and the dialog that goes back to one."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Qt, QThread, Signal, Slot
from PySide6.QtWidgets import (
    QDialog,
    QHeaderView,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.core.errors import FoveaError
from app.io import backups
from app.io.backups import Backup
from app.ui import threads
from app.ui.dialog_parts import close_buttons
from app.ui.session import Session

FILE = Qt.ItemDataRole.UserRole
NUMBERS = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class Backups(QObject):
    """Copies on a thread of its own, with a connection of its own. Lives on the window's thread."""

    told = Signal(str, str)
    """(level, sentence) How it went; nothing is said of a daily backup that went well."""
    listed = Signal(object, object)
    """(project file, its backups, the newest first)"""
    made = Signal(object)
    """(the day's backup, or None where none was due)"""
    _daily = Signal(object, object)
    _save = Signal(object, object, object)
    _list = Signal(object)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._worker = _Worker()
        self._thread = QThread(self)
        self._thread.setObjectName("backups")
        self._worker.moveToThread(self._thread)
        self._daily.connect(self._worker.daily)
        self._save.connect(self._worker.save)
        self._list.connect(self._worker.list)
        self._worker.told.connect(self.told)
        self._worker.listed.connect(self.listed)
        self._worker.made.connect(self.made)
        session.project_opened.connect(self._on_opened)
        session.closing.connect(self._shutdown)
        self._thread.start()

    @Slot()
    def _on_opened(self) -> None:
        store = self._session.store
        if store is not None and store.exists and not store.read_only:
            self._daily.emit(store.file, store.root)

    def save_copy(self, to: Path) -> None:
        """Write a copy of the open project; `told` answers."""
        store = self._session.store
        if store is None or not store.exists:
            self.told.emit("info", "There is nothing to copy yet: no edit has been made.")
        else:
            self._save.emit(store.file, store.root, to)

    def look(self) -> None:
        """List the backups of the open project; `listed` answers."""
        if self._session.store is not None:
            self._list.emit(self._session.store.file)

    @Slot()
    def _shutdown(self) -> None:
        threads.end(self._thread, self._worker)


class _Worker(QObject):
    told = Signal(str, str)
    listed = Signal(object, object)
    made = Signal(object)

    @Slot(object, object)
    def daily(self, file: Path, root: Path) -> None:
        try:
            self.made.emit(backups.daily(file, root))
        except (FoveaError, OSError) as error:
            self.told.emit("warning", f"Today's backup of {file} was not made. {error}")

    @Slot(object, object, object)
    def save(self, file: Path, root: Path, to: Path) -> None:
        try:
            backups.copy(file, root, to)
            self.told.emit("info", f"A copy of the project is in {to}.")
        except (FoveaError, OSError) as error:
            self.told.emit("error", str(error))

    @Slot(object)
    def list(self, file: Path) -> None:
        try:
            self.listed.emit(file, backups.backups_of(file))
        except OSError as error:
            self.told.emit("error", f"The backups of {file} cannot be listed: {error.strerror or error}.")


class BackupDialog(QDialog):
    """Choose a backup by its date, size and contents."""

    chosen = Signal(object)
    """(file) This one is to be restored."""

    def __init__(self, backups_: Backups, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("backups")
        self.setWindowTitle("Restore a backup")
        self.tree = QTreeWidget()
        self.tree.setObjectName("backups.list")
        self.tree.setAccessibleName("Backups of this project")
        self.tree.setHeaderLabels(["Made", "Pictures", "Shapes", "Size"])
        self.tree.setRootIsDecorated(False)
        self.tree.header().setStretchLastSection(False)
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in (1, 2, 3):
            self.tree.headerItem().setTextAlignment(column, NUMBERS)
        self.tree.itemSelectionChanged.connect(self._on_selected)
        self.words = QLabel("Looking for backups...")
        self.words.setWordWrap(True)
        self.words.setProperty("role", "muted")
        self.restore = QPushButton("Restore")
        self.restore.setObjectName("backups.restore")
        self.restore.setAccessibleName("Restore the chosen backup")
        self.restore.setToolTip("Make the project what it was then; what it is now is kept as a backup first")
        self.restore.setEnabled(False)
        self.restore.clicked.connect(self._on_restore)
        box = close_buttons(self)
        box.addButton(self.restore, box.ButtonRole.ActionRole)
        layout = QVBoxLayout(self)
        layout.addWidget(self.words)
        layout.addWidget(self.tree, 1)
        layout.addWidget(box)
        self.resize(560, 380)
        backups_.listed.connect(self._fill)
        backups_.look()

    @Slot(object, object)
    def _fill(self, file: Path, found: list[Backup]) -> None:
        self.tree.clear()
        for backup in found:
            size = f"{backup.size / 2**20:,.1f} MiB"
            texts = [f"{backup.time:%Y-%m-%d %H:%M}", f"{backup.documents:,}", f"{backup.shapes:,}", size]
            item = QTreeWidgetItem(texts)
            item.setData(0, FILE, backup.file)
            item.setToolTip(0, str(backup.file))
            for column in (1, 2, 3):
                item.setTextAlignment(column, NUMBERS)
            self.tree.addTopLevelItem(item)
        for column in (1, 2, 3):
            self.tree.resizeColumnToContents(column)
        folder = backups.folder_of(file)
        self.words.setText(
            f"What the project is now is kept as a backup before another takes its place. They lie in {folder}."
            if found
            else f"There is no backup of {file} yet. One a day is made, when a project that has changed is opened."
        )

    @Slot()
    def _on_selected(self) -> None:
        self.restore.setEnabled(bool(self.tree.selectedItems()))

    @Slot()
    def _on_restore(self) -> None:
        file = self.tree.selectedItems()[0].data(0, FILE)
        self.accept()
        self.chosen.emit(file)
