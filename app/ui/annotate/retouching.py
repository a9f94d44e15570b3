"""Brush and eraser on the selected mask: ties the gesture to the session."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Signal, Slot

from app.core import brush, edits
from app.core.annotation import MaskGeometry, Shape
from app.core.areas import AREA_KINDS
from app.core.convert import converted, losses
from app.core.errors import InputError
from app.core.geometry import Point
from app.core.masks import Rle
from app.ui.session import Session
from app.ui.viewers.drags import Live, spoken
from app.ui.viewers.gestures.retouch import RetouchGesture
from app.ui.viewers.gestures.select import LOCKED
from app.ui.viewers.image_view import ImageView

SELECT_ONE = "Select one mask, box, ellipse or polygon first (V): the brush paints on it, the eraser takes away."


class Retouching(QObject):
    """Owns the gesture; what it paints on is the one selected shape. A stroke is one step, and so is what makes a mask
    of another kind of shape with its first stroke."""

    active_changed = Signal(str)
    """``brush``, ``erase``, or empty: it was left."""
    told = Signal(str, str, object)
    """(sentence, title of the remedy, remedy)"""

    def __init__(self, view: ImageView, session: Session) -> None:
        super().__init__(view)
        self._view, self._session = view, session
        self.gesture = RetouchGesture(self._mask, self)
        self.gesture.stroked.connect(self._on_stroke)
        self.gesture.fill_requested.connect(self._on_fill)
        self.gesture.live_changed.connect(self._on_live)
        self.gesture.left.connect(self.leave)
        session.selection_changed.connect(self._on_selection)
        session.document_changed.connect(self._dress)
        session.labels_changed.connect(self._dress)
        session.image_loading.connect(self._on_loading)
        self.active = ""

    @property
    def ready(self) -> bool:
        """Whether there is one shape that can be painted on."""
        shape = self._shape()
        return shape is not None and not shape.locked and self._session.picture is not None

    def can_enter(self) -> bool:
        """Whether there is one shape to paint on; says what is missing if not."""
        shape = self._shape()
        if shape is None:
            self.told.emit(SELECT_ONE, "", None)
        elif shape.locked:
            self.told.emit(LOCKED, "", None)
        return self.ready

    def enter(self, name: str) -> None:
        """Take the ``brush``, or ``erase``; ask `can_enter` first."""
        self.gesture.erasing = name == "erase"
        self._dress()
        self.active = name
        self._view.set_gesture(self.gesture)
        self._view.setFocus()
        self._view.update()
        self.active_changed.emit(name)

    @Slot()
    def leave(self) -> None:
        """Back to selecting."""
        if self.active:
            self.active = ""
            if self._view.gesture is self.gesture:
                self._view.set_gesture(None)
            self.active_changed.emit("")

    # -- the shape

    def _shape(self) -> Shape | None:
        document, chosen = self._session.document, self._session.selection
        shape = document.shape(next(iter(chosen))) if document is not None and len(chosen) == 1 else None
        return shape if shape is not None and shape.kind in AREA_KINDS and not shape.hidden else None

    def _mask(self) -> Rle | None:
        """The pixels of the shape that is painted on; none, and said why, where it has none."""
        shape, image = self._shape(), self._session.picture
        if shape is None or image is None or shape.locked:
            self.told.emit(LOCKED if shape is not None else SELECT_ONE, "", None)
            return None
        try:
            mask = converted(shape.geometry, "mask", image.width, image.height)
        except InputError as error:
            self.told.emit(str(error), "", None)
            return None
        return mask.rle if isinstance(mask, MaskGeometry) else None

    # -- what the gesture says

    @Slot(object, bool)
    def _on_stroke(self, rle: Rle | None, erased: bool) -> None:
        self._put("Erase" if erased else "Brush", rle)

    @Slot(object)
    def _on_fill(self, at: Point) -> None:
        base = self._mask()
        if base is None:
            return
        try:
            self._put("Fill hole", brush.fill_at(base, at))
        except InputError as error:
            self.told.emit(str(error), "", None)

    def _put(self, name: str, rle: Rle | None) -> None:
        shape, document = self._shape(), self._session.document
        if shape is None or document is None:
            return
        if rle is None:
            done = self._session.edit_document(name, lambda d: edits.remove_shapes(d, [shape.id]))
            if done:
                self.told.emit("Nothing was left of the mask: it is gone.", "Undo", self._session.undo)
            return
        geometry = MaskGeometry(rle)
        lost = losses(shape.geometry, "mask", document.width or None, document.height or None)
        done = self._session.edit_document(
            name, lambda d: edits.change_shapes(d, [shape.id], lambda s: replace(s, geometry=geometry))
        )
        if done and not isinstance(shape.geometry, MaskGeometry):
            self.told.emit(f"The {spoken(shape)} became a mask. {' '.join(lost)}".strip(), "", None)

    @Slot(bool)
    def _on_live(self, painting: bool) -> None:
        """While a stroke is under way the gesture paints the mask, and nobody else."""
        shape = self._shape()
        ids = frozenset({shape.id}) if painting and shape is not None else frozenset[str]()
        self._view.set_live(Live(ids, shown=False))

    @Slot()
    def _on_selection(self) -> None:
        if self.active and self._shape() is None:
            self.leave()
        self._dress()

    @Slot(str)
    def _on_loading(self, _: str) -> None:
        self.leave()

    @Slot()
    def _dress(self) -> None:
        shape = self._shape()
        if shape is not None:
            self.gesture.colour = self._session.labels.colour_of(shape.label)
