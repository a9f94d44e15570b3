"""The sheet of keys, and the editor in which they are changed."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QFormLayout,
    QGroupBox,
    QHBoxLayout,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.ui.commands.actions import MENUS, Actions
from app.ui.commands.catalogue import COMMANDS
from app.ui.dialog_parts import close_buttons

COMMAND = Qt.ItemDataRole.UserRole
MOUSE = (
    ("Wheel", "Zoom at the pointer"),
    ("Space + drag, middle drag", "Move the picture"),
    ("Alt + wheel", "Brush size"),
    ("Ctrl + wheel", "Tolerance of the wand"),
    ("Click", "On the object, or select a shape with its group"),
    ("Click again, Alt + click", "The shape below, or one of a group"),
    ("Right click, Ctrl + click", "Not on the object"),
    ("Drag", "Box around the object, or select many"),
    ("Shift (held)", "Preview under the pointer"),
    ("H (held)", "Hide everything over the picture"),
    ("G (held)", "Dim all but the selection"),
    ("Ctrl (held)", "Snap, or not, while drawing"),
    ("Shift + click", "Follow a neighbour's border"),
)


def shown(keys: tuple[str, ...]) -> str:
    """Keys as this desktop writes them."""
    return "  or  ".join(QKeySequence(k).toString(QKeySequence.SequenceFormat.NativeText) for k in keys)


class KeySheet(QDialog):
    """All keys at a glance, by menu, and what the mouse does."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("key_sheet")
        self.setWindowTitle("Keys")
        keys = actions.keys()
        columns = [QVBoxLayout() for _ in range(3)]
        groups = [(m, [(c.title, shown(keys[c.id])) for c in COMMANDS if c.menu == m and keys[c.id]]) for m in MENUS]
        groups = [("Mouse on the picture", [(b, a) for a, b in MOUSE]), *groups]
        rows_in = [0, 0, 0]
        for name, rows in groups:
            if not rows:
                continue
            column = rows_in.index(min(rows_in))
            box = QGroupBox(name)
            form = QFormLayout(box)
            form.setHorizontalSpacing(16)
            for title, key in rows:
                label = QLabel(key)
                label.setProperty("role", "muted")
                form.addRow(title.rstrip("."), label)
            columns[column].addWidget(box)
            rows_in[column] += len(rows) + 2
        inner = QWidget()
        line = QHBoxLayout(inner)
        line.setSpacing(16)
        for stack in columns:
            stack.setSpacing(16)
            stack.addStretch(1)
            line.addLayout(stack)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(inner)
        layout = QVBoxLayout(self)
        layout.addWidget(area)
        layout.addWidget(close_buttons(self))
        self.resize(1180, 680)


class KeyEditor(QDialog):
    """Pick a command, press the keys for it. Keys that another command has are refused, with its name."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("key_editor")
        self.setWindowTitle("Change keys")
        self._actions = actions
        self._search = QLineEdit()
        self._search.setObjectName("key_editor.search")
        self._search.setAccessibleName("Find a command")
        self._search.setPlaceholderText("Find a command")
        self._search.textChanged.connect(self._on_search)
        self.tree = QTreeWidget()
        self.tree.setObjectName("key_editor.tree")
        self.tree.setAccessibleName("Commands and their keys")
        self.tree.setHeaderLabels(["Command", "Keys"])
        self.tree.setRootIsDecorated(False)
        self.tree.itemSelectionChanged.connect(self._on_selected)
        self.edit = QKeySequenceEdit()
        self.edit.setObjectName("key_editor.edit")
        self.edit.setAccessibleName("New keys")
        self.edit.setMaximumSequenceLength(1)
        self._set = self._button("set", "Set", "Give the selected command these keys", self._on_set)
        self._clear = self._button("clear", "No keys", "Take the selected command's keys away", self._on_clear)
        self._default = self._button("default", "Default", "The selected command's keys as they were", self._on_default)
        self._all = self._button("reset", "Reset all", "Every command's keys as they were", self._on_reset)
        self.problem = QLabel()
        self.problem.setObjectName("key_editor.problem")
        self.problem.setProperty("role", "error")
        self.problem.setWordWrap(True)
        line = QHBoxLayout()
        line.addWidget(self.edit, 1)
        for button in (self._set, self._clear, self._default, self._all):
            line.addWidget(button)
        layout = QVBoxLayout(self)
        layout.addWidget(self._search)
        layout.addWidget(self.tree, 1)
        layout.addLayout(line)
        layout.addWidget(self.problem)
        layout.addWidget(close_buttons(self))
        self.resize(640, 560)
        self._fill()

    def _button(self, name: str, text: str, tip: str, slot: object) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(f"key_editor.{name}")
        button.setAccessibleName(text)
        button.setToolTip(tip)
        button.setAutoDefault(False)
        button.clicked.connect(slot)
        return button

    def _fill(self) -> None:
        chosen = self._chosen()
        keys = self._actions.keys()
        self.tree.clear()
        for command in COMMANDS:
            if command.fixed:
                continue
            item = QTreeWidgetItem([f"{command.menu}: {command.title.rstrip('.')}", shown(keys[command.id])])
            item.setData(0, COMMAND, command.id)
            item.setToolTip(0, command.help)
            self.tree.addTopLevelItem(item)
            if command.id == chosen:
                self.tree.setCurrentItem(item)
        self.tree.resizeColumnToContents(0)
        self._on_search(self._search.text())
        self._on_selected()

    def _chosen(self) -> str | None:
        items = self.tree.selectedItems()
        return str(items[0].data(0, COMMAND)) if items else None

    @Slot(str)
    def _on_search(self, text: str) -> None:
        words = text.casefold().split()
        for i in range(self.tree.topLevelItemCount()):
            item = self.tree.topLevelItem(i)
            if item is not None:
                within = f"{item.text(0)} {item.text(1)}".casefold()
                item.setHidden(not all(word in within for word in words))

    @Slot()
    def _on_selected(self) -> None:
        chosen = self._chosen()
        self.edit.setKeySequence(QKeySequence(self._actions.keys()[chosen][0]) if chosen and self._keys() else "")
        for button in (self._set, self._clear, self._default):
            button.setEnabled(chosen is not None)
        self.problem.clear()

    def _keys(self) -> tuple[str, ...]:
        chosen = self._chosen()
        return self._actions.keys()[chosen] if chosen else ()

    def _give(self, keys: tuple[str, ...]) -> None:
        chosen = self._chosen()
        if chosen is None:
            return
        holder = self._actions.set_keys(chosen, keys)
        if holder is not None:
            self.problem.setText(f"{shown(keys)} belongs to “{holder}”. Take it away there first, or choose others.")
            return
        self._fill()

    @Slot()
    def _on_set(self) -> None:
        text = self.edit.keySequence().toString(QKeySequence.SequenceFormat.PortableText)
        self._give((text,) if text else ())

    @Slot()
    def _on_clear(self) -> None:
        self._give(())

    @Slot()
    def _on_default(self) -> None:
        chosen = self._chosen()
        self._give(next(c.keys for c in COMMANDS if c.id == chosen))

    @Slot()
    def _on_reset(self) -> None:
        self._actions.reset_keys()
        self._fill()
