"""The shapes dock: the current picture's shapes as a list, selected together with those on the picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelection,
    QItemSelectionModel,
    QItemSelectionRange,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Slot,
)
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QApplication, QHeaderView, QLabel, QTableView, QVBoxLayout, QWidget

from app.core.annotation import Shape
from app.core.document import changed_stretch
from app.ui.look.theme import tokens_for
from app.ui.session import Session

COLUMNS = ("Label", "Kind", "Area, px", "Score")
ANSWERED = frozenset(
    {
        Qt.ItemDataRole.DisplayRole,
        Qt.ItemDataRole.DecorationRole,
        Qt.ItemDataRole.TextAlignmentRole,
        Qt.ItemDataRole.ForegroundRole,
        Qt.ItemDataRole.ToolTipRole,
    }
)
KINDS = {"rotated_box": "rotated box"}
AnyIndex = QModelIndex | QPersistentModelIndex


class ShapesModel(QAbstractTableModel):
    """Rows are shapes, the topmost first. Built for tens of thousands: nothing is copied per row."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.shapes: tuple[Shape, ...] = ()
        self.warning = ""
        self._counted: tuple[Shape, ...] = ()
        self._asked: dict[str, tuple[str, ...]] = {}
        self._lacking = 0

    def show(self, shapes: tuple[Shape, ...]) -> None:
        head, tail = changed_stretch(self.shapes, shapes)
        if len(shapes) == len(self.shapes):  # a drag changes one row among thousands
            self.shapes = shapes
            if head < len(shapes):
                self.dataChanged.emit(self.index(tail, 0), self.index(len(shapes) - head - 1, len(COLUMNS) - 1))
            return
        self.beginResetModel()
        self.shapes = shapes
        self.endResetModel()

    def at(self, row: int) -> Shape:
        return self.shapes[len(self.shapes) - 1 - row]

    def row_of(self, shape_id: str) -> int:
        return next((len(self.shapes) - 1 - i for i, s in enumerate(self.shapes) if s.id == shape_id), -1)

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.shapes)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section >= 2 else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role not in ANSWERED:
            return None
        shape = self.at(index.row())
        if role == Qt.ItemDataRole.DisplayRole:
            mark = " !" if index.column() == 0 and self.missing(shape) else ""
            return CELLS[index.column()](shape) + mark
        if role == Qt.ItemDataRole.ForegroundRole:
            return QColor(self.warning) if index.column() == 0 and self.missing(shape) else None
        if role == Qt.ItemDataRole.DecorationRole and index.column() == 0:
            return QColor(self._session.labels.colour_of(shape.label))
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() >= 2:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ToolTipRole:
            said = [f"{name}: {value}" for name, value in shape.attributes.items()]
            return "\n".join([*said, *(f"{name}: required, not given" for name in self.missing(shape))])
        return None

    def missing(self, shape: Shape) -> tuple[str, ...]:
        """The required attributes that a shape lacks."""
        label = self._session.labels.get(shape.label)
        return label.missing(shape.attributes) if label is not None and label.attributes else ()

    def incomplete(self) -> int:
        """How many shapes lack a required attribute. Costs what has changed since it was last asked."""
        asked = {x.name: tuple(spec.name for spec in x.attributes if spec.required) for x in self._session.labels}
        asked = {name: wanted for name, wanted in asked.items() if wanted}
        before, self._counted = self._counted if asked == self._asked else (), self.shapes
        lacking = self._lacking if asked == self._asked else 0
        head, tail = changed_stretch(before, self.shapes)
        gone, fresh = before[head : len(before) - tail], self.shapes[head : len(self.shapes) - tail]
        self._asked, self._lacking = asked, lacking - _lacking(gone, asked) + _lacking(fresh, asked)
        return self._lacking


def _lacking(shapes: tuple[Shape, ...], asked: Mapping[str, tuple[str, ...]]) -> int:
    if not asked:
        return 0
    return sum(any(s.attributes.get(n) in (None, "") for n in asked.get(s.label, ())) for s in shapes)


