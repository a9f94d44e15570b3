"""The slim column of buttons at the left edge of the picture: what the mouse does there."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QFrame, QToolButton, QWidget

from app.ui.commands.actions import Actions
from app.ui.commands.catalogue import GESTURES
from app.ui.look.icons import SIZE, icon
from app.ui.look.theme import tokens_for

BUTTON = 32
SIDE, END, GAP = 4, 8, 2
FEWEST = 4
"""So many buttons, one below the other, are the least height that the column asks for."""

ICONS: dict[str, tuple[str, int]] = {
    "gesture.select": ("cursor-default-outline", 0),
    "gesture.prompt": ("creation", 0),
    "gesture.box": ("vector-square", 0),
    "gesture.rotated_box": ("vector-square", 30),
    "gesture.ellipse": ("ellipse-outline", 0),
    "gesture.polygon": ("vector-triangle", 0),
    "gesture.part": ("vector-difference-ba", 0),
    "gesture.knife": ("knife", 0),
    "gesture.polyline": ("vector-polyline", 0),
    "gesture.point": ("map-marker-outline", 0),
    "gesture.skeleton": ("skeleton", 0),
    "gesture.wire": ("magnet", 0),
    "gesture.wand": ("auto-fix", 0),
    "gesture.brush": ("brush", 0),
    "gesture.erase": ("eraser", 0),
}
"""The file, and the angle by which it is turned."""


class GestureColumn(QFrame):
    """One button a gesture, made from the command table: its tooltip, key and state are those of the menu."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("gestures")
        self.setAccessibleName("What the mouse does on the picture")
        self._actions: dict[str, QAction] = {c.id: actions[c.id] for c in GESTURES}
        self._parts: list[QToolButton | QFrame] = []
        for command in GESTURES:
            if command.separator:
                self._parts.append(_rule(self))
            self._parts.append(self._button(command.id, command.title))
        self._place()
        self._draw_icons()

    def minimumSizeHint(self) -> QSize:
        return QSize(BUTTON + 2 * SIDE, 2 * END + FEWEST * (BUTTON + GAP))

    def sizeHint(self) -> QSize:
        return self.minimumSizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        """One below the other; in a window that is not high enough what does not fit goes on beside."""
        x, y = SIDE, END
        for part in self._parts:
            if y > END and y + part.height() > self.height() - END:
                x, y = x + BUTTON + GAP, END
            rule = not isinstance(part, QToolButton)
            part.setVisible(not rule or y > END)
            if part.isVisibleTo(self):
                part.move(x, y)
                y += part.height() + GAP
        self.setFixedWidth(x + BUTTON + SIDE)

    def _button(self, command_id: str, title: str) -> QToolButton:
        button = QToolButton(self)
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


def _rule(parent: QWidget) -> QFrame:
    rule = QFrame(parent)
    rule.setFixedSize(BUTTON, 9)
    rule.setProperty("rule", True)
    return rule
