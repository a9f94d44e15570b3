"""Everything in the window that edits shapes that are there already, put together."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from app.ui.annotate.drawing_aids import DrawingAids
from app.ui.annotate.reshaping import Reshaping
from app.ui.annotate.retouching import Retouching
from app.ui.annotate.shape_commands import ShapeCommands
from app.ui.annotate.shape_menu import ShapeMenu

if TYPE_CHECKING:
    from app.ui.main_window import MainWindow


class Editing(QObject):
    """Drags and keys (`reshaping`), commands and their menu, brush and eraser (`retouching`), and their notices."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        view, session, notices = window.view, window.session, window.notices
        self.commands = ShapeCommands(session, self)
        self.reshaping = Reshaping(view.select_gesture, session, self.commands.slow, self)
        self.menu = ShapeMenu(view, self.commands, window.actions_, session)
        self.retouching = Retouching(view, session)
        self.aids = DrawingAids(window, self.commands.slow)
        self.reshaping.noted.connect(notices.info)
        self.commands.told.connect(notices.offer)
        self.commands.bug_met.connect(notices.error)
        self.commands.busy.connect(window.status.show_edit)
        window.drawing.cut_requested.connect(self.commands.cut)
        self.retouching.told.connect(notices.offer)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """By command id."""
        return {"edit.copy": self.copy, "edit.paste": self.paste, **self.commands.handlers(), **self.aids.handlers()}

    def copy(self) -> None:
        """The selected shapes, else what is seen."""
        if not self.commands.copy():
            QApplication.clipboard().setImage(self._window.view.grab_view())

    def paste(self) -> None:
        """Whatever was copied last: shapes onto this picture, a picture into the folder."""
        if not self.commands.paste():
            self._window.exchange.paste_picture()
