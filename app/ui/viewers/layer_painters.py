"""Paints tool results over the picture: one small painter for each type of layer."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import singledispatch

import numpy as np
from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from app.core.coarse import CoarseMask
from app.core.document import LABEL_COLOURS, LabelList
from app.core.geometry import BoolArray, Box
from app.core.huge import Place
from app.core.layers import BoxesLayer, ImageLayer, LabelMapLayer, Layer, MaskLayer
from app.core.sources import Image
from app.ui.look.theme import ink_on
from app.ui.viewers.mask_raster import ViewRaster, coarse_raster, label_raster, mask_box, mask_raster
from app.ui.viewers.shape_painter import HALO_ALPHA, LINE, rgb_of
from app.ui.viewers.tags import Tags
from app.ui.viewers.tiles import PicturePainter
from app.ui.viewers.transform import Size, ViewTransform

FILL = 0.35
TAGS_UP_TO = 60
TAG_FROM = 14.0
"""With more boxes than `TAGS_UP_TO` in view, only those at least this wide or high on screen carry a tag."""


@dataclass(frozen=True)
class DisplayLayer:
    """A layer as it is to be shown: ``opacity`` 0..1; ``colour`` #rrggbb of a mask (boxes and
    label maps have a colour for each label)."""

    layer: Layer
    visible: bool = True
    opacity: float = 1.0
    colour: str | None = None
    place: Place | None = None
    """Where the layer lies if it is one of a part of the picture."""


@dataclass(frozen=True)
class Scene:
    """What a layer is painted into: the view in logical pixels, its device pixel ratio, and the source's size."""

    view: ViewTransform
    size: Size
    ratio: float
    source: Size
    labels: LabelList = field(default_factory=LabelList)

    def of(self, place: Place | None) -> Scene:
        """The same for a layer that lies in a part of the picture: its own pixels are the source then."""
        if place is None:
            return self
        dx, dy = self.view.to_view((place.x, place.y))
        view = ViewTransform(self.view.scale * place.step_x, dx, dy)
        return replace(self, view=view, source=(float(place.width), float(place.height)))

    @property
    def device(self) -> ViewTransform:
        return self.view.for_device(self.ratio)

    @property
    def device_size(self) -> tuple[int, int]:
        return int(np.ceil(self.size[0] * self.ratio)), int(np.ceil(self.size[1] * self.ratio))


class LayerPainter(QObject):
    """Paints one layer; this one paints nothing (tables and text have panels of their own)."""

    ready = Signal()
    """Something better is there: paint again."""

    def paint(self, painter: QPainter, scene: Scene, shown: DisplayLayer) -> None:
        """Paint the layer over the picture."""

    def release(self) -> None:
        """Forget what was cached and stop work in the background."""


class ImageLayerPainter(LayerPainter):
    """A picture over the picture, stretched to its size."""

    def __init__(self, layer: ImageLayer) -> None:
        super().__init__()
        self._picture = PicturePainter(self)
        self._picture.set_image(Image(layer.pixels, layer.name))
        self._picture.ready.connect(self._tell)

    @Slot()
    def _tell(self) -> None:
        self.ready.emit()

    def paint(self, painter: QPainter, scene: Scene, shown: DisplayLayer) -> None:
        painter.setOpacity(shown.opacity)
        self._picture.paint(painter, scene.view, scene.size, scene.ratio, extent=scene.source)
        painter.setOpacity(1.0)

    def release(self) -> None:
        self._picture.release()


class RasterPainter(LayerPainter):
    """A layer that becomes a `ViewRaster`, kept until the view or the look changes."""

    def __init__(self) -> None:
        super().__init__()
        self._key: object = None
        self._raster: ViewRaster | None = None
        self._image: QImage | None = None

    def raster(self, scene: Scene, shown: DisplayLayer) -> ViewRaster | None:
        raise NotImplementedError

    def paint(self, painter: QPainter, scene: Scene, shown: DisplayLayer) -> None:
        key = scene.device, scene.device_size, shown.opacity, shown.colour
        if key != self._key:
            self._key, self._raster = key, self.raster(scene, shown)
            self._image = None if self._raster is None else _qimage(self._raster, scene.ratio)
        if self._raster is not None and self._image is not None:
            painter.drawImage(QPointF(self._raster.x / scene.ratio, self._raster.y / scene.ratio), self._image)


