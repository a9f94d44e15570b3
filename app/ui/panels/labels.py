"""The labels dock: the label list with colours and digit keys; the current one names the next shape."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QColorDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.core.document import Label
from app.core.history import Change
from app.ui.annotate.label_edits import LabelEdits
from app.ui.session import Session

NAME = Qt.ItemDataRole.UserRole


class LabelsPanel(QWidget):
    """Choose, add, rename (double click or F2), recolour labels. With shapes selected, a digit key relabels them."""

    named = Signal()
    """A name has been typed (or given up): the keyboard may go back to the picture."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("labels")
        self.setAccessibleName("Labels")
        self._session = session
        self.edits = LabelEdits(session, self)
        self._filling = False
        self._list = QListWidget()
        self._list.setObjectName("labels.list")
        self._list.setAccessibleName("Labels of the project")
        self._list.setIconSize(QSize(16, 16))
        self._list.setUniformItemSizes(True)
        self._list.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed
        )
        self._list.currentItemChanged.connect(self._on_current)
        self._list.itemChanged.connect(self._on_renamed)
        self._list.itemDelegate().closeEditor.connect(self._on_editor_closed)
        self._empty = QLabel("The first object that you keep makes the first label.")
        self._empty.setWordWrap(True)
        self._empty.setProperty("role", "muted")
        self._name = QLineEdit()
        self._name.setObjectName("labels.new")
        self._name.setAccessibleName("Name of a new label")
        self._name.setPlaceholderText("New label")
        self._name.setToolTip("Type a name and press Enter (N)")
        self._name.returnPressed.connect(self._on_new)
        self._colour = QPushButton("Colour...")
        self._colour.setObjectName("labels.colour")
        self._colour.setAccessibleName("Colour of the current label")
        self._colour.setToolTip("Give the current label another colour")
        self._colour.clicked.connect(self._on_colour)
        self._delete = QPushButton("Delete")
        self._delete.setObjectName("labels.delete")
        self._delete.setAccessibleName("Delete the current label")
        self._delete.setToolTip(
            "Delete the current label with its shapes; where other pictures have some, you are asked"
        )
        self._delete.clicked.connect(self.delete)
        line = QHBoxLayout()
        line.addWidget(self._colour, 1)
        line.addWidget(self._delete, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(8)
        layout.addWidget(self._empty)
        layout.addWidget(self._list, 1)
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
        for row in range(self._list.count()):
            item = self._list.item(row)
            if item.data(NAME) == name:
                self._list.setCurrentItem(item)
                self._list.setFocus()
                self._list.editItem(item)

    def new(self) -> None:
        """Put the cursor where a new label is named."""
        self._name.setFocus()
        self._name.selectAll()

    @Slot()
    def delete(self) -> None:
        """Take the current label away."""
        if self._session.current_label in self._session.labels:
            self.edits.delete(self._session.current_label)

    @Slot()
    def _fill(self) -> None:
        """Items are kept and changed in place: one may be open for typing, or just giving its text."""
        self._filling = True
        labels = self._session.labels.labels
        while self._list.count() > len(labels):
            self._list.takeItem(self._list.count() - 1)
        while self._list.count() < len(labels):
            self._list.addItem(_new_item())
        for row, label in enumerate(labels):
            item = self._list.item(row)
            item.setText(label.name)
            item.setIcon(_icon(label))
            item.setData(NAME, label.name)
            item.setToolTip(f"{label.name}: key {label.key}" if label.key else label.name)
        self._empty.setVisible(not labels)
        self._colour.setEnabled(bool(labels))
        self._delete.setEnabled(bool(labels))
        self._name.setEnabled(self._session.store is not None)
        self._filling = False
        self._show_current(self._session.current_label)

    @Slot(str)
    def _show_current(self, name: str) -> None:
        self._filling = True
        for row in range(self._list.count()):
            if self._list.item(row).data(NAME) == name:
                self._list.setCurrentRow(row)
        self._filling = False

    @Slot(QListWidgetItem, QListWidgetItem)
    def _on_current(self, now: QListWidgetItem | None, _: QListWidgetItem | None) -> None:
        if now is not None and not self._filling:
            self._session.choose_label(str(now.data(NAME)))

    @Slot(QListWidgetItem)
    def _on_renamed(self, item: QListWidgetItem) -> None:
        if self._filling:
            return
        old, new = str(item.data(NAME)), item.text().strip()
        if new != old:
            self.edits.rename(old, new)
        if item.text() != item.data(NAME):  # refused, or asked first whether two labels are to be one
            self._fill()

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

    @Slot()
    def _on_colour(self) -> None:
        from app.core.edits import recolour_label

        label = self._session.labels.get(self._session.current_label)
        if label is None:
            return
        colour = QColorDialog.getColor(QColor(label.colour), self, f"Colour of {label.name}")
        if colour.isValid():
            labels = recolour_label(self._session.labels, label.name, colour.name())
            self._session.edit(Change(f"Colour of {label.name}", (), (self._session.labels, labels)))


def _new_item() -> QListWidgetItem:
    item = QListWidgetItem()
    item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
    item.setSizeHint(QSize(80, 28))
    return item


def _icon(label: Label) -> QIcon:
    """A square of the label's colour with its digit on it."""
    from app.ui.look.theme import ink_on

    pixmap = QPixmap(32, 32)
    pixmap.setDevicePixelRatio(2)
    pixmap.fill(QColor(label.colour))
    if label.key is not None:
        painter = QPainter(pixmap)
        painter.setPen(QColor(ink_on(label.colour)))
        painter.drawText(0, 0, 16, 16, Qt.AlignmentFlag.AlignCenter, str(label.key))
        painter.end()
    icon = QIcon(pixmap)
    icon.addPixmap(pixmap, QIcon.Mode.Selected)  # or the style tints it with the selection's colour
    return icon
