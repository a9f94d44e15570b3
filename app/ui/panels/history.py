"""The history dock: every step by its name and picture, the present one marked; a click or Enter goes to any."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QBrush, QColor, QFont, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QLabel, QTableView, QVBoxLayout, QWidget

from app.core.history import Step
from app.ui.look.theme import tokens_for
from app.ui.session import Session

COLUMNS = ("Step", "Picture")
START = "Start of the history"
AnyIndex = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole


class HistoryModel(QAbstractTableModel):
    """Rows are positions: row 0 is the state before all steps, row n the one after n of them. Rows are asked for when
    they are seen: ten thousand steps cost as much as ten."""

    def __init__(self, session: Session, colours: QWidget) -> None:
        super().__init__()
        self._session, self._colours = session, colours
        self._rows = self._position = 0

    def refresh(self) -> None:
        """Take over what the session's history is now."""
        history = self._session.history
        rows, position = len(history.done) + len(history.undone) + 1, history.position
        if rows == self._rows + 1 and position == rows - 1 == self._position + 1:  # a step was made
            self.beginInsertRows(QModelIndex(), position, position)
            self._rows, self._position = rows, position
            self.endInsertRows()
        elif rows != self._rows:
            self.beginResetModel()
            self._rows, self._position = rows, position
            self.endResetModel()
        self._position = position
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(self._rows - 1, len(COLUMNS) - 1))

    @property
    def position(self) -> int:
        """The row of the present state."""
        return self._position

    def step(self, row: int) -> Step | None:
        """The step that leads to a row; None for the first."""
        history = self._session.history
        number = row - 1
        return history.step(number) if 0 <= number < len(history.done) + len(history.undone) else None

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else self._rows

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> object:
        if orientation == Qt.Orientation.Horizontal and role == Role.DisplayRole:
            return COLUMNS[section]
        if orientation == Qt.Orientation.Horizontal and role == Role.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: AnyIndex, role: int = Role.DisplayRole) -> object:
        row = index.row()
        if role == Role.DisplayRole:
            return self._text(row) if index.column() == 0 else self._picture(row)
        if role == Role.FontRole and row == self._position:
            font = QFont(self._colours.font())
            font.setBold(True)
            return font
        if role == Role.ForegroundRole:
            return self._colour(row, index.column())
        if role in (Role.ToolTipRole, Role.AccessibleTextRole):
            where = self._picture(row)
            return f"{self._text(row)}{f' on {where}' if where else ''}: {self._standing(row)}"
        return None

    def _text(self, row: int) -> str:
        step = self.step(row)
        name = START if step is None else step.name
        return f"➤ {name}" if row == self._position else name

    def _picture(self, row: int) -> str:
        step = self.step(row)
        if step is None or not step.shown:
            return ""
        others = step.pictures - 1
        return f"{step.shown} and {others:,} more" if others > 0 else step.shown

    def _colour(self, row: int, column: int) -> QBrush | None:
        tokens = tokens_for(self._colours.palette())
        if row > self._position:
            return QBrush(QColor(tokens.disabled))
        return QBrush(QColor(tokens.muted)) if column else None

    def _standing(self, row: int) -> str:
        if row == self._position:
            return "this is how everything is now"
        return "taken back; click to do it again" if row > self._position else "click to go back to it"


class HistoryPanel(QWidget):
    """A click, or Enter on a chosen row, makes everything as it was after that step."""

    chosen = Signal(int)
    """(position) Everything is to be as it was after that many steps."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("history")
        self.setAccessibleName("History")
        self._session = session
        self._table = _Steps()
        self._table.setObjectName("history.steps")
        self._table.setAccessibleName("Steps, the oldest first")
        self.model = HistoryModel(session, self._table)
        self._table.setModel(self.model)
        header = self._table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.resizeSection(1, 88)
        self._table.clicked.connect(self._on_index)
        self._table.entered_row.connect(self.chosen)
        self._words = QLabel()
        self._words.setObjectName("history.words")
        self._words.setProperty("role", "muted")
        self._words.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(8)
        layout.addWidget(self._table, 1)
        layout.addWidget(self._words)
        session.history_changed.connect(self.refresh)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Show the history as it is now, the present step in sight."""
        self.model.refresh()
        done, undone = len(self._session.history.done), len(self._session.history.undone)
        if not done and not undone:
            self._words.setText("Every edit is listed here. Click one to go back to it, also after a restart.")
        else:
            more = f", {undone:,} can be done again" if undone else ""
            self._words.setText(f"{done:,} step{'s' if done != 1 else ''}{more}")
        self._table.setVisible(bool(done or undone))
        index = self.model.index(self.model.position, 0)
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        self._table.selectionModel().setCurrentIndex(index, flags)
        self._table.scrollTo(index)

    @Slot(QModelIndex)
    def _on_index(self, index: QModelIndex) -> None:
        self.chosen.emit(index.row())


class _Steps(QTableView):
    """Rows of which the arrow keys choose one and Enter takes it."""

    entered_row = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(24)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.entered_row.emit(self.currentIndex().row())
        else:
            super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:
        """Typing goes to the keys of commands, not through ten thousand names."""
