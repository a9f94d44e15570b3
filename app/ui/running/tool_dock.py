"""The panel of one tool: what it does, its parameters, run, progress, cancel, what came out or went wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QElapsedTimer, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from app.core.huge import Place
from app.core.sources import Image
from app.io.results import describe
from app.tools.contract import Params, Tool
from app.tools.describe import fields
from app.tools.runner import Result
from app.ui.running.jobs import Failure, JobRunner, Request
from app.ui.running.layer_stack import LayerStack, can_be_kept
from app.ui.running.param_form import ParamForm

SHOW_PROGRESS_MS = 500
TICK_MS = 250


class ToolPanel(QWidget):
    """Runs its tool on the current picture: a live tool at every change, any other on request.

    Once a tool has run on a picture, fields that follow (`Ui.follows`) run it again by themselves.
    """

    keep_requested = Signal(str)
    """(tool id) The person wants the results as shapes."""
    models_requested = Signal(str)
    """(model id) Weights are missing: show the model manager."""
    bug_met = Signal(str, str)
    """(sentence, traceback) for notices and the log."""
    preference_chosen = Signal(str, object)

    def __init__(
        self,
        tool: Tool,
        jobs: JobRunner,
        stack: LayerStack,
        preferred: Callable[[str], Any] = lambda _: None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.tool, self._jobs, self._stack = tool, jobs, stack
        self.setObjectName(f"tool.{tool.id}")
        self.setAccessibleName(tool.title)
        self._image: Image | None = None
        self._place: Place | None = None
        self._reason = "Open a picture to run this tool on."
        self._request: Request | None = None
        self._ran_on: Image | None = None
        self._last: Params | None = None
        self._following = frozenset(f.name for f in fields(tool.params) if f.follows)
        self._clock = QElapsedTimer()
        self._tick = QTimer(self)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(self._show_elapsed)
        self._build(preferred)
        jobs.progressed.connect(self._on_progress)
        jobs.finished.connect(self._on_finished)
        jobs.failed.connect(self._on_failed)
        jobs.cancelled.connect(self._on_cancelled)
        self._refresh()

    def _build(self, preferred: Callable[[str], Any]) -> None:
        title = QLabel(self.tool.title)
        title.setProperty("role", "title")
        about = QLabel(self.tool.help.split("\n\n")[0].replace("\n", " "))
        about.setWordWrap(True)
        about.setProperty("role", "muted")
        about.setToolTip(self.tool.help)
        self.form = ParamForm(self.tool, preferred)
        self.form.changed.connect(self._on_params)
        self.form.invalid.connect(self._on_invalid)
        self.form.preference_chosen.connect(self._on_preference)
        self.run_button = self._button("run", "Run", "Run the tool on this picture (Ctrl+R)")
        self.cancel_button = self._button("cancel", "Cancel", "Call the run off (Ctrl+.)")
        self.keep_button = self._button("keep", "Take over as shapes", "Keep what was found as shapes (Ctrl+Return)")
        self.run_button.clicked.connect(self.run)
        self.cancel_button.clicked.connect(self.cancel)
        self.keep_button.clicked.connect(self.keep)
        self._progress = QProgressBar()
        self._progress.setObjectName(f"tool.{self.tool.id}.progress")
        self._progress.setTextVisible(False)
        self._progress.setFixedHeight(6)
        self.status = QLabel()
        self.status.setObjectName(f"tool.{self.tool.id}.status")
        self.status.setWordWrap(True)
        self.status.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.remedy = self._button("remedy", "Models...", "Download or import the missing weights")
        self.remedy.clicked.connect(self._on_remedy)
        self.remedy.hide()
        self._missing = ""
        buttons = QHBoxLayout()
        buttons.addWidget(self.run_button)
        buttons.addWidget(self.cancel_button)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 8, 8)
        layout.setSpacing(8)
        layout.addWidget(title)
        layout.addWidget(about)
        layout.addWidget(self.form)
        self._stages = self._stage_boxes(layout)
        layout.addLayout(buttons)
        layout.addWidget(self._progress)
        layout.addWidget(self.status)
        layout.addWidget(self.remedy)
        layout.addWidget(self.keep_button)
        layout.addStretch(1)

    def _stage_boxes(self, layout: QVBoxLayout) -> dict[str, QCheckBox]:
        """One check box an intermediate step: it is computed only while it is asked for."""
        boxes: dict[str, QCheckBox] = {}
        for stage in self.tool.stages:
            box = QCheckBox(f"Show step: {stage}")
            box.setObjectName(f"tool.{self.tool.id}.stage.{stage}")
            box.setAccessibleName(f"Show step {stage} of {self.tool.title}")
            box.setToolTip("Compute this intermediate result too, as a layer of its own")
            box.toggled.connect(self._on_stage)
            layout.addWidget(box)
            boxes[stage] = box
        return boxes

    def _button(self, name: str, text: str, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(f"tool.{self.tool.id}.{name}")
        button.setAccessibleName(f"{text}: {self.tool.title}")
        button.setToolTip(tip)
        return button

    # -- what the window tells it

    def set_image(self, image: Image | None, place: Place | None = None, reason: str = "") -> None:
        """Another picture, or a part of one that lies at ``place``; without any ``reason`` says why.

        What runs for the old one is called off, a live tool runs on the new one if it is seen.
        """
        self._jobs.cancel_lane(self._lane)
        self._image, self._ran_on, self._place = image, None, place
        self._reason = reason or "Open a picture to run this tool on."
        self._say("")
        self._refresh()
        if self.tool.live and self.isVisible():
            self.run()

    def showEvent(self, event: Any) -> None:
        super().showEvent(event)
        if self.tool.live and self._image is not None and self._ran_on is not self._image:
            self.run()

    @property
    def _lane(self) -> str:
        return f"tool:{self.tool.id}"

    @Slot()
    def run(self) -> None:
        params = self.form.params()
        if self._image is None or params is None:
            return
        self._last = params
        wanted = frozenset(stage for stage, box in self._stages.items() if box.isChecked())
        self._request = Request(self.tool, self._image, params, self._lane, wanted, self._image)
        self._jobs.submit(self._request)
        if not self._clock.isValid():
            self._clock.start()
        self._tick.start()
        self._refresh()

    @Slot()
    def cancel(self) -> None:
        self._jobs.cancel_lane(self._lane)

    @Slot()
    def keep(self) -> None:
        self.keep_requested.emit(self.tool.id)

    # -- what the form and the runner tell it

    @Slot(object)
    def _on_params(self, params: Params) -> None:
        before, self._last = self._last, params
        if self.tool.live:
            if self.isVisible():
                self.run()
        elif self._ran_on is self._image and self._image is not None and before is not None:
            differing = {n for n in type(params).model_fields if getattr(params, n) != getattr(before, n)}
            if differing and differing <= self._following:
                self.run()
            elif differing:
                self._say("The parameters have changed: run again to see what they do.", "muted")
        self._refresh()

    @Slot(bool)
    def _on_stage(self, _: bool) -> None:
        if self._ran_on is not None and self._ran_on is self._image:
            self.run()

    @Slot(str)
    def _on_invalid(self, _: str) -> None:
        self._refresh()

    @Slot(str, object)
    def _on_preference(self, key: str, value: object) -> None:
        self.preference_chosen.emit(key, value)

    @Slot(object, object, str)
    def _on_progress(self, request: Request, fraction: float | None, text: str) -> None:
        if request is self._request and self._progress.isVisible():
            self._progress.setRange(0, 0 if fraction is None else 100)
            self._progress.setValue(round((fraction or 0) * 100))
            self._doing = text
            self._show_elapsed()

    _doing = ""

    @Slot()
    def _show_elapsed(self) -> None:
        """Nothing for half a second; then what is being done, for how long, and a bar."""
        if self._request is None or self._clock.elapsed() < SHOW_PROGRESS_MS:
            return
        if not self._progress.isVisible():
            self._progress.setRange(0, 0)
            self._progress.show()
        self._say(f"{(self._doing or 'working').capitalize()}... {self._clock.elapsed() / 1000:.0f} s", "muted")

    @Slot(object, object)
    def _on_finished(self, request: Request, result: Result) -> None:
        if request.lane != self._lane:
            return
        if request is self._request:
            self._done()
        if request.context is not self._image:
            return
        self._ran_on = self._image
        self._stack.set_result(self.tool.id, result.layers, self._place)
        words = f"{describe(result.layers[0]).capitalize()} in {_seconds(result.seconds)}"
        self._say(". ".join([words, *result.notices]) + ("" if result.device == "cpu" else f" on {result.device}"))
        self._refresh()

    @Slot(object, object)
    def _on_failed(self, request: Request, failure: Failure) -> None:
        if request.lane != self._lane:
            return
        if request is self._request:
            self._done()
        self._say(failure.sentence, "error")
        self._missing = failure.model_id or ""
        self.remedy.setVisible(bool(failure.model_id))
        if failure.traceback:
            self.bug_met.emit(failure.sentence, failure.traceback)

    @Slot(object)
    def _on_cancelled(self, request: Request) -> None:
        if request is self._request:
            self._done()
            self._say("Cancelled.", "muted")

    @Slot()
    def _on_remedy(self) -> None:
        self.models_requested.emit(self._missing)

    def forget_missing(self) -> None:
        """Weights came: what could not be run may be run now."""
        if self._missing:
            self._missing = ""
            self.remedy.hide()
            self._say("")

    def _done(self) -> None:
        self._request, self._doing = None, ""
        self._clock.invalidate()
        self._tick.stop()
        self._progress.hide()
        self.remedy.hide()
        self._refresh()

    def _refresh(self) -> None:
        self.run_button.setEnabled(self._image is not None and self.form.params() is not None)
        self.run_button.setVisible(not self.tool.live)
        self.cancel_button.setEnabled(self._request is not None)
        self.cancel_button.setVisible(not self.tool.live or self._progress.isVisible())
        mine = [i.layer for i in self._stack.items if i.owner == self.tool.id]
        self.keep_button.setVisible(any(can_be_kept(layer) for layer in mine))
        if self._request is None:
            self._progress.hide()
        if self._image is None:
            self._say(self._reason, "muted")

    def _say(self, text: str, role: str = "") -> None:
        self.status.setText(text)
        if self.status.property("role") != role:
            self.status.setProperty("role", role)
            self.status.style().unpolish(self.status)
            self.status.style().polish(self.status)


def _seconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