def _qimage(raster: ViewRaster, ratio: float) -> QImage:
    """Laid over the raster's memory, which must be kept with it."""
    h, w = raster.argb.shape
    image = QImage(raster.argb.data, w, h, w * 4, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    return image


class MaskPainter(RasterPainter):
    """A tinted fill with a two-toned outline. Only the mask's bounding box is ever touched."""

    def __init__(self, mask: BoolArray) -> None:
        super().__init__()
        self._box = mask_box(mask)
        self._crop: BoolArray | None = None
        if self._box is not None:
            self._crop = mask[self._box.pixels(mask.shape[1], mask.shape[0])]

    def raster(self, scene: Scene, shown: DisplayLayer) -> ViewRaster | None:
        if self._box is None or self._crop is None:
            return None
        corner = int(self._box.x0), int(self._box.y0)
        colour = shown.colour or LABEL_COLOURS[0]
        return mask_raster(
            self._crop,
            corner,
            scene.device,
            scene.device_size,
            rgb_of(colour),
            FILL * shown.opacity,
            line=max(1, round(LINE * scene.ratio)),
            halo=rgb_of(ink_on(colour)),
        )


class CoarseMaskPainter(RasterPainter):
    """A mask that has not been enlarged, painted at the view's resolution."""

    def __init__(self, mask: CoarseMask) -> None:
        super().__init__()
        self._mask = mask

    def raster(self, scene: Scene, shown: DisplayLayer) -> ViewRaster | None:
        colour = shown.colour or LABEL_COLOURS[0]
        return coarse_raster(
            self._mask,
            scene.device,
            scene.device_size,
            rgb_of(colour),
            FILL * shown.opacity,
            line=max(1, round(LINE * scene.ratio)),
            halo=rgb_of(ink_on(colour)),
        )


class LabelMapPainter(RasterPainter):
    """Every label in a colour of the palette, with lines where they meet."""

    def __init__(self, layer: LabelMapLayer) -> None:
        super().__init__()
        self._labels = layer.labels

    def raster(self, scene: Scene, shown: DisplayLayer) -> ViewRaster | None:
        h, w = self._labels.shape
        stretch = scene.source[0] / w, scene.source[1] / h
        line = max(1, round(scene.ratio))
        return label_raster(
            self._labels,
            stretch,
            scene.device,
            scene.device_size,
            [rgb_of(c) for c in LABEL_COLOURS],
            0.5 * shown.opacity,
            line,
        )


class BoxesPainter(LayerPainter):
    """Detections as boxes with tags, and their masks where they have some."""

    def __init__(self, layer: BoxesLayer) -> None:
        super().__init__()
        self._layer = layer
        self._masks: dict[int, MaskPainter] = {}

    def paint(self, painter: QPainter, scene: Scene, shown: DisplayLayer) -> None:
        b, seen = self._layer.boxes, scene.view.visible(scene.size)
        near = (b[:, 0] <= seen.x1) & (b[:, 2] >= seen.x0) & (b[:, 1] <= seen.y1) & (b[:, 3] >= seen.y0)
        indices = np.flatnonzero(near).tolist()
        painter.setOpacity(shown.opacity)
        for i in indices:
            self._paint_mask(painter, scene, shown, i)
        for i in indices:
            _paint_box(painter, scene.view.box_to_view(self._box(i)), QColor(self._colour(scene, i)))
        tags = Tags(painter, scene.size)
        for i in indices:
            box = scene.view.box_to_view(self._box(i))
            if len(indices) <= TAGS_UP_TO or max(box.width, box.height) >= TAG_FROM:
                text = f"{self._layer.labels[i]} {self._layer.scores[i]:.2f}"
                tags.paint(text, box, self._colour(scene, i))
        painter.setOpacity(1.0)

    def _box(self, i: int) -> Box:
        x0, y0, x1, y1 = self._layer.boxes[i].tolist()
        return Box(x0, y0, x1, y1)

    def _colour(self, scene: Scene, i: int) -> str:
        return scene.labels.colour_of(self._layer.labels[i])

    def _paint_mask(self, painter: QPainter, scene: Scene, shown: DisplayLayer, i: int) -> None:
        if not self._layer.masks:
            return
        if i not in self._masks:
            rle = self._layer.masks[i]
            self._masks[i] = PlacedMaskPainter(rle.crop(), (rle.x, rle.y))
        self._masks[i].paint(painter, scene, replace(shown, colour=self._colour(scene, i)))


class PlacedMaskPainter(MaskPainter):
    """A mask whose top-left pixel lies elsewhere than at the picture's corner."""

    def __init__(self, crop: BoolArray, corner: tuple[int, int]) -> None:
        super().__init__(crop)
        if self._box is not None:
            x, y = corner
            self._box = Box(self._box.x0 + x, self._box.y0 + y, self._box.x1 + x, self._box.y1 + y)


def _paint_box(painter: QPainter, box: Box, colour: QColor) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    area = QRectF(box.x0, box.y0, box.width, box.height)
    halo = QColor(ink_on(colour.name()))
    halo.setAlpha(HALO_ALPHA)
    for pen_colour, width in ((halo, LINE + 2), (colour, LINE)):
        pen = QPen(pen_colour, width)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        painter.drawRect(area)


@singledispatch
def painter_for(layer: object) -> LayerPainter:
    """The painter of a layer; a new type of layer registers its own."""
    return LayerPainter()


@painter_for.register
def _(layer: ImageLayer) -> LayerPainter:
    return ImageLayerPainter(layer)


@painter_for.register
def _(layer: MaskLayer) -> LayerPainter:
    return CoarseMaskPainter(layer.given) if isinstance(layer.given, CoarseMask) else MaskPainter(layer.given)


@painter_for.register
def _(layer: LabelMapLayer) -> LayerPainter:
    return LabelMapPainter(layer)


@painter_for.register
def _(layer: BoxesLayer) -> LayerPainter:
    return BoxesPainter(layer)
