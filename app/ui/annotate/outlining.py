"""A mask that was kept gets its outline looked at closely, while the person goes on; it is the same step."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Slot

from app.core import edits
from app.core.annotation import Geometry, MaskGeometry, Shape
from app.core.coarse import CoarseMask
from app.core.history import Change
from app.core.huge import Place
from app.core.layers import MaskLayer
from app.core.prompts import Prompts
from app.core.sources import Image, Prompted
from app.tools.contract import Params, Tool
from app.tools.runner import Result
from app.ui.running.jobs import JobRunner, Request
from app.ui.session import Session

LANE = "click:outline"
CHOICE = "outline"
"""The parameter of a tool that takes prompts which says whether its outlines are looked at closely."""


@dataclass(frozen=True)
class Kept:
    """A mask that was kept: the shape of a document, as it is, and the step that kept it."""

    path: str
    shape: str
    geometry: Geometry
    step: str
    merge_key: str
    place: Place | None


def quick(params: Params) -> Params:
    """The parameters for an answer that is only looked at."""
    return params.model_copy(update={CHOICE: "quick"}) if CHOICE in type(params).model_fields else params


class Outliner(QObject):
    """Asks for finer outlines, and puts them in the place of those that were kept."""

    def __init__(self, tool: Tool, session: Session, jobs: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tool, self._session, self._jobs = tool, session, jobs
        jobs.finished.connect(self._on_finished)

    def begin(self, kept: Kept, image: Image, prompts: Prompts, candidate: MaskLayer, params: Params) -> None:
        """Have a mask that was kept outlined closely, if that is wanted and there is more to be seen than it shows."""
        if not isinstance(candidate.given, CoarseMask) or getattr(params, CHOICE, "quick") == "quick":
            return
        source = Prompted(image, replace(prompts, logits=candidate.logits))
        lane = f"{LANE}:{kept.shape}"  # none is given up for the next
        self._jobs.submit(Request(self._tool, source, params, lane, context=kept, patient=True))

    @Slot(object, object)
    def _on_finished(self, request: Request, result: Result) -> None:
        kept, store = request.context, self._session.store
        if not isinstance(kept, Kept) or store is None:
            return
        fine = next((x for x in result.layers if isinstance(x, MaskLayer)), None)
        rle = fine.encoded() if fine is not None else None
        if rle is None or self._session.history.undone:
            return  # a step that was taken back can be done again: that is worth more than a finer outline
        geometry = MaskGeometry(rle if kept.place is None else kept.place.rle_to_source(rle))
        shown = self._session.document
        document = shown if shown is not None and shown.path == kept.path else store.document(kept.path)
        shape = document.shape(kept.shape)
        if shape is None or shape.geometry != kept.geometry:
            return  # the person has gone on with it

        def outlined(shape: Shape) -> Shape:
            return replace(shape, geometry=geometry)

        changed = edits.change_shapes(document, {kept.shape}, outlined)
        change = Change(kept.step, ((document, changed),), None, kept.merge_key)
        if self._session.history.merged(change) is None:  # something else was done meanwhile
            change = replace(change, name="Outline closely")
        self._session.edit(change)
