"""One gesture at a time: selecting, clicking with an engine, or drawing by hand."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from app.ui.drawing import Drawing
from app.ui.segmenting import Segmenter
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
        drawing.changed.connect(self._announce)

    def set_segmenter(self, segmenter: Segmenter) -> None:
        self.segmenter = segmenter
        segmenter.active_changed.connect(self._announce)

    @property
    def active(self) -> str:
        """What the mouse does now, as in the commands ``gesture.<name>``."""
        prompting = self.segmenter is not None and self.segmenter.active
        return "prompt" if prompting else self._drawing.active or "select"

    @Slot()
    def select(self) -> None:
        self._drawing.leave()
        if self.segmenter is not None:
            self.segmenter.leave()
        self._announce()

    @Slot()
    def prompt(self) -> None:
        if self.segmenter is None:
            self.noted.emit(LOADING)
        elif self._session.image is not None:
            self._drawing.leave()
            self.segmenter.enter()
        elif (huge := self._session.huge) is not None:
            self.noted.emit(TOO_LARGE.format(huge.width, huge.height))
        self._announce()

    def draw(self, name: str) -> None:
        """Take a tool of `Drawing`."""
        if self._drawing.can_enter(name):
            if self.segmenter is not None:
                self.segmenter.leave()
            self._drawing.enter(name)
        self._announce()

    def undo(self) -> bool:
        """Take back the last prompt, vertex or stroke of what is unfinished; false if nothing is."""
        if self.segmenter is not None and self.segmenter.active and self.segmenter.gesture.can_undo:
            self.segmenter.gesture.undo()
            return True
        return self._drawing.undo()

    @Slot()
    def _announce(self) -> None:
        self.changed.emit()
