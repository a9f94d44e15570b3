"""The editor's first page: name, colour, key, aliases, the label above, the kinds of shapes that are allowed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import (
    QCheckBox,
    QColorDialog,
    QComboBox,
    QGridLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.core.convert import KINDS
from app.core.labels import Label, LabelList
from app.ui.labels.parts import Rows, listed, muted

KIND_HELP = "Shapes may be of the kinds that are checked; of any kind while none is."
DIGITS = range(1, 10)


class GeneralPage(QWidget):
    """Shows a label and gives it back as it was changed."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colour = "#000000"
        self.name, self._aliases = QLineEdit(), QLineEdit()
        self._aliases.setPlaceholderText("none")
        self._swatch = QPushButton()
        self._swatch.setAutoDefault(False)
        self._swatch.clicked.connect(self._on_colour)
        self._key, self._parent = QComboBox(), QComboBox()
        self._key.addItem("none", None)
        for digit in DIGITS:
            self._key.addItem(str(digit), digit)
        self.rows = Rows("label_editor")
        self.rows.add("name", "Name", self.name, "What shapes of it are called")
        self.rows.add("colour", "Colour", self._swatch, "Choose another colour")
        self.rows.add("key", "Digit key", self._key, "The key that gives this label")
        self.rows.add("aliases", "Aliases", self._aliases, "Other names that mean it, with commas between them")
        self.rows.add("parent", "Below", self._parent, "The label that this one is a kind of")
        self._kinds: dict[str, QCheckBox] = {}
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(0)
        for n, kind in enumerate(KINDS):
            box = QCheckBox(kind.replace("_", " ").capitalize())
            box.setObjectName(f"label_editor.kind.{kind}")
            box.setAccessibleName(f"{box.text()} allowed")
            box.setToolTip(KIND_HELP)
            box.setMinimumHeight(24)
            box.clicked.connect(self._on_changed)
            self._kinds[kind] = box
            grid.addWidget(box, n // 2, n % 2)
        kinds = QWidget()
        column = QVBoxLayout(kinds)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(grid)
        column.addWidget(muted(KIND_HELP))
        self.rows.add("kinds", "Kinds of shapes", kinds, KIND_HELP)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(16, 16, 16, 16)
        outer.addLayout(self.rows)
        outer.addStretch(1)
        self.name.textEdited.connect(self._on_changed)
        self._aliases.textEdited.connect(self._on_changed)
        self._key.activated.connect(self._on_changed)
        self._parent.activated.connect(self._on_changed)

    def show_label(self, label: Label, labels: LabelList, name: str) -> None:
        """Show a draft of the label ``name`` of the list."""
        if self.name.text().strip() != label.name:
            self.name.setText(label.name)
        if listed(self._aliases.text()) != label.aliases:
            self._aliases.setText(", ".join(label.aliases))
        self._show_colour(label.colour)
        if label.key is not None and self._key.findData(label.key) < 0:
            self._key.addItem(str(label.key), label.key)
        self._key.setCurrentIndex(self._key.findData(label.key))
        with QSignalBlocker(self._parent):
            self._parent.clear()
            self._parent.addItem("nothing", None)
            for other in labels:
                if other.name != name:
                    self._parent.addItem(other.name, other.name)
            self._parent.setCurrentIndex(max(0, self._parent.findData(label.parent)))
        for kind, box in self._kinds.items():
            box.setChecked(kind in label.kinds)

    def changed_label(self, label: Label) -> Label:
        """The label with what this page says of it."""
        return replace(
            label,
            name=self.name.text().strip(),
            colour=self._colour,
            key=self._key.currentData(),
            aliases=listed(self._aliases.text()),
            parent=self._parent.currentData(),
            kinds=tuple(kind for kind, box in self._kinds.items() if box.isChecked()),
        )

    def say(self, problems: Mapping[str, str]) -> None:
        self.rows.say(problems)

    def _show_colour(self, colour: str) -> None:
        self._colour = colour
        pixmap = QPixmap(48, 32)
        pixmap.setDevicePixelRatio(2)
        pixmap.fill(QColor(colour))
        self._swatch.setIcon(QIcon(pixmap))
        self._swatch.setText(f"{colour}...")

    @Slot()
    def _on_colour(self) -> None:
        colour = QColorDialog.getColor(QColor(self._colour), self, "Colour of the label")
        if colour.isValid():
            self._show_colour(colour.name())
            self.changed.emit()

    @Slot()
    def _on_changed(self) -> None:
        self.changed.emit()
