"""The editor's page for the attributes that a label asks of its shapes: a table, and a form for the chosen one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.core.annotation import Attribute
from app.core.label_checks import spec_problems
from app.core.labels import AttributeSpec, ChoiceSpec, FlagSpec, Label, NumberSpec, TextSpec
from app.ui.labels.parts import Rows, button, listed, muted
from app.ui.panels.attribute_fields import number_in, said

KINDS: dict[str, str] = {"text": "Text", "number": "Number", "choice": "Choice", "flag": "Yes or no"}
ABOUT = "What is asked of each shape of this label, in this order."
NUMBERS = ("minimum", "maximum", "step")


class AttributesPage(QWidget):
    """Shows a label's attributes and gives them back as they were changed."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._specs: list[AttributeSpec] = []
        self._wrong: dict[str, str] = {}
        self.table = QTreeWidget()
        self.table.setObjectName("label_editor.attributes")
        self.table.setAccessibleName("Attributes of the label")
        self.table.setHeaderLabels(["Name", "Kind", "Values", "Required", "Shown"])
        self.table.setRootIsDecorated(False)
        self.table.setUniformRowHeights(True)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.header().setStretchLastSection(False)
        for column in range(5):
            self.table.header().setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self.table.header().setMinimumSectionSize(72)
        self.table.header().setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        self.table.currentItemChanged.connect(self._on_current)
        line = QHBoxLayout()
        line.addWidget(button("label_editor.attribute.add", "Add", "Add an attribute", self.add))
        line.addWidget(button("label_editor.attribute.remove", "Remove", "Remove the chosen attribute", self.remove))
        line.addWidget(button("label_editor.attribute.up", "Up", "Ask for it earlier", lambda: self.move_by(-1)))
        line.addWidget(button("label_editor.attribute.down", "Down", "Ask for it later", lambda: self.move_by(1)))
        line.addStretch(1)
        self._form = _SpecForm()
        self._form.changed.connect(self._on_form)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(16, 16, 16, 16)
        outer.setSpacing(8)
        outer.addWidget(muted(ABOUT))
        outer.addWidget(self.table, 1)
        outer.addLayout(line)
        outer.addWidget(self._form)

    # -- in and out

    def show_label(self, label: Label) -> None:
        if tuple(self._specs) != label.attributes:
            self._specs = list(label.attributes)
            self._fill(0)

    def changed_label(self, label: Label) -> Label:
        """The label with what this page says of it."""
        return replace(label, attributes=tuple(self._specs))

    def say(self, problems: Mapping[str, str]) -> None:
        """What is wrong stands beside the fields of the chosen attribute; the first wrong one is chosen if none is."""
        row = self._row()
        if row >= 0:
            self._form.say(self._problems(row))
        for n, item in enumerate(self._items()):
            wrong = self._problems(n)
            item.setText(0, self._specs[n].name + (" !" if wrong else ""))
            item.setToolTip(0, next(iter(wrong.values()), self._specs[n].name))

    def _items(self) -> list[QTreeWidgetItem]:
        found = (self.table.topLevelItem(n) for n in range(self.table.topLevelItemCount()))
        return [item for item in found if item is not None]

    def _problems(self, row: int) -> dict[str, str]:
        others = (s.name for n, s in enumerate(self._specs) if n != row)
        wrong = self._wrong if row == self._row() else {}
        return {**spec_problems(self._specs[row], others), **wrong}

    @property
    def unreadable(self) -> str:
        """Why what was typed is no attribute yet, such as letters where a number belongs."""
        return next(iter(self._wrong.values()), "")

    # -- the table

    def add(self) -> None:
        """One more attribute, to be named."""
        taken = {spec.name for spec in self._specs}
        name = next(f"attribute {n}" for n in range(1, len(taken) + 2) if f"attribute {n}" not in taken)
        self._specs.append(TextSpec(name))
        self._fill(len(self._specs) - 1)
        self._form.name.setFocus()
        self._form.name.selectAll()
        self.changed.emit()

    def remove(self) -> None:
        if (row := self._row()) >= 0:
            del self._specs[row]
            self._fill(min(row, len(self._specs) - 1))
            self.changed.emit()

    def move_by(self, step: int) -> None:
        """Put the chosen attribute earlier or later."""
        row = self._row()
        if row >= 0 and 0 <= row + step < len(self._specs):
            self._specs[row], self._specs[row + step] = self._specs[row + step], self._specs[row]
            self._fill(row + step)
            self.changed.emit()

    def _row(self) -> int:
        item = self.table.currentItem()
        return self.table.indexOfTopLevelItem(item) if item is not None else -1

    def _fill(self, row: int) -> None:
        with QSignalBlocker(self.table):
            self.table.clear()
            for spec in self._specs:
                self.table.addTopLevelItem(_item(spec))
            if 0 <= row < len(self._specs):
                self.table.setCurrentItem(self._items()[row])
        self._on_current()

    @Slot()
    def _on_current(self) -> None:
        row = self._row()
        self._wrong = {}
        self._form.setEnabled(row >= 0)
        self._form.show_spec(self._specs[row] if row >= 0 else TextSpec(""))
        self._form.say(self._problems(row) if row >= 0 else {})

    @Slot()
    def _on_form(self) -> None:
        if (row := self._row()) < 0:
            return
        spec, self._wrong = self._form.spec()
        self._specs[row] = spec
        _dress(self._items()[row], spec)
        self.changed.emit()


