"""One gesture at a time: selecting, clicking with an engine, drawing by hand, or brushing what is selected."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from app.ui.annotate.drawing import Drawing
from app.ui.annotate.retouching import Retouching
from app.ui.annotate.segmenting import Segmenter
from app.ui.session import Session

TOO_LARGE = (
    "This picture ({} x {} pixels) is too large for memory: tools and clicks work on a part of it. Zoom to that part, "
    "then choose Tools > Work on what is seen (Shift+W)."
)
LOADING = "Tools are still being loaded; try again in a moment."


class GestureSwitch(QObject):
    """Takes one gesture and leaves the others; knows which one it is. ``segmenter`` comes with the tools."""

    changed = Signal()
    noted = Signal(str)

    def __init__(self, drawing: Drawing, session: Session) -> None:
        super().__init__(drawing)
        self._drawing, self._session = drawing, session
        self.segmenter: Segmenter | None = None
        self._retouching: Retouching | None = None
        drawing.changed.connect(self._announce)

    def set_segmenter(self, segmenter: Segmenter) -> None:
        self.segmenter = segmenter
        segmenter.active_changed.connect(self._announce)

    def set_retouching(self, retouching: Retouching) -> None:
        self._retouching = retouching
        retouching.active_changed.connect(self._announce)

    @property
    def active(self) -> str:
        """What the mouse does now, as in the commands ``gesture.<name>``."""
        prompting = self.segmenter is not None and self.segmenter.active
        brushing = self._retouching.active if self._retouching is not None else ""
        return "prompt" if prompting else brushing or self._drawing.active or "select"

    @Slot()
    def select(self) -> None:
        self._leave()
        self._announce()

    @Slot()
    def prompt(self) -> None:
        if self.segmenter is None:
            self.noted.emit(LOADING)
        elif self._session.image is not None:
            self._leave()
            self.segmenter.enter()
        elif (huge := self._session.huge) is not None:
            self.noted.emit(TOO_LARGE.format(huge.width, huge.height))
        self._announce()

    def draw(self, name: str) -> None:
        """Take a tool of `Drawing`; the brush goes on with a selected shape where there is one."""
        if name == "brush" and self._retouching is not None and self._retouching.ready:
            self.retouch(name)
        elif self._drawing.can_enter(name):
            self._leave(but=self._drawing)
            self._drawing.enter(name)
        self._announce()

    def retouch(self, name: str) -> None:
        """Take the ``brush`` or the eraser (``erase``) on the selected shape."""
        if self._retouching is not None and self._retouching.can_enter():
            self._leave(but=self._retouching)
            self._retouching.enter(name)
        self._announce()

    def _leave(self, but: object = None) -> None:
        for gestures in (self._drawing, self.segmenter, self._retouching):
            if gestures is not None and gestures is not but:
                gestures.leave()

    def undo(self) -> bool:
        """Take back the last prompt, vertex or stroke of what is unfinished; false if nothing is."""
        if self.segmenter is not None and self.segmenter.active and self.segmenter.gesture.can_undo:
            self.segmenter.gesture.undo()
            return True
        return self._drawing.undo()

    @Slot()
    def _announce(self) -> None:
        self.changed.emit()
