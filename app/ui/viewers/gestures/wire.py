"""The live-wire: an outline that follows edges between clicks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, Qt, Slot
from PySide6.QtGui import QPainter

from app.core.annotation import Geometry, PolygonGeometry
from app.core.geometry import Point
from app.core.sources import Image
from app.ui.viewers.background import worker
from app.ui.viewers.drawn import ring_of, simplify
from app.ui.viewers.gestures.base import DRAG_FROM, Pointer
from app.ui.viewers.gestures.draw import (
    Canvas,
    Failure,
    guarded,
    in_view,
    paint_vertices,
    reachable,
    two_tones,
)
from app.ui.viewers.gestures.snapping import SnappingGesture
from app.ui.viewers.gestures.vertices import CLOSE
from app.ui.viewers.snapper import TOLERANCE
from app.ui.viewers.transform import ViewTransform

if TYPE_CHECKING:
    from app.ui.viewers.scissors import Wire

FLAT = 0.75
"""What the outline may be off after simplifying, in pixels of the window that it was found in."""

CLOSER = 1.5
"""Zoomed in by this much, a finer map is made."""


class WireGesture(SnappingGesture):
    """Click along an outline; the line between the clicks follows edges. Enter, a double click or a click on the first
    seed closes it.

    The map of paths from the last seed is made by a worker. A click that comes before it is there waits for it, and
    so does Enter.
    """

    kind = PolygonGeometry.kind
    usage = "Click along the edge; the line follows it. Enter or the first point closes it."

    def __init__(self, canvas: Canvas, parent: QObject | None = None) -> None:
        super().__init__(canvas, parent)
        self.seeds: list[Point] = []
        self._paths: list[list[Point]] = []
        self._latest: Pointer | None = None
        self._asked_at = 1.0
        self._wire: Wire | None = None
        self._serial = 0
        self._closing = self._ended_by_click = False
        self._worker = worker("viewer-pixels")
        self._channel = self._worker.channel()
        self._worker.done.connect(self._take)

    @property
    def begun(self) -> bool:
        return bool(self.seeds)

    @property
    def ready(self) -> bool:
        """Whether every path is known, and those from the last seed to around the pointer."""
        return self._serial == 0

    @property
    def outline(self) -> list[Point]:
        """The paths that are fixed, one after the other."""
        return [p for path in self._paths for p in path[:-1]] + self.seeds[len(self._paths) :][:1]

    def reset(self) -> None:
        super().reset()
        self._worker.cancel(self._channel)
        self.seeds, self._paths, self._wire = [], [], None
        self._serial, self._closing = 0, False

    def step_back(self) -> None:
        self._closing = False
        self.seeds.pop()
        del self._paths[max(len(self.seeds) - 1, 0) :]
        if not self.seeds:
            self.reset()
        else:
            self._ask()

    # Mouse

    def press(self, pointer: Pointer) -> bool:
        if pointer.button != Qt.MouseButton.LeftButton or (not self.begun and not reachable(pointer)):
            return False
        self._at = self._latest = pointer
        self._ended_by_click = False
        if self._near_first(pointer):
            self._ended_by_click = True
            self.finish()
        elif not self.seeds or self.seeds[-1] != self.look(pointer):
            self.seeds.append(self.look(pointer))
            self._go_on()
        self.changed.emit()
        return True

    def double(self, pointer: Pointer) -> bool:
        if self._ended_by_click:
            return True
        if not self.seeds or pointer.view_distance(self.seeds[-1]) > DRAG_FROM + TOLERANCE:
            return False
        self.finish()
        return True

    def hover(self, pointer: Pointer) -> None:
        super().hover(pointer)
        self._latest = pointer
        closer = pointer.scale >= CLOSER * self._asked_at and self._asked_at < 1
        if self.begun and self.ready and (closer or not self._reaches(pointer.clamped)):
            self._ask()

    def _reaches(self, point: Point) -> bool:
        """Whether the path from where the fixed ones end to that point can be told."""
        wire = self._wire
        return wire is not None and wire.seed == self.seeds[len(self._paths)] and wire.window.holds(point)

    def _near_first(self, pointer: Pointer) -> bool:
        return len(self.seeds) >= 2 and pointer.view_distance(self.seeds[0]) <= CLOSE

    @Slot()
    def finish(self) -> None:
        """Close along the edge and keep, as soon as the last path is known."""
        if self.begun:
            self._closing = True
            self._go_on()

    # The worker

    def _go_on(self) -> None:
        """Fix the paths that are known, then ask for the next map."""
        while self.ready and self._wire is not None and self._wire.seed == self.seeds[len(self._paths)]:
            end = self._next_end()
            if end is None:
                return
            if not self._wire.window.holds(end):
                break
            step = self._wire.window.width / self._wire.window.columns
            self._paths.append(simplify(self._wire.path_to(end), FLAT * step))
            if len(self._paths) == len(self.seeds):
                super().finish()
                if self.begun:
                    # It was not kept: the outline is open again.
                    self._paths.pop()
                    self._closing = False
                return
        if self.ready:
            self._ask()

    def _next_end(self) -> Point | None:
        """Where the first path that is not known yet ends, if somebody waits for it."""
        known = len(self._paths)
        if known + 1 < len(self.seeds):
            return self.seeds[known + 1]
        return self.seeds[0] if self._closing else None

    def _ask(self) -> None:
        """Have the map made of the seed where the known paths end."""
        image, levels = self.canvas.image, self.canvas.window_level
        if not isinstance(image, Image) or self._latest is None:
            return
        seed, end = self.seeds[len(self._paths)], self._next_end()
        self._asked_at = self._latest.scale
        pixels, size, scale = image.pixels, self._latest.size, self._latest.scale
        others = (end if end is not None else self._latest.clamped,)

        def job() -> Iterator[object]:
            from app.ui.viewers.scissors import ScissorsWindow, Wire

            yield Wire(pixels, levels, ScissorsWindow.around(seed, others, scale, size), seed)

        self._serial = self._worker.submit(self._channel, guarded(job))

    @Slot(int, int, object)
    def _take(self, channel: int, serial: int, found: Wire | Failure) -> None:
        if channel != self._channel or serial != self._serial:
            return
        if isinstance(found, Failure):
            self.give_up(found)
            return
        self._serial, self._wire = 0, found
        self._go_on()
        self.changed.emit()

    # The result

    def result(self) -> Geometry | None:
        ring = ring_of(self.outline) if len(self._paths) == len(self.seeds) else None
        return None if ring is None else PolygonGeometry((ring,))

    def live_path(self) -> list[Point]:
        """From the last fixed point to the pointer: along edges where the map is there, else straight."""
        if self._at is None or not self.seeds:
            return []
        end = self.caught.point if self.caught is not None else self._at.clamped
        if self._wire is not None and self._reaches(end):
            return self._wire.path_to(end)
        return [*self.seeds[len(self._paths) :], end]

    def paint_drawing(self, painter: QPainter, transform: ViewTransform) -> None:
        if not self.seeds:
            return
        fixed = in_view(self.outline, transform)
        if fixed.size() > 2:
            self.paint_fill(painter, fixed)
        self.paint_shape(painter, fixed, closed=False)
        live = in_view(self.live_path(), transform)
        for pen in two_tones(self.colour, style=Qt.PenStyle.DashLine):
            painter.setPen(pen)
            painter.drawPolyline(live)
        near = self._at is not None and self._near_first(self._at)
        first = QPointF(*transform.to_view(self.seeds[0]))
        paint_vertices(painter, in_view(self.seeds, transform).toList(), first if near else None)
