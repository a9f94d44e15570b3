"""What the pages of the label editor are made of: a row with its problem, lists in text fields, buttons."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QLabel, QPushButton, QVBoxLayout, QWidget

ROW = 26


class Rows(QFormLayout):
    """Captions and fields below each other; what is wrong with a field stands under it."""

    def __init__(self, prefix: str) -> None:
        super().__init__()
        self._prefix = prefix
        self._problems: dict[str, QLabel] = {}
        self._rows: dict[str, QWidget] = {}
        self.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.setHorizontalSpacing(16)
        self.setVerticalSpacing(8)

    def add(self, name: str, caption: str, field: QWidget, help_: str = "") -> None:
        """A row; its field is called by the prefix and ``name``."""
        field.setObjectName(f"{self._prefix}.{name}")
        field.setAccessibleName(caption)
        field.setToolTip(help_ or caption)
        field.setMinimumHeight(ROW)
        words = QLabel(caption)
        words.setFixedHeight(ROW)
        words.setBuddy(field)
        problem = QLabel()
        problem.setObjectName(f"{self._prefix}.{name}.problem")
        problem.setProperty("role", "error")
        problem.setWordWrap(True)
        problem.hide()
        row = QWidget()
        column = QVBoxLayout(row)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(field)
        column.addWidget(problem)
        self._problems[name], self._rows[name] = problem, row
        self.addRow(words, row)

    def show_row(self, name: str, shown: bool) -> None:
        self.setRowVisible(self._rows[name], shown)

    def say(self, problems: Mapping[str, str]) -> None:
        """Show what is wrong, by the rows' names."""
        for name, label in self._problems.items():
            label.setText(problems.get(name, ""))
            label.setVisible(name in problems)


def muted(words: str, name: str = "") -> QLabel:
    """A quiet sentence."""
    label = QLabel(words)
    label.setObjectName(name)
    label.setProperty("role", "muted")
    label.setWordWrap(True)
    return label


def button(name: str, title: str, help_: str, act: Callable[[], object]) -> QPushButton:
    made = QPushButton(title)
    made.setObjectName(name)
    made.setAccessibleName(help_)
    made.setToolTip(help_)
    made.setMinimumHeight(ROW)
    made.setAutoDefault(False)
    made.clicked.connect(lambda _=False: act())
    return made


def listed(text: str) -> tuple[str, ...]:
    """The texts between commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())
