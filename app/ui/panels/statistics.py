"""The statistics dock: how many shapes of which label, size, kind and author, and where the pictures stand."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.core.document import State
from app.core.statistics import MEDIUM, SMALL, Row, Statistics, as_text, sorts_of, table
from app.io import survey
from app.ui.look.marks import state_icon
from app.ui.look.theme import tokens_for
from app.ui.panels.files import FilesPanel
from app.ui.panels.size_histogram import SizeHistogram
from app.ui.session import Session

COLUMNS = ("", "Here", "All", "Pictures")
HINTS = {
    "Labels": "Click to list the pictures with it",
    "States": "Click to list these pictures",
    "Authors": "Click to list the pictures with shapes of this author",
}
NOTES = {
    "small": f"COCO's small: an area under {SMALL} x {SMALL} pixels",
    "medium": f"COCO's medium: from {SMALL} x {SMALL}, under {MEDIUM} x {MEDIUM} pixels",
    "large": f"COCO's large: from {MEDIUM} x {MEDIUM} pixels",
    "": "Points, lines and skeletons",
}
HERE_MS, PROJECT_MS = 60, 700
WIDTH = 280
ROW = Qt.ItemDataRole.UserRole
NUMBERS = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class StatisticsPanel(QWidget):
    """Counts the shown picture at once and the project on a thread, while it is seen."""

    wanted = Signal(str, str)
    """(section, key) The pictures of that row are to be listed."""
    save_asked = Signal()

    def __init__(self, session: Session, files: FilesPanel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("statistics")
        self.setAccessibleName("Statistics")
        self._session, self._files = session, files
        self._project, self._here = Statistics(), Statistics()
        self.rows: tuple[Row, ...] = ()
        self._seen = False
        self._items: dict[tuple[str, str], QTreeWidgetItem] = {}
        self._build()
        self._soon, self._later = self._timer(HERE_MS, self._count_here), self._timer(PROJECT_MS, self._ask)
        session.document_changed.connect(self._on_document)
        session.documents_touched.connect(self._on_touched)
        session.labels_changed.connect(self._on_document)
        session.project_changed.connect(self._on_project)
        files.listed.connect(self._on_document)

    def _timer(self, ms: int, slot: object) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(ms)
        timer.timeout.connect(slot)
        return timer

    def _build(self) -> None:
        self.setMinimumWidth(WIDTH)
        self._words = QLabel()
        self._words.setObjectName("statistics.words")
        self._words.setWordWrap(True)
        self.tree = QTreeWidget()
        self.tree.setObjectName("statistics.table")
        self.tree.setAccessibleName("Shapes and pictures, counted")
        self.tree.setHeaderLabels(list(COLUMNS))
        self.tree.setIndentation(0)  # the bold lines are enough, and names need the room
        self.tree.setIconSize(QSize(16, 16))
        self.tree.setUniformRowHeights(True)
        self.tree.setRootIsDecorated(False)
        self.tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = self.tree.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(36)
        for column in range(1, len(COLUMNS)):
            self.tree.headerItem().setTextAlignment(column, NUMBERS)
        self.tree.itemClicked.connect(self._on_item)
        self.tree.itemActivated.connect(self._on_item)
        self.histogram = SizeHistogram()
        sides = QLabel("Sizes in the project: side of a square of the same area, in pixels")
        sides.setProperty("role", "muted")
        sides.setWordWrap(True)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for name, title, tip, slot in (
            ("copy", "Copy table", "Copy everything as tab-separated text", self.copy),
            ("save", "Save CSV...", "Write everything into a file of comma-separated values", self.save_asked),
        ):
            button = QPushButton(title)
            button.setObjectName(f"statistics.{name}")
            button.setAccessibleName(title)
            button.setToolTip(tip)
            button.clicked.connect(slot)
            buttons.addWidget(button, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(8)
        layout.addWidget(self._words)
        layout.addWidget(self.tree, 1)
        layout.addWidget(self.histogram)
        layout.addWidget(sides)
        layout.addLayout(buttons)

    # -- counting

    @Slot()
    def _on_document(self) -> None:
        if self._seen:
            self._soon.start()

    @Slot()
    def _on_touched(self) -> None:
        if self._seen:
            self._later.start()

    @Slot()
    def _on_project(self) -> None:
        self._project = Statistics()
        if self._seen:
            self._soon.start()
            self._ask()

    @Slot(bool)
    def set_seen(self, seen: bool) -> None:
        """Whether the dock is in sight: behind another tab nothing is counted."""
        self._seen = seen
        if seen:
            self._count_here()
            self._ask()

    @Slot()
    def _ask(self) -> None:
        self._files.lookups.ask("statistics", survey.statistics, self._on_counted)

    def _on_counted(self, found: Statistics) -> None:
        self._project = found
        self._show()

    @Slot()
    def _count_here(self) -> None:
        document = self._session.document
        self._here = Statistics(sorts_of(document.shapes) if document is not None else {})
        self._show()

    # -- showing

    def _show(self) -> None:
        document = self._session.document
        state: State | None = document.state if document is not None else None
        order = [label.name for label in self._session.labels]
        self.rows = table(self._project, self._here, order, self._files.model.states(), state)
        keys = [(row.section, row.key) for row in self.rows]
        if keys != list(self._items):
            self._fill()
        for row in self.rows:
            self._show_row(self._items[row.section, row.key], row)
        self.histogram.show_counts(self._project.sizes())
        self._words.setText(self._summary())

    def _summary(self) -> str:
        shapes, here, pictures = self._project.shapes, self._here.shapes, self._files.model.total
        if not shapes and not here:
            return "No shapes in this project yet. They are counted here by label, size, kind and author."
        plural = "s" if shapes != 1 else "", "s" if pictures != 1 else ""
        return f"{shapes:,} shape{plural[0]} on {pictures:,} picture{plural[1]}, {here:,} of them on this one"

    def _fill(self) -> None:
        chosen = self.tree.currentItem()
        before = chosen.data(0, ROW) if chosen is not None else None
        closed = {item.text(0) for item in self._sections() if not item.isExpanded()}
        self.tree.clear()
        self._items.clear()
        sections: dict[str, QTreeWidgetItem] = {}
        for row in self.rows:
            if row.section not in sections:
                above = sections[row.section] = QTreeWidgetItem([row.section])
                font = above.font(0)
                font.setBold(True)
                above.setFont(0, font)
                self.tree.addTopLevelItem(above)
            item = QTreeWidgetItem([row.words])
            item.setData(0, ROW, (row.section, row.key))
            for column in range(1, len(COLUMNS)):
                item.setTextAlignment(column, NUMBERS)
            note = NOTES[row.key] if row.section == "Sizes" else HINTS.get(row.section, "")
            item.setToolTip(0, f"{row.words}. {note}".rstrip())
            sections[row.section].addChild(item)
            self._items[row.section, row.key] = item
        for name, above in sections.items():
            above.setExpanded(name not in closed)
        if before in self._items:
            self.tree.setCurrentItem(self._items[before])

    def _sections(self) -> list[QTreeWidgetItem]:
        found = (self.tree.topLevelItem(n) for n in range(self.tree.topLevelItemCount()))
        return [item for item in found if item is not None]

    def _show_row(self, item: QTreeWidgetItem, row: Row) -> None:
        pictures = "" if row.pictures is None else f"{row.pictures:,}"
        shapes = ("", "") if row.section == "States" else (f"{row.here:,}", f"{row.project:,}")
        for column, text in enumerate((*shapes, pictures), 1):
            item.setText(column, text)
        if row.section == "Labels":
            item.setIcon(0, _square(self._session.labels.colour_of(row.key)))
        elif row.section == "States":
            item.setIcon(0, state_icon(row.key, tokens_for(self.palette())))  # type: ignore[arg-type]

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._items:
            self._show()

    # -- what the person does

    @Slot(QTreeWidgetItem, int)
    def _on_item(self, item: QTreeWidgetItem, _: int) -> None:
        row = item.data(0, ROW)
        if row is not None and row[0] in HINTS:
            self.wanted.emit(*row)

    @Slot()
    def copy(self) -> None:
        """Put the table on the clipboard as tab-separated text."""
        QApplication.clipboard().setText("\n".join("\t".join(line) for line in as_text(self.rows)))


def _square(colour: str) -> QIcon:
    pixmap = QPixmap(24, 24)
    pixmap.setDevicePixelRatio(2)
    pixmap.fill(QColor(colour))
    icon = QIcon(pixmap)
    icon.addPixmap(pixmap, QIcon.Mode.Selected)  # or the style tints it with the selection's colour
    return icon
