"""Notices: a quiet strip above the picture, with its remedy as a button. Old ones are in the log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

Level = Literal["info", "warning", "error"]
GO_AWAY_MS = 8000


class Notices(QFrame):
    """Shows the newest notice. Information goes away by itself; warnings and errors stay until they are closed."""

    logged = Signal(str, str, str)
    """(level, sentence, details) Every notice, for the log."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notices")
        self.setAccessibleName("Notice")
        self._text = QLabel()
        self._text.setObjectName("notices.text")
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._action = QPushButton()
        self._action.setObjectName("notices.action")
        self._action.setAccessibleName("Remedy")
        self._action.setToolTip("Remedy")
        self._action.clicked.connect(self._on_action)
        self._close = QToolButton()
        self._close.setObjectName("notices.close")
        self._close.setAccessibleName("Close the notice")
        self._close.setToolTip("Close the notice; the log keeps it (F12)")
        self._close.setText("✕")
        self._close.setAutoRaise(True)
        self._close.clicked.connect(self.hide)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 8, 8, 8)
        layout.addWidget(self._text, 1)
        layout.addWidget(self._action)
        layout.addWidget(self._close)
        self._remedy: Callable[[], object] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(GO_AWAY_MS)
        self._timer.timeout.connect(self.hide)
        self.hide()

    @property
    def text(self) -> str:
        """The sentence that is shown, "" for none."""
        return self._text.text() if not self.isHidden() else ""

    @Slot(str)
    def info(self, sentence: str) -> None:
        self.say("info", sentence)

    @Slot(str, str, object)
    def offer(self, sentence: str, action: str, remedy: Callable[[], object] | None) -> None:
        """Information with something that can be done about it; without an ``action`` it goes away by itself."""
        self.say("info", sentence, "", action, remedy)

    @Slot(str, str, object)
    def ask(self, sentence: str, action: str, remedy: Callable[[], object]) -> None:
        """Say what would be done; it is done at the button, and closing the notice leaves all as it is."""
        self.say("warning", sentence, "", action, remedy)

    def warn(self, sentence: str, details: str = "") -> None:
        self.say("warning", sentence, details)

    @Slot(str)
    def error(self, sentence: str, details: str = "") -> None:
        self.say("error", sentence, details)

    def say(
        self,
        level: Level,
        sentence: str,
        details: str = "",
        action: str = "",
        remedy: Callable[[], object] | None = None,
    ) -> None:
        """Show a sentence, with a button ``action`` that calls ``remedy``."""
        self._text.setText(sentence)
        self.setProperty("level", level)
        self.style().unpolish(self)
        self.style().polish(self)
        self._remedy = remedy
        self._action.setText(action)
        self._action.setAccessibleName(action)
        self._action.setToolTip(action)
        self._action.setVisible(bool(action))
        self.show()
        if level == "info" and not action:
            self._timer.start()
        else:
            self._timer.stop()
        self.logged.emit(level, sentence, details)

    @Slot()
    def _on_action(self) -> None:
        self.hide()
        if self._remedy is not None:
            self._remedy()
