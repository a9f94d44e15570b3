"""The main window: assembly only. What panels, tools and gestures do is in their own files."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QPaintEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QMainWindow, QVBoxLayout, QWidget

from app.io import samples
from app.io.preferences import Preferences
from app.tools.catalog import Catalog
from app.tools.contract import Tool
from app.ui import dialogs
from app.ui.annotate.drawing import Drawing
from app.ui.annotate.editing import Editing
from app.ui.annotate.gesture_column import GestureColumn
from app.ui.annotate.gesture_switch import TOO_LARGE, GestureSwitch
from app.ui.annotate.labelling import Labelling
from app.ui.annotate.pins import USAGE
from app.ui.annotate.segmenting import PromptPanel, Segmenter
from app.ui.commands.actions import Actions
from app.ui.flow import Flow
from app.ui.look import theme
from app.ui.notices import Notices
from app.ui.panels.attributes import AttributesPanel
from app.ui.panels.files import FilesPanel
from app.ui.panels.labels import LabelsPanel
from app.ui.panels.layers import LayersPanel
from app.ui.panels.log import LogPanel
from app.ui.panels.shapes import ShapesPanel
from app.ui.panels.start import NOTHING, NOTHING_MORE, StartActions
from app.ui.panels.tools import ToolsPanel
from app.ui.projects.exchange import Exchange
from app.ui.projects.transfers import Transfers
from app.ui.running.jobs import JobRunner, Request
from app.ui.running.layer_stack import LayerStack, shapes_in_source
from app.ui.session import Session
from app.ui.status import StatusBar
from app.ui.viewers.image_view import ImageView
from app.ui.viewers.layer_painters import DisplayLayer
from app.ui.workspaces import BOTTOM, LEFT, RIGHT, Workspaces

HINT = "Click an object. Enter keeps it."


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
        self.workspaces = Workspaces(self, preferences)
        self._shown_first = self._begun = False
        self._build()
        self._connect()
        self.workspaces.restore()
        self._on_workspace()
        self.actions_["view.guides"].setChecked(self.preferences.get("guides", True))
        self.drawing.set_guides(self.actions_["view.guides"].isChecked())

    def _find_tool(self, tool_id: str) -> Tool:
        return self.catalog.find(tool_id)

    # -- assembly

    def _build(self) -> None:
        self.view = ImageView()
        self.drawing = Drawing(self.view, self.session)
        self.gestures = GestureSwitch(self.drawing, self.session)
        self.notices = Notices()
        middle = QWidget()
        layout = QVBoxLayout(middle)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.notices)
        self.column = GestureColumn(self.actions_)
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self.column)
        row.addWidget(self.view, 1)
        layout.addLayout(row, 1)
        self.setCentralWidget(middle)
        self.files = FilesPanel(self.session)
        self.labels = LabelsPanel(self.session)
        self.shapes = ShapesPanel(self.session)
        self.attributes = AttributesPanel(self.session)
        self.tools = ToolsPanel()
        self.layers = LayersPanel(self.stack)
        self.log = LogPanel()
        self.start = StartActions(self.actions_)
        self.view.set_empty_actions(self.start)
        for name, title, area, widget in (
            ("files", "Files", LEFT, self.files),
            ("labels", "Labels", LEFT, self.labels),
            ("tools", "Tools", RIGHT, self.tools),
            ("layers", "Layers", RIGHT, self.layers),
            ("shapes", "Shapes", RIGHT, self.shapes),
            ("attributes", "Attributes", RIGHT, self.attributes),
            ("log", "Log", BOTTOM, self.log),
        ):
            self.workspaces.add(name, title, area, widget)
        self.status = StatusBar()
        self.setStatusBar(self.status)
        self.actions_.fill_menus()
        self.editing = Editing(self)
        self.labelling = Labelling(self)
        self.exchange = Exchange(self)
        self.flow = Flow(self)

    def _connect(self) -> None:
        s = self.session
        s.project_changed.connect(self._on_project)
        s.image_loading.connect(self._on_loading)
        s.image_changed.connect(self._on_image)
        s.image_cut.connect(self._show_ground)
        s.document_changed.connect(self._show_shapes)
        s.labels_changed.connect(self._show_shapes)
        s.selection_changed.connect(self._on_selection)
        s.history_changed.connect(self._on_history)
        self.gestures.set_retouching(self.editing.retouching)
        s.refused.connect(self.notices.error)
        s.noted.connect(self.notices.info)
        s.first_label_made.connect(self._on_first_label)
        s.neighbours = self.files.neighbours
        self.files.chosen.connect(s.go_to)
        self.files.noted.connect(self.notices.info)
        self.files.current_removed.connect(self._on_removed)
        self.files.listed.connect(self._on_listed)
        self.notices.logged.connect(self.log.add)
        self.view.shape_clicked.connect(self._on_shape_clicked)
        self.view.selection_requested.connect(self._on_selection_requested)
        self.view.remove_requested.connect(self._on_remove_requested)
        self.view.pixel_hovered.connect(self.status.show_pixel)
        self.view.view_changed.connect(self._on_view)
        self.view.reading_failed.connect(self.notices.error)
        self.stack.changed.connect(self._show_layers)
        self.tools.keep_requested.connect(self._keep_results)
        self.tools.models_requested.connect(self.show_models)
        self.tools.bug_met.connect(self._on_bug)
        self.tools.preference_chosen.connect(self.preferences.set)
        self.jobs.device_changed.connect(self.status.show_device)
        self.jobs.process_died.connect(self._on_process_died)
        self.jobs.started.connect(self._on_job_started)
        self.jobs.idle.connect(self._on_jobs_done)
        self.transfers.told.connect(self.notices.say)
        self.transfers.busy.connect(self.status.show_transfer)
        self.tools.prompting_requested.connect(self.gestures.prompt)
        self.tools.opened.connect(self._on_tool_opened)
        self.labels.named.connect(self._to_picture)
        self.gestures.changed.connect(self._on_gesture)
        self.gestures.noted.connect(self.notices.info)
        self.drawing.noted.connect(self.notices.info)
        self.drawing.bug_met.connect(self._on_bug)
        s.label_chosen.connect(self.status.show_label)
        self.flow.reviewing.pins.placing_changed.connect(self._show_hint)
        self._on_history()

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
            self.gestures.set_segmenter(self.segmenter)
            self.segmenter.engine_changed.connect(self.status.show_engine)
            self.segmenter.bug_met.connect(self._on_bug)
            self.segmenter.kept.connect(self._on_kept)
            self.segmenter.weights_missing.connect(self._on_weights_missing)
            self.segmenter.announce_engine()
        for broken in catalog.broken:
            self.notices.warn(f"The plugin {broken.name} could not be loaded: {broken.reason}", broken.traceback)
        self._show_ground()
        self.tools_loaded.emit()
        self._begin()

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
        self.view.clear("Looking for pictures...", actions=False)
        self.files.open(store)
        self.setWindowTitle(f"{store.root.name} - Fovea")

    # -- the picture

    @Slot(str)
    def _on_loading(self, path: str) -> None:
        self.stack.clear()
        self.tools.set_image(None)
        self.files.select(path)
        self.setWindowTitle(f"{path} - {self.session.root.name if self.session.root else ''} - Fovea")
        self.status.show_reading(f"Reading {path}")

    @Slot()
    def _on_image(self) -> None:
        picture, document = self.session.picture, self.session.document
        self.status.show_reading("")
        if picture is not None:
            self.flow.kept.show(picture, self.session.root)
            self._show_shapes()
        elif document is not None:
            self.view.show_broken(document.path, self.session.problem)
            self.log.add("error", self.session.problem, "")
        self._show_ground()
        self._show_layers()
        self._begin()

    @Slot()
    def _show_ground(self) -> None:
        """What tools are run on: the picture, or a part of one that is too large for memory."""
        huge = self.session.huge
        reason = TOO_LARGE.format(huge.width, huge.height) if huge is not None else ""
        self.view.set_part(self.session.place)
        self.tools.set_image(self.session.image, self.session.place, reason)
        self._show_hint()

    def cut_out(self) -> None:
        """Have tools and clicks work on what is seen of a picture that is too large for memory."""
        if self.session.huge is None:
            self.notices.info("This picture is in memory whole: tools work on all of it.")
            return
        self.stack.clear()
        size = float(self.view.width()), float(self.view.height())
        self.session.cut_out(self.view.transform.visible(size))

    def _begin(self) -> None:
        """The first picture with the tools at hand: the main job can begin at once, with a hint the first time."""
        ready = self.session.image is not None and self.segmenter is not None
        if ready and not self._begun:
            self._begun = True
            self.gestures.prompt()
        self._show_hint()

    @Slot()
    def _show_hint(self) -> None:
        """While there is something to click on, until the first mask has been kept."""
        if self.flow.reviewing.pins.placing:
            self.view.set_hint(USAGE)
            return
        huge = self.session.huge
        active = self.segmenter is not None and self.segmenter.active
        if active and huge is not None and self.session.cutout is None:
            self.view.set_hint(TOO_LARGE.format(huge.width, huge.height))
            return
        clicking = active and self.session.image is not None
        self.view.set_hint(HINT if clicking and not self.preferences.get("hint.done", False) else None)

    @Slot()
    def _on_listed(self) -> None:
        if self.session.document is None:
            self.view.clear(NOTHING, NOTHING_MORE)

    @Slot(str)
    def _on_removed(self, path: str) -> None:
        self.notices.warn(f"{path} is no longer in the folder. Its shapes are kept.")

    @Slot()
    def _show_shapes(self) -> None:
        document = self.session.document
        if document is not None and self.session.picture is not None:
            self.view.set_shapes(document.shapes, self.session.labels, self.session.selection)

    @Slot()
    def _show_layers(self) -> None:
        self.view.set_layers([DisplayLayer(i.layer, i.visible, i.opacity, i.colour, i.place) for i in self.stack.items])

    @Slot()
    def _on_selection(self) -> None:
        self.view.set_selected(self.session.selection)

    @Slot(str)
    def _on_shape_clicked(self, shape_id: str) -> None:
        self.shapes.reveal(shape_id)

    @Slot(frozenset, bool)
    def _on_selection_requested(self, ids: frozenset[str], additive: bool) -> None:
        now = self.session.selection
        self.session.select(ids if not additive else now - ids if ids <= now else now | ids)

    @Slot(frozenset)
    def _on_remove_requested(self, ids: frozenset[str]) -> None:
        self.session.select(ids)
        self.editing.commands.remove()

    @Slot()
    def _on_view(self) -> None:
        self.status.show_zoom(self.view.zoom if self.view.image is not None else 0)

    def hide_overlays(self) -> None:
        self.view.overlays_hidden = self.actions_["view.hide_overlays"].isChecked()

    # -- gestures

    @Slot()
    def _on_tool_opened(self) -> None:
        """Another tool is meant now; prompts that are pending are not thrown away for it."""
        if self.segmenter is not None and self.segmenter.gesture.prompts.empty:
            self.segmenter.leave()

    @Slot()
    def _to_picture(self) -> None:
        self.view.setFocus()

    @Slot()
    def _on_gesture(self) -> None:
        """Show which gesture is active, also after one that could not be taken was asked for."""
        self.actions_[f"gesture.{self.gestures.active}"].setChecked(True)
        self._show_hint()

    @Slot()
    def _on_kept(self) -> None:
        self.preferences.set("hint.done", True)
        self._show_hint()

    # -- edits

    def undo(self) -> None:
        if not self.gestures.undo():
            self.session.undo()

    @Slot()
    def _on_history(self) -> None:
        history = self.session.history
        for command, word, name in (("edit.undo", "Undo", history.undo_name), ("edit.redo", "Redo", history.redo_name)):
            self.actions_[command].setText(f"{word} {name[0].lower()}{name[1:]}" if name else word)

    @Slot(str)
    def _on_first_label(self, name: str) -> None:
        self.workspaces.reveal("labels")
        self.labels.edit_name(name)

    def new_label(self) -> None:
        self.workspaces.reveal("labels")
        self.labels.new()

    @Slot(str)
    def _keep_results(self, tool_id: str) -> None:
        shapes = [s for i in self.stack.items if i.owner == tool_id for s in shapes_in_source(i)]
        if shapes and self.session.keep(shapes, f"Take over {len(shapes)} results"):
            self.stack.remove(tool_id)

    # -- notices, models, jobs

    @Slot(str, str)
    def _on_bug(self, sentence: str, details: str) -> None:
        self.notices.error(sentence, details)

    @Slot(str)
    def _on_process_died(self, sentence: str) -> None:
        self.notices.warn(sentence)

    @Slot(str)
    def show_models(self, model_id: str = "") -> None:
        dialogs.show_models(self, model_id, self._on_weights)

    @Slot()
    def _on_weights(self) -> None:
        """A model's file came: what was waiting for it goes on."""
        self.tools.forget_missing()
        if self.segmenter is not None:
            self.segmenter.announce_engine()

    @Slot(str, str)
    def _on_weights_missing(self, sentence: str, model_id: str) -> None:
        self.notices.say("warning", sentence, "", "Models...", partial(self.show_models, model_id))

    @Slot(object)
    def _on_job_started(self, request: Request) -> None:
        self.status.show_job(request.tool.title)

    @Slot()
    def _on_jobs_done(self) -> None:
        self.status.show_job()

    def cancel(self) -> None:
        """Call off the open tool's run, an import, an export and edits that are being worked out."""
        self.editing.commands.slow.cancel()
        self.tools.cancel_current()
        self.transfers.cancel()
        self.flow.travel.stop()

    # -- looks

    def choose_theme(self, scheme: str) -> None:
        self.preferences.set("theme", scheme)
        self._scheme.choose(scheme)  # type: ignore[arg-type]

    def show_workspace(self, name: str) -> None:
        """Show the docks of one kind of work; each workspace remembers its own arrangement."""
        self.workspaces.show(name)
        self._on_workspace()

    def _on_workspace(self) -> None:
        self.actions_[f"view.{self.workspaces.current}"].setChecked(True)
        self.column.setVisible(self.workspaces.current == "annotate")

    @Slot(str)
    def do(self, entry: str) -> None:
        """Run a command, or open the panel of ``tool:<id>``: what the palette gives."""
        if entry.startswith("tool:"):
            self.workspaces.reveal("tools")
            self.tools.open(entry.removeprefix("tool:"))
        else:
            self.actions_[entry].trigger()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Every edit is on disk already: nothing is asked."""
        for dialog in self.findChildren(QDialog):
            dialog.reject()
        self.workspaces.save()
        self.files.shutdown()
        self.transfers.shutdown()
        self.jobs.shutdown()
        self.session.shutdown()
        super().closeEvent(event)
