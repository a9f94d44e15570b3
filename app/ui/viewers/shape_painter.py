"""Paints annotation shapes: few of them as smooth outlines, very many through a raster that a worker draws."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from operator import is_

import numpy as np
from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen, QPolygonF, QTransform

from app.core.annotation import MaskGeometry, Shape
from app.core.document import LabelList
from app.ui.look.theme import ink_on
from app.ui.viewers.background import worker
from app.ui.viewers.drags import Live, shifted_of
from app.ui.viewers.heavy_masks import HeavyMasks, is_heavy
from app.ui.viewers.mask_raster import Rgb
from app.ui.viewers.raster_cache import Drawn, RasterCache, extent, image_over
from app.ui.viewers.shape_index import Art, ShapeIndex, art_of
from app.ui.viewers.shape_raster import Ink, draw
from app.ui.viewers.tags import CHOSEN, TagStyle, paint_tags
from app.ui.viewers.transform import Size, ViewTransform

DIRECT = 1500
"""Up to so many points in view, shapes are painted directly, smoothly and at once (10 ms)."""

MANY = 600
"""Up to so many shapes in view, the raster is painted smoothly by Qt; more go through OpenCV, without antialiasing."""

ON_TOP = 60
"""The most selected shapes that are painted over the raster; more are only filled more strongly within it."""

MARGIN = 0.15
"""How much the raster reaches beyond the view on each side, as a part of the view."""

AROUND = 8
"""Logical pixels that outlines and points may reach beyond a shape's bounding box."""

LINE = 1.5
POINTS_AT_LEAST = 4
TRACED_AT_ONCE = 3
"""Up to so many masks are traced while painting; more are left to the worker."""

CORNERS = 64
"""The most corners for which outlines run to sharp points."""


@dataclass(frozen=True)
class Look:
    """How one shape is drawn: fill opacity, and the outline's rings as (width in view pixels, colour or None).

    None in the last ring is the shape's own colour, in others black or white, whichever contrasts with that.
    """

    fill: float
    rings: tuple[tuple[float, str | None], ...]


PLAIN = Look(0.3, ((LINE + 2, None), (LINE, None)))
HOVERED = Look(0.6, ((LINE + 3.5, None), (LINE + 1, None)))
SELECTED = Look(0.4, ((LINE + 6, "#e0000000"), (LINE + 4, "#ffffff"), (LINE, None)))
HALO_ALPHA = 190
THIN = Look(0.0, PLAIN.rings)
OUTLINES = {PLAIN: THIN, HOVERED: replace(HOVERED, fill=0.0), SELECTED: replace(SELECTED, fill=0.0)}
"""How they look without fills, so that nothing hides what is small."""


