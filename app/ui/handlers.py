"""What each command does, by its id in `commands`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QApplication

from app.ui import dialogs
from app.ui.main_window import MainWindow


def handlers(window: MainWindow) -> dict[str, Callable[[], object]]:
    view, session, actions = window.view, window.session, window.actions_
    found: dict[str, Callable[[], object]] = {
        "file.open_folder": window.ask_folder,
        "file.open_project": window.ask_project,
        "file.samples": window.open_samples,
        "file.previous": lambda: window.files.step(-1),
        "file.next": lambda: window.files.step(1),
        "file.reload": session.reload,
        "file.quit": window.close,
        "edit.undo": window.undo,
        "edit.redo": session.redo,
        "edit.select_all": session.select_all,
        "edit.select_none": lambda: session.select(()),
        "edit.copy_view": lambda: QApplication.clipboard().setImage(view.grab_view()),
        "edit.copy_value": lambda: QApplication.clipboard().setText(window.status.pixel_text),
        "edit.copy_table": window.shapes.copy_table,
        "edit.keys": lambda: dialogs.edit_keys(window, actions),
        "view.fit": view.fit,
        "view.one_to_one": view.actual_size,
        "view.zoom_in": view.zoom_in,
        "view.zoom_out": view.zoom_out,
        "view.swipe": lambda: view.set_swipe(actions["view.swipe"].isChecked()),
        "view.hide_overlays": window.hide_overlays,
        "view.guides": partial(_show_guides, window),
        "view.window_auto": view.auto_window,
        "view.window_reset": view.reset_window,
        "view.annotate": lambda: window.show_workspace("annotate"),
        "view.analyse": lambda: window.show_workspace("analyse"),
        "view.reset_layout": window.workspaces.reset,
        "gesture.select": window.gestures.select,
        "gesture.prompt": window.gestures.prompt,
        "tool.cut_out": window.cut_out,
        "tool.run": window.tools.run_current,
        "tool.cancel": window.cancel,
        "tool.accept": window.tools.keep_current,
        "label.new": window.new_label,
        "label.delete": window.labels.delete,
        "models.manage": window.show_models,
        "help.palette": lambda: dialogs.show_palette(window, actions, window.catalog, window.do),
        "help.keys": lambda: dialogs.show_keys(window, actions),
        "help.log": lambda: window.workspaces.toggle("log"),
        "help.about": lambda: dialogs.about(window),
    }
    for name in window.drawing.tools:
        found[f"gesture.{name}"] = partial(window.gestures.draw, name)
    found["gesture.erase"] = partial(window.gestures.retouch, "erase")
    found.update(window.editing.handlers())
    found.update(window.exchange.handlers())
    found.update(window.flow.handlers())
    found.update(window.labelling.handlers())
    for scheme in ("system", "dark", "light"):
        found[f"view.theme_{scheme}"] = partial(window.choose_theme, scheme)
    for n in range(1, 10):
        found[f"label.{n}"] = partial(window.labels.use, n)
    return found


def _show_guides(window: MainWindow) -> None:
    shown = window.actions_["view.guides"].isChecked()
    window.preferences.set("guides", shown)
    window.drawing.set_guides(shown)
