"""The slim column of buttons at the left edge of the picture: what the mouse does there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt, Slot
from PySide6.QtGui import QAction, QIcon
from PySide6.QtWidgets import QFrame, QToolButton, QVBoxLayout, QWidget

from app.ui.actions import Actions
from app.ui.commands import GESTURES
from app.ui.theme import Tokens, tokens_for

if TYPE_CHECKING:
    from qtawesome import IconicFont

BUTTON, ICON = 32, 20
ICONS: dict[str, tuple[str, int]] = {
    "gesture.select": ("cursor-default-outline", 0),
    "gesture.prompt": ("creation", 0),
    "gesture.box": ("vector-square", 0),
    "gesture.rotated_box": ("vector-square", 30),
    "gesture.ellipse": ("ellipse-outline", 0),
    "gesture.polygon": ("vector-polygon-variant", 0),
    "gesture.part": ("vector-difference-ba", 0),
    "gesture.polyline": ("vector-polyline", 0),
    "gesture.point": ("map-marker-outline", 0),
    "gesture.wire": ("magnet", 0),
    "gesture.wand": ("auto-fix", 0),
    "gesture.brush": ("brush", 0),
}
"""Of the Material Design Icons: the name, and the angle by which it is turned."""


class GestureColumn(QFrame):
    """One button a gesture, made from the command table: its tooltip, key and state are those of the menu."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("gestures")
        self.setAccessibleName("What the mouse does on the picture")
        self._actions: dict[str, QAction] = {c.id: actions[c.id] for c in GESTURES}
        self._font: IconicFont | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 8, 4, 8)
        column.setSpacing(2)
        for command in GESTURES:
            if command.separator:
                column.addWidget(_rule())
            column.addWidget(self._button(command.id, command.title))
        column.addStretch(1)

    def _button(self, command_id: str, title: str) -> QToolButton:
        button = QToolButton()
        button.setDefaultAction(self._actions[command_id])
        button.setObjectName(f"column.{command_id}")
        button.setAccessibleName(title)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        button.setAutoRaise(True)
        button.setFixedSize(BUTTON, BUTTON)
        button.setIconSize(QSize(ICON, ICON))
        # A click leaves the keyboard with the picture, where Enter and Backspace mean something.
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    @Slot()
    def load_icons(self) -> None:
        """Give the buttons their icons: after the first paint, because the icon font takes a moment to load."""
        # One of the dozen icon fonts that qtawesome brings, and not all of them.
        from qtawesome import _BUNDLED_FONTS, IconicFont

        self._font = IconicFont(*(font for font in _BUNDLED_FONTS if font[0] == "mdi6"))
        self._draw_icons()

    def _draw_icons(self) -> None:
        if self._font is None:
            return
        tokens = tokens_for(self.palette())
        for command_id, (name, angle) in ICONS.items():
            action = self._actions[command_id]
            action.setIcon(_icon(self._font, f"mdi6.{name}", angle, tokens))
            # In the menu, where most have none, icons would only be in the way.
            action.setIconVisibleInMenu(False)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._draw_icons()


def _rule() -> QFrame:
    rule = QFrame()
    rule.setFixedHeight(9)
    rule.setProperty("rule", True)
    return rule


def _icon(font: IconicFont, name: str, angle: int, tokens: Tokens) -> QIcon:
    return QIcon(
        font.icon(name, rotated=angle, color=tokens.text, color_disabled=tokens.disabled, color_on=tokens.accent)
    )
