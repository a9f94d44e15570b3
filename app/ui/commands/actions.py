"""The command table as Qt actions, with the person's own keys."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from app.io.preferences import Preferences
from app.ui.commands.catalogue import COMMANDS, GESTURES, OVERLAPS, Command, find_conflict

MENUS = ("File", "Edit", "View", "Draw", "Shape", "Tools", "Label", "Review", "Models", "Help")
EXCLUSIVE = (tuple(c.id for c in GESTURES), ("view.annotate", "view.analyse"))


class Actions:
    """One QAction a command. Keys are kept in the preferences, as overrides of the defaults."""

    def __init__(self, window: QMainWindow, preferences: Preferences) -> None:
        self._window, self._preferences = window, preferences
        self._by_id: dict[str, QAction] = {}
        for command in COMMANDS:
            action = QAction(command.title, window)
            action.setObjectName(f"action.{command.id}")
            action.setCheckable(command.checkable)
            window.addAction(action)
            self._by_id[command.id] = action
        for group_ids in (*EXCLUSIVE, OVERLAPS):
            group = QActionGroup(window)
            for command_id in group_ids:
                self._by_id[command_id].setCheckable(True)
                group.addAction(self._by_id[command_id])
        self.apply_keys()

    def __getitem__(self, command_id: str) -> QAction:
        return self._by_id[command_id]

    def connect(self, handlers: dict[str, Callable[[], object]]) -> None:
        """What each command does. Raises KeyError for an id that is not in the table."""
        for command_id, handler in handlers.items():
            self._by_id[command_id].triggered.connect(_Handler(handler))

    def keys(self) -> dict[str, tuple[str, ...]]:
        """The keys in force by command id."""
        own = self._preferences.get("keys", {})
        return {c.id: tuple(own.get(c.id, c.keys)) if not c.fixed else c.keys for c in COMMANDS}

    def set_keys(self, command_id: str, keys: tuple[str, ...]) -> str | None:
        """Give a command other keys; refused (the title of who has them) when one is taken."""
        now = self.keys()
        for key in keys:
            holder = find_conflict(now, command_id, key)
            if holder is not None:
                return next(c.title for c in COMMANDS if c.id == holder)
        own = dict(self._preferences.get("keys", {}))
        default = next(c.keys for c in COMMANDS if c.id == command_id)
        own.pop(command_id, None)
        if keys != default:
            own[command_id] = list(keys)
        self._preferences.set("keys", own)
        self.apply_keys()
        return None

    def reset_keys(self) -> None:
        self._preferences.remove("keys")
        self.apply_keys()

    def apply_keys(self) -> None:
        keys = self.keys()
        for command in COMMANDS:
            action, mine = self._by_id[command.id], keys[command.id]
            if not command.fixed:
                action.setShortcuts([QKeySequence(k) for k in mine])
            action.setToolTip(_tip(command, mine))
            action.setStatusTip(command.help)

    def fill_menus(self) -> None:
        bar = self._window.menuBar()
        menus: dict[str, QMenu] = {}
        for name in MENUS:
            menus[name] = bar.addMenu(f"&{name}")
            menus[name].setObjectName(f"menu.{name}")
            menus[name].setToolTipsVisible(True)
        for command in COMMANDS:
            if command.menu not in menus:
                above, name = command.menu.split("/")
                menus[command.menu] = menus[above].addMenu(name)
                menus[command.menu].setObjectName(f"menu.{command.menu}")
                menus[command.menu].setToolTipsVisible(True)
            if command.separator:
                menus[command.menu].addSeparator()
            menus[command.menu].addAction(self._by_id[command.id])


class _Handler:
    """Calls without the `checked` flag that QAction sends along."""

    def __init__(self, handler: Callable[[], object]) -> None:
        self._handler = handler

    def __call__(self, *_: object) -> None:
        self._handler()


def _tip(command: Command, keys: tuple[str, ...]) -> str:
    shown = " or ".join(QKeySequence(k).toString(QKeySequence.SequenceFormat.NativeText) for k in keys)
    words = command.help or command.title.rstrip(".")
    return f"{words} ({shown})" if shown else words
