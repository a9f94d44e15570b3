"""The labels dock: the label list with colours and digit keys; the current one names the next shape."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import QAction, QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QColorDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.core.history import Change
from app.ui.annotate.label_edits import LabelEdits
from app.ui.labels.tree import NAME, LabelTree
from app.ui.session import Session


class LabelsPanel(QWidget):
    """Choose, add, rename (F2), edit (double click) labels. With shapes selected, a digit key relabels them."""

    named = Signal()
    """A name has been typed (or given up): the keyboard may go back to the picture."""
    editor_requested = Signal(str)
    """This label is to be shown in the editor."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("labels")
        self.setAccessibleName("Labels")
        self._session = session
        self.edits = LabelEdits(session, self)
        self.list = LabelTree("labels.list", "Labels of the project")
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._on_menu)
        self.list.currentItemChanged.connect(self._on_current)
        self.list.itemChanged.connect(self._on_renamed)
        self.list.itemDoubleClicked.connect(self._on_double_click)
        self.list.itemDelegate().closeEditor.connect(self._on_editor_closed)
        self._empty = QLabel("The first object that you keep makes the first label.")
        self._empty.setWordWrap(True)
        self._empty.setProperty("role", "muted")
        self._name = QLineEdit()
        self._name.setObjectName("labels.new")
        self._name.setAccessibleName("Name of a new label")
        self._name.setPlaceholderText("New label")
        self._name.setToolTip("Type a name and press Enter (N)")
        self._name.returnPressed.connect(self._on_new)
        self._edit = _button("labels.edit", "Edit...", "Edit the current label: name, colour, kinds, attributes...")
        self._edit.clicked.connect(self.edit)
        self._delete = _button(
            "labels.delete",
            "Delete",
            "Delete the current label with its shapes; where other pictures have some, you are asked",
        )
        self._delete.clicked.connect(self.delete)
        self.menu = QMenu(self)
        self.menu.setObjectName("menu.labels")
        line = QHBoxLayout()
        line.addWidget(self._edit, 1)
        line.addWidget(self._delete, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(8)
        layout.addWidget(self._empty)
        layout.addWidget(self.list, 1)
        layout.addWidget(self._name)
        layout.addLayout(line)
        session.labels_changed.connect(self._fill)
        session.project_changed.connect(self._fill)
        session.label_chosen.connect(self._show_current)
        self._fill()

    def use(self, key: int) -> None:
        """The label with that digit: for the selected shapes, and for the next one."""
        label = self._session.labels.for_key(key)
        if label is None:
            return
        if self._session.selection:
            self._session.relabel_selected(label.name)
        self._session.choose_label(label.name)

    def edit_name(self, name: str) -> None:
        """Open the name of a label for typing."""
        item = self.list.item_of(name)
        if item is not None:
            self.list.setCurrentItem(item)
            self.list.setFocus()
            self.list.editItem(item)

    def new(self) -> None:
        """Put the cursor where a new label is named."""
        self._name.setFocus()
        self._name.selectAll()

    @Slot()
    def edit(self) -> None:
        """Show the current label in the editor."""
        self.editor_requested.emit(self._session.current_label)

    @Slot()
    def delete(self) -> None:
        """Take the current label away."""
        if self._session.current_label in self._session.labels:
            self.edits.delete(self._session.current_label)

    @Slot()
    def _fill(self) -> None:
        labels = self._session.labels
        self.list.show_labels(labels, editable=True)
        self._empty.setVisible(not labels.labels)
        self._edit.setEnabled(bool(labels.labels))
        self._delete.setEnabled(bool(labels.labels))
        self._name.setEnabled(self._session.store is not None)
        self._show_current(self._session.current_label)

    @Slot(str)
    def _show_current(self, name: str) -> None:
        self.list.choose(name)

    @Slot()
    def _on_current(self) -> None:
        if name := self.list.current:
            self._session.choose_label(name)

    @Slot(QTreeWidgetItem, int)
    def _on_double_click(self, item: QTreeWidgetItem, _: int) -> None:
        self.editor_requested.emit(str(item.data(0, NAME)))

    @Slot(QTreeWidgetItem, int)
    def _on_renamed(self, item: QTreeWidgetItem, _: int) -> None:
        old, new = str(item.data(0, NAME)), item.text(0).strip()
        if new != old:
            self.edits.rename(old, new)
        if item.text(0) != item.data(0, NAME):  # refused, under way, or asked whether two labels are to be one
            self._fill()

    @Slot(QPoint)
    def _on_menu(self, at: QPoint) -> None:
        item = self.list.itemAt(at)
        if item is None:
            return
        name = str(item.data(0, NAME))
        self.menu.clear()
        for title, act in (
            ("Edit...", lambda: self.editor_requested.emit(name)),
            ("Rename", lambda: self.edit_name(name)),
            ("Colour...", lambda: self._ask_colour(name)),
            ("Delete", lambda: self.edits.delete(name)),
        ):
            action = QAction(title, self.menu)
            action.triggered.connect(act)
            self.menu.addAction(action)
        self.menu.popup(self.list.viewport().mapToGlobal(at))

    @Slot()
    def _on_new(self) -> None:
        name = self._name.text().strip()
        if name:
            self._session.add_label(name)
            self._name.clear()
        self.named.emit()

    @Slot()
    def _on_editor_closed(self) -> None:
        self.named.emit()

    def _ask_colour(self, name: str) -> None:
        from app.core.edits import recolour_label

        label = self._session.labels.get(name)
        if label is None:
            return
        colour = QColorDialog.getColor(QColor(label.colour), self, f"Colour of {label.name}")
        if colour.isValid():
            labels = recolour_label(self._session.labels, label.name, colour.name())
            self._session.edit(Change(f"Colour of {label.name}", (), (self._session.labels, labels)))


def _button(name: str, title: str, help_: str) -> QPushButton:
    made = QPushButton(title)
    made.setObjectName(name)
    made.setAccessibleName(help_.split(":")[0].split(";")[0])
    made.setToolTip(help_)
    return made
