"""Dialogs: only where something is chosen. What they do stands in the rooms below."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

import app as package
from app.tools.weights import Weights
from app.ui.actions import Actions
from app.ui.keys import KeyEditor, KeySheet
from app.ui.model_manager import ModelManager
from app.ui.palette import Entry, Palette

ANNOTATIONS = "Annotations (*.json);;All files (*)"
PROJECTS = "Fovea projects (*.fovea);;All files (*)"


def ask_folder(parent: QWidget, start: str) -> Path | None:
    chosen = QFileDialog.getExistingDirectory(parent, "Open a folder of pictures", start)
    return Path(chosen) if chosen else None


def ask_project(parent: QWidget, start: str) -> Path | None:
    chosen, _ = QFileDialog.getOpenFileName(parent, "Open a project", start, PROJECTS)
    return Path(chosen) if chosen else None


def ask_import(parent: QWidget, start: Path | None) -> Path | None:
    chosen, _ = QFileDialog.getOpenFileName(parent, "Import COCO or labelme JSON", str(start or ""), ANNOTATIONS)
    return Path(chosen) if chosen else None


def ask_export(parent: QWidget, start: Path | None) -> Path | None:
    chosen = QFileDialog.getExistingDirectory(parent, "Export annotations.json (COCO) into", str(start or ""))
    return Path(chosen) if chosen else None


def about(parent: QWidget) -> None:
    QMessageBox.about(
        parent,
        "About Fovea",
        f"<b>Fovea {package.__version__}</b><p>Look at images, run computer vision on them, annotate what is seen."
        "<p>Free software under the GNU Affero General Public License, version 3 or later. It comes without warranty.",
    )


def palette(parent: QWidget, entries: list[Entry]) -> str | None:
    """Let the person pick one of the entries; its id."""
    dialog = Palette(entries, parent)
    corner = parent.mapToGlobal(QPoint((parent.width() - dialog.width()) // 2, 72))
    dialog.move(corner)
    dialog.exec()
    return dialog.chosen


def show_keys(parent: QWidget, actions: Actions) -> None:
    KeySheet(actions, parent).exec()


def edit_keys(parent: QWidget, actions: Actions) -> None:
    KeyEditor(actions, parent).exec()


def show_models(parent: QWidget, model_id: str) -> bool:
    """The model manager, with that model's row chosen; true when a file came."""
    came: list[bool] = []
    manager = ModelManager(Weights(), parent)
    manager.changed.connect(lambda: came.append(True))
    if model_id:
        manager.select(model_id)
    manager.exec()
    return bool(came)
