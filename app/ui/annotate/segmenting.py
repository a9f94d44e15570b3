"""Click to segment in the window: prompts go out, candidates come back, Enter keeps one.

One newest-wins request is under way; an answer to prompts that have moved on is dropped, and a failure keeps the mask
that is shown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from app.core import edits
from app.core.annotation import MaskGeometry, Shape, new_id, pixels_of
from app.core.history import Change
from app.core.layers import MaskLayer
from app.core.prompts import Prompts
from app.core.sources import Prompted
from app.tools.contract import Params, Tool
from app.tools.describe import Field, fields
from app.tools.runner import Result
from app.tools.weights import Weights
from app.ui.annotate.outlining import Kept, Outliner, quick
from app.ui.running.jobs import Failure, JobRunner, Request
from app.ui.running.param_form import ParamForm
from app.ui.session import Session
from app.ui.viewers.gestures.prompt import PromptGesture
from app.ui.viewers.image_view import ImageView
from app.ui.viewers.prompt_strip import PromptStrip

OFF_THE_PART = "That lies outside the part that is worked on. Choose Tools > Work on what is seen (Shift+W) again."
ANSWER, PREPARE, HOVER = "click:answer", "click:prepare", "click:hover"


class PromptPanel(QWidget):
    """The panel of a tool that takes prompts: its parameters, how it is used, what it says."""

    models_requested = Signal(str)
    preference_chosen = Signal(str, object)

    def __init__(
        self, tool: Tool, preferred: Callable[[str], Any] = lambda _: None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.tool = tool
        self.setObjectName(f"tool.{tool.id}")
        self.setAccessibleName(tool.title)
        title = QLabel(tool.title)
        title.setProperty("role", "title")
        about = QLabel(
            "Click the object. Right click, or Ctrl+click, what does not belong to it. Drag a box around it. Enter "
            "keeps the mask, Tab shows the next candidate, Backspace takes back the last prompt, Esc drops them."
        )
        about.setWordWrap(True)
        about.setProperty("role", "muted")
        self.form = ParamForm(tool, preferred)
        self.form.preference_chosen.connect(self.preference_chosen)
        self.status = QLabel()
        self.status.setObjectName(f"tool.{tool.id}.status")
        self.status.setWordWrap(True)
        self.remedy = QPushButton("Models...")
        self.remedy.setObjectName(f"tool.{tool.id}.remedy")
        self.remedy.setAccessibleName("Download or import the missing weights")
        self.remedy.setToolTip("Download or import the missing weights (Ctrl+M)")
        self.remedy.clicked.connect(self._on_remedy)
        self.remedy.hide()
        self._missing = ""
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 8, 8)
        layout.setSpacing(8)
        for widget in (title, about, self.form, self.status, self.remedy):
            layout.addWidget(widget)
        layout.addStretch(1)

    def say(self, text: str, role: str = "", missing: str = "") -> None:
        self._missing = missing
        self.status.setText(text)
        self.status.setProperty("role", role)
        self.status.style().unpolish(self.status)
        self.status.style().polish(self.status)
        self.remedy.setVisible(bool(missing))

    @Slot()
    def _on_remedy(self) -> None:
        self.models_requested.emit(self._missing)


class Segmenter(QObject):
    """Ties the prompt gesture of a view to the tool, and what is accepted to the session."""

    active_changed = Signal(bool)
    engine_changed = Signal(str, str)
    """(title, state) For the status bar; the state says when weights are missing."""
    bug_met = Signal(str, str)
    weights_missing = Signal(str, str)
    """(sentence, model id) A click cannot be answered without a file."""
    kept = Signal()
    """A mask was kept: the first-start hint has done its work."""

    def __init__(self, tool: Tool, panel: PromptPanel, view: ImageView, session: Session, jobs: JobRunner) -> None:
        super().__init__(view)
        self._tool, self._panel, self._view, self._session, self._jobs = tool, panel, view, session, jobs
        self.gesture = PromptGesture(self)
        self.strip = PromptStrip(view)
        self.strip.hide()
        self.strip.follow(self.gesture)
        self.active = False
        self.candidates: tuple[MaskLayer, ...] = ()
        self.chosen = 0
        self._answered: Prompts | None = None
        self._refined: str | None = None
        self._accept_when_there: Prompts | None = None
        self._outliner = Outliner(tool, session, jobs, self)
        self.gesture.prompts_changed.connect(self._on_prompts)
        self.gesture.accepted.connect(self.accept)
        self.gesture.left.connect(self.leave)
        self.gesture.hover_requested.connect(self._on_hover)
        self.gesture.hover_ended.connect(self._show)
        self.gesture.candidate_step.connect(self._on_step)
        panel.form.changed.connect(self._on_params)
        jobs.finished.connect(self._on_finished)
        jobs.failed.connect(self._on_failed)
        jobs.cancelled.connect(self._on_cancelled)
        session.image_changed.connect(self._on_image)
        session.image_cut.connect(self._on_image)
        session.image_loading.connect(self._on_loading)
        session.label_chosen.connect(self._show)
        session.labels_changed.connect(self._show)
        self._on_params(panel.form.params())

    @property
    def tool(self) -> Tool:
        """What is asked."""
        return self._tool

    @property
    def answered(self) -> bool:
        """Whether what is shown belongs to the prompts as they are."""
        return bool(self.candidates) and self._answered is self.gesture.prompts

    def retry(self) -> None:
        """Weights came: ask again what could not be answered."""
        self._panel.say("")
        if self.active:
            self._prepare()
            if not self.gesture.prompts.empty:
                self._on_prompts(self.gesture.prompts)

    def announce_engine(self) -> None:
        """Say which engine is chosen and whether it can work, and ask it again: everybody has been connected now, or
        weights have come."""
        self._on_params(self._panel.form.params())

    @property
    def up_to_date(self) -> bool:
        """Whether what is shown is the answer to the prompts as they are."""
        return self._answered is self.gesture.prompts

    # -- entering and leaving

    @Slot()
    def enter(self) -> None:
        """Start prompting; one selected shape with an area is what will be refined."""
        if not self.active:
            self.active = True
            self._view.set_gesture(self.gesture)
            self._show_strip()
            self.active_changed.emit(True)
            self._prepare()
        self._start_afresh()
        self._view.setFocus()

    @Slot()
    def leave(self) -> None:
        if self.active:
            self.active = False
            self._forget()
            self._view.set_gesture(None)
            self._view.set_strip(None)
            self.active_changed.emit(False)

    def _start_afresh(self) -> None:
        self._forget()
        image, chosen = self._session.image, self._session.selection
        shape = None
        whole = image is not None and self._session.place is None  # a part's mask is not one of the picture
        if whole and self._session.document is not None and len(chosen) == 1:
            shape = self._session.document.shape(next(iter(chosen)))
        if shape is not None and image is not None and shape.geometry.area() > 0:
            self._refined = shape.id
            mask = pixels_of(shape.geometry, image.width, image.height)
            self.gesture.reset(Prompts(mask=mask))
            self.candidates = (MaskLayer(mask, "as it is"),)
            self._show()

    def _forget(self) -> None:
        for lane in (ANSWER, HOVER):
            self._jobs.cancel_lane(lane)
        self.candidates, self.chosen, self._answered, self._refined = (), 0, None, None
        self.gesture.reset()
        self.strip.set_busy(False)
        self._show()

    # -- asking

    def _params(self) -> Params | None:
        return self._panel.form.params()

    @Slot(object)
    def _on_params(self, params: Params | None) -> None:
        """Another engine: what is shown came from the old one, so it is asked again."""
        self._note_engines()
        engine = self._panel.form.values().get("engine", "")
        title = next((f.title_of(engine) for f in self._fields() if f.name == "engine"), str(engine))
        self.strip.set_engine(title)
        self.engine_changed.emit(title, self._state(params))
        self._panel.say("")
        if params is not None and self.active:
            self._answered = None
            self.retry()

    def _note_engines(self) -> None:
        """Say beside each engine in the panel whether it lacks its weights."""
        for field in self._fields():
            if field.name == "engine":
                states = {value: self._state(self._tool.params(**{field.name: value})) for value in field.choices}
                self._panel.form.note_choices(field.name, states)

    def _state(self, params: Params | None) -> str:
        """Whether the chosen engine's weights are here, by a look at the folders alone."""
        needed = () if params is None else self._tool.needs(params)
        weights = Weights()
        return "weights missing" if any(weights.present(spec.id) is None for spec in needed) else ""

    def _fields(self) -> tuple[Field, ...]:
        return fields(self._tool.params)

    def _ask(self, prompts: Prompts, lane: str, context: object) -> None:
        image, params = self._session.image, self._params()
        if image is None or params is None:
            return
        place = self._session.place
        if place is not None and not place.holds(prompts):
            self.strip.set_busy(False)
            self._panel.say(OFF_THE_PART, "error")
            return
        source = Prompted(image, prompts if place is None else place.prompts_from_source(prompts))
        self._jobs.submit(Request(self._tool, source, quick(params), lane, context=context, patient=True))

    def _prepare(self) -> None:
        """Have the engine look at the picture before the first click."""
        self._ask(Prompts(), PREPARE, self._session.image)

    @Slot(object)
    def _on_prompts(self, prompts: Prompts) -> None:
        if prompts.empty or (not prompts.positive and prompts.box is None and prompts.mask is None):
            self._jobs.cancel_lane(ANSWER)
            self.candidates, self.chosen, self._answered = (), 0, None
            self.strip.set_busy(False)
            self._show()
            return
        if not prompts.clicks and prompts.box is None:
            return  # a shape to refine, and nothing said about it yet
        self.strip.set_busy(True)
        self._ask(replace(prompts, logits=self._earlier_logits(prompts)), ANSWER, prompts)

    def _earlier_logits(self, prompts: Prompts) -> Any:
        """What the engine gave last, if the prompts only went on from there."""
        before = self._answered
        goes_on = before is not None and prompts.clicks[: len(before.clicks)] == before.clicks
        if not goes_on or before is None or before.box != prompts.box or not self.candidates:
            return None
        return self.candidates[self.chosen].logits

    @Slot(object)
    def _on_hover(self, prompts: Prompts) -> None:
        self._ask(prompts, HOVER, prompts)

    # -- answers

    @Slot(object, object)
    def _on_finished(self, request: Request, result: Result) -> None:
        if request.tool is not self._tool or not self.active or self._is_outdated(request):
            return
        if request.lane == PREPARE:
            self._panel.say("Ready.", "muted")
            return
        if not isinstance(request.source, Prompted) or request.source.image is not self._session.image:
            return
        masks = tuple(x for x in result.layers if isinstance(x, MaskLayer))
        if request.lane == HOVER:
            if self.gesture.prompts.empty:
                self._view.set_preview(masks[0], self._colour, self._session.place)
            return
        if request.context is not self.gesture.prompts:
            return
        self.strip.set_busy(False)
        self._panel.say("\n".join(result.notices))
        self._answered = self.gesture.prompts
        self.candidates, self.chosen = masks, 0
        self._show()
        if self._accept_when_there is self._answered:
            self.accept()

    def _is_outdated(self, request: Request) -> bool:
        """Whether another engine has been chosen since: what the old one says would hide what the new one says."""
        params = self._params()
        return request.lane in (ANSWER, PREPARE, HOVER) and (params is None or request.params != quick(params))

    @Slot(object, object)
    def _on_failed(self, request: Request, failure: Failure) -> None:
        if request.tool is not self._tool or self._is_outdated(request):
            return
        if request.lane == ANSWER:
            self.strip.set_busy(False)
        self._panel.say(failure.sentence, "error", failure.model_id or "")
        if failure.model_id and request.lane == ANSWER and not self._panel.isVisible():
            self.weights_missing.emit(failure.sentence, failure.model_id)
        if failure.traceback:
            self.bug_met.emit(failure.sentence, failure.traceback)

    @Slot(object)
    def _on_cancelled(self, request: Request) -> None:
        if request.lane == ANSWER and request.context is self.gesture.prompts:
            self.strip.set_busy(False)

    @Slot(int)
    def _on_step(self, step: int) -> None:
        if self.candidates:
            self.chosen = (self.chosen + step) % len(self.candidates)
            self._show()

    @property
    def _colour(self) -> str:
        return self._session.labels.colour_of(self._session.current_label)

    @Slot()
    def _show(self) -> None:
        candidate = self.candidates[self.chosen] if self.candidates else None
        self._view.set_preview(candidate, self._colour, self._session.place)
        score = candidate.score if candidate else None
        self.strip.set_candidate(self.chosen, len(self.candidates), score)

    # -- keeping

    @Slot()
    def accept(self) -> None:
        """Keep the shown mask as a shape (or as the refined shape's new outline) and stay ready for the next object.

        Enter pressed before the answer is there counts when it comes.
        """
        if not self.up_to_date:
            self._accept_when_there = self.gesture.prompts
            return
        self._accept_when_there = None
        if not self.candidates:
            return
        rle = self.candidates[self.chosen].encoded()
        if rle is None:
            self._panel.say("The mask is empty: click the object once more.", "error")
            return
        if self._session.place is not None:
            rle = self._session.place.rle_to_source(rle)
        candidate, prompts = self.candidates[self.chosen], self.gesture.prompts
        step, shape = ("Refine mask", self._refined) if self._refined is not None else ("Keep mask", new_id())
        key = f"{step} {new_id()}"
        if self._put(step, shape, MaskGeometry(rle), candidate.score, key):
            self._outline(step, shape, prompts, candidate, key)
            self._session.select(())
            self._forget()
            self.kept.emit()

    def _put(self, step: str, shape: str, geometry: MaskGeometry, score: float | None, key: str) -> bool:
        """Make a mask the outline of the refined shape, or a new shape."""
        document = self._session.document
        if self._refined is not None and document is not None:
            changed = edits.change_shapes(document, {shape}, lambda s: replace(s, geometry=geometry))
            return self._session.edit(Change(step, ((document, changed),), None, key))
        author = f"{self._tool.id}:{self._panel.form.values().get('engine', '')}"
        made = Shape(geometry, self._session.current_label, shape, score=score, author=author)
        return self._session.keep([made], step, key)

    def _outline(self, step: str, shape: str, prompts: Prompts, candidate: MaskLayer, key: str) -> None:
        """Have what was kept outlined closely."""
        document, image, params, place = (
            self._session.document,
            self._session.image,
            self._params(),
            self._session.place,
        )
        made = document.shape(shape) if document is not None else None
        if document is None or made is None or image is None or params is None:
            return
        kept = Kept(document.path, shape, made.geometry, step, key, place)
        asked = prompts if place is None else place.prompts_from_source(prompts)
        self._outliner.begin(kept, image, asked, candidate, params)

    # -- the picture changes

    @Slot(str)
    def _on_loading(self, _: str) -> None:
        if self.active:
            self._jobs.cancel_lane(PREPARE)
            self._forget()

    @Slot()
    def _on_image(self) -> None:
        if self.active:
            self._forget()
            self._show_strip()
            self._prepare()

    def _show_strip(self) -> None:
        """Nothing can be clicked where there is no picture."""
        self._view.set_strip(self.strip if self._session.image is not None else None)
