"""Changing shapes with the mouse and the arrow keys: what the select gesture asks for becomes steps of the history."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from PySide6.QtCore import QObject, Signal, Slot

from app.core import edits
from app.core.annotation import Geometry, KeypointsGeometry, Shape
from app.core.document import Document
from app.core.transform import moved
from app.core.vertices import Vertex, with_visibility_cycled, without_vertex
from app.ui.annotate.shape_work import changing
from app.ui.annotate.slow_edits import SlowEdits
from app.ui.session import Session
from app.ui.viewers.drags import counted
from app.ui.viewers.gestures.select import LOCKED, SelectGesture

ONE_GESTURE_S = 1.0
"""Arrow keys pressed within so many seconds of each other are one step."""


class Reshaping(QObject):
    """Ties a select gesture to the session. Shapes that are locked, or gone by now, stay as they are."""

    noted = Signal(str)

    def __init__(
        self, gesture: SelectGesture, session: Session, slow: SlowEdits, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._slow = session, slow
        self._nudges, self._last_nudge = 0, 0.0
        self._nudged: frozenset[str] = frozenset()
        gesture.reshaped.connect(self.reshape)
        gesture.reworked.connect(self.rework)
        gesture.vertex_removed.connect(self.remove_vertex)
        gesture.joint_stepped.connect(self.step_joint)
        gesture.nudged.connect(self.nudge)
        gesture.refused.connect(self.noted)

    @Slot(str, object)
    def reshape(self, name: str, geometries: Mapping[str, Geometry]) -> None:
        """Give shapes other geometries, as one step."""
        self._session.edit_document(name, lambda d: with_geometries(d, geometries))

    @Slot(str, object, object)
    def rework(self, name: str, shapes: tuple[Shape, ...], change: Callable[[Geometry], Geometry]) -> None:
        """Change very many shapes alike, as one step, off this thread."""
        self._slow.start(name, shapes, changing(change))

    @Slot(str, object)
    def remove_vertex(self, shape_id: str, vertex: Vertex) -> None:
        """Take a point away; the last but two of a polygon takes the polygon with it."""
        self._session.edit_document(
            "Remove point", lambda d: edits.reshape(d, [shape_id], lambda g: without_vertex(g, vertex))
        )

    @Slot(str, int)
    def step_joint(self, shape_id: str, joint: int) -> None:
        """A joint's visibility: visible, hidden, not given, visible."""

        def step(geometry: Geometry) -> Geometry:
            return with_visibility_cycled(geometry, joint) if isinstance(geometry, KeypointsGeometry) else geometry

        self._session.edit_document("Visibility of joint", lambda d: edits.reshape(d, [shape_id], step))

    @Slot(int, int)
    def nudge(self, dx: int, dy: int) -> None:
        """Move the selected shapes by whole pixels; presses that follow each other quickly are one step."""
        document, now = self._session.document, time.monotonic()
        chosen = self._session.selection
        if document is None:
            return
        free = edits.editable(document, chosen)
        if not free:
            self.noted.emit(LOCKED)
            return
        if chosen != self._nudged or now - self._last_nudge > ONE_GESTURE_S:
            self._nudges += 1
        self._nudged, self._last_nudge = chosen, now
        self._session.edit_document(
            f"Nudge {counted(len(free))}",
            lambda d: edits.reshape(d, free, lambda g: moved(g, dx, dy)),
            f"nudge {id(self)} {self._nudges}",
        )


def with_geometries(document: Document, geometries: Mapping[str, Geometry]) -> Document:
    """The document with other geometries for some of its shapes; the others are the same objects."""
    free = edits.editable(document, geometries)
    return edits.change_shapes(
        document,
        free,
        lambda s: s if s.geometry == geometries[s.id] else replace(s, geometry=geometries[s.id]),
    )
