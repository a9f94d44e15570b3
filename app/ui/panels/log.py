"""The log: every notice with its time, and the details of errors."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QSplitter,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

AT_MOST = 2000
WORDS = {"info": "Note", "warning": "Warning", "error": "Error"}
DETAILS = Qt.ItemDataRole.UserRole


class LogPanel(QWidget):
    """A table of time, kind and sentence; the details (a traceback) of the selected row below it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("log")
        self.setAccessibleName("Log")
        self._rows = QTreeWidget()
        self._rows.setObjectName("log.rows")
        self._rows.setAccessibleName("What happened")
        self._rows.setHeaderLabels(["Time", "Kind", "What happened"])
        self._rows.setRootIsDecorated(False)
        self._rows.setUniformRowHeights(True)
        self._rows.itemSelectionChanged.connect(self._show_details)
        self._details = QPlainTextEdit()
        self._details.setObjectName("log.details")
        self._details.setAccessibleName("Details")
        self._details.setReadOnly(True)
        self._details.setPlaceholderText("Select a row to see its details.")
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.addWidget(self._rows)
        splitter.addWidget(self._details)
        splitter.setSizes([600, 300])
        copy = QPushButton("Copy all")
        copy.setObjectName("log.copy")
        copy.setAccessibleName("Copy the whole log")
        copy.setToolTip("Copy every row and its details, to send with a report")
        copy.clicked.connect(self._copy)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(copy)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addWidget(splitter, 1)
        layout.addLayout(buttons)

    @Slot(str, str, str)
    def add(self, level: str, sentence: str, details: str) -> None:
        row = QTreeWidgetItem([datetime.now().strftime("%H:%M:%S"), WORDS.get(level, level), sentence])
        row.setToolTip(2, sentence)
        row.setData(0, DETAILS, details)
        self._rows.addTopLevelItem(row)
        if self._rows.topLevelItemCount() > AT_MOST:
            self._rows.takeTopLevelItem(0)
        self._rows.scrollToItem(row)

    def text(self) -> str:
        """Every row with its details, as plain text."""
        lines = []
        for i in range(self._rows.topLevelItemCount()):
            row = self._rows.topLevelItem(i)
            if row is not None:
                lines.append("  ".join(row.text(column) for column in range(3)))
                lines += [f"    {line}" for line in str(row.data(0, DETAILS)).splitlines()]
        return "\n".join(lines)

    @Slot()
    def _show_details(self) -> None:
        chosen = self._rows.selectedItems()
        self._details.setPlainText(str(chosen[0].data(0, DETAILS)) if chosen else "")

    @Slot()
    def _copy(self) -> None:
        QApplication.clipboard().setText(self.text())
