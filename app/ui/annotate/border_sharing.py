"""The edge of a polygon that is pointed at takes over the border of a neighbour that both its ends lie on."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from app.core import edits
from app.core.annotation import Geometry, PolygonGeometry, PolylineGeometry, Shape, new_id
from app.core.errors import InputError
from app.core.snapping import shared_border
from app.core.vertices import Spot, nearest_edge
from app.ui.session import Session
from app.ui.viewers.gestures.base import Pointer
from app.ui.viewers.grips import GRAB
from app.ui.viewers.image_view import ImageView
from app.ui.viewers.snapper import Caught, Snapper

AGAIN = 4.0
"""How far the pointer may have moved, in view pixels, for another press to mean the other way round."""

SLACK = 1.5
"""How far off the neighbour's border the ends may lie, in view pixels."""

POINT_AT = "Select one polygon and point at an edge of it whose two ends lie on the border of a neighbour."


@dataclass(frozen=True, eq=False)
class _Shared:
    """What was done last, to do it the other way round."""

    at: Pointer
    shape: str
    before: PolygonGeometry
    after: Geometry
    spot: Spot
    ends: tuple[Caught, Caught]
    longer: bool
    key: str


class BorderSharing(QObject):
    """Does it for the selected polygon; a second time at the same place goes around the neighbour the other way, in the
    same step."""

    told = Signal(str)

    def __init__(self, view: ImageView, session: Session, snapper: Snapper) -> None:
        super().__init__(view)
        self._view, self._session, self._snapper = view, session, snapper
        self._last: _Shared | None = None

    def share(self) -> None:
        """Take the border over, or say what is missing."""
        at, shape = self._view.select_gesture.pointer, self._shape()
        if at is None or shape is None or not isinstance(shape.geometry, PolygonGeometry):
            self.told.emit(POINT_AT)
            return
        last = self._last
        if last is not None and shape.geometry is last.after and at.view_distance(last.at.point) <= AGAIN:
            self._put(at, shape.id, last.before, last.spot, last.ends, not last.longer, last.key)
            return
        spot = nearest_edge(shape.geometry, at.point, GRAB / at.scale)
        ends = self._ends(shape, shape.geometry, spot, SLACK / at.scale) if spot is not None else None
        if spot is None or ends is None:
            self.told.emit(POINT_AT)
            return
        self._put(at, shape.id, shape.geometry, spot, ends, False, f"border {new_id()}")

    def _shape(self) -> Shape | None:
        chosen = self._view.chosen_shapes() if len(self._view.selected_shapes()) == 1 else ()
        return chosen[0] if len(chosen) == 1 and not chosen[0].locked else None

    def _ends(
        self, shape: Shape, polygon: PolygonGeometry, spot: Spot, tolerance: float
    ) -> tuple[Caught, Caught] | None:
        """Where the two ends of the edge lie on one neighbour."""
        ring = polygon.rings[spot.ring]
        return self._snapper.both(ring[spot.index], ring[(spot.index + 1) % len(ring)], tolerance, but=(shape.id,))

    def _put(
        self,
        at: Pointer,
        shape_id: str,
        before: PolygonGeometry,
        spot: Spot,
        ends: tuple[Caught, Caught],
        longer: bool,
        key: str,
    ) -> None:
        outline, count = ends[0].outline, len(before.rings[spot.ring])
        assert isinstance(outline, PolygonGeometry | PolylineGeometry), "only these have borders"
        try:
            after = shared_border(
                before, spot.ring, spot.index, (spot.index + 1) % count, outline, ends[0].snap, ends[1].snap, longer
            )
        except InputError as error:
            self.told.emit(str(error))
            return
        if self._session.edit_document("Follow border", lambda d: edits.reshape(d, [shape_id], lambda _: after), key):
            self._last = _Shared(at, shape_id, before, after, spot, ends, longer, key)
