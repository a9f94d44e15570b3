"""Starting the window: paint first, load everything slow afterwards."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QApplication

from app.core import paths
from app.io import samples
from app.io.preferences import Preferences
from app.ui import theme
from app.ui.main_window import MainWindow


def main(arguments: list[str]) -> int:
    """Open the window and stay until it is closed. Without a screen: say so and do the main job offscreen."""
    parser = argparse.ArgumentParser(
        "python -m app", description="Fovea: look at images, run computer vision, annotate."
    )
    parser.add_argument("path", nargs="?", type=Path, metavar="FOLDER", help="a folder of pictures or a .fovea file")
    given = parser.parse_args(arguments)
    if not has_screen():
        from app.ui.demo import run

        if given.path is not None:
            print(f"{given.path} can be opened only in a window.", file=sys.stderr)
            return 1
        return run()
    app = make_app()
    window = make_window(app, given.path)
    window.show()
    return app.exec()


def has_screen() -> bool:
    """Whether a window can be shown, or a platform was chosen on purpose (offscreen in tests)."""
    if sys.platform != "linux" or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def make_app() -> QApplication:
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

        window = self._window
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
