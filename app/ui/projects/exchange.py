"""What comes into the project and goes out of it when the person asks: imports, exports, a pasted picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from app.io import clipboard
from app.ui import dialogs

if TYPE_CHECKING:
    from app.ui.main_window import MainWindow


class Exchange(QObject):
    """The questions; `transfers` does the work. A child of the window, so that it lives and dies with it."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._session, self._notices = window, window.session, window.notices

    def handlers(self) -> dict[str, Callable[[], object]]:
        """By command id."""
        return {
            "file.import": self.import_annotations,
            "file.import_folder": self.import_folder,
            "file.export": self.export_annotations,
        }

    def import_annotations(self) -> None:
        if self._session.store is None:
            self._notices.info("Open the folder of the pictures first, then import their annotations.")
        elif source := dialogs.ask_import(self._window, self._session.root):
            self._window.transfers.import_from(source)

    def import_folder(self) -> None:
        if self._session.store is None:
            self._notices.info("Open the folder of the pictures first, then import their annotations.")
        elif source := dialogs.ask_import_folder(self._window, self._session.root):
            self._window.transfers.import_from(source)

    def export_annotations(self) -> None:
        store = self._session.store
        if store is None:
            self._notices.info("Open a folder first: there is nothing to export yet.")
        elif not store.exists:
            self._notices.info("There is nothing to export yet: keep a shape first.")
        else:
            from app.ui.projects.export_dialog import ExportDialog

            files = self._window.files
            dialog = ExportDialog(self._session, files.lookups, files.wanted, self._window)
            dialog.wanted.connect(self._window.transfers.export)
            dialogs.show(dialog)

    def paste_picture(self) -> None:
        """The clipboard's picture becomes a file of the folder, and is shown."""
        image = QApplication.clipboard().image()
        if image.isNull():
            self._notices.info("There are no shapes and no picture on the clipboard.")
            return
        folder = clipboard.folder_for(self._session.root)
        file = clipboard.next_name(folder)
        if not image.save(str(file)):
            self._notices.error(f"The picture could not be written to {file}; is there room?")
            return
        if self._session.root != folder:
            self._window.open(folder)
        self._window.files.show_when_listed(file.name)
        self._window.files.look_again()
