"""Zoom and pan of one picture in one view, and the commands that change them."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, Signal

from app.core.geometry import Point
from app.ui.viewers.transform import Size, ViewTransform, scale_limits

NOTCH = 1.25
"""Zoom per notch of a mouse wheel."""

TOUCH_PIXELS = 160.0
"""Touchpad pixels that zoom by a factor of two."""

ARROW_STEP = 0.1
"""How far an arrow key pans, as a part of the view."""


class Navigator(QObject):
    """Holds the `ViewTransform` and keeps it sensible; a view that was fitted stays fitted when it is resized."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.transform = ViewTransform()
        self.source: Size = (1.0, 1.0)
        self.size: Size = (1.0, 1.0)
        self.ratio = 1.0
        self.fitted = True
        self.reserved = 0.0

    @property
    def zoom(self) -> float:
        """Device pixels per source pixel: 1.0 shows every pixel once."""
        return self.transform.scale * self.ratio

    @property
    def middle(self) -> Point:
        return self.size[0] / 2, self.size[1] / 2

    def set_source(self, source: Size, keep: bool) -> None:
        """Another picture, which is fitted or, with ``keep``, seen as the one before: at its zoom and, where the sizes
        differ, with what lies as far across and down in the middle."""
        before, self.source = self.source, source
        if not keep or self.fitted:
            self.fit()
        elif source == before:
            self._set(self.transform)
        else:
            x, y = self.transform.to_source(self.middle)
            low, high = scale_limits(source, self.size, self.ratio)
            scale = min(max(self.transform.scale, low), high)
            point = x * source[0] / before[0], y * source[1] / before[1]
            self._set(ViewTransform.centred(scale, point, self.size))

    def resize(self, size: Size, ratio: float) -> None:
        """The view has another size: what was in the middle stays there."""
        point = self.transform.to_source(self.middle)
        self.size, self.ratio = size, ratio
        if self.fitted:
            self.fit()
        else:
            self._set(ViewTransform.centred(self.transform.scale, point, size))

    def fit(self) -> None:
        """Show the whole picture."""
        room = self.size[0], max(self.size[1] - self.reserved, 1.0)
        self._set(ViewTransform.fitted(self.source, room), fitted=True)

    def reserve(self, pixels: float) -> None:
        """Keep view pixels at the lower edge free when fitting: something floats there."""
        if pixels != self.reserved:
            self.reserved = pixels
            if self.fitted:
                self.fit()

    def actual_size(self, at: Point | None = None) -> None:
        """One source pixel on one device pixel, around the view point ``at`` (default: the middle)."""
        self.zoom_by(1 / self.zoom, at)

    def zoom_by(self, factor: float, at: Point | None = None) -> None:
        """Magnify by a factor; the source point under the view point ``at`` (default: the middle) stays there."""
        limits = scale_limits(self.source, self.size, self.ratio)
        self._set(self.transform.zoomed(factor, at or self.middle, limits))

    def pan(self, dx: float, dy: float) -> None:
        """Move the picture by view pixels."""
        self._set(self.transform.panned(dx, dy))

    def step(self, columns: int, rows: int) -> None:
        """Look further right (or left) and down (or up) by a tenth of the view each."""
        self.pan(-columns * self.size[0] * ARROW_STEP, -rows * self.size[1] * ARROW_STEP)

    def wheel(self, angle: QPoint, pixels: QPoint, at: Point) -> None:
        """Zoom at a view point: in notches from a mouse, continuously from a touchpad."""
        if not pixels.isNull():
            self.zoom_by(2 ** (pixels.y() / TOUCH_PIXELS), at)
        elif angle.y():
            self.zoom_by(NOTCH ** (angle.y() / 120), at)

    def _set(self, transform: ViewTransform, fitted: bool = False) -> None:
        transform = transform.clamped(self.source, self.size)
        moved = transform != self.transform
        self.transform, self.fitted = transform, fitted
        if moved:
            self.changed.emit()
