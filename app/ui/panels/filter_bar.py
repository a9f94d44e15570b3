"""What the files list shows: one field for text, a form for everything else, and what is on in plain sight."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QLocale, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QDoubleValidator
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.core.document import State
from app.core.filtering import UNFINISHED, Filter
from app.core.labels import ChoiceSpec, FlagSpec
from app.ui.session import Session

TYPING_MS = 200
States = tuple[tuple[State, ...], bool | None]
STATES: tuple[tuple[str, States], ...] = (
    ("Any", ((), None)),
    ("New", (("new",), None)),
    ("In work", (("in_work",), None)),
    ("Unfinished", (UNFINISHED, None)),
    ("Sent back", (("in_work",), True)),
    ("Done", (("done",), None)),
    ("Done, not reviewed", (("done",), False)),
    ("Accepted", (("done",), True)),
    ("Rejected", (("rejected",), None)),
)


class FilterBar(QWidget):
    """Tells the filter as it is changed. What is on is said in a line, with a button that removes it all."""

    changed = Signal(object)
    """(Filter)"""
    opened = Signal()
    """The form is shown: `set_authors` may be told."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._filling = True
        self.filter = Filter()
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(TYPING_MS)
        self._typing.timeout.connect(self._tell)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(self._top())
        layout.addWidget(self._make_form())
        layout.addWidget(self._make_summary())
        session.labels_changed.connect(self._fill_labels)
        self._fill_labels()
        self._say()

    # -- assembly

    def _top(self) -> QHBoxLayout:
        self.text = QLineEdit()
        self.text.setObjectName("files.filter")
        self.text.setAccessibleName("Search pictures")
        self.text.setPlaceholderText("Search")
        self.text.setToolTip("Words of the path, or a text that is in a comment or in an attribute")
        self.text.setClearButtonEnabled(True)
        self.text.textChanged.connect(self._tell)
        self.more = QToolButton()
        self.more.setObjectName("files.filter.more")
        self.more.setText("Filter")
        self.more.setCheckable(True)
        self.more.setAccessibleName("Filter by state, label, attribute, score, author or comments")
        self.more.setToolTip("Show only pictures of a state, with a label, an attribute, a score, an author, comments")
        self.more.toggled.connect(self._on_more)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.text, 1)
        row.addWidget(self.more)
        return row

    def _make_form(self) -> QFrame:
        self._state = self._combo("state", "State")
        for title, _ in STATES:
            self._state.addItem(title)
        self._label = self._combo("label", "Label")
        self._attribute = self._combo("attribute", "Name of an attribute", typed=True)
        self._value = self._combo("value", "Value of the attribute", typed=True)
        self._author = self._combo("author", "Author")
        self.set_authors(())
        self._low, self._high = self._bound("low", "Lowest score"), self._bound("high", "Highest score")
        scores = QHBoxLayout()
        scores.setSpacing(4)
        scores.addWidget(self._low, 1)
        scores.addWidget(QLabel("to"))
        scores.addWidget(self._high, 1)
        self._comments = QCheckBox("With open comments")
        self._comments.setObjectName("files.filter.comments")
        self._comments.setAccessibleName("With open comments")
        self._comments.setToolTip("Only pictures on which a comment waits for an answer")
        self._comments.toggled.connect(self._tell)
        self._form = QFrame()
        form = QFormLayout(self._form)
        form.setContentsMargins(0, 0, 0, 0)
        form.setSpacing(4)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for title, field in (("State", self._state), ("Label", self._label), ("Attribute", self._attribute)):
            form.addRow(title, field)
        form.addRow("Value", self._value)
        form.addRow("Score", scores)
        form.addRow("Author", self._author)
        form.addRow("", self._comments)
        self._form.hide()
        return self._form

    def _combo(self, name: str, title: str, typed: bool = False) -> QComboBox:
        box = QComboBox()
        box.setObjectName(f"files.filter.{name}")
        box.setAccessibleName(title)
        box.setToolTip(title)
        box.setMinimumContentsLength(6)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setEditable(typed)
        line = box.lineEdit()
        if line is not None:
            box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
            line.setPlaceholderText("Any")
            box.editTextChanged.connect(self._on_typed)
        else:
            box.currentIndexChanged.connect(self._tell)
        return box

    def _bound(self, name: str, title: str) -> QLineEdit:
        box = QLineEdit()
        box.setObjectName(f"files.filter.{name}")
        box.setAccessibleName(title)
        box.setToolTip(f"{title}, 0 to 1; shapes without a score are left out")
        box.setPlaceholderText("Any")
        numbers = QDoubleValidator(0.0, 1.0, 4, box)
        numbers.setNotation(QDoubleValidator.Notation.StandardNotation)
        numbers.setLocale(QLocale.c())
        box.setValidator(numbers)
        box.textChanged.connect(self._on_typed)
        return box

    def _make_summary(self) -> QFrame:
        self._words = QLabel()
        self._words.setObjectName("files.filter.words")
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setWordWrap(True)
        self.remove = QToolButton()
        self.remove.setObjectName("files.filter.remove")
        self.remove.setText("✕")
        self.remove.setAutoRaise(True)
        self.remove.setAccessibleName("Remove the filter")
        self.remove.setToolTip("Show all pictures again")
        self.remove.clicked.connect(self.clear)
        self._summary = QFrame()
        self._summary.setProperty("filter", "true")
        row = QHBoxLayout(self._summary)
        row.setContentsMargins(8, 2, 2, 2)
        row.addWidget(self._words, 1)
        row.addWidget(self.remove, 0, Qt.AlignmentFlag.AlignTop)
        return self._summary

    # -- what others tell it

    def set_authors(self, authors: Iterable[str]) -> None:
        """Who there is to choose from; "" is a person's own hand."""
        chosen = self.filter.author
        names = sorted({*authors, *([chosen] if chosen else [])} - {""})
        self._filling = True
        self._author.clear()
        self._author.addItem("Anyone", None)
        self._author.addItem("By hand", "")
        for name in names:
            self._author.addItem(name, name)
        self._author.setCurrentIndex(max(0, self._author.findData(chosen)) if chosen is not None else 0)
        self._filling = False

    def show_label(self, name: str) -> None:
        """Show the pictures with one label, and no other condition."""
        self._reset()
        self._fill_labels(name)
        self._tell()

    def show_state(self, state: str) -> None:
        """Show the pictures in one state, and no other condition."""
        self._reset()
        self._filling = True
        wanted = [n for n, (_, found) in enumerate(STATES) if found == ((state,), None)]
        self._state.setCurrentIndex(wanted[0])
        self._filling = False
        self._tell()

    def show_author(self, author: str) -> None:
        """Show the pictures with shapes of one author, and no other condition."""
        self._reset()
        if self._author.findData(author) < 0:
            self.set_authors((author,))
        self._filling = True
        self._author.setCurrentIndex(self._author.findData(author))
        self._filling = False
        self._tell()

    @Slot()
    def clear(self) -> None:
        """Show all pictures."""
        self._reset()
        self._tell()

    def _reset(self) -> None:
        self._filling = True
        self.text.clear()
        for box in (self._state, self._label, self._author):
            box.setCurrentIndex(0)
        for typed in (self._attribute, self._value):
            typed.setCurrentIndex(-1)
            typed.clearEditText()
        for bound in (self._low, self._high):
            bound.clear()
        self._comments.setChecked(False)
        self._filling = False

    # -- what the person does

    @Slot(bool)
    def _on_more(self, shown: bool) -> None:
        self._form.setVisible(shown)
        if shown:
            self.opened.emit()

    @Slot()
    def _on_typed(self) -> None:
        if not self._filling:
            self._typing.start()
            if self.sender() is self._attribute:
                self._fill_values()

    @Slot()
    def _tell(self) -> None:
        if self._filling:
            return
        self._typing.stop()
        made = self._made()
        if made != self.filter:
            self.filter = made
            self._say()
            self.changed.emit(made)

    def _made(self) -> Filter:
        states, reviewed = STATES[self._state.currentIndex()][1]
        label = self._label.currentData()
        return Filter(
            self.text.text(),
            states,
            (label,) if label is not None else (),
            self._attribute.currentText().strip(),
            self._value.currentText().strip(),
            _number(self._low.text()),
            _number(self._high.text()),
            self._author.currentData(),
            self._comments.isChecked(),
            reviewed,
        )

    def _say(self) -> None:
        words = self.filter.words()
        self._words.setText(words[:1].upper() + words[1:])
        self._summary.setVisible(not self.filter.empty)

    @Slot()
    def _fill_labels(self, chosen: str | None = None) -> None:
        chosen = chosen if isinstance(chosen, str) else self._label.currentData()
        labels = self._session.labels.labels
        self._filling = True
        self._label.clear()
        self._label.addItem("Any", None)
        for name in dict.fromkeys([label.name for label in labels] + ([chosen] if chosen else [])):
            self._label.addItem(name, name)
        self._label.setCurrentIndex(max(0, self._label.findData(chosen)) if chosen is not None else 0)
        typed = self._attribute.currentText()
        self._attribute.clear()
        self._attribute.addItems(list(dict.fromkeys(spec.name for label in labels for spec in label.attributes)))
        self._attribute.setCurrentIndex(-1)
        self._attribute.setEditText(typed)
        self._filling = False

    def _fill_values(self) -> None:
        name = self._attribute.currentText().strip()
        specs = [spec for label in self._session.labels.labels if (spec := label.attribute(name)) is not None]
        choices: list[str] = []
        for spec in specs:
            if isinstance(spec, ChoiceSpec):
                choices += spec.choices
            elif isinstance(spec, FlagSpec):
                choices += ["yes", "no"]
        self._filling = True
        typed = self._value.currentText()
        self._value.clear()
        self._value.addItems(list(dict.fromkeys(choices)))
        self._value.setCurrentIndex(-1)
        self._value.setEditText(typed)
        self._filling = False


def _number(text: str) -> float | None:
    """What has been typed so far as a bound; None where it is none yet."""
    try:
        return float(text)
    except ValueError:
        return None
