"""Making the application and its window, and what happens once it has been painted."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QApplication

from app.core import paths
from app.io import memory, samples
from app.io.preferences import Preferences
from app.ui.handlers import handlers
from app.ui.look import theme
from app.ui.main_window import MainWindow


def make_app() -> QApplication:
    memory.keep_steady()
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication(sys.argv[:1])
    app.setApplicationName("Fovea")
    app.setDesktopFileName("fovea")
    return app


def make_window(app: QApplication, path: Path | None = None) -> MainWindow:
    """The window, which opens ``path`` (or what was open last, or the sample pictures) once it has been painted."""
    preferences = Preferences()
    window = MainWindow(preferences, theme.apply(app, preferences.get("theme")))
    window.actions_.connect(handlers(window))
    _Opening(window, path)
    return window


class _Opening(QObject):
    """What happens after the first paint. A QObject of the window's, so that it lives and dies with it."""

    def __init__(self, window: MainWindow, path: Path | None) -> None:
        super().__init__(window)
        self._window, self._path = window, path
        window.painted.connect(self._open)

    @Slot()
    def _open(self) -> None:
        from app.tools.catalog import load_catalog
        from app.ui.projects.keeping import Keeping

        window = self._window
        Keeping(window)
        if window.preferences.note:
            window.notices.warn(window.preferences.note)
        if not self._open_asked():
            window.open(samples.sample_folder())
        window.load_tools(load_catalog(folders=(paths.user_plugin_dir(),)))

    def _open_asked(self) -> bool:
        if self._path is not None:
            return self._window.open(self._path)
        recent = self._window.preferences.get("recent", "")
        return bool(recent) and Path(recent).exists() and self._window.open(Path(recent))
