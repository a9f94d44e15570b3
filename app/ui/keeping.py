"""Nothing is lost: the commands for backups and copies, tied to the window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QFileDialog

from app.ui.backups import BackupDialog, Backups
from app.ui.dialogs import PROJECTS, show
from app.ui.main_window import MainWindow


class Keeping(QObject):
    """What the window does about backups. Its child, so that it lives and dies with it."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.backups = Backups(window.session)
        self.backups.told.connect(window.notices.say)
        window.actions_.connect({"file.save_copy": self.ask_copy, "file.restore": self.show_backups})

    def ask_copy(self) -> None:
        store = self._window.session.store
        if store is None or not store.exists:
            self._window.notices.info("There is nothing to copy yet: no edit has been made.")
            return
        start = str(store.file.with_name(f"{store.file.stem} copy.fovea"))
        chosen, _ = QFileDialog.getSaveFileName(self._window, "Save a copy of the project", start, PROJECTS)
        if chosen:
            self.backups.save_copy(Path(chosen if Path(chosen).suffix else f"{chosen}.fovea"))

    def show_backups(self) -> None:
        if self._window.session.store is None:
            self._window.notices.info("Open a project first, then go back to one of its backups.")
            return
        dialog = BackupDialog(self.backups, self._window)
        dialog.chosen.connect(self._restore)
        show(dialog)

    @Slot(object)
    def _restore(self, file: Path) -> None:
        before = self._window.session.restore(file)
        if before is not None:
            self._window.notices.info(f"The backup was restored. What the project was before is kept in {before}.")
