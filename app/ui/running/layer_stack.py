"""The results that lie over the current picture: which tool gave them, whether they are seen, how strongly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal

from app.core.annotation import BoxGeometry, MaskGeometry, Shape
from app.core.geometry import Box
from app.core.huge import Place
from app.core.layers import BoxesLayer, LabelMapLayer, Layer, MaskLayer

COLOURS = ("#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#f0e442")


@dataclass(frozen=True, eq=False)
class StackItem:
    """One layer as it is shown; ``owner`` is the id of the tool that gave it, ``opacity`` 0..1."""

    owner: str
    layer: Layer
    visible: bool = True
    opacity: float = 1.0
    colour: str = COLOURS[0]
    place: Place | None = None
    """Where the layer lies if its tool was run on a part of the picture."""

    @property
    def key(self) -> tuple[str, str]:
        return self.owner, self.layer.name


class LayerStack(QObject):
    """The items, the lowest first. A tool's newer answer takes its older one's place and keeps how it was shown."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.items: tuple[StackItem, ...] = ()
        self._shown: dict[tuple[str, str], tuple[bool, float]] = {}

    def set_result(self, owner: str, layers: Sequence[Layer], place: Place | None = None) -> None:
        colour = COLOURS[sum(owner.encode()) % len(COLOURS)]
        fresh = []
        for layer in layers:
            visible, opacity = self._shown.get((owner, layer.name), (True, 1.0))
            fresh.append(StackItem(owner, layer, visible, opacity, colour, place))
        self.items = (*(i for i in self.items if i.owner != owner), *fresh)
        self.changed.emit()

    def clear(self) -> None:
        """Forget the results (another picture is shown); how each layer was shown is remembered."""
        if self.items:
            self.items = ()
            self.changed.emit()

    def remove(self, owner: str) -> None:
        self.items = tuple(i for i in self.items if i.owner != owner)
        self.changed.emit()

    def show(self, key: tuple[str, str], visible: bool | None = None, opacity: float | None = None) -> None:
        """Change how one layer is shown."""

        def changed(item: StackItem) -> StackItem:
            return replace(
                item,
                visible=item.visible if visible is None else visible,
                opacity=item.opacity if opacity is None else opacity,
            )

        self.items = tuple(changed(i) if i.key == key else i for i in self.items)
        self._shown.update({i.key: (i.visible, i.opacity) for i in self.items if i.key == key})
        self.changed.emit()


def shapes_in_source(item: StackItem) -> list[Shape]:
    """`shapes_of` a result, in source pixels wherever its tool was run."""
    found, place = shapes_of(item.layer, item.owner), item.place
    if place is None:
        return found
    kept = (BoxGeometry, MaskGeometry)
    return [replace(s, geometry=place.geometry_to_source(s.geometry)) for s in found if isinstance(s.geometry, kept)]


def shapes_of(layer: Layer, author: str) -> list[Shape]:
    """A result as shapes to be kept: detections as boxes or masks with their labels and scores, a mask as one shape
    without a label (the person's current one is meant). Layers that say nothing of objects give none."""
    if isinstance(layer, BoxesLayer):
        geometries: list[BoxGeometry | MaskGeometry] = [
            BoxGeometry(Box(*(float(v) for v in box))) for box in layer.boxes
        ]
        if layer.masks:
            pairs = zip(geometries, layer.masks, strict=True)
            geometries = [MaskGeometry(rle) if rle.area() else box for box, rle in pairs]
        return [
            Shape(geometry, label, score=round(float(score), 4), author=author)
            for geometry, label, score in zip(geometries, layer.labels, layer.scores, strict=True)
        ]
    if isinstance(layer, MaskLayer):
        rle = layer.encoded()
        return [] if rle is None else [Shape(MaskGeometry(rle), "", score=layer.score, author=author)]
    return []


def can_be_kept(layer: Layer) -> bool:
    return isinstance(layer, BoxesLayer | MaskLayer) and not isinstance(layer, LabelMapLayer)
