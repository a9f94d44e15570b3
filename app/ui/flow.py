"""What leads from picture to picture and from step to step, put together: history, review, comments, statistics."""

from __future__ import annotations

import csv
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QFileDialog, QMenu

from app.core.errors import FoveaError
from app.core.statistics import as_text
from app.io.atomic import replacing
from app.ui.annotate.reviewing import Reviewing
from app.ui.panels.history import HistoryPanel
from app.ui.panels.statistics import StatisticsPanel
from app.ui.projects.going import Going
from app.ui.projects.time_travel import TimeTravel
from app.ui.viewers.keep_view import KeepView
from app.ui.workspaces import RIGHT

if TYPE_CHECKING:
    from app.ui.main_window import MainWindow

PANELS = ("review", "history", "statistics")


class Flow(QObject):
    """Docks that are hidden at first, and what their commands do. A child of the window, so that it lives and dies with
    it."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        session = window.session
        self.travel = TimeTravel(session, self)
        self.travel.busy.connect(window.status.show_travel)
        self.history = HistoryPanel(session)
        self.history.chosen.connect(self.travel.go_to)
        self.going = Going(window.files, session, self)
        self.going.noted.connect(window.notices.info)
        self.reviewing = Reviewing(window, self.going.step_on)
        window.workspaces.add("review", "Review", RIGHT, self.reviewing.panel)
        window.workspaces.add("history", "History", RIGHT, self.history)
        self.statistics = StatisticsPanel(session, window.files)
        self.statistics.wanted.connect(self._list)
        self.statistics.save_asked.connect(self._save_statistics)
        window.workspaces.add("statistics", "Statistics", RIGHT, self.statistics)
        window.workspaces.docks["statistics"].visibilityChanged.connect(self.statistics.set_seen)
        self.kept = KeepView(window.view)
        for what in ("place", "window"):
            window.actions_[f"view.keep_{what}"].setChecked(bool(window.preferences.get(f"keep.{what}", False)))
        self._keep()
        self._menu = window.findChild(QMenu, "menu.View/Panels")
        if self._menu is not None:
            self._menu.aboutToShow.connect(self._fill_panels)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """By command id."""
        toggle = self._window.workspaces.toggle
        shown: dict[str, Callable[[], object]] = {f"view.{name}": partial(toggle, name) for name in PANELS}
        shown |= {"view.keep_place": self._keep, "view.keep_window": self._keep}
        return {**shown, **self.reviewing.handlers(), **self.going.handlers()}

    @Slot(str, str)
    def _list(self, section: str, key: str) -> None:
        """List the pictures of a row of the statistics."""
        bar = self._window.files.bar
        self._window.workspaces.reveal("files")
        if section == "Labels":
            bar.show_label(key)
        elif section == "Authors":
            bar.show_author(key)
        else:
            bar.show_state(key)

    @Slot()
    def _save_statistics(self) -> None:
        start = str((self._window.session.root or Path()) / "statistics.csv")
        chosen, _ = QFileDialog.getSaveFileName(self._window, "Save the statistics", start, "Tables (*.csv)")
        if not chosen:
            return
        file = Path(chosen if Path(chosen).suffix else f"{chosen}.csv")
        try:
            with replacing(file) as temporary, temporary.open("w", encoding="utf-8", newline="") as opened:
                csv.writer(opened).writerows(as_text(self.statistics.rows))
        except FoveaError as error:
            self._window.notices.error(str(error))
        else:
            self._window.notices.info(f"The statistics are in {file}.")

    def _keep(self) -> None:
        actions, preferences = self._window.actions_, self._window.preferences
        self.kept.place = actions["view.keep_place"].isChecked()
        self.kept.window = actions["view.keep_window"].isChecked()
        preferences.set("keep.place", self.kept.place)
        preferences.set("keep.window", self.kept.window)

    @Slot()
    def _fill_panels(self) -> None:
        assert self._menu is not None
        taken = self._window.actions_.keys()
        known = {name: taken.get(f"view.{name}") or () for name in self._window.workspaces.docks}
        known["log"] = taken["help.log"]
        native = QKeySequence.SequenceFormat.NativeText
        keys = {name: QKeySequence(found[0]).toString(native) for name, found in known.items() if found}
        self._window.workspaces.fill_menu(self._menu, keys)
