"""Nothing is lost: backups, copies, and pictures that are not where or what they were, tied to the window."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QFileDialog

from app.io.relink import Found
from app.ui.dialogs import PROJECTS, show
from app.ui.main_window import MainWindow
from app.ui.projects.backups import BackupDialog, Backups
from app.ui.projects.pictures import Pictures, words


class Keeping(QObject):
    """What the window does about backups and lost pictures. Its child, so that it lives and dies with it."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.backups = Backups(window.session)
        self.backups.told.connect(window.notices.say)
        self.pictures = Pictures(window.session)
        self.pictures.changed.connect(self._on_changed)
        self.pictures.missing.connect(self._on_missing)
        self.pictures.found.connect(self._on_found)
        self.pictures.failed.connect(window.notices.error)
        self._missing: list[str] = []
        window.files.listed.connect(self._on_listed)
        window.actions_.connect(
            {"file.save_copy": self.ask_copy, "file.restore": self.show_backups, "file.locate": self.locate}
        )

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

    # -- pictures that are missing, were moved or have changed

    @Slot()
    def _on_listed(self) -> None:
        self._missing = []
        self.pictures.check(self._window.files.model.missing)

    @Slot(list)
    def _on_missing(self, paths: list[str]) -> None:
        self._missing = paths
        which = paths[0] if len(paths) == 1 else f"{len(paths):,} pictures that have shapes"
        verb = "is" if len(paths) == 1 else "are"
        root = self._window.session.root
        sentence = f"{which} {verb} not in {root}. The shapes are kept. Say where the pictures are, or leave it so."
        self._window.notices.say("warning", sentence, "\n".join(paths[:1000]), "Locate...", self.locate)

    def locate(self) -> None:
        """Ask for the folder of the pictures that are missing, and look there for all of them."""
        store = self._window.session.store
        if store is None or not self._missing:
            self._window.notices.info("No picture that has shapes is missing.")
            return
        chosen = QFileDialog.getExistingDirectory(self._window, "Where are the pictures?", str(store.root))
        if chosen:
            gone = set(self._missing)
            contents = store.contents()
            present = [path for path in contents if path not in gone]
            self.pictures.find(Path(chosen), {path: contents.get(path, "") for path in self._missing}, present)

    @Slot(object)
    def _on_found(self, found: Found) -> None:
        session = self._window.session
        went = session.move_root(found.root) if found.root is not None else session.move_pictures(found.moved)
        if went:
            self._missing = [] if found.root is not None else list(found.missing)
            self._window.notices.say("warning" if found.missing else "info", words(found))
        elif found.root is None and not found.moved:
            self._window.notices.warn(f"None of the missing pictures is there. {words(found)}")

    @Slot(str, str)
    def _on_changed(self, path: str, content: str) -> None:
        sentence = f"{path} is not the picture that its shapes were made on: the file has changed since. They are kept."
        accept = partial(self._window.session.accept_content, path, content)
        self._window.notices.say("warning", sentence, "", "Accept the picture", accept)
