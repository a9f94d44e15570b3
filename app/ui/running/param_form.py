"""A panel made from a tool's parameters: nothing in it is written by hand for any tool."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError
from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSlider,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.tools.contract import Params, Tool
from app.tools.describe import Field, explain, fields

ANNOUNCE_MS = 33
SLIDER_STEPS = 1000
LONG_RANGE = 400


class ParamForm(QWidget):
    """Sliders with spin boxes, choices, check boxes, one row a parameter, each with a reset button and its help.

    ``preferred`` gives the person's own default for fields that declare a preference key (None for none).
    """

    changed = Signal(object)
    """(Params) New valid values, at most every 33 ms: a slider in motion shows about thirty pictures a second."""
    invalid = Signal(str)
    """(sentence) The values contradict each other; shown in place as well."""
    preference_chosen = Signal(str, object)
    """(key, value) A field that stands for a personal default was changed."""

    def __init__(
        self, tool: Tool, preferred: Callable[[str], Any] = lambda _: None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName(f"form.{tool.id}")
        self.setAccessibleName(f"Parameters of {tool.title}")
        self._tool, self._preferred = tool, preferred
        self._rows: dict[str, _Row] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(ANNOUNCE_MS)
        self._timer.timeout.connect(self._announce)
        self._last: Params | None = None
        self._current: Params | None = None
        layout = QFormLayout()
        layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        layout.setRowWrapPolicy(QFormLayout.RowWrapPolicy.DontWrapRows)
        layout.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        layout.setHorizontalSpacing(8)
        layout.setVerticalSpacing(8)
        for field in fields(tool.params):
            row = _Row(field, self._default(field), tool.id, self)
            row.edited.connect(self._on_edited)
            self._rows[field.name] = row
            layout.addRow(row.caption, row)
        self._error = QLabel()
        self._error.setObjectName(f"form.{tool.id}.error")
        self._error.setProperty("role", "error")
        self._error.setWordWrap(True)
        self._error.hide()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addLayout(layout)
        outer.addWidget(self._error)
        self._check()

    def _default(self, field: Field) -> Any:
        own = self._preferred(field.preference) if field.preference else None
        return field.default if own is None else own

    def params(self) -> Params | None:
        """The values as they are, or None while they contradict each other."""
        return self._current

    def values(self) -> dict[str, Any]:
        return {name: row.value() for name, row in self._rows.items()}

    def row(self, name: str) -> QWidget:
        """The row's widget, for focus and tests."""
        return self._rows[name]

    def note_choices(self, name: str, notes: Mapping[Any, str]) -> None:
        """Say something of each of a field's choices beside its title, such as what it lacks; empty for nothing."""
        self._rows[name].note_choices(notes)

    @Slot()
    def _on_edited(self) -> None:
        row = self.sender()
        self._check()
        if isinstance(row, _Row) and row.field.preference:
            self.preference_chosen.emit(row.field.preference, row.value())
        if not self._timer.isActive():
            self._timer.start()

    @Slot()
    def _announce(self) -> None:
        params = self._check()
        if params is not None and params != self._last:
            self._last = params
            self.changed.emit(params)

    def _check(self) -> Params | None:
        """Validate; show what is wrong where it is wrong, and what does not apply with its reason."""
        try:
            params = self._tool.params(**self.values())
            problems: dict[str, str] = {}
        except ValidationError as error:
            params, problems = None, explain(error)
        self._current = params
        idle = params.inapplicable() if params is not None else {}
        for name, row in self._rows.items():
            row.show_problem(problems.get(name, ""))
            if params is not None:
                row.show_inapplicable(idle.get(name, ""))
        rule = problems.get("", "")
        # A rule between fields names those that it is about.
        for name in set(re.findall(r"\w+", rule)) & set(self._rows):
            self._rows[name].mark(True)
        self._error.setText(rule[:1].upper() + rule[1:])
        self._error.setVisible(bool(rule))
        if params is None:
            self.invalid.emit("; ".join(problems.values()))
        return params