class _SpecForm(QWidget):
    """The fields of one attribute."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.name, self._choices, self._default = QLineEdit(), QLineEdit(), QLineEdit()
        self._kind = QComboBox()
        for kind, title in KINDS.items():
            self._kind.addItem(title, kind)
        self._numbers = {name: QLineEdit() for name in NUMBERS}
        self._preset = QComboBox()
        self._required, self._shown = QCheckBox("Required"), QCheckBox("Shown on the picture")
        self._rows = Rows("label_editor.spec")
        self._rows.add("name", "Name", self.name, "What the attribute is called")
        self._rows.add("kind", "Kind", self._kind, "What its values are")
        self._rows.add("choices", "Choices", self._choices, "The texts to choose from, with commas between them")
        for name, field in self._numbers.items():
            field.setPlaceholderText("none")
            self._rows.add(name, name.capitalize(), field, f"The {name} of the number; empty for none")
        self._default.setPlaceholderText("none")
        self._rows.add("default", "Default", self._default, "What a new shape starts with; empty for nothing")
        self._rows.add("preset", "Default", self._preset, "What a new shape starts with")
        checks = QWidget()
        line = QHBoxLayout(checks)
        line.setContentsMargins(0, 0, 0, 0)
        for name, box in (("required", self._required), ("shown", self._shown)):
            box.setObjectName(f"label_editor.spec.{name}")
            box.setAccessibleName(box.text())
            box.clicked.connect(self.changed)
            line.addWidget(box)
        self._required.setToolTip("A shape without it is marked in the list of shapes")
        self._shown.setToolTip("Its value stands in the tag beside the shape")
        line.addStretch(1)
        self._rows.add("checks", "", checks)
        self.setLayout(self._rows)
        self._rows.setContentsMargins(0, 0, 0, 0)
        for field in (self.name, self._choices, self._default, *self._numbers.values()):
            field.textEdited.connect(self._on_edited)
        self._kind.activated.connect(self._on_kind)
        self._preset.activated.connect(self._on_edited)

    def show_spec(self, spec: AttributeSpec) -> None:
        self.name.setText(spec.name)
        self._kind.setCurrentIndex(self._kind.findData(spec.kind))
        self._choices.setText(", ".join(spec.choices) if isinstance(spec, ChoiceSpec) else "")
        for name, field in self._numbers.items():
            field.setText(said(getattr(spec, name)) if isinstance(spec, NumberSpec) else "")
        self._default.setText("" if isinstance(spec, ChoiceSpec | FlagSpec) else said(spec.default))
        self._required.setChecked(spec.required)
        self._shown.setChecked(spec.shown)
        self._show_kind()
        self._fill_presets(spec.default)

    def say(self, problems: Mapping[str, str]) -> None:
        both = dict(problems)
        if "default" in both:
            both["preset"] = both["default"]
        self._rows.say(both)

    def spec(self) -> tuple[AttributeSpec, dict[str, str]]:
        """The attribute as the fields say, and what is no value at all by the field's name."""
        wrong: dict[str, str] = {}
        name, required, shown = self.name.text().strip(), self._required.isChecked(), self._shown.isChecked()
        text, preset = self._default.text().strip(), self._preset.currentData()
        match self._kind.currentData():
            case "number":
                low, high, step = (self._number(self._numbers[n].text(), n, wrong) for n in NUMBERS)
                return NumberSpec(name, low, high, step, self._number(text, "default", wrong), required, shown), wrong
            case "choice":
                return ChoiceSpec(name, listed(self._choices.text()), preset, required, shown), wrong
            case "flag":
                return FlagSpec(name, preset, required, shown), wrong
        return TextSpec(name, text or None, required, shown), wrong

    @staticmethod
    def _number(text: str, name: str, wrong: dict[str, str]) -> float | None:
        value = number_in(text) if text.strip() else None
        if isinstance(value, str):
            wrong[name] = f"{text} is no number."
            return None
        return value

    def _show_kind(self) -> None:
        kind = self._kind.currentData()
        self._rows.show_row("choices", kind == "choice")
        for name in NUMBERS:
            self._rows.show_row(name, kind == "number")
        self._rows.show_row("default", kind in ("text", "number"))
        self._rows.show_row("preset", kind in ("choice", "flag"))

    def _fill_presets(self, default: Attribute) -> None:
        choices: dict[str, Attribute] = {"none": None}
        if self._kind.currentData() == "flag":
            choices |= {"yes": True, "no": False}
        else:
            choices |= {choice: choice for choice in listed(self._choices.text())}
        with QSignalBlocker(self._preset):
            self._preset.clear()
            for title, value in choices.items():
                self._preset.addItem(title, value)
            self._preset.setCurrentIndex(
                max(0, list(choices.values()).index(default) if default in choices.values() else 0)
            )

    @Slot()
    def _on_kind(self) -> None:
        self._show_kind()
        self._default.clear()
        self._fill_presets(None)
        self.changed.emit()

    @Slot()
    def _on_edited(self) -> None:
        if self.sender() is self._choices:
            self._fill_presets(self._preset.currentData())
        self.changed.emit()


_VALUES: dict[type, Callable[..., str]] = {
    ChoiceSpec: lambda spec: ", ".join(spec.choices),
    NumberSpec: lambda spec: _range(spec),
    FlagSpec: lambda _: "yes, no",
    TextSpec: lambda _: "any",
}


def _range(spec: NumberSpec) -> str:
    low, high = said(spec.minimum), said(spec.maximum)
    words = f"{low} to {high}" if low and high else (f"from {low}" if low else f"up to {high}" if high else "any")
    return f"{words}, by {said(spec.step)}" if spec.step else words


def _item(spec: AttributeSpec) -> QTreeWidgetItem:
    item = QTreeWidgetItem()
    _dress(item, spec)
    return item


def _dress(item: QTreeWidgetItem, spec: AttributeSpec) -> None:
    cells = (
        spec.name,
        KINDS[spec.kind],
        _VALUES[type(spec)](spec),
        "yes" if spec.required else "",
        "yes" if spec.shown else "",
    )
    for column, text in enumerate(cells):
        item.setText(column, text)
        item.setTextAlignment(column, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
