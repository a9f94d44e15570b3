"""The magic wand: a click takes the connected pixels that look alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QPainter

from app.core.annotation import Geometry, MaskGeometry
from app.core.geometry import pixel_of
from app.core.masks import Rle
from app.core.sources import Image
from app.ui.viewers.background import worker
from app.ui.viewers.flood import flood
from app.ui.viewers.gestures.base import DRAG_FROM, Pointer
from app.ui.viewers.gestures.draw import Canvas, DrawGesture, Failure, guarded
from app.ui.viewers.mask_preview import RegionPainter
from app.ui.viewers.region import Region
from app.ui.viewers.transform import ViewTransform

TOLERANCE = 16
MOST = 255
STEP = 4
"""View pixels that a drag must go for one step of tolerance."""


@dataclass(frozen=True)
class _Seed:
    row: int
    column: int
    tolerance: int


class WandGesture(DrawGesture):
    """Click: a region of like pixels. Drag right or up, or Ctrl+wheel: more tolerance. Shift+click: another region
    besides. Another click begins anew. Enter or a double click keeps the region as a mask.

    Flooding is done by a worker; the newest tolerance wins, and Enter waits for the answer that is under way.
    """

    kind = MaskGeometry.kind
    usage = "Click. Drag or Ctrl+wheel: tolerance. Shift+click adds. Enter keeps the mask."

    def __init__(self, canvas: Canvas, parent: QObject | None = None) -> None:
        super().__init__(canvas, parent)
        self.tolerance = TOLERANCE
        self.region: Region | None = None
        """What the newest answer found."""
        self._rle: Rle | None = None
        self._painter = RegionPainter()
        self._seeds: list[_Seed] = []
        self._serial = 0
        self._keep_when_there = False
        self._dragged: tuple[Pointer, int] | None = None
        self._worker = worker("viewer-pixels")
        self._channel = self._worker.channel()
        self._worker.done.connect(self._take)

    @property
    def begun(self) -> bool:
        return bool(self._seeds)

    @property
    def ready(self) -> bool:
        """Whether the region is the answer to all clicks and to the tolerance as it is."""
        return self._serial == 0

    @property
    def value_text(self) -> str:
        return f"Tolerance {self.tolerance}"

    def reset(self) -> None:
        self._worker.cancel(self._channel)
        self._seeds, self._dragged, self._keep_when_there = [], None, False
        self._serial, self.region, self._rle = 0, None, None

    def step_back(self) -> None:
        self._seeds.pop()
        if self._seeds:
            self._ask()
        else:
            self.reset()

    def press(self, pointer: Pointer) -> bool:
        if pointer.button != Qt.MouseButton.LeftButton or not pointer.inside:
            return False
        row, column = pixel_of(pointer.point, int(pointer.size[0]), int(pointer.size[1]))
        if not pointer.has(Qt.KeyboardModifier.ShiftModifier):
            self._seeds = []
        self._seeds.append(_Seed(row, column, self.tolerance))
        self._dragged = pointer, self.tolerance
        self._ask()
        return True

    def hover(self, pointer: Pointer) -> None:
        """Nothing is drawn at the pointer."""

    def move(self, pointer: Pointer) -> None:
        if self._dragged is None or not self._seeds:
            return
        start, before = self._dragged
        right, up = pointer.point[0] - start.point[0], start.point[1] - pointer.point[1]
        way = (right + up) * pointer.scale
        self._set_tolerance(before + round(way / STEP) if abs(way) >= DRAG_FROM else before)

    def release(self, pointer: Pointer) -> None:
        self._dragged = None

    def double(self, pointer: Pointer) -> bool:
        self.finish()
        return True

    def wheel(self, steps: int) -> bool:
        self._set_tolerance(self.tolerance + steps)
        return True

    def _set_tolerance(self, tolerance: int) -> None:
        tolerance = min(max(tolerance, 0), MOST)
        if tolerance == self.tolerance:
            return
        self.tolerance = tolerance
        if self._seeds:
            last = self._seeds[-1]
            self._seeds[-1] = _Seed(last.row, last.column, tolerance)
            self._ask()
        self.changed.emit()

    def _ask(self) -> None:
        image, levels, seeds = self.canvas.image, self.canvas.window_level, tuple(self._seeds)
        if not isinstance(image, Image):
            return

        def job() -> Iterator[object]:
            found: Region | None = None
            for seed in seeds:
                part = flood(image.pixels, seed.column, seed.row, seed.tolerance, levels)
                found = part if found is None else found.united(part)
            yield found
            # Of millions of pixels this takes longer than a person should wait for a key.
            yield found.encoded() if found is not None else None

        self._serial = self._worker.submit(self._channel, guarded(job))
        self.changed.emit()

    @Slot(int, int, object)
    def _take(self, channel: int, serial: int, found: object) -> None:
        if channel != self._channel or serial != self._serial:
            return
        if isinstance(found, Failure):
            self.give_up(found)
        elif isinstance(found, Region):
            self.region = found
        elif isinstance(found, Rle):
            self._serial, self._rle = 0, found
            if self._keep_when_there:
                self.finish()
        self.changed.emit()

    @Slot()
    def finish(self) -> None:
        """Keep the region, as soon as it is there."""
        if self.begun and not self.ready:
            self._keep_when_there = True
        else:
            self._keep_when_there = False
            super().finish()

    def result(self) -> Geometry | None:
        return None if self._rle is None else MaskGeometry(self._rle)

    def paint_drawing(self, painter: QPainter, transform: ViewTransform) -> None:
        if self.region is not None:
            self._painter.paint(painter, transform, self.region, self.colour)