class _Row(QFrame):
    """The widgets of one parameter."""

    edited = Signal()

    def __init__(self, field: Field, default: Any, tool_id: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.field, self._default = field, default
        self.setProperty("row", True)
        name = f"param.{tool_id}.{field.name}"
        self.setObjectName(name)
        self.caption = QLabel(field.label)
        self.caption.setMinimumHeight(26)  # beside the editor, also where a sentence stands below that
        self._editor = _EDITORS[field.kind](field)
        self._editor.widget.setObjectName(f"{name}.edit")
        self._editor.widget.setAccessibleName(field.label)
        self._editor.widget.setToolTip(field.help)
        if self._editor.focus is not self._editor.widget:
            self._editor.focus.setObjectName(f"{name}.value")
            self._editor.focus.setAccessibleName(field.label)
        if isinstance(self._editor, _Number) and self._editor.slider is not None:
            self._editor.slider.setObjectName(f"{name}.slider")
        self.caption.setToolTip(field.help)
        self.caption.setBuddy(self._editor.focus)
        self._reset = QToolButton()
        self._reset.setObjectName(f"{name}.reset")
        self._reset.setAccessibleName(f"Reset {field.label}")
        self._reset.setToolTip(f"Back to {field.title_of(default)}{' ' + field.unit if field.unit else ''}")
        self._reset.setText("↺")
        self._reset.setAutoRaise(True)
        self._problem = QLabel()
        self._problem.setObjectName(f"{name}.problem")
        self._problem.setWordWrap(True)
        self._problem.hide()
        line = QHBoxLayout()
        line.setSpacing(4)
        line.addWidget(self._editor.widget, 1)
        line.addWidget(self._reset)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(3, 1, 1, 1)
        outer.setSpacing(2)
        outer.addLayout(line)
        outer.addWidget(self._problem)
        self._editor.set(default)
        self._editor.connect(self._on_edited)
        self._reset.clicked.connect(self._on_reset)
        self._refresh_reset()

    def value(self) -> Any:
        return self._editor.get()

    def set_value(self, value: Any) -> None:
        self._editor.set(value)
        self._refresh_reset()

    def note_choices(self, notes: Mapping[Any, str]) -> None:
        if isinstance(self._editor, _Choice):
            self._editor.note(notes)

    def show_problem(self, sentence: str) -> None:
        self._say(sentence, "error")
        self.mark(bool(sentence))

    def mark(self, invalid: bool) -> None:
        """A red border around the row, or none."""
        if bool(self.property("invalid")) != invalid:
            self.setProperty("invalid", invalid)
            self.style().unpolish(self)
            self.style().polish(self)

    def show_inapplicable(self, reason: str) -> None:
        self._editor.widget.setEnabled(not reason)
        self._reset.setEnabled(not reason and self.value() != self._default)
        self._editor.widget.setToolTip(reason or self.field.help)
        if reason:
            self._say(reason, "muted")

    def _say(self, text: str, role: str) -> None:
        self._problem.setText(text)
        self._problem.setVisible(bool(text))
        if self._problem.property("role") != role:
            self._problem.setProperty("role", role)
            self._problem.style().unpolish(self._problem)
            self._problem.style().polish(self._problem)

    def _refresh_reset(self) -> None:
        self._reset.setEnabled(self.value() != self._default)

    @Slot()
    def _on_edited(self) -> None:
        self._refresh_reset()
        self.edited.emit()

    @Slot()
    def _on_reset(self) -> None:
        self.set_value(self._default)
        self.edited.emit()


class _Number:
    """A slider beside a spin box, or the spin box alone where there are no bounds to slide between."""

    def __init__(self, field: Field) -> None:
        self._whole = field.kind == "int"
        self._optional = field.default is None
        low = -1e9 if field.low is None else field.low
        high = 1e9 if field.high is None else field.high
        self._step = field.step or (1 if self._whole else (high - low) / 100 if high - low < 1e6 else 1)
        self._low, self._high = low, high
        # Over a long range small values get more of the slider: that is where a step can be seen.
        self._bent = (high - low) / self._step > LONG_RANGE
        self.focus: QSpinBox | QDoubleSpinBox = QSpinBox() if self._whole else QDoubleSpinBox()
        self.focus.setKeyboardTracking(False)
        if isinstance(self.focus, QDoubleSpinBox):
            self.focus.setDecimals(0 if self._step >= 1 and not self._optional else 2 if self._step >= 0.01 else 4)
            self.focus.setRange(low - (1 if self._optional else 0), high)
            self.focus.setSingleStep(self._step)
        else:
            self.focus.setRange(int(low), int(high))
            self.focus.setSingleStep(int(self._step))
        if self._optional:
            # The value below the least one is shown as a word and means "not set".
            self.focus.setSpecialValueText("automatic")
        if field.unit:
            self.focus.setSuffix(f" {field.unit}")
        self.focus.setMinimumWidth(112)
        self.widget = QWidget()
        layout = QHBoxLayout(self.widget)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        self.slider: QSlider | None = None
        if field.low is not None and field.high is not None:
            self.slider = QSlider(Qt.Orientation.Horizontal)
            self.slider.setRange(0, SLIDER_STEPS)
            self.slider.setAccessibleName(field.label)
            self.slider.setMinimumWidth(48)
            layout.addWidget(self.slider, 1)
            self.slider.valueChanged.connect(self._from_slider)
            self.focus.valueChanged.connect(self._to_slider)
        layout.addWidget(self.focus, 0 if self.slider else 1)
        self._moving = False

    def get(self) -> Any:
        if self._optional and self.focus.value() <= self.focus.minimum():
            return None
        return self.focus.value()

    def set(self, value: Any) -> None:
        if isinstance(self.focus, QSpinBox):
            self.focus.setValue(int(value))
        else:
            self.focus.setValue(self.focus.minimum() if value is None else float(value))
        self._to_slider()

    def connect(self, slot: Callable[[], None]) -> None:
        self.focus.valueChanged.connect(slot)

    def _from_slider(self, position: int) -> None:
        if self._moving:
            return
        part = position / SLIDER_STEPS
        value = self._low + (self._high - self._low) * (part**2 if self._bent else part)
        value = self._low + round((value - self._low) / self._step) * self._step
        self._moving = True
        self.set(round(value) if self._whole else value)
        self._moving = False

    def _to_slider(self) -> None:
        if self.slider is None or (self._moving and self.slider.isSliderDown()):
            return
        part = (float(self.focus.value()) - self._low) / (self._high - self._low)
        part = min(max(part, 0.0), 1.0)
        moving, self._moving = self._moving, True
        self.slider.setValue(round((part**0.5 if self._bent else part) * SLIDER_STEPS))
        self._moving = moving


class _Choice:
    def __init__(self, field: Field) -> None:
        self._field = field
        self.focus = self.widget = QComboBox()
        self.widget.setMinimumContentsLength(12)
        self.widget.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        for value in field.choices:
            self.widget.addItem(field.title_of(value), value)

    def note(self, notes: Mapping[Any, str]) -> None:
        for i in range(self.widget.count()):
            value = self.widget.itemData(i)
            words = notes.get(value, "")
            self.widget.setItemText(i, self._field.title_of(value) + (f" ({words})" if words else ""))

    def get(self) -> Any:
        return self.widget.currentData()

    def set(self, value: Any) -> None:
        self.widget.setCurrentIndex(max(0, self.widget.findData(value)))

    def connect(self, slot: Callable[[], None]) -> None:
        self.widget.currentIndexChanged.connect(slot)


class _Flag:
    def __init__(self, field: Field) -> None:
        self.focus = self.widget = QCheckBox()

    def get(self) -> Any:
        return self.widget.isChecked()

    def set(self, value: Any) -> None:
        self.widget.setChecked(bool(value))

    def connect(self, slot: Callable[[], None]) -> None:
        self.widget.toggled.connect(slot)


class _Text:
    def __init__(self, field: Field) -> None:
        self.focus = self.widget = QLineEdit()

    def get(self) -> Any:
        return self.widget.text()

    def set(self, value: Any) -> None:
        self.widget.setText("" if value is None else str(value))

    def connect(self, slot: Callable[[], None]) -> None:
        self.widget.textEdited.connect(slot)


_EDITORS: dict[str, Callable[[Field], Any]] = {
    "int": _Number,
    "float": _Number,
    "choice": _Choice,
    "bool": _Flag,
    "text": _Text,
}
