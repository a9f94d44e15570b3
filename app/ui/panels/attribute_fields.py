"""The fields that attributes are typed into, one class a kind of spec. Values go in and come out; of shapes they know
nothing."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QValidator, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QCheckBox, QComboBox, QLineEdit, QWidget

from app.core.annotation import Attribute
from app.core.labels import AttributeSpec, ChoiceSpec, FlagSpec, NumberSpec, TextSpec

MIXED = "mixed"
NOT_GIVEN = "not given"
WHOLE = 1.0


class TextField(QLineEdit):
    """Any text; an empty one is no value. Of values that differ none is shown, and only what is typed is set."""

    committed = Signal(object)
    """(value) What was typed, None for nothing: when Enter is pressed or another field is gone to."""

    def __init__(self, spec: TextSpec) -> None:
        super().__init__()
        self._shown = ""
        self.editingFinished.connect(self._commit)

    def show_values(self, values: Sequence[Attribute]) -> None:
        """Show the one value that all have, or that they differ."""
        self._shown = said(values[0]) if len(values) == 1 else ""
        self.setPlaceholderText(MIXED if len(values) > 1 else NOT_GIVEN)
        self.revert()

    def revert(self) -> None:
        """Forget what was typed."""
        self.setText(self._shown)
        self.setModified(False)

    @Slot()
    def _commit(self) -> None:
        if self.isModified():
            self.setModified(False)
            if (text := self.text().strip()) != self._shown or not self._shown:
                self.committed.emit(text or None)


class NumberField(QAbstractSpinBox):
    """A number that may be missing. A number that its spec forbids is committed too: whoever listens says why not."""

    committed = Signal(object)

    def __init__(self, spec: NumberSpec) -> None:
        super().__init__()
        self._spec, self._shown = spec, ""
        self.lineEdit().setPlaceholderText(NOT_GIVEN)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setCorrectionMode(QAbstractSpinBox.CorrectionMode.CorrectToPreviousValue)
        self.editingFinished.connect(self._commit)

    def show_values(self, values: Sequence[Attribute]) -> None:
        """See `TextField.show_values`."""
        self._shown = said(values[0]) if len(values) == 1 else ""
        self.lineEdit().setPlaceholderText(MIXED if len(values) > 1 else NOT_GIVEN)
        self.revert()

    def revert(self) -> None:
        self.lineEdit().setText(self._shown)
        self.lineEdit().setModified(False)

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """Anything may be typed; what is wrong with it is said beside the field."""
        return QValidator.State.Acceptable, text, position

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        both = QAbstractSpinBox.StepEnabledFlag.StepUpEnabled | QAbstractSpinBox.StepEnabledFlag.StepDownEnabled
        return both if self.isEnabled() else QAbstractSpinBox.StepEnabledFlag.StepNone

    def stepBy(self, steps: int) -> None:
        spec, now = self._spec, number_in(self.text())
        step = spec.step or WHOLE
        if isinstance(now, float | int):
            value = now + steps * step
        else:
            value = spec.default if spec.default is not None else spec.minimum or 0.0
        if spec.maximum is not None:
            value = min(value, spec.maximum)
        if spec.minimum is not None:
            value = max(value, spec.minimum)
        start = spec.minimum or 0.0
        value = start + round((value - start) / step) * step if spec.step else value
        self.lineEdit().setText(said(number_in(f"{value:.10g}")))
        self.lineEdit().setModified(True)
        self._commit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scrolling past a field changes nothing in it."""
        super().wheelEvent(event) if self.hasFocus() else event.ignore()

    @Slot()
    def _commit(self) -> None:
        if self.lineEdit().isModified():
            self.lineEdit().setModified(False)
            if (text := self.text().strip()) != self._shown or not self._shown:
                self.committed.emit(number_in(text) if text else None)


class ChoiceField(QComboBox):
    """One of a few texts, or none. Letters choose by first letter while it has the keyboard."""

    committed = Signal(object)

    def __init__(self, spec: ChoiceSpec) -> None:
        super().__init__()
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a choice by the mouse leaves the keyboard with the picture
        self.addItem(NOT_GIVEN, None)
        for choice in spec.choices:
            self.addItem(choice, choice)
        self._known = self.count()
        self._shown = 0
        self.currentIndexChanged.connect(self._commit)

    def show_values(self, values: Sequence[Attribute]) -> None:
        """See `TextField.show_values`. A value that is no choice is shown as it is."""
        with QSignalBlocker(self):
            while self.count() > self._known:
                self.removeItem(self.count() - 1)
            self.setPlaceholderText(MIXED if len(values) > 1 else "")
            if len(values) == 1 and self.findData(values[0]) < 0:
                self.addItem(said(values[0]), values[0])
            self._shown = self.findData(values[0]) if len(values) == 1 else -1
            self.setCurrentIndex(self._shown)

    def revert(self) -> None:
        with QSignalBlocker(self):
            self.setCurrentIndex(self._shown)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and event.text().isalpha():
            event.accept()
            return True
        return super().event(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        super().wheelEvent(event) if self.hasFocus() else event.ignore()

    @Slot(int)
    def _commit(self, index: int) -> None:
        if index != self._shown:
            self._shown = index
            self.committed.emit(self.currentData())


class FlagField(QCheckBox):
    """Yes or no; the words beside it say so, also that it is not given or differs."""

    committed = Signal(object)

    def __init__(self, spec: FlagSpec) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.clicked.connect(self._commit)

    def show_values(self, values: Sequence[Attribute]) -> None:
        """See `TextField.show_values`."""
        plain = values[0] if len(values) == 1 else None
        state = Qt.CheckState.PartiallyChecked
        if isinstance(plain, bool):
            state = Qt.CheckState.Checked if plain else Qt.CheckState.Unchecked
        self.setTristate(not isinstance(plain, bool))
        self.setCheckState(state)
        self.setText(MIXED if len(values) > 1 else said(plain) or NOT_GIVEN)

    def revert(self) -> None:
        """Nothing is ever half done here."""

    def hitButton(self, at: QPoint) -> bool:
        """All of the row, not the box and its word alone."""
        return self.rect().contains(at)

    @Slot()
    def _commit(self) -> None:
        self.setTristate(False)
        self.committed.emit(self.checkState() != Qt.CheckState.Unchecked)


Field = TextField | NumberField | ChoiceField | FlagField


def field_for(spec: AttributeSpec) -> Field:
    """The field for a kind of attribute."""
    match spec:
        case TextSpec():
            return TextField(spec)
        case NumberSpec():
            return NumberField(spec)
        case ChoiceSpec():
            return ChoiceField(spec)
        case FlagSpec():
            return FlagField(spec)


def said(value: Attribute) -> str:
    """A value as text: yes and no for flags, whole numbers without a point, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.10g}"
    return str(value)


def number_in(text: str) -> int | float | str:
    """The number that a text is, with a point or a comma; the text itself where it is none."""
    plain = text.strip().replace(",", ".")
    try:
        return int(plain)
    except ValueError:
        pass
    try:
        return float(plain)
    except ValueError:
        return text


class LeaveKeys(QObject):
    """Watches fields: Enter takes over what was typed and Esc drops it, and both give the keyboard away (`left`)."""

    left = Signal()

    def watch(self, field: QWidget) -> None:
        field.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return False
        if event.key() == Qt.Key.Key_Escape:
            if isinstance(watched, Field):
                watched.revert()
            elif isinstance(watched, QLineEdit):
                watched.clear()
            self.left.emit()
            return True
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(watched, Field):
            self.left.emit()  # losing the keyboard finishes the editing
            return True
        return False