def rgb_of(colour: str) -> Rgb:
    """#rrggbb as three numbers."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def path_of(art: Art) -> QPainterPath:
    """The lines of an art as a path in source pixels."""
    path = QPainterPath()
    for line in art.lines:
        polygon = QPolygonF([QPointF(x, y) for x, y in line.tolist()])
        path.addPolygon(polygon)
        if art.closed:
            path.closeSubpath()
    return path


class ShapePainter(QObject):
    """The shapes of one document over its picture."""

    ready = Signal()
    """A fresher raster is there: paint again."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.index = ShapeIndex()
        self.selected: frozenset[str] = frozenset()
        self.hovered: str | None = None
        self.tags = TagStyle()
        self._live = Live()
        self._lifted: tuple[ShapeIndex, frozenset[str], list[int]] | None = None
        self._placed: tuple[ViewTransform, list[QRectF]] | None = None
        self._labels = LabelList()
        self._paths: dict[int, tuple[Art, QPainterPath]] = {}
        self._generation = 0
        self._rasters = RasterCache()
        self._in_flight: tuple[int, int] | None = None
        self._heavy, self._filled = HeavyMasks(), True
        self._frame: tuple[Size, float] = (0.0, 0.0), 1.0
        self._worker = worker("viewer-shapes")
        self._channel = self._worker.channel()
        self._worker.done.connect(self._take)

    def set_shapes(self, shapes: Sequence[Shape], labels: LabelList, selected: frozenset[str]) -> None:
        """Show these, in this order, in the labels' colours."""
        many_changed = selected != self.selected and max(len(selected), len(self.selected)) > ON_TOP
        same = len(shapes) == len(self.index) and all(map(is_, shapes, self.index.shapes))
        if not same or labels != self._labels or many_changed:
            # What is being drawn goes on: with an edit at every tick nothing would ever be finished otherwise.
            self._generation += 1
            self.index = ShapeIndex.of(shapes, self.index)
        self.selected, self._labels = selected, labels
        if len(self._paths) > 2 * MANY:
            self._paths = {}
        if self.hovered is not None and self.index.find(self.hovered) is None:
            self.hovered = None

    def set_filled(self, filled: bool) -> None:
        """Whether shapes are filled, or outlines alone are drawn, thinly."""
        if filled != self._filled:
            self._filled = filled
            self._generation += 1

    def set_live(self, live: Live) -> None:
        """Show some shapes as they are while they are dragged, and not where they were. `Live()` ends it."""
        if live.ids != self._live.ids:
            self._generation += 1  # drawn anew without them, or with them again, off this thread
        self._live = live

    def clear(self) -> None:
        """Another picture comes: nothing drawn for this one may be seen on it."""
        self._worker.cancel(self._channel)
        self._in_flight = self.hovered = None
        self._rasters.clear()
        self._live = Live()
        self.set_shapes((), self._labels, frozenset())

    @property
    def settled(self) -> bool:
        """Whether nothing is being drawn in the background."""
        return self._in_flight is None

    def paint(self, painter: QPainter, view: ViewTransform, size: Size, ratio: float, dim: float = 1.0) -> None:
        """Paint what the view (logical pixels, ``ratio`` device pixels each) shows; ``dim`` is the opacity of all but
        the selected shapes."""
        self._frame = size, ratio
        seen = self.index.visible(view.visible(size).grown(8 / view.scale))
        chosen = [i for i in map(self.index.find, self.selected - self._live.ids) if i is not None]
        shown = set(seen.tolist())
        on_top = [i for i in sorted(chosen) if i in shown]
        hovered = self.index.find(self.hovered) if self.hovered and self.hovered not in self._live.ids else None
        painter.setOpacity(dim)
        if not self._is_little(seen.tolist()):
            self._paint_raster(painter, view, size, ratio, blend=len(on_top) > ON_TOP)
            on_top = on_top[:ON_TOP]
        else:
            for i in seen.tolist():
                if i not in on_top and i != hovered and self.index.shapes[i].id not in self._live.ids:
                    self._paint_shape(painter, i, view, PLAIN)
        if hovered is not None and hovered not in on_top:
            self._paint_shape(painter, hovered, view, HOVERED)
        painter.setOpacity(1.0)
        for i in on_top:
            self._paint_shape(painter, i, view, SELECTED)
        self._paint_live(painter, view)
        tagged = [*on_top[:CHOSEN], *([hovered] if hovered is not None else [])]
        paint_tags(painter, size, view, self.index, tagged, self._live.ids, self._labels, self.tags, dim)

    def _is_little(self, seen: list[int]) -> bool:
        """Whether so few points are in view that they can be painted directly."""
        if len(seen) * POINTS_AT_LEAST > DIRECT or self.index.untraced(seen) > TRACED_AT_ONCE:
            return False
        if len(seen) > TRACED_AT_ONCE and any(is_heavy(self.index.shapes[i].geometry) for i in seen):
            return False
        seen = [i for i in seen if not is_heavy(self.index.shapes[i].geometry)]
        return sum(self.index.art(i).points for i in seen) <= DIRECT

    def _paint_shape(self, painter: QPainter, i: int, view: ViewTransform, look: Look) -> None:
        geometry, look = self.index.shapes[i].geometry, look if self._filled else OUTLINES[look]
        if isinstance(geometry, MaskGeometry) and is_heavy(geometry):
            name, width = self._labels.colour_of(self.index.shapes[i].label), look.rings[0][0] / 2
            self._heavy.paint(painter, geometry, view, *self._frame, name, look.fill, width)
            return
        art, colour = self.index.art(i), QColor(self._labels.colour_of(self.index.shapes[i].label))
        known = self._paths.get(id(art))
        if known is None:
            known = self._paths[id(art)] = art, path_of(art)
        paint_art(painter, art, known[1], view, colour, look)

    def _paint_live(self, painter: QPainter, view: ViewTransform) -> None:
        """What is dragged: shifts move what has been made before; of very many only the boxes are shown."""
        found = self._dragged() if self._live.shown else []
        for i in found[:ON_TOP]:
            shape = self.index.shapes[i]
            if (geometry := self._live.geometries.get(shape.id)) is not None:
                art = art_of(geometry)
                colour = QColor(self._labels.colour_of(shape.label))
                look = SELECTED if self._filled else OUTLINES[SELECTED]
                paint_art(painter, art, path_of(art), view, colour, look)
            else:
                dx, dy = shifted_of(shape.geometry, self._live.shift)
                self._paint_shape(painter, i, view.panned(dx * view.scale, dy * view.scale), SELECTED)
        if len(found) > ON_TOP:
            dx, dy = self._live.shift
            paint_boxes(painter, self._boxes(found[ON_TOP:], view), (dx * view.scale, dy * view.scale))

    def _dragged(self) -> list[int]:
        """The indices of what is dragged, in drawing order; the same from one step of the mouse to the next."""
        key = self.index, self._live.ids
        if self._lifted is None or self._lifted[0] is not key[0] or self._lifted[1] is not key[1]:
            found = sorted(i for i in map(self.index.find, key[1]) if i is not None and self.index.shown[i])
            self._lifted, self._placed = (*key, found), None
        return self._lifted[2]

    def _boxes(self, indices: list[int], view: ViewTransform) -> list[QRectF]:
        """Bounding boxes in view pixels, made anew when the view changes only."""
        if self._placed is None or self._placed[0] != view:
            boxes = self.index.boxes[indices] * view.scale + (view.dx, view.dy, view.dx, view.dy)
            boxes[:, 2:] -= boxes[:, :2]
            self._placed = view, [QRectF(*box) for box in boxes.tolist()]
        return self._placed[1]

    def _paint_raster(self, painter: QPainter, view: ViewTransform, size: Size, ratio: float, blend: bool) -> None:
        device = view.for_device(ratio)
        w, h = int(size[0] * ratio), int(size[1] * ratio)
        raster = self._rasters.find(self._generation, device, (w, h))
        if raster is None and self._in_flight is None:
            self._ask(device, w, h, ratio, blend)
        raster = raster or self._rasters.latest
        if raster is None:
            return
        image, zoom = raster.image, view.scale / raster.view.scale
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, abs(zoom * ratio - 1) > 1e-6)
        corner = view.dx - raster.view.dx * zoom, view.dy - raster.view.dy * zoom
        painter.drawImage(QRectF(*corner, image.width() * zoom, image.height() * zoom), image)

    def _ask(self, device: ViewTransform, w: int, h: int, ratio: float, blend: bool) -> None:
        mx, my = int(w * MARGIN), int(h * MARGIN)
        index, labels, selected, generation = self.index, self._labels, self.selected, self._generation
        filled = self._filled
        lifted = self._live.ids
        wide, whole = device.panned(mx, my), (w + 2 * mx, h + 2 * my)

        def job() -> Iterator[object]:
            seen = [i for i in index.visible(wide.visible(whole)).tolist() if index.shapes[i].id not in lifted]
            left, top, *size = extent(index.boxes[seen], wide, whole, AROUND * ratio)
            view = wide.panned(-left, -top)
            arts = [index.art(i) for i in seen]
            inks: list[Ink] = []
            for i in seen:
                shape = index.shapes[i]
                strong = blend and shape.id in selected
                inks.append((rgb_of(labels.colour_of(shape.label)), 0.7 if strong else PLAIN.fill))
            arts = arts if filled else [_outline(art) for art in arts]
            if len(seen) <= MANY:
                drawn = draw_smooth(arts, inks, view, (size[0], size[1]), ratio)
                yield Drawn(generation, wide, whole, view, drawn)
            else:
                raster = draw(arts, inks, view, (size[0], size[1]), ratio)
                yield Drawn(generation, wide, whole, view, image_over(raster), raster.argb)

        self._in_flight = generation, self._worker.submit(self._channel, job)

    @Slot(int, int, object)
    def _take(self, channel: int, serial: int, result: object) -> None:
        if channel != self._channel or self._in_flight is None or self._in_flight[1] != serial:
            return
        self._in_flight = None
        if isinstance(result, Drawn):
            self._rasters.add(result)
        self.ready.emit()


