"""The attributes dock: what the labels of the selected shapes ask for; with nothing selected the labels of the picture
itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.core import edits
from app.core.annotation import Attribute, Shape
from app.core.document import Document
from app.core.labels import AttributeSpec, LabelList, NumberSpec
from app.ui.panels.attribute_fields import LeaveKeys, NumberField, field_for, said
from app.ui.panels.image_labels import ImageLabels
from app.ui.session import Session
from app.ui.viewers.drags import counted

TRACK = NumberSpec("Track", minimum=0, step=1)
TRACK_HELP = "The number of this object through the frames of a clip; the same on each of them"
DIFFERENT = "These labels ask for different things; what all of them ask for is shown."
NOTHING_ASKED = "{} asks for no attributes. Double-click the label to give it some."
MOST_OTHERS = 12


class AttributesPanel(QWidget):
    """Fields for the selected shapes, each change one step. Enter and Esc in a field give the keyboard back."""

    left = Signal()
    """The keyboard may go back to the picture."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("attributes")
        self.setAccessibleName("Attributes")
        self._session = session
        self._keys = LeaveKeys(self)
        self._keys.left.connect(self.left)
        self._rows: list[AttributeRow] = []
        self._specs: tuple[AttributeSpec, ...] | None = None
        self._shapes: tuple[Shape, ...] = ()
        self._title = _words("attributes.title", "title")
        self._note = _words("attributes.note", "muted")
        self._others = _words("attributes.others", "muted")
        self.image_labels = ImageLabels(session, self._keys)
        self._form = QFormLayout()
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self._form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self._form.setHorizontalSpacing(8)
        self._form.setVerticalSpacing(4)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(8)
        column.addWidget(self._title)
        column.addWidget(self._note)
        column.addLayout(self._form)
        column.addWidget(self._others)
        column.addWidget(self.image_labels)
        column.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setWidget(inner)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._scroll)
        for signal in (session.document_changed, session.labels_changed, session.selection_changed):
            signal.connect(self.refresh)
        session.project_changed.connect(self.refresh)
        self.refresh()

    def enter(self) -> None:
        """Put the keyboard into the first field."""
        self.refresh()
        target: QWidget = self._rows[0].field if self._shapes and self._rows else self.image_labels.entry
        target.setFocus(Qt.FocusReason.ShortcutFocusReason)
        if isinstance(target, QLineEdit | NumberField):
            target.selectAll()
        self._scroll.ensureWidgetVisible(target)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Show what is selected as it is now."""
        document, ids = self._session.document, self._session.selection
        self._shapes = tuple(s for s in document.shapes if s.id in ids) if document is not None and ids else ()
        specs = shared_specs(self._shapes, self._session.labels)
        if self._specs != specs:
            self._build(specs)
        self._say(specs)
        for row in self._rows:
            row.show_shapes(self._shapes)
        self.image_labels.setVisible(not self._shapes and document is not None)

    def _build(self, specs: tuple[AttributeSpec, ...]) -> None:
        self._specs = specs
        while self._form.rowCount():
            self._form.removeRow(0)
        self._rows = [AttributeRow(spec, self) for spec in specs] + [AttributeRow(TRACK, self, TRACK_HELP)]
        for row in self._rows:
            row.changed.connect(self._on_changed)
            self._keys.watch(row.field)
            self._form.addRow(row.caption, row)

    def _say(self, specs: Sequence[AttributeSpec]) -> None:
        names = list(dict.fromkeys(s.label for s in self._shapes))
        alone = self._session.document is None
        title = "This picture" if not self._shapes else counted(len(self._shapes))
        if len(names) == 1:
            title = names[0] if len(self._shapes) == 1 else f"{title}: {names[0]}"
        self._title.setText(title)
        self._title.setVisible(not alone)
        note = "Open a picture and select shapes to see their attributes." if alone else ""
        if len(names) > 1 and any(self._asks(name) for name in names):
            note = DIFFERENT
        elif len(names) == 1 and not specs:
            note = NOTHING_ASKED.format(names[0])
        self._note.setText(note)
        self._note.setVisible(bool(note))
        for row in self._rows:
            self._form.setRowVisible(row, bool(self._shapes))
        others = _others(self._shapes, self._session.labels)
        self._others.setText(others)
        self._others.setVisible(bool(others))

    def _asks(self, name: str) -> bool:
        label = self._session.labels.get(name)
        return label is not None and bool(label.attributes)

    @Slot(object, object)
    def _on_changed(self, spec: AttributeSpec, value: Attribute) -> None:
        document = self._session.document
        free = edits.editable(document, (s.id for s in self._shapes)) if document is not None else ()
        if len(free) < len(self._shapes):
            self._session.noted.emit(f"{counted(len(self._shapes) - len(free))} locked: left as before.")
        if not free:
            self.refresh()
            return

        def change(before: Document) -> Document:
            if spec is TRACK:
                return edits.set_track(before, free, value if isinstance(value, int) else None)
            return edits.set_attributes(before, free, {spec.name: value})

        name = spec.name if spec is not TRACK else "track"
        key = f"{name} of {','.join(free)}" if isinstance(spec, NumberSpec) else None  # a spin box steps many times
        if not self._session.edit_document(f"Set {name} of {counted(len(free))}", change, key):
            self.refresh()


class AttributeRow(QWidget):
    """One attribute: its field, a button that takes the value away, and what is wrong with it."""

    changed = Signal(object, object)
    """(spec, value) A good value, or None, was given."""

    def __init__(self, spec: AttributeSpec, parent: QWidget, help_: str = "") -> None:
        super().__init__(parent)
        name = f"attribute.{spec.name}"
        self.spec = spec
        self.setObjectName(name)
        self.caption = QLabel(spec.name + (" *" if spec.required else ""))
        self.caption.setFixedHeight(26)  # beside the field, also where a sentence stands below that
        self.caption.setToolTip(help_ or _asked(spec))
        self.field = field_for(spec)
        self.field.setObjectName(f"{name}.edit")
        self.field.setAccessibleName(f"{spec.name}, required" if spec.required else spec.name)
        self.field.setToolTip(help_ or _asked(spec))
        self.field.setMinimumHeight(26)
        self.field.committed.connect(self._on_committed)
        self.caption.setBuddy(self.field)
        self._clear = QToolButton()
        self._clear.setObjectName(f"{name}.clear")
        self._clear.setAccessibleName(f"Take {spec.name} away")
        self._clear.setToolTip(f"Take {spec.name} away")
        self._clear.setText("✕")
        self._clear.setAutoRaise(True)
        self._clear.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._clear.clicked.connect(self._on_clear)
        self._problem = _words(f"{name}.problem", "error")
        line = QHBoxLayout()
        line.setSpacing(4)
        line.addWidget(self.field, 1)
        line.addWidget(self._clear)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(line)
        column.addWidget(self._problem)

    def show_shapes(self, shapes: Sequence[Shape]) -> None:
        """Show what the shapes have, and what they lack."""
        values = [s.track if self.spec is TRACK else s.attributes.get(self.spec.name) for s in shapes]
        different = _first_two(values)
        self.field.show_values(different)
        self._clear.setEnabled(any(v is not None for v in different))
        missing = values.count(None) + values.count("") if self.spec.required else 0
        reason = next((r for v in different if v not in (None, "") and (r := self.spec.problem(v))), None)
        words = f"Required: missing in {missing} of {len(values)}" if len(values) > 1 else "Required"
        self._tell(words if missing else _sentence(reason))

    def _tell(self, words: str) -> None:
        self._problem.setText(words)
        self._problem.setVisible(bool(words))

    @Slot(object)
    def _on_committed(self, value: Attribute) -> None:
        reason = self.spec.problem(value) if value is not None else None
        if reason is None:
            self.changed.emit(self.spec, value)
            return
        self._tell(_sentence(reason))
        self.field.setFocus()

    @Slot()
    def _on_clear(self) -> None:
        self.changed.emit(self.spec, None)


def _first_two(values: Sequence[Attribute]) -> list[Attribute]:
    """The first value and the first that differs from it: 1 and True differ, whatever Python says."""
    first = values[:1]
    other = (v for v in values if v is not first[0] and (type(v) is not type(first[0]) or v != first[0]))
    return [*first, *islice(other, 1)]


def shared_specs(shapes: Iterable[Shape], labels: LabelList) -> tuple[AttributeSpec, ...]:
    """What the labels of all these shapes ask for, in the first one's order."""
    names = dict.fromkeys(s.label for s in shapes)
    asked = [label.attributes if (label := labels.get(name)) is not None else () for name in names]
    return tuple(spec for spec in asked[0] if all(spec in other for other in asked[1:])) if asked else ()


def _others(shapes: Sequence[Shape], labels: LabelList) -> str:
    """What one shape says beside what its label asks for: imports bring that."""
    if len(shapes) != 1:
        return ""
    label = labels.get(shapes[0].label)
    known = {spec.name for spec in label.attributes} if label is not None else set()
    found = [f"{key}: {said(value)}" for key, value in shapes[0].attributes.items() if key not in known]
    more = [f"and {len(found) - MOST_OTHERS} more"] if len(found) > MOST_OTHERS else []
    return "\n".join(["Also known of it:", *found[:MOST_OTHERS], *more]) if found else ""


def _asked(spec: AttributeSpec) -> str:
    words = [spec.name]
    if isinstance(spec, NumberSpec) and (spec.minimum is not None or spec.maximum is not None):
        low, high = said(spec.minimum), said(spec.maximum)
        words.append(f"{low} to {high}" if low and high else (f"{low} or more" if low else f"{high} or less"))
    if spec.required:
        words.append("required")
    return ", ".join(words)


def _sentence(reason: str | None) -> str:
    return f"{reason[:1].upper()}{reason[1:]}." if reason else ""


def _words(name: str, role: str) -> QLabel:
    label = QLabel()
    label.setObjectName(name)
    label.setProperty("role", role)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
