"""The slim column of buttons at the left edge of the picture: what the mouse does there."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QToolButton, QVBoxLayout, QWidget

from app.ui.actions import Actions
from app.ui.commands import GESTURES
from app.ui.icons import SIZE, icon
from app.ui.theme import tokens_for

BUTTON = 32
ICONS: dict[str, tuple[str, int]] = {
    "gesture.select": ("cursor-default-outline", 0),
    "gesture.prompt": ("creation", 0),
    "gesture.box": ("vector-square", 0),
    "gesture.rotated_box": ("vector-square", 30),
    "gesture.ellipse": ("ellipse-outline", 0),
    "gesture.polygon": ("vector-triangle", 0),
    "gesture.part": ("vector-difference-ba", 0),
    "gesture.polyline": ("vector-polyline", 0),
    "gesture.point": ("map-marker-outline", 0),
    "gesture.wire": ("magnet", 0),
    "gesture.wand": ("auto-fix", 0),
    "gesture.brush": ("brush", 0),
}
"""The file, and the angle by which it is turned."""


class GestureColumn(QFrame):
    """One button a gesture, made from the command table: its tooltip, key and state are those of the menu."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("gestures")
        self.setAccessibleName("What the mouse does on the picture")
        self._actions: dict[str, QAction] = {c.id: actions[c.id] for c in GESTURES}
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 8, 4, 8)
        column.setSpacing(2)
        for command in GESTURES:
            if command.separator:
                column.addWidget(_rule())
            column.addWidget(self._button(command.id, command.title))
        column.addStretch(1)
        self._draw_icons()

    def _button(self, command_id: str, title: str) -> QToolButton:
        button = QToolButton()
        button.setDefaultAction(self._actions[command_id])
        button.setObjectName(f"column.{command_id}")
        button.setAccessibleName(title)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        button.setAutoRaise(True)
        button.setFixedSize(BUTTON, BUTTON)
        button.setIconSize(QSize(SIZE, SIZE))
        # A click leaves the keyboard with the picture, where Enter and Backspace mean something.
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def _draw_icons(self) -> None:
        tokens = tokens_for(self.palette())
        for command_id, (name, angle) in ICONS.items():
            self._actions[command_id].setIcon(icon(name, tokens, angle))
            # In the menu, where most have none, icons would only be in the way.
            self._actions[command_id].setIconVisibleInMenu(False)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._draw_icons()


def _rule() -> QFrame:
    rule = QFrame()
    rule.setFixedHeight(9)
    rule.setProperty("rule", True)
    return rule
