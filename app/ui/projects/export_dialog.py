"""What is exported, in which format, and what that format loses: said before anything is written."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QRadioButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.core.document import State
from app.core.filtering import STATE_WORDS, Filter
from app.io import survey
from app.io.formats import FORMATS
from app.io.formats.losses import ALSO, fates
from app.io.transfer import Choice
from app.ui import dialogs
from app.ui.projects.lookups import Lookups
from app.ui.session import Session

WRITTEN = sorted(f.id for f in FORMATS.values() if f.writes)
MASKS = {
    "auto": "Polygons; run lengths where there are holes",
    "rle": "Run lengths",
    "polygon": "Polygons; holes are filled",
}
NUMBERS = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
Counted = tuple[int, dict[str, int]]


class ExportDialog(QDialog):
    """Asks for format, pictures, labels and folder."""

    wanted = Signal(object, str, object, str)
    """(folder, mask style, choice, format id)"""

    def __init__(self, session: Session, lookups: Lookups, on: Filter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("export")
        self.setWindowTitle("Export")
        self._session, self._lookups, self._on = session, lookups, on
        self._pictures = 0
        layout = QVBoxLayout(self)
        layout.setSpacing(8)
        layout.addLayout(self._build_format())
        columns = QHBoxLayout()
        columns.setSpacing(16)
        columns.addLayout(self._build_pictures(), 1)
        columns.addLayout(self._build_labels(), 1)
        layout.addLayout(columns, 2)
        self._build_losses(layout)
        self._build_buttons(layout)
        self.resize(640, 560)
        self._refresh()

    # -- assembly

    def _build_format(self) -> QFormLayout:
        self._format = self._combo("format", "Format", {f: FORMATS[f].title for f in WRITTEN})
        self._masks = self._combo("masks", "How polygons and masks are written", MASKS)
        self.folder = QLineEdit(str((self._session.root or Path()) / "export"))
        self.folder.setObjectName("export.folder")
        self.folder.setAccessibleName("Folder to write to")
        self.folder.setToolTip("Where the files are written; it is made if it is missing")
        self.folder.textChanged.connect(self._show_ready)
        choose = QPushButton("Choose...")
        choose.setObjectName("export.choose")
        choose.setAccessibleName("Choose the folder")
        choose.setToolTip("Choose the folder to write to")
        choose.setAutoDefault(False)
        choose.clicked.connect(self._on_choose)
        place = QHBoxLayout()
        place.addWidget(self.folder, 1)
        place.addWidget(choose)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("Format", self._format)
        form.addRow("Regions", self._masks)
        form.addRow("Folder", place)
        return form

    def _combo(self, name: str, title: str, values: dict[str, str]) -> QComboBox:
        box = QComboBox()
        box.setObjectName(f"export.{name}")
        box.setAccessibleName(title)
        box.setToolTip(title)
        for value, words in values.items():
            box.addItem(words, value)
        box.currentIndexChanged.connect(self._refresh)
        return box

    def _build_pictures(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.addWidget(_title("Pictures"))
        self._which = QButtonGroup(self)
        on = "none is on" if self._on.empty else self._on.words()
        filtered = f"Those of the filter: {on}"
        for name, words in (("all", "All"), ("filter", filtered), ("states", "By state:")):
            button = QRadioButton(words if len(words) < 44 else f"{words[:42]}...")
            button.setObjectName(f"export.{name}")
            button.setAccessibleName(words)
            button.setToolTip(words)
            self._which.addButton(button)
            column.addWidget(button)
        self._filter_button: QRadioButton = self._which.buttons()[1]  # type: ignore[assignment]
        self._states_button: QRadioButton = self._which.buttons()[2]  # type: ignore[assignment]
        self._filter_button.setEnabled(not self._on.empty)
        self._which.buttons()[0 if self._on.empty else 1].setChecked(True)
        self._states: dict[State, QCheckBox] = {}
        grid = QGridLayout()
        grid.setContentsMargins(24, 0, 0, 0)
        for place, (state, words) in enumerate(STATE_WORDS.items()):
            box = QCheckBox(words.capitalize())
            box.setObjectName(f"export.state.{state}")
            box.setAccessibleName(f"Pictures that are {words}")
            box.setToolTip(f"Pictures that are {words}")
            box.setChecked(state == "done")
            box.toggled.connect(self._refresh)
            self._states[state] = box
            grid.addWidget(box, place // 2, place % 2)
        column.addLayout(grid)
        self._which.buttonToggled.connect(self._refresh)
        column.addStretch(1)
        return column

    def _build_labels(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.addWidget(_title("Labels"))
        self.labels = QListWidget()
        self.labels.setObjectName("export.labels")
        self.labels.setAccessibleName("Labels to export")
        self.labels.setToolTip("Only shapes of the checked labels are written; pictures without any are left out")
        for label in self._session.labels:
            item = QListWidgetItem(label.name)
            item.setFlags(Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
            item.setCheckState(Qt.CheckState.Checked)
            item.setSizeHint(QSize(80, 24))
            self.labels.addItem(item)
        self.labels.itemChanged.connect(self._refresh)
        column.addWidget(self.labels, 1)
        return column

    def _build_losses(self, layout: QVBoxLayout) -> None:
        self._heading = _title("")
        self._heading.setObjectName("export.heading")
        self.losses = QTreeWidget()
        self.losses.setObjectName("export.losses")
        self.losses.setAccessibleName("What becomes of the shapes")
        self.losses.setHeaderLabels(["Kind", "Shapes", "", "Becomes"])
        self.losses.setRootIsDecorated(False)
        self.losses.headerItem().setTextAlignment(1, NUMBERS)
        self.losses.header().setStretchLastSection(True)
        for column in range(3):
            self.losses.header().setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self._also = QLabel()
        self._also.setWordWrap(True)
        self._also.setProperty("role", "muted")
        layout.addWidget(self._heading)
        layout.addWidget(self.losses, 3)
        layout.addWidget(self._also)

    def _build_buttons(self, layout: QVBoxLayout) -> None:
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.go = box.addButton("Export", QDialogButtonBox.ButtonRole.AcceptRole)
        for button, name, tip in (
            (self.go, "export.go", "Write the files; the window stays in use meanwhile"),
            (box.button(QDialogButtonBox.StandardButton.Cancel), "export.cancel", "Write nothing (Esc)"),
        ):
            button.setObjectName(name)
            button.setAccessibleName(button.text().replace("&", ""))
            button.setToolTip(tip)
        box.accepted.connect(self._on_go)
        box.rejected.connect(self.reject)
        layout.addWidget(box)

    # -- what is chosen

    def choice(self) -> Choice:
        """The pictures and labels that are chosen now."""
        wanted = Filter()
        if self._filter_button.isChecked():
            wanted = self._on
        elif self._states_button.isChecked():
            wanted = Filter(states=tuple(s for s, box in self._states.items() if box.isChecked()))
        items = [self.labels.item(row) for row in range(self.labels.count())]
        checked = tuple(i.text() for i in items if i.checkState() == Qt.CheckState.Checked)
        return Choice(wanted, () if len(checked) == len(items) else checked)

    def _none(self) -> str:
        """Why nothing can be exported as it is chosen, "" if it can."""
        items = [self.labels.item(row) for row in range(self.labels.count())]
        if items and all(i.checkState() == Qt.CheckState.Unchecked for i in items):
            return "Check at least one label."
        if self._states_button.isChecked() and not any(box.isChecked() for box in self._states.values()):
            return "Check at least one state."
        return ""

    @Slot()
    def _refresh(self) -> None:
        for box in self._states.values():
            box.setEnabled(self._states_button.isChecked())
        self._also.setText(ALSO[self._format.currentData()])
        coco = self._format.currentData() == "coco"
        self._masks.setEnabled(coco)
        self._masks.setToolTip("How polygons and masks are written" if coco else "Labelme holds masks as pictures")
        self._pictures = 0
        self._show_ready()
        problem = self._none()
        if problem:
            self._lookups.drop("export")
            self._heading.setText(problem)
            self.losses.clear()
            return
        choice = self.choice()
        self._heading.setText("Counting...")

        def count(database: sqlite3.Connection) -> Counted:
            paths = set(survey.paths(database, choice.filter))
            if choice.labels:
                paths &= set(survey.paths_with_shapes(database, choice.labels))
            return len(paths), survey.kinds(database, None if choice.filter.empty else paths, choice.labels)

        self._lookups.ask("export", count, self._show)

    def _show(self, counted: Counted) -> None:
        self._pictures, kinds = counted
        found = fates(self._format.currentData(), self._masks.currentData(), kinds)
        self.losses.clear()
        for fate in found:
            mark = {"kept": "✓", "changed": "→", "left out": "✕"}[fate.outcome]
            what = fate.words or "as it is"
            words = f"left out: {what}" if fate.outcome == "left out" else what
            item = QTreeWidgetItem([fate.kind.replace("_", " "), f"{fate.shapes:,}", mark, words])
            item.setTextAlignment(1, NUMBERS)
            item.setToolTip(3, words)
            item.setData(0, Qt.ItemDataRole.AccessibleTextRole, f"{fate.kind}: {fate.outcome}, {words}")
            self.losses.addTopLevelItem(item)
        shapes = sum(kinds.values())
        plural = "s" if self._pictures != 1 else "", "s" if shapes != 1 else ""
        words = f"{self._pictures:,} picture{plural[0]}, {shapes:,} shape{plural[1]}"
        self._heading.setText(words if self._pictures else "No picture is what was chosen.")
        self._show_ready()

    @Slot()
    def _show_ready(self) -> None:
        self.go.setEnabled(bool(self.folder.text().strip()) and self._pictures > 0)

    # -- what the person does

    def done(self, result: int) -> None:
        self._lookups.drop("export")
        super().done(result)

    @Slot()
    def _on_choose(self) -> None:
        if folder := dialogs.ask_export(self, self._session.root):
            self.folder.setText(str(folder))

    @Slot()
    def _on_go(self) -> None:
        folder = Path(self.folder.text().strip()).expanduser()
        masks = self._masks.currentData() if self._masks.isEnabled() else "auto"
        self.wanted.emit(folder, masks, self.choice(), self._format.currentData())
        self.accept()


def _title(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "title")
    return label
