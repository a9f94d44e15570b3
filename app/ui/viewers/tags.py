"""Small labels beside things in the picture: what they say of a shape, and which shapes have room for one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from app.core.annotation import Attribute, Shape
from app.core.geometry import Box
from app.core.labels import Label, LabelList
from app.ui.look.theme import ink_on
from app.ui.viewers.shape_index import ShapeIndex
from app.ui.viewers.transform import Size, ViewTransform

PADDING = 4.0
GAP = 3.0
CHOSEN = 8
"""So many selected shapes have tags, whether there is room or not."""

ROOM = 36.0, 24.0
"""A shape that nobody points at needs a box of this width and height on screen for its tag."""

LARGEST = 250
"""So many shapes, the largest in view, are asked whether their tags fit: a frame costs a few milliseconds at most."""

LONGEST = 48


@dataclass(frozen=True)
class TagStyle:
    """What tags say, and whether all shapes with room for one have it or only those that are selected or pointed at."""

    label: bool = True
    attributes: bool = True
    track: bool = True
    score: bool = True
    everywhere: bool = False

    @property
    def silent(self) -> bool:
        return not (self.label or self.attributes or self.track or self.score)

    def text(self, shape: Shape, label: Label | None) -> str:
        """What the tag of a shape says; "" for no tag."""
        parts = [shape.label or "no label"] if self.label else []
        if self.track and shape.track is not None:
            parts.append(f"#{shape.track}")
        if self.score and shape.score is not None:
            parts.append(f"{shape.score:.2f}")
        words = " ".join(parts)
        if self.attributes and label is not None and (own := _shown(shape, label)):
            words = f"{words}: {own}" if words else own
        return words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"


def _shown(shape: Shape, label: Label) -> str:
    """The values of the attributes that the label wants shown; a flag by its name alone, where it is yes."""
    found = []
    for spec in label.attributes:
        value = shape.attributes.get(spec.name) if spec.shown else None
        if isinstance(value, bool):
            found += [spec.name] if value else []
        elif value is not None and value != "":
            found.append(_plain(value))
    return ", ".join(found)


def _plain(value: Attribute) -> str:
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def paint_tags(
    painter: QPainter,
    size: Size,
    view: ViewTransform,
    index: ShapeIndex,
    chosen: Sequence[int],
    hidden: Collection[str],
    labels: LabelList,
    style: TagStyle,
    dim: float = 1.0,
) -> None:
    """The tags of the shapes ``chosen`` (indices: selected, pointed at) and, where the style says so, of the others
    that have room, but for those in ``hidden`` (ids); these at the opacity ``dim``."""
    if style.silent:
        return
    tags = Tags(painter, size)
    first = list(dict.fromkeys(chosen))
    for i in first:
        shape = index.shapes[i]
        if text := style.text(shape, labels.get(shape.label)):
            tags.paint(text, view.box_to_view(shape.bounds()), labels.colour_of(shape.label))
    if not style.everywhere:
        return
    painter.setOpacity(dim)
    done = set(first)
    for i in roomy(index, view, size):
        shape = index.shapes[i]
        if i in done or shape.id in hidden or not (text := style.text(shape, labels.get(shape.label))):
            continue
        tags.paint_if_free(text, Box(*index.boxes[i].tolist()), view, labels.colour_of(shape.label))
    painter.setOpacity(1.0)


def roomy(index: ShapeIndex, view: ViewTransform, size: Size) -> list[int]:
    """The shapes in view whose boxes are large enough on screen for a tag, the largest first, `LARGEST` at most."""
    seen = index.visible(view.visible(size))
    sides = (index.boxes[seen, 2:] - index.boxes[seen, :2]) * view.scale
    fits = (sides[:, 0] >= ROOM[0]) & (sides[:, 1] >= ROOM[1])
    seen, areas = seen[fits], sides[fits].prod(axis=1)
    if len(seen) > LARGEST:
        largest = np.argpartition(areas, -LARGEST)[-LARGEST:]
        seen, areas = seen[largest], areas[largest]
    return [int(i) for i in seen[np.argsort(-areas, kind="stable")]]


@lru_cache(maxsize=512)
def _ink(colour: str) -> tuple[QColor, QColor]:
    return QColor(colour), QColor(ink_on(colour))


class Tags:
    """Places tags during one paint so that they lie outside what they name and not over each other."""

    def __init__(self, painter: QPainter, size: Size) -> None:
        self._painter = painter
        self._view = QRectF(0, 0, *size)
        self._taken: list[QRectF] = []
        font = QFont(painter.font())
        font.setPixelSize(12)
        self._font = font
        self._metrics = QFontMetricsF(font)
        self._widths: dict[str, float] = {}

    def paint(self, text: str, anchor: Box, colour: str) -> None:
        """Write text beside ``anchor`` (view pixels) on a ground of that colour (#rrggbb)."""
        area = self._place(text, anchor)
        self._taken.append(area)
        painter = self._painter
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(QPen(QColor(0, 0, 0, 160), 1))
        ground, ink = _ink(colour)
        painter.setBrush(ground)
        painter.drawRoundedRect(area, 3, 3)
        painter.setFont(self._font)
        painter.setPen(ink)
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)

    def paint_if_free(self, text: str, box: Box, view: ViewTransform, colour: str) -> bool:
        """Write text at the top left inside a shape's ``box`` (source pixels) if it covers no other tag there and
        leaves most of the shape to be seen; whether it did. Square and without antialiasing: there may be hundreds."""
        at = view.box_to_view(box)
        width, height = self._size(text)
        left, top = max(at.x0, 0.0), max(at.y0, 0.0)
        area = QRectF(round(left), round(top), round(width), round(height))
        if width > at.x1 - left or 1.5 * height > at.y1 - top or not self._view.contains(area):
            return False
        if any(area.intersects(taken) for taken in self._taken):
            return False
        self._taken.append(area)
        painter = self._painter
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        ground, ink = _ink(colour)
        painter.fillRect(area, ground)
        painter.setFont(self._font)
        painter.setPen(ink)
        painter.drawText(QPointF(area.left() + PADDING, area.top() + 1 + self._metrics.ascent()), text)
        return True

    def _size(self, text: str) -> tuple[float, float]:
        width = self._widths.get(text)
        if width is None:
            width = self._widths[text] = self._metrics.horizontalAdvance(text) + 2 * PADDING
        return width, self._metrics.height() + 2

    def _place(self, text: str, anchor: Box) -> QRectF:
        width, height = self._size(text)
        seen = QRectF(anchor.x0, anchor.y0, anchor.width, anchor.height).intersected(self._view)
        if seen.isEmpty():
            seen = QRectF(anchor.x0, anchor.y0, max(anchor.width, 1), max(anchor.height, 1))
        left = max(seen.left(), self._view.left() + 1)
        corners = (
            QPointF(left, seen.top() - height - GAP),
            QPointF(left, seen.bottom() + GAP),
            QPointF(seen.right() + GAP, seen.top()),
            QPointF(seen.left() - width - GAP, seen.top()),
        )
        places = [QRectF(corner.x(), corner.y(), width, height) for corner in corners]
        inside = QRectF(left + GAP, max(seen.top(), 0.0) + GAP, width, height)
        if seen.width() > 2 * width and seen.height() > 3 * height:
            places.append(inside)
        free = (p for p in places if self._view.contains(p) and not any(p.intersects(t) for t in self._taken))
        fallback = (p for p in (*places, inside) if self._view.contains(p))
        return next(free, None) or next(fallback, None) or places[0]
