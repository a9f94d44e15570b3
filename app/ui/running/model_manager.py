"""The model manager: what each network is for, its size and licence, whether its file is here."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt, QThread, Signal, Slot
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMessageBox,
    QProgressBar,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.core.errors import FoveaError
from app.io import downloads
from app.tools.weights import Weights, WeightsRefused, size_text
from app.ui import threads
from app.ui.dialog_parts import close_buttons

MODEL = Qt.ItemDataRole.UserRole
WEIGHT_FILES = "Weights (*.pt *.pth *.safetensors *.onnx);;All files (*)"


class ModelManager(QDialog):
    """Downloads and hashes on a thread of its own; the window stays free, and closing the dialog stops the download
    (what has arrived is kept for going on)."""

    changed = Signal()
    """A file came, so tools that missed it may be run again."""
    _do = Signal(object)

    def __init__(self, weights: Weights, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("models")
        self.setWindowTitle("Models")
        self._weights = weights
        self._worker = _Worker()
        self._thread = QThread(self)
        self._thread.setObjectName("downloads")
        self._worker.moveToThread(self._thread)
        self._do.connect(self._worker.do)
        self._worker.progressed.connect(self._on_progress)
        self._worker.done.connect(self._on_done)
        self._thread.start()
        self._build()
        self._fill()
        self.resize(820, 460)

    def _build(self) -> None:
        self.tree = QTreeWidget()
        self.tree.setObjectName("models.tree")
        self.tree.setAccessibleName("Models")
        self.tree.setHeaderLabels(["Model", "For", "Size", "Licence", "State"])
        self.tree.setRootIsDecorated(False)
        self.tree.itemSelectionChanged.connect(self._on_selected)
        header = self.tree.header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        self.details = QLabel()
        self.details.setObjectName("models.details")
        self.details.setWordWrap(True)
        self.details.setTextFormat(Qt.TextFormat.PlainText)
        self.details.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.details.setMinimumHeight(4 * self.details.fontMetrics().lineSpacing())
        self.details.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.progress = QProgressBar()
        self.progress.setObjectName("models.progress")
        self.progress.setAccessibleName("Progress")
        self.progress.hide()
        self.fetch_button = self._button("fetch", "Download", "Fetch the file from where it is published", self.fetch)
        self.import_button = self._button("import", "Import file...", "Take a file that you have", self._on_import)
        self.verify_button = self._button("verify", "Verify", "Hash the file again", self.verify)
        self.stop_button = self._button("stop", "Stop", "Stop; a download goes on from here next time", self.stop)
        line = QHBoxLayout()
        for button in (self.fetch_button, self.import_button, self.verify_button, self.stop_button):
            line.addWidget(button)
        line.addStretch(1)
        line.addWidget(close_buttons(self))
        layout = QVBoxLayout(self)
        layout.addWidget(self.tree, 1)
        layout.addWidget(self.details)
        layout.addWidget(self.progress)
        layout.addLayout(line)

    def _button(self, name: str, text: str, tip: str, slot: Callable[[], object]) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(f"models.{name}")
        button.setAccessibleName(text.rstrip("."))
        button.setToolTip(tip)
        button.setAutoDefault(False)
        button.clicked.connect(slot)
        return button

    def select(self, model_id: str) -> None:
        """Show one model's row."""
        for i in range(self.tree.topLevelItemCount()):
            item = self.tree.topLevelItem(i)
            if item is not None and item.data(0, MODEL) == model_id:
                self.tree.setCurrentItem(item)

    @property
    def selected(self) -> str | None:
        items = self.tree.selectedItems()
        return str(items[0].data(0, MODEL)) if items else None

    @Slot()
    def fetch(self) -> None:
        if (model_id := self.selected) is not None:
            self._begin(lambda report, stop: downloads.fetch(self._weights, model_id, report, stop))

    @Slot()
    def verify(self) -> None:
        if (model_id := self.selected) is not None:
            self._begin(lambda _report, _stop: self._weights.verify(model_id))

    @Slot()
    def stop(self) -> None:
        self._worker.stopped.set()

    @Slot()
    def _on_import(self) -> None:
        file, _ = QFileDialog.getOpenFileName(self, "Import weights", "", WEIGHT_FILES)
        if file:
            self.import_file(Path(file))

    def import_file(self, file: Path, unverified: bool = False) -> None:
        """Take a file for the selected model; one that is not the listed one only after a question."""
        if (model_id := self.selected) is not None:
            self._offered = (file, model_id)
            self._begin(lambda _report, _stop: self._weights.import_file(file, model_id, unverified))

    _offered: tuple[Path, str] | None = None

    def _begin(self, work: Callable[[Any, Any], object]) -> None:
        self._worker.stopped.clear()
        self.progress.setRange(0, 0)
        self.progress.show()
        self._set_busy(True)
        self._do.emit(work)

    def _set_busy(self, busy: bool) -> None:
        self.stop_button.setEnabled(busy)
        chosen = self.selected is not None and not busy
        here = chosen and self._weights.present(str(self.selected)) is not None
        shipped = self.selected is not None and self._weights.entry(self.selected).shipped
        self.fetch_button.setEnabled(chosen and not here and not shipped)
        self.import_button.setEnabled(chosen)
        self.verify_button.setEnabled(here)

    @Slot(object, object)
    def _on_progress(self, done: int, total: int | None) -> None:
        if total:
            self.progress.setRange(0, 1000)
            self.progress.setValue(done * 1000 // total)
        self.details.setText(f"{size_text(done)} of {size_text(total)}")

    @Slot(object)
    def _on_done(self, error: Exception | None) -> None:
        self.progress.hide()
        self._fill()
        offered, self._offered = self._offered, None
        if error is None:
            self.changed.emit()
        elif isinstance(error, downloads.Stopped):
            self.details.setText("Stopped. What has arrived is kept: download again to go on.")
        elif isinstance(error, WeightsRefused) and offered is not None:
            self._ask_trust(offered[0], error)
        else:
            self.details.setText(str(error))

    def _ask_trust(self, file: Path, error: WeightsRefused) -> None:
        """Something is risked here, so here a dialog asks."""
        answer = QMessageBox.question(
            self, "Unverified file", f"{error}\n\nImport {file.name} all the same? It stays marked as unverified."
        )
        if answer == QMessageBox.StandardButton.Yes:
            self.import_file(file, unverified=True)

    @Slot()
    def _on_selected(self) -> None:
        self._set_busy(False)
        model_id = self.selected
        if model_id is None:
            self.details.setText("Choose a model to see what can be done with it.")
            return
        entry, path = self._weights.entry(model_id), self._weights.present(model_id)
        words = (
            f"sha256 {entry.sha256}" if entry.sha256 else "No hash is published: it is recorded when the file comes."
        )
        source = "It comes with Fovea; install Fovea again." if entry.shipped else f"From: {entry.url}"
        where = f"Here: {path}" if path else source
        self.details.setText(f"{entry.file}, {size_text(entry.bytes)}, {entry.licence}\n{where}\n{words}")

    def _fill(self) -> None:
        chosen = self.selected
        self.tree.clear()
        for entry in self._weights.entries.values():
            here = self._weights.present(entry.id) is not None
            row = [entry.title, entry.task, size_text(entry.bytes), entry.licence, "here" if here else "not here"]
            item = QTreeWidgetItem(row)
            item.setData(0, MODEL, entry.id)
            self.tree.addTopLevelItem(item)
        if chosen is not None:
            self.select(chosen)
        self._on_selected()

    def done(self, result: int) -> None:
        self._worker.stopped.set()
        threads.end(self._thread, self._worker)
        super().done(result)


class _Worker(QObject):
    progressed = Signal(object, object)
    done = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.stopped = threading.Event()

    @Slot(object)
    def do(self, work: Callable[[Any, Any], object]) -> None:
        try:
            work(self.progressed.emit, self.stopped.is_set)
            self.done.emit(None)
        except (FoveaError, downloads.Stopped, OSError) as error:
            self.done.emit(error)
