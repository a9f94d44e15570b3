"""Dialogs: only where something is chosen. What they do stands in the rooms below."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

import app as package

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
