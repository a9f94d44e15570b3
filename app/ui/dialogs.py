"""Dialogs: only where something is chosen. What they do stands in the rooms below.

Each is imported when it is first opened: the first paint does not wait for them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QDialog, QFileDialog, QMessageBox, QWidget

import app as package
from app.tools.catalog import Catalog
from app.ui.commands.actions import Actions
from app.ui.commands.catalogue import COMMANDS

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


def ask_import_folder(parent: QWidget, start: Path | None) -> Path | None:
    chosen = QFileDialog.getExistingDirectory(parent, "Import a folder of labelme JSON files", str(start or ""))
    return Path(chosen) if chosen else None


def ask_export(parent: QWidget, start: Path | None) -> Path | None:
    chosen = QFileDialog.getExistingDirectory(parent, "Export annotations into", str(start or ""))
    return Path(chosen) if chosen else None


def about(parent: QWidget) -> None:
    box = QMessageBox(parent)
    box.setObjectName("about")
    box.setWindowTitle("About Fovea")
    box.setText(
        f"<b>Fovea {package.__version__}</b><p>Look at images, run computer vision on them, annotate what is seen."
        "<p>Free software under the GNU Affero General Public License, version 3 or later. It comes without warranty."
    )
    show(box)


def show_palette(parent: QWidget, actions: Actions, catalog: Catalog, do: Callable[[str], object]) -> None:
    """Let the person pick a command or a tool; ``do`` gets its id (tools as ``tool:<id>``)."""
    from app.ui.commands.keys import shown
    from app.ui.commands.palette import Entry, Palette

    keys = actions.keys()
    entries = [Entry(c.id, c.title.rstrip("."), c.help, shown(keys[c.id])) for c in COMMANDS if not c.fixed]
    entries += [Entry(f"tool:{t.id}", t.title, f"Tool of chapter {t.chapter}", "tool") for t in catalog.tools.values()]
    dialog = Palette(entries, parent)
    dialog.picked.connect(do)
    corner = parent.mapToGlobal(QPoint((parent.width() - dialog.width()) // 2, 72))
    dialog.move(corner)
    show(dialog)


def show_keys(parent: QWidget, actions: Actions) -> None:
    from app.ui.commands.keys import KeySheet

    show(KeySheet(actions, parent))


def edit_keys(parent: QWidget, actions: Actions) -> None:
    from app.ui.commands.keys import KeyEditor

    show(KeyEditor(actions, parent))


def show_models(parent: QWidget, model_id: str, came: Callable[[], object]) -> None:
    """The model manager, with that model's row chosen; ``came`` is called for each file that comes."""
    from app.tools.weights import Weights
    from app.ui.running.model_manager import ModelManager

    manager = ModelManager(Weights(), parent)
    manager.changed.connect(came)
    if model_id:
        manager.select(model_id)
    show(manager)


def show(dialog: QDialog) -> None:
    """Open without waiting: what was under way in the window goes on behind it."""
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()
