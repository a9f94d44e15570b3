"""The main window: assembly only. What panels, tools and gestures do is in their own files."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QPaintEvent
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QVBoxLayout, QWidget

from app.core import paths
from app.io import clipboard, samples
from app.io.preferences import Preferences
from app.tools.catalog import Catalog
from app.tools.contract import Tool
from app.ui import dialogs, theme
from app.ui.actions import Actions
from app.ui.commands import COMMANDS
from app.ui.jobs import JobRunner
from app.ui.keys import shown
from app.ui.layer_stack import LayerStack, shapes_of
from app.ui.notices import Notices
from app.ui.palette import Entry
from app.ui.panels.files import FilesPanel
from app.ui.panels.labels import LabelsPanel
from app.ui.panels.layers import LayersPanel
from app.ui.panels.log import LogPanel
from app.ui.panels.shapes import ShapesPanel
from app.ui.panels.start import StartActions
from app.ui.panels.tools import ToolsPanel
from app.ui.segmenting import PromptPanel, Segmenter
from app.ui.session import Session
from app.ui.status import StatusBar
from app.ui.transfers import Transfers
from app.ui.viewers.image_view import ImageView
from app.ui.viewers.layer_painters import DisplayLayer

HINT = "Click an object. Enter keeps it."
WORKSPACES = {
    "annotate": {"files", "labels", "shapes"},
    "analyse": {"files", "tools", "layers"},
}


class MainWindow(QMainWindow):
    """Viewer in the middle, docks around it, the session and the job runner behind them."""

    painted = Signal()
    """The first frame is on screen: everything slow may begin now."""
    tools_loaded = Signal()

    def __init__(self, preferences: Preferences, scheme: theme.Theme) -> None:
        super().__init__()
        self.setObjectName("main_window")
        self.setWindowTitle("Fovea")
        self.setAcceptDrops(True)
        self.resize(1280, 800)
        self.preferences, self._scheme = preferences, scheme
        self.catalog = Catalog()
        self.session = Session(self)
        self.jobs = JobRunner(self, self._find_tool)
        self.stack = LayerStack(self)
        self.transfers = Transfers(self.session)
        self.segmenter: Segmenter | None = None
        self.actions_ = Actions(self, preferences)
        self._shown_first = False
        self._build()
        self._connect()
        self.restore_layout()

    def _find_tool(self, tool_id: str) -> Tool:
        return self.catalog.find(tool_id)

    # -- assembly

    def _build(self) -> None:
        self.view = ImageView()
        self.notices = Notices()
        middle = QWidget()
        layout = QVBoxLayout(middle)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.notices)
        layout.addWidget(self.view, 1)
        self.setCentralWidget(middle)
        self.files = FilesPanel(self.session)
        self.labels = LabelsPanel(self.session)
        self.shapes = ShapesPanel(self.session)
        self.tools = ToolsPanel()
        self.layers = LayersPanel(self.stack)
        self.log = LogPanel()
        self.start = StartActions(self.actions_)
        self.view.set_empty_actions(self.start)
        self.docks: dict[str, QDockWidget] = {}
        left, right = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
        for name, title, area, widget in (
            ("files", "Files", left, self.files),
            ("labels", "Labels", left, self.labels),
            ("tools", "Tools", right, self.tools),
            ("layers", "Layers", right, self.layers),
            ("shapes", "Shapes", right, self.shapes),
            ("log", "Log", Qt.DockWidgetArea.BottomDockWidgetArea, self.log),
        ):
            dock = QDockWidget(title, self)
            dock.setObjectName(f"dock.{name}")
            dock.setWidget(widget)
            self.addDockWidget(area, dock)
            self.docks[name] = dock
        self.setDockOptions(QMainWindow.DockOption.AnimatedDocks | QMainWindow.DockOption.AllowTabbedDocks)
        self.status = StatusBar()
        self.setStatusBar(self.status)
        self.actions_.fill_menus()

    def _connect(self) -> None:
        s = self.session
        s.project_changed.connect(self._on_project)
        s.image_loading.connect(self._on_loading)
        s.image_changed.connect(self._on_image)
        s.document_changed.connect(self._show_shapes)
        s.labels_changed.connect(self._show_shapes)
        s.selection_changed.connect(self._on_selection)
        s.history_changed.connect(self._on_history)
        s.refused.connect(self.notices.error)
        s.noted.connect(self.notices.info)
        s.first_label_made.connect(self._on_first_label)
        s.neighbours = self.files.neighbours
        self.files.chosen.connect(s.go_to)
        self.files.noted.connect(self.notices.info)
        self.files.current_removed.connect(self._on_removed)
        self.notices.logged.connect(self.log.add)
        self.view.shape_clicked.connect(self._on_shape_clicked)
        self.view.selection_requested.connect(self._on_selection_requested)
        self.view.remove_requested.connect(self._on_remove_requested)
        self.view.pixel_hovered.connect(self.status.show_pixel)
        self.view.view_changed.connect(self._on_view)
        self.stack.changed.connect(self._show_layers)
        self.tools.keep_requested.connect(self._keep_results)
        self.tools.models_requested.connect(self._show_models)
        self.tools.bug_met.connect(self._on_bug)
        self.tools.preference_chosen.connect(self.preferences.set)
        self.jobs.device_changed.connect(self.status.show_device)
        self.jobs.started.connect(self._on_jobs)
        self.jobs.idle.connect(self._on_jobs)
        self.transfers.told.connect(self.notices.say)
        self.transfers.busy.connect(self.status.show_busy)
        self.tools.prompting_requested.connect(self._prompt_gesture)
        s.label_chosen.connect(self.status.show_label)
        self.actions_.connect(self._handlers())
        self._on_history()

    def _handlers(self) -> dict[str, Callable[[], object]]:
        view, session = self.view, self.session
        handlers: dict[str, Callable[[], object]] = {
            "file.open_folder": self.ask_folder,
            "file.open_project": self.ask_project,
            "file.samples": self.open_samples,
            "file.import": self._import,
            "file.export": self._export,
            "file.previous": lambda: self.files.step(-1),
            "file.next": lambda: self.files.step(1),
            "file.reload": session.reload,
            "file.quit": self.close,
            "edit.undo": self._undo,
            "edit.redo": session.redo,
            "edit.delete": session.remove_selected,
            "edit.select_all": lambda: (
                session.select(s.id for s in session.document.shapes) if session.document else None
            ),
            "edit.select_none": lambda: session.select(()),
            "edit.copy_view": lambda: QApplication.clipboard().setImage(view.grab_view()),
            "edit.copy_value": lambda: QApplication.clipboard().setText(self.status.pixel_text),
            "edit.paste": self._paste,
            "edit.keys": lambda: dialogs.edit_keys(self, self.actions_),
            "view.fit": view.fit,
            "view.one_to_one": view.actual_size,
            "view.zoom_in": view.zoom_in,
            "view.zoom_out": view.zoom_out,
            "view.swipe": lambda: view.set_swipe(self.actions_["view.swipe"].isChecked()),
            "view.hide_overlays": self._hide_overlays,
            "view.window_auto": view.auto_window,
            "view.window_reset": view.reset_window,
            "view.annotate": lambda: self.show_workspace("annotate"),
            "view.analyse": lambda: self.show_workspace("analyse"),
            "view.reset_layout": self.reset_layout,
            "gesture.select": self._select_gesture,
            "gesture.prompt": self._prompt_gesture,
            "tool.run": self.tools.run_current,
            "tool.cancel": self.tools.cancel_current,
            "tool.accept": self.tools.keep_current,
            "label.new": self._new_label,
            "models.manage": lambda: self._show_models(""),
            "help.palette": self._palette,
            "help.keys": lambda: dialogs.show_keys(self, self.actions_),
            "help.log": lambda: self._toggle_dock("log"),
            "help.about": lambda: dialogs.about(self),
        }
        for scheme in ("system", "dark", "light"):
            handlers[f"view.theme_{scheme}"] = partial(self._choose_theme, scheme)
        for n in range(1, 10):
            handlers[f"label.{n}"] = partial(self.labels.use, n)
        return handlers

    # -- after the first paint

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._shown_first:
            self._shown_first = True
            QTimer.singleShot(0, self.painted.emit)

    def load_tools(self, catalog: Catalog) -> None:
        """Show the tools that were found, and what could not be loaded."""
        self.catalog = catalog
        self.tools.set_catalog(catalog, self.jobs, self.stack, self.preferences.get)
        panel = self.tools.prompt_panel
        if isinstance(panel, PromptPanel):
            self.segmenter = Segmenter(panel.tool, panel, self.view, self.session, self.jobs)
            self.segmenter.active_changed.connect(self._on_prompting)
            self.segmenter.engine_changed.connect(self.status.show_engine)
            self.segmenter.bug_met.connect(self._on_bug)
            self.segmenter.kept.connect(self._on_kept)
            self.segmenter.announce_engine()
        for broken in catalog.broken:
            self.notices.warn(f"The plugin {broken.name} could not be loaded: {broken.reason}", broken.traceback)
        self.tools.set_image(self.session.image)
        self.tools_loaded.emit()
        if self.session.image is not None:
            self._prompt_gesture()

    # -- opening

    def open(self, path: Path) -> bool:
        """Open a folder or a project file and show its first picture."""
        if not self.session.open(path):
            return False
        self.preferences.set("recent", str(path.absolute()))
        return True

    def open_samples(self) -> None:
        self.open(samples.sample_folder())

    @Slot()
    def ask_folder(self) -> None:
        if folder := dialogs.ask_folder(self, self.preferences.get("recent", "")):
            self.open(folder)

    @Slot()
    def ask_project(self) -> None:
        if file := dialogs.ask_project(self, self.preferences.get("recent", "")):
            self.open(file)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        files = [Path(u.toLocalFile()) for u in event.mimeData().urls() if u.isLocalFile()]
        if files:
            self.open_dropped(files[0])

    def open_dropped(self, path: Path) -> None:
        """A folder or project is opened; of a picture its folder, showing that picture."""
        if path.is_dir() or path.suffix == ".fovea":
            self.open(path)
        elif self.open(path.parent):
            self.files.show_when_listed(path.name)

    @Slot()
    def _on_project(self) -> None:
        store = self.session.store
        assert store is not None
        self.stack.clear()
        self.view.clear("Looking for pictures...")
        self.files.open(store)
        self.setWindowTitle(f"{store.root.name} - Fovea")

    # -- the picture

    @Slot(str)
    def _on_loading(self, path: str) -> None:
        self.stack.clear()
        self.tools.set_image(None)
        self.files.select(path)
        self.status.show_busy(f"Reading {path}")

    @Slot()
    def _on_image(self) -> None:
        image, document = self.session.image, self.session.document
        self.status.show_busy("")
        if image is not None:
            self.view.set_image(image)
            self._show_shapes()
        elif document is not None:
            self.view.show_broken(document.path, self.session.problem)
            self.log.add("error", self.session.problem, "")
        self.tools.set_image(image)
        self._show_layers()
        if image is not None and self.segmenter is not None and not self.preferences.get("hint.done", False):
            self.view.set_hint(HINT)
            self._prompt_gesture()

    @Slot(str)
    def _on_removed(self, path: str) -> None:
        self.notices.warn(f"{path} is no longer in the folder. Its shapes are kept.")

    @Slot()
    def _show_shapes(self) -> None:
        document = self.session.document
        if document is not None and self.session.image is not None:
            self.view.set_shapes(document.shapes, self.session.labels, self.session.selection)

    @Slot()
    def _show_layers(self) -> None:
        self.view.set_layers([DisplayLayer(i.layer, i.visible, i.opacity, i.colour) for i in self.stack.items])

    @Slot()
    def _on_selection(self) -> None:
        self.view.set_selected(self.session.selection)

    @Slot(str)
    def _on_shape_clicked(self, shape_id: str) -> None:
        self.shapes.reveal(shape_id)

    @Slot(frozenset, bool)
    def _on_selection_requested(self, ids: frozenset[str], additive: bool) -> None:
        self.session.select(self.session.selection ^ ids if additive else ids)

    @Slot(frozenset)
    def _on_remove_requested(self, ids: frozenset[str]) -> None:
        self.session.select(ids)
        self.session.remove_selected()

    @Slot()
    def _on_view(self) -> None:
        self.status.show_zoom(self.view.zoom)

    def _hide_overlays(self) -> None:
        self.view.overlays_hidden = self.actions_["view.hide_overlays"].isChecked()

    # -- gestures

    def _prompt_gesture(self) -> None:
        if self.segmenter is None:
            self.notices.info("Tools are still being loaded; try again in a moment.")
        elif self.session.image is not None:
            self.segmenter.enter()

    def _select_gesture(self) -> None:
        if self.segmenter is not None:
            self.segmenter.leave()

    @Slot(bool)
    def _on_prompting(self, active: bool) -> None:
        self.actions_["gesture.prompt" if active else "gesture.select"].setChecked(True)

    @Slot()
    def _on_kept(self) -> None:
        self.view.set_hint(None)
        self.preferences.set("hint.done", True)

    # -- edits

    def _undo(self) -> None:
        if self.segmenter is not None and self.segmenter.active and self.segmenter.gesture.can_undo:
            self.segmenter.gesture.undo()
        else:
            self.session.undo()

    @Slot()
    def _on_history(self) -> None:
        history = self.session.history
        for command, word, name in (("edit.undo", "Undo", history.undo_name), ("edit.redo", "Redo", history.redo_name)):
            self.actions_[command].setText(f"{word} {name[0].lower()}{name[1:]}" if name else word)

    @Slot(str)
    def _on_first_label(self, name: str) -> None:
        self.docks["labels"].show()
        self.labels.edit_name(name)

    def _new_label(self) -> None:
        self.docks["labels"].show()
        self.labels.new()

    @Slot(str)
    def _keep_results(self, tool_id: str) -> None:
        shapes = [s for i in self.stack.items if i.owner == tool_id for s in shapes_of(i.layer, tool_id)]
        if shapes and self.session.keep(shapes, f"Take over {len(shapes)} results"):
            self.stack.remove(tool_id)

    # -- notices, models, jobs

    @Slot(str, str)
    def _on_bug(self, sentence: str, details: str) -> None:
        self.notices.error(sentence, details)

    @Slot(str)
    def _show_models(self, model_id: str) -> None:
        if dialogs.show_models(self, model_id) and self.segmenter is not None:
            self.segmenter.retry()

    @Slot()
    def _on_jobs(self) -> None:
        self.status.show_jobs(self.jobs.busy)

    # -- import, export, paste

    def _import(self) -> None:
        if self.session.store is None:
            self.notices.info("Open the folder of the pictures first, then import their annotations.")
        elif source := dialogs.ask_import(self, self.session.root):
            self.transfers.import_from(source)

    def _export(self) -> None:
        if self.session.store is None:
            self.notices.info("Open a folder first: there is nothing to export yet.")
        elif folder := dialogs.ask_export(self, self.session.root):
            self.transfers.export(folder)

    def _paste(self) -> None:
        image = QApplication.clipboard().image()
        if image.isNull():
            self.notices.info("There is no picture on the clipboard.")
            return
        folder = clipboard.folder_for(self.session.root)
        file = clipboard.next_name(folder)
        if not image.save(str(file)):
            self.notices.error(f"The picture could not be written to {file}; is there room?")
            return
        if self.session.root != folder:
            self.open(folder)
        self.files.show_when_listed(file.name)
        self.files.look_again()

    # -- looks

    def _choose_theme(self, scheme: str) -> None:
        self.preferences.set("theme", scheme)
        self._scheme.choose(scheme)  # type: ignore[arg-type]

    def show_workspace(self, name: str) -> None:
        """Show the docks of one kind of work; each workspace remembers its own arrangement."""
        settings = self._settings()
        settings.setValue(f"layout/{self.workspace}", self.saveState())
        self.preferences.set("workspace", name)
        state = settings.value(f"layout/{name}")
        if not (isinstance(state, QByteArray) and self.restoreState(state)):
            self._default_docks(name)
        self.actions_[f"view.{name}"].setChecked(True)

    @property
    def workspace(self) -> str:
        return str(self.preferences.get("workspace", "annotate"))

    def _default_docks(self, name: str) -> None:
        for dock_name, dock in self.docks.items():
            dock.setFloating(False)
            dock.setVisible(dock_name in WORKSPACES[name])
        left, right = self.docks["files"], self.docks["tools" if name == "analyse" else "shapes"]
        self.resizeDocks([left, right], [240, 320 if name == "analyse" else 240], Qt.Orientation.Horizontal)

    def reset_layout(self) -> None:
        self._settings().remove("layout")
        self._default_docks(self.workspace)

    def restore_layout(self) -> None:
        settings = self._settings()
        geometry, state = settings.value("geometry"), settings.value(f"layout/{self.workspace}")
        if isinstance(geometry, QByteArray):
            self.restoreGeometry(geometry)
        if not (isinstance(state, QByteArray) and self.restoreState(state)):
            self._default_docks(self.workspace)
        self.actions_[f"view.{self.workspace}"].setChecked(True)

    @staticmethod
    def _settings() -> QSettings:
        return QSettings(str(paths.user_config_dir() / "window.ini"), QSettings.Format.IniFormat)

    def _toggle_dock(self, name: str) -> None:
        self.docks[name].setVisible(not self.docks[name].isVisible())

    def _palette(self) -> None:
        keys = self.actions_.keys()
        entries = [Entry(c.id, c.title.rstrip("."), c.help, shown(keys[c.id])) for c in COMMANDS if not c.fixed]
        tools = self.catalog.tools.values()
        entries += [Entry(f"tool:{t.id}", t.title, f"Tool of chapter {t.chapter}", "tool") for t in tools]
        chosen = dialogs.palette(self, entries)
        if chosen is None:
            return
        if chosen.startswith("tool:"):
            self.docks["tools"].show()
            self.tools.open(chosen.removeprefix("tool:"))
        else:
            self.actions_[chosen].trigger()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Every edit is on disk already: nothing is asked."""
        settings = self._settings()
        settings.setValue("geometry", self.saveGeometry())
        settings.setValue(f"layout/{self.workspace}", self.saveState())
        self.files.shutdown()
        self.transfers.shutdown()
        self.jobs.shutdown()
        self.session.shutdown()
        super().closeEvent(event)
