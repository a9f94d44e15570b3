"""Drawing by hand in the window: ties the gestures that draw to the session, as `segmenting` does for clicks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal, Slot

from app.core import edits
from app.core.annotation import Geometry, PolygonGeometry, Shape
from app.core.areas import AREA_KINDS
from app.core.history import Change
from app.ui.commands.catalogue import GESTURES
from app.ui.session import Session
from app.ui.viewers.draw_strip import DrawStrip
from app.ui.viewers.drawn import with_ring
from app.ui.viewers.gestures.box import BoxGesture
from app.ui.viewers.gestures.brush import BrushGesture
from app.ui.viewers.gestures.draw import DrawGesture
from app.ui.viewers.gestures.ellipse import EllipseGesture
from app.ui.viewers.gestures.knife import KnifeGesture
from app.ui.viewers.gestures.point import PointGesture
from app.ui.viewers.gestures.polygon import PolygonGesture
from app.ui.viewers.gestures.polyline import PolylineGesture
from app.ui.viewers.gestures.rotated_box import RotatedBoxGesture
from app.ui.viewers.gestures.skeleton import SkeletonGesture
from app.ui.viewers.gestures.snapping import SnappingGesture
from app.ui.viewers.gestures.wand import WandGesture
from app.ui.viewers.gestures.wire import WireGesture
from app.ui.viewers.image_view import ImageView
from app.ui.viewers.snapper import Snapper

TITLES = {c.id.removeprefix("gesture."): c.title for c in GESTURES}
SELECT_ONE = "Select one polygon first: holes are cut into it, parts are added to it."
SELECT_AREAS = "Select the shapes to cut first: masks, polygons, boxes or ellipses (V, then click one)."
NEED_PIXELS = ("wire", "wand")
NO_PIXELS = "{} needs all pixels in memory, for which this picture ({} x {}) is too large. Draw its outline instead."
NOTHING_LEFT = "That hole would leave nothing of the polygon; delete the shape instead."


class Drawing(QObject):
    """Owns the gestures that draw; one of them may be active in the view. What they draw becomes shapes.

    The tool and the label stay, however many shapes are drawn. A tool's gesture is made when it is first taken.
    """

    changed = Signal()
    """Another tool is active, or none: see `active`."""
    noted = Signal(str)
    bug_met = Signal(str, str)
    cut_requested = Signal(object)
    """Cut the selected shapes along this `PolylineGeometry`."""
    skeleton_missing = Signal()
    """The skeleton tool is meant, but the current label has no joints."""

    def __init__(self, view: ImageView, session: Session) -> None:
        super().__init__(view)
        self._view, self._session = view, session
        self._make: dict[str, Callable[[], DrawGesture]] = {
            "box": lambda: BoxGesture(view, self),
            "rotated_box": lambda: RotatedBoxGesture(view, self),
            "ellipse": lambda: EllipseGesture(view, self),
            "polygon": lambda: PolygonGesture(view, self),
            "part": lambda: PolygonGesture(view, self, always_into=True),
            "polyline": lambda: PolylineGesture(view, self),
            "point": lambda: PointGesture(view, self),
            "skeleton": lambda: SkeletonGesture(view, self),
            "knife": lambda: KnifeGesture(view, self),
            "wire": lambda: WireGesture(view, self),
            "wand": lambda: WandGesture(view, self),
            "brush": lambda: BrushGesture(view, self),
        }
        self._gestures: dict[str, DrawGesture] = {}
        self._guides = True
        self.snapper = view.select_gesture.snapper = Snapper(view)
        self.strip = DrawStrip(view)
        self.strip.hide()
        self.active = ""
        """The name of the active tool, as in the commands ``gesture.<name>``; empty for none."""
        session.label_chosen.connect(self._dress)
        session.labels_changed.connect(self._dress)
        session.image_loading.connect(self._on_loading)
        session.image_changed.connect(self._show_strip)
        session.project_changed.connect(self._show_strip)

    @property
    def tools(self) -> tuple[str, ...]:
        """The names of all tools."""
        return tuple(self._make)

    @property
    def gesture(self) -> DrawGesture | None:
        """The active tool's gesture."""
        return self._gestures.get(self.active)

    # -- entering and leaving

    def can_enter(self, name: str) -> bool:
        """Whether there is something to draw on; says so if a selected polygon is missing."""
        if name == "part" and self._selected_polygon() is None:
            self.noted.emit(SELECT_ONE)
            return False
        if name == "knife" and not self._can_cut():
            self.noted.emit(SELECT_AREAS)
            return False
        if name in NEED_PIXELS and (huge := self._session.huge) is not None:
            self.noted.emit(NO_PIXELS.format(TITLES[name], huge.width, huge.height))
            return False
        return self._session.picture is not None

    def enter(self, name: str) -> None:
        """Take a tool; what was unfinished in another is dropped."""
        gesture = self._gesture(name)
        if name != self.active:
            self.active = name
            self._view.set_gesture(gesture)
        if not isinstance(gesture, PolygonGesture | KnifeGesture):
            # A digit now means the next shape's label, not that of what was selected before.
            self._session.select(())
        self._dress()
        self._show_strip()
        self.changed.emit()
        self._view.setFocus()
        if isinstance(gesture, SkeletonGesture) and gesture.skeleton is None:
            self.skeleton_missing.emit()

    @Slot()
    def leave(self) -> None:
        """Back to selecting."""
        if self.active:
            self.active = ""
            self._view.set_gesture(None)
            self._view.set_strip(None)
            self.changed.emit()

    def undo(self) -> bool:
        """Take back the last vertex, stroke or corner; false if nothing is unfinished."""
        return self.gesture is not None and self.gesture.undo()

    def set_guides(self, shown: bool) -> None:
        """Whether lines across the view help to place boxes."""
        self._guides = shown
        self._dress()

    def _gesture(self, name: str) -> DrawGesture:
        if name not in self._gestures:
            gesture = self._gestures[name] = self._make[name]()
            gesture.keeper = self._keep
            gesture.left.connect(self.leave)
            gesture.changed.connect(self._say)
            gesture.bug_met.connect(self._on_bug)
            if isinstance(gesture, PolygonGesture):
                gesture.into = self._selected_polygon
            if isinstance(gesture, SnappingGesture):
                gesture.snapper = self.snapper
            if isinstance(gesture, SkeletonGesture):
                gesture.skeleton_missing.connect(self.skeleton_missing)
        return self._gestures[name]

    @Slot(str, str)
    def _on_bug(self, sentence: str, details: str) -> None:
        self.bug_met.emit(sentence, details)

    # -- keeping

    def _keep(self, geometry: Geometry) -> bool:
        """Make a shape of what was drawn; false, and the drawing stays, if that cannot be."""
        gesture = self.gesture
        if self._session.picture is None or gesture is None:
            return False
        if isinstance(gesture, KnifeGesture):
            self.cut_requested.emit(geometry)
            return True
        if isinstance(gesture, PolygonGesture) and isinstance(geometry, PolygonGeometry):
            if gesture.target is not None:
                return self._change_polygon(gesture.target, geometry)
            if gesture.always_into:
                self.noted.emit(SELECT_ONE)
                return False
        shape = Shape(geometry, self._session.current_label)
        if not self._session.keep([shape], f"Draw {TITLES[self.active].lower()}"):
            return False
        self._session.select(())
        return True

    def _change_polygon(self, target: PolygonGeometry, drawn: PolygonGeometry) -> bool:
        """Cut a hole into the selected polygon or add a part to it."""
        document, chosen = self._session.document, self._session.selection
        changed = with_ring(target, drawn.rings[0])
        if changed is None:
            self.noted.emit(NOTHING_LEFT)
            return False
        if document is None or self._selected_polygon() is not target:
            self.noted.emit(SELECT_ONE)
            return False
        name = "Cut hole" if target.contains(drawn.rings[0][0]) else "Add part"
        after = edits.change_shapes(document, chosen, lambda s: replace(s, geometry=changed))
        return self._session.edit(Change(name, ((document, after),)))

    def _can_cut(self) -> bool:
        document, chosen = self._session.document, self._session.selection
        return document is not None and any(s.id in chosen and s.kind in AREA_KINDS for s in document.shapes)

    def _selected_polygon(self) -> PolygonGeometry | None:
        """The polygon that is selected, if it is one alone."""
        document, chosen = self._session.document, self._session.selection
        shape = document.shape(next(iter(chosen))) if document is not None and len(chosen) == 1 else None
        return shape.geometry if shape is not None and isinstance(shape.geometry, PolygonGeometry) else None

    # -- looks

    @Slot()
    def _dress(self) -> None:
        """The active gesture draws in the label's colour."""
        if (gesture := self.gesture) is not None:
            gesture.colour = self._session.labels.colour_of(self._session.current_label)
            gesture.guides = self._guides
            if isinstance(gesture, SkeletonGesture):
                label = self._session.labels.get(self._session.current_label)
                gesture.skeleton = label.skeleton if label is not None else None
            gesture.changed.emit()

    @Slot()
    def _say(self) -> None:
        if (gesture := self.gesture) is not None:
            self.strip.say(TITLES[self.active], gesture.hint, gesture.value_text)

    @Slot()
    def _show_strip(self) -> None:
        """Nothing can be drawn where there is no picture."""
        if self.gesture is not None:
            self._say()
            self.strip.offer(isinstance(self.gesture, SnappingGesture), self.gesture.kind in AREA_KINDS)
            self._view.set_strip(self.strip if self._session.picture is not None else None)

    @Slot(str)
    def _on_loading(self, _: str) -> None:
        """The picture that is still seen belongs to another document now."""
        if self.gesture is not None:
            self.gesture.cancel()