class ShapesPanel(QWidget):
    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("shapes")
        self.setAccessibleName("Shapes")
        self._session = session
        self._busy = False
        self._model = ShapesModel(session)
        self._table = QTableView()
        self._table.setObjectName("shapes.table")
        self._table.setAccessibleName("Shapes of this picture")
        self._table.setModel(self._model)
        self._table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self._table.setShowGrid(False)
        self._table.verticalHeader().hide()
        self._table.verticalHeader().setDefaultSectionSize(24)
        self._table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = self._table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setMaximumSectionSize(160)
        header.setResizeContentsPrecision(0)  # by the rows in sight: all of thousands would be asked at each change
        self._table.selectionModel().selectionChanged.connect(self._on_selected)
        self._words = QLabel("No shapes on this picture yet.")
        self._words.setObjectName("shapes.count")
        self._words.setProperty("role", "muted")
        self._words.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(8)
        layout.addWidget(self._table, 1)
        layout.addWidget(self._words)
        session.document_changed.connect(self._refresh)
        session.project_changed.connect(self._refresh)
        session.labels_changed.connect(self._table.viewport().update)
        session.labels_changed.connect(self._count)
        session.selection_changed.connect(self._show_selection)

    def reveal(self, shape_id: str) -> None:
        """Scroll to a shape."""
        row = self._model.row_of(shape_id)
        if row >= 0:
            self._table.scrollTo(self._model.index(row, 0))

    def copy_table(self) -> None:
        """Put the table on the clipboard as tab-separated text."""
        rows = [COLUMNS, *(cells(self._model.at(r)) for r in range(self._model.rowCount()))]
        QApplication.clipboard().setText("\n".join("\t".join(row) for row in rows))

    @Slot()
    def _refresh(self) -> None:
        document = self._session.document
        self._busy = True
        self._model.show(document.shapes if document else ())
        self._busy = False
        scored = any(s.score is not None for s in self._model.shapes)
        self._table.setColumnHidden(COLUMNS.index("Score"), not scored and bool(self._model.shapes))
        self._count()
        self._show_selection()

    @Slot()
    def _count(self) -> None:
        self._model.warning = tokens_for(self.palette()).warning
        count, lacking = self._model.rowCount(), self._model.incomplete()
        plural = "s" if count != 1 else ""
        more = f", {lacking:,} without a required attribute (!)" if lacking else ""
        self._words.setText(f"{count:,} shape{plural}{more}" if count else "No shapes on this picture yet.")

    @Slot()
    def _show_selection(self) -> None:
        self._busy = True
        chosen, last = QItemSelection(), self._model.rowCount() - 1
        ids = self._session.selection
        rows = (last - i for i, s in enumerate(self._model.shapes) if s.id in ids) if ids else iter(())
        for row in islice(rows, 1000):
            index = self._model.index(row, 0)
            chosen.append(QItemSelectionRange(index))
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        self._table.selectionModel().select(chosen, flags)
        self._busy = False

    @Slot()
    def _on_selected(self) -> None:
        if not self._busy:
            rows = self._table.selectionModel().selectedRows()
            self._session.select(self._model.at(index.row()).id for index in rows)


def _kind(shape: Shape) -> str:
    marks = [KINDS.get(shape.kind, shape.kind), *(["locked"] * shape.locked), *(["hidden"] * shape.hidden)]
    return ", ".join(marks)


def _area(shape: Shape) -> str:
    area = shape.geometry.area()
    return f"{area:,.0f}" if area else ""


def _score(shape: Shape) -> str:
    return "" if shape.score is None else f"{shape.score:.2f}"


def _label(shape: Shape) -> str:
    return shape.label


CELLS: tuple[Callable[[Shape], str], ...] = (_label, _kind, _area, _score)
"""What each column shows of a shape."""


def cells(shape: Shape) -> tuple[str, ...]:
    """A row of the table."""
    return tuple(cell(shape) for cell in CELLS)