def draw_smooth(
    arts: Sequence[Art], inks: Sequence[Ink], view: ViewTransform, size: tuple[int, int], ratio: float
) -> QImage:
    """The same as `shape_raster.draw`, antialiased and blended: about 0.4 ms for a shape. May run in any thread."""
    image = QImage(*size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    try:
        painter.scale(ratio, ratio)
        logical = view.for_device(1 / ratio)
        for art, (rgb, fill) in zip(arts, inks, strict=True):
            paint_art(painter, art, path_of(art), logical, QColor(*rgb), Look(fill, PLAIN.rings))
    finally:
        painter.end()
    return image


def paint_art(painter: QPainter, art: Art, path: QPainterPath, view: ViewTransform, colour: QColor, look: Look) -> None:
    """Paint one shape; ``path`` is `path_of` its art, kept by the caller."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    if art.lines:
        painter.save()
        painter.setTransform(QTransform(view.scale, 0, 0, view.scale, view.dx, view.dy), True)
        if art.closed:
            fill = QColor(colour)
            fill.setAlphaF(look.fill)
            painter.fillPath(path, fill)
        for width, ring in _rings(look, colour):
            pen = QPen(ring, width / view.scale)
            pen.setJoinStyle(Qt.PenJoinStyle.BevelJoin if art.points > CORNERS else Qt.PenJoinStyle.MiterJoin)
            painter.strokePath(path, pen)
        painter.restore()
    _paint_dots(painter, art, view, colour, look)


def _rings(look: Look, colour: QColor) -> list[tuple[float, QColor]]:
    halo = QColor(ink_on(colour.name()))
    halo.setAlpha(HALO_ALPHA)
    rings = [(width, QColor(ring) if ring else halo) for width, ring in look.rings[:-1]]
    return [*rings, (look.rings[-1][0], colour)]


def _paint_dots(painter: QPainter, art: Art, view: ViewTransform, colour: QColor, look: Look) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    radius = 4.0 if look in (PLAIN, THIN) else 5.0
    for points, hollow in ((art.dots, False), (art.hollow, True)):
        for x, y in points.tolist():
            at = QPointF(*view.to_view((x, y)))
            for width, ring in _rings(look, colour)[:-1]:
                painter.setPen(QPen(ring, width))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawEllipse(at, radius, radius)
            painter.setPen(QPen(colour, LINE))
            painter.setBrush(Qt.BrushStyle.NoBrush if hollow else colour)
            painter.drawEllipse(at, radius, radius)


def _outline(art: Art) -> Art:
    """The same as open lines, which cover nothing."""
    lines = tuple(np.concatenate([line, line[:1]]) for line in art.lines) if art.closed else art.lines
    return Art(lines, dots=art.dots, hollow=art.hollow)


def paint_boxes(painter: QPainter, boxes: list[QRectF], shift: tuple[float, float]) -> None:
    """Thin two-toned rectangles in view pixels, shifted."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    # Dashes, or a line of any width but one, take a hundred times as long for ten thousand boxes.
    painter.translate(shift[0] + 1, shift[1] + 1)
    painter.setPen(QPen(QColor("#000000"), 1))
    painter.drawRects(boxes)
    painter.translate(-1, -1)
    painter.setPen(QPen(QColor("#ffffff"), 1))
    painter.drawRects(boxes)
    painter.restore()
