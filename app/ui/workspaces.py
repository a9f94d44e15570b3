"""The docks around the picture, and the two arrangements of them that a person switches between."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QByteArray, QSettings, Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QMenu, QWidget

from app.core import paths
from app.io.preferences import Preferences

SHOWN = {
    "annotate": {"files", "labels", "shapes", "attributes"},
    "analyse": {"files", "tools", "layers"},
}
LEFT, RIGHT, BOTTOM = (
    Qt.DockWidgetArea.LeftDockWidgetArea,
    Qt.DockWidgetArea.RightDockWidgetArea,
    Qt.DockWidgetArea.BottomDockWidgetArea,
)
BEHIND = {"history": "shapes", "review": "shapes", "statistics": "shapes"}
"""Docks that begin as tabs behind another one."""
NARROW, MIDDLE, WIDE = 248, 272, 368
TALL, LOW = 640, 128


class Workspaces:
    """Each workspace remembers which docks it shows, where and how large, over restarts too."""

    def __init__(self, window: QMainWindow, preferences: Preferences) -> None:
        self._window, self._preferences = window, preferences
        self.docks: dict[str, QDockWidget] = {}
        window.setDockOptions(QMainWindow.DockOption.AnimatedDocks | QMainWindow.DockOption.AllowTabbedDocks)

    def add(self, name: str, title: str, area: Qt.DockWidgetArea, widget: QWidget) -> None:
        dock = QDockWidget(title, self._window)
        dock.setObjectName(f"dock.{name}")
        dock.setAccessibleName(title)
        dock.setWidget(widget)
        self._window.addDockWidget(area, dock)
        dock.hide()  # until an arrangement shows it: a remembered one may be older than the dock
        self.docks[name] = dock

    def fill_menu(self, menu: QMenu, keys: Mapping[str, str]) -> None:
        """An entry for each dock, checked while it is shown, with the key that shows it where there is one."""
        menu.clear()
        for name, dock in self.docks.items():
            action = dock.toggleViewAction()
            action.setText(f"{dock.windowTitle()}\t{keys.get(name, '')}".rstrip())
            action.setToolTip(f"Show or hide the panel {dock.windowTitle()}")
            menu.addAction(action)

    @property
    def current(self) -> str:
        name = str(self._preferences.get("workspace", "annotate"))
        return name if name in SHOWN else "annotate"

    def show(self, name: str) -> None:
        """Change over; how the one before was arranged is remembered."""
        settings = self._settings()
        settings.setValue(f"layout/{self.current}", self._window.saveState())
        self._preferences.set("workspace", name)
        self._restore_docks(settings)

    def reveal(self, name: str) -> None:
        """Show one dock, in front of those that it is tabbed with."""
        self.docks[name].show()
        self.docks[name].raise_()

    def toggle(self, name: str) -> None:
        """Hide a dock that is seen; show it if it is hidden, or behind another tab."""
        if not self.docks[name].visibleRegion().isEmpty():
            self.docks[name].hide()
        else:
            self.reveal(name)

    def reset(self) -> None:
        """Every dock of every workspace back to where it was at first."""
        self._settings().remove("layout")
        self._arrange()

    def restore(self) -> None:
        """What was remembered when the window was last closed."""
        settings = self._settings()
        geometry = settings.value("geometry")
        if isinstance(geometry, QByteArray):
            self._window.restoreGeometry(geometry)
        self._restore_docks(settings)

    def save(self) -> None:
        settings = self._settings()
        settings.setValue("geometry", self._window.saveGeometry())
        settings.setValue(f"layout/{self.current}", self._window.saveState())

    def _restore_docks(self, settings: QSettings) -> None:
        self._arrange()
        state = settings.value(f"layout/{self.current}")
        if isinstance(state, QByteArray):
            self._window.restoreState(state)

    def _arrange(self) -> None:
        """The arrangement that a workspace begins with."""
        areas = {"files": LEFT, "labels": LEFT, "log": BOTTOM}
        for name, dock in self.docks.items():
            dock.setFloating(False)
            self._window.removeDockWidget(dock)
            self._window.addDockWidget(areas.get(name, RIGHT), dock)
            dock.setVisible(name in SHOWN[self.current])
        for name, front in BEHIND.items():
            if name in self.docks:
                self._window.tabifyDockWidget(self.docks[front], self.docks[name])
        docks, analysing = self.docks, self.current == "analyse"
        right = docks["tools" if analysing else "shapes"]
        width = WIDE if analysing else MIDDLE
        self._window.resizeDocks([docks["files"], right], [NARROW, width], Qt.Orientation.Horizontal)
        column = [docks["tools"], docks["layers"]] if analysing else [docks["files"], docks["labels"]]
        self._window.resizeDocks(column, [TALL, LOW if analysing else 3 * LOW], Qt.Orientation.Vertical)
        if not analysing:
            self._window.resizeDocks([right, docks["attributes"]], [9, 5], Qt.Orientation.Vertical)

    @staticmethod
    def _settings() -> QSettings:
        return QSettings(str(paths.user_config_dir() / "window.ini"), QSettings.Format.IniFormat)
