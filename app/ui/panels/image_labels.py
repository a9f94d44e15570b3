"""The labels of the picture as a whole: a list with a button each, and a field that adds one."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QStringListModel, Qt, Slot
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import QCompleter, QHBoxLayout, QLabel, QLineEdit, QToolButton, QVBoxLayout, QWidget

from app.core import edits, review
from app.core.history import Change
from app.ui.panels.attribute_fields import LeaveKeys
from app.ui.session import Session

SQUARE = 12


class ImageLabels(QWidget):
    """What the picture as a whole is labelled. Each change is one step; a name that is new makes the label too."""

    def __init__(self, session: Session, keys: LeaveKeys, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("image_labels")
        self.setAccessibleName("Labels of the picture")
        self._session = session
        self._rows: list[QWidget] = []
        self._shown: tuple[tuple[str, str], ...] | None = None
        self._empty = QLabel("No labels yet for the picture as a whole.")
        self._empty.setObjectName("image_labels.empty")
        self._empty.setProperty("role", "muted")
        self._empty.setWordWrap(True)
        self.entry = QLineEdit()
        self.entry.setObjectName("image_labels.add")
        self.entry.setAccessibleName("Add a label to the picture")
        self.entry.setPlaceholderText("Add a label")
        self.entry.setToolTip("Type a label's name or alias and press Enter; a new name makes a new label")
        self.entry.setMinimumHeight(26)
        self._names = QStringListModel(self)
        completer = QCompleter(self._names, self.entry)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.entry.setCompleter(completer)
        self.entry.returnPressed.connect(self._on_add)
        keys.watch(self.entry)
        self._list = QVBoxLayout()
        self._list.setSpacing(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._empty)
        column.addLayout(self._list)
        column.addWidget(self.entry)
        session.document_changed.connect(self._fill)
        session.labels_changed.connect(self._fill)
        session.project_changed.connect(self._fill)
        self._fill()

    @Slot()
    def _fill(self) -> None:
        document, labels = self._session.document, self._session.labels
        own = document.labels if document is not None else ()
        self._empty.setVisible(not own)
        names = [name for label in labels for name in (label.name, *label.aliases)]
        if names != self._names.stringList():
            self._names.setStringList(names)
        shown = tuple((name, labels.colour_of(name)) for name in own)
        if shown == self._shown:
            return
        self._shown = shown
        for row in self._rows:
            self._list.removeWidget(row)
            row.deleteLater()
        self._rows = [self._row(*pair) for pair in shown]
        for row in self._rows:
            self._list.addWidget(row)

    def _row(self, name: str, colour: str) -> QWidget:
        row = QWidget()
        square = QLabel()
        pixmap = QPixmap(2 * SQUARE, 2 * SQUARE)
        pixmap.setDevicePixelRatio(2)
        pixmap.fill(QColor(colour))
        square.setPixmap(QIcon(pixmap).pixmap(SQUARE, SQUARE))
        square.setFixedWidth(16)
        words = QLabel(name)
        words.setTextFormat(Qt.TextFormat.PlainText)
        words.setWordWrap(True)
        remove = QToolButton()
        remove.setObjectName(f"image_labels.remove.{name}")
        remove.setAccessibleName(f"Take {name} from the picture")
        remove.setToolTip(f"Take {name} from the picture")
        remove.setText("✕")
        remove.setAutoRaise(True)
        remove.clicked.connect(partial(self.remove, name))
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        line.addWidget(square)
        line.addWidget(words, 1)
        line.addWidget(remove)
        row.setMinimumHeight(26)
        return row

    @Slot()
    def _on_add(self) -> None:
        self.add(self.entry.text())
        self.entry.clear()

    def add(self, name: str) -> None:
        """Label the picture; an alias means the label that it belongs to."""
        document, labels = self._session.document, self._session.labels
        name = name.strip()
        if document is None or not name:
            return
        known = labels.named(name)
        name = known.name if known is not None else name
        after = edits.add_label(labels, name)
        pair = (document, review.add_image_labels(document, [name]))
        both = (labels, after) if after is not labels else None
        self._session.edit(Change(f"Label the picture {name}", (pair,), both))

    def remove(self, name: str, _: bool = False) -> None:
        """Take a label from the picture."""
        title = f"Take {name} from the picture"
        self._session.edit_document(title, lambda d: review.remove_image_labels(d, [name]))
