"""Where the picture lies in the view: a scale and an offset, as a frozen value without Qt.

Source pixels follow `app.core.geometry`; view pixels are logical widget pixels with the origin at the top left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from app.core.geometry import Box, Point

Size = tuple[float, float]
"""(width, height)."""

MAX_DEVICE_SCALE = 128.0
"""The largest magnification, in device pixels per source pixel."""

SMALLEST_SHOWN = 24.0
"""The view pixels below which a picture's longer side is never zoomed out."""


@dataclass(frozen=True, slots=True)
class ViewTransform:
    """``view = source * scale + (dx, dy)``; ``scale`` is in view pixels per source pixel."""

    scale: float = 1.0
    dx: float = 0.0
    dy: float = 0.0

    @classmethod
    def fitted(cls, source: Size, view: Size, margin: float = 8.0, largest: float = 8.0) -> Self:
        """The whole picture, centred, with a margin in view pixels; never magnified more than ``largest`` times."""
        room = max(view[0] - 2 * margin, 1.0), max(view[1] - 2 * margin, 1.0)
        scale = min(room[0] / source[0], room[1] / source[1], largest)
        return cls.centred(scale, (source[0] / 2, source[1] / 2), view)

    @classmethod
    def centred(cls, scale: float, point: Point, view: Size) -> Self:
        """That scale, with a source point at the middle of the view."""
        return cls(scale, view[0] / 2 - point[0] * scale, view[1] / 2 - point[1] * scale)

    def to_view(self, point: Point) -> Point:
        return point[0] * self.scale + self.dx, point[1] * self.scale + self.dy

    def to_source(self, point: Point) -> Point:
        return (point[0] - self.dx) / self.scale, (point[1] - self.dy) / self.scale

    def box_to_view(self, box: Box) -> Box:
        return Box(*self.to_view((box.x0, box.y0)), *self.to_view((box.x1, box.y1)))

    def visible(self, view: Size) -> Box:
        """The part of the source plane that the view shows; it may reach outside the picture."""
        return Box(*self.to_source((0.0, 0.0)), *self.to_source(view))

    def panned(self, dx: float, dy: float) -> Self:
        """Moved by view pixels."""
        return type(self)(self.scale, self.dx + dx, self.dy + dy)

    def zoomed(self, factor: float, at: Point, limits: tuple[float, float]) -> Self:
        """Scaled by ``factor`` within ``limits``; the source point under the view point ``at`` stays there."""
        scale = min(max(self.scale * factor, limits[0]), limits[1])
        x, y = self.to_source(at)
        return type(self)(scale, at[0] - x * scale, at[1] - y * scale)

    def clamped(self, source: Size, view: Size) -> Self:
        """Panned back as little as is needed for the middle of the view to lie on the picture, so that every pixel can
        be brought to the middle and the picture cannot be lost."""
        x, y = self.to_source((view[0] / 2, view[1] / 2))
        inside = min(max(x, 0.0), source[0]), min(max(y, 0.0), source[1])
        return self if inside == (x, y) else self.centred(self.scale, inside, view)

    def for_device(self, ratio: float) -> Self:
        """The same view measured in device pixels."""
        return type(self)(self.scale * ratio, self.dx * ratio, self.dy * ratio)


def scale_limits(source: Size, view: Size, ratio: float = 1.0) -> tuple[float, float]:
    """The smallest and largest scale for a picture in a view whose device pixel ratio is ``ratio``."""
    whole = ViewTransform.fitted(source, view).scale
    smallest = min(whole, SMALLEST_SHOWN / max(source))
    return smallest, MAX_DEVICE_SCALE / ratio
