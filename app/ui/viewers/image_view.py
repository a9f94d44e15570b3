"""The picture: shows one image with layers, shapes and a preview over it, and hands the mouse to the active gesture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePath

from PySide6.QtCore import QEvent, QPointF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from app.core.annotation import Shape
from app.core.document import LabelList
from app.core.geometry import Box, Point
from app.core.huge import HugeImage, Place
from app.core.layers import MaskLayer
from app.core.selecting import with_groups
from app.core.sources import Image
from app.ui.look.theme import tokens_for
from app.ui.viewers.display import PixelReadout, Window, auto_window, full_window, sample_of
from app.ui.viewers.drags import Live
from app.ui.viewers.gestures.base import Gesture
from app.ui.viewers.gestures.select import SelectGesture
from app.ui.viewers.grip_painter import paint_band
from app.ui.viewers.huge_picture import HugePainter
from app.ui.viewers.layer_painters import DisplayLayer, LayerPainter, Scene, painter_for
from app.ui.viewers.over_picture import EDGE, Floating, HintLine, MessagePane
from app.ui.viewers.pixel_grid import PixelGrid
from app.ui.viewers.shape_index import ShapeIndex
from app.ui.viewers.shape_painter import ShapePainter
from app.ui.viewers.tags import TagStyle
from app.ui.viewers.tiles import PicturePainter, checkerboard
from app.ui.viewers.transform import ViewTransform
from app.ui.viewers.view_input import ViewInput

NO_PICTURE = "No picture open"
DIM = 0.15
"""The opacity of what is not selected while G is held."""


class ImageView(ViewInput):
    """One image with what was found in it.

    Keys while it has the focus, after those of the active gesture: F fit, Shift+F one to one, + and - zoom, arrows pan,
    H (held) hides everything over the picture, G (held) dims all but the selection, Shift+Left and Shift+Right move
    the swipe divider. Mouse: the wheel zooms at the pointer, the middle button or Space with the left one pans,
    Alt+wheel is `brush_resized`; everything else belongs to the gesture (`set_gesture`; a `SelectGesture` from the
    start).
    """

    shape_clicked = Signal(str)
    """A shape's id, from the select gesture."""
    selection_requested = Signal(frozenset, bool)
    """(ids, additive), from the select gesture: answer with `set_shapes` or `set_selected`."""
    remove_requested = Signal(frozenset)
    """Delete was pressed with these shapes selected."""
    overlays_toggled = Signal(bool)
    """Whether everything over the picture is hidden now."""
    reading_failed = Signal(str)
    """(sentence) A part of a picture that is read in parts is damaged."""
    window_changed = Signal(float, float)
    """The stored values now shown as black and as white."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("image_view")
        self.setAccessibleName("Picture")
        self._image: Image | HugeImage | None = None
        self._whole, self._tiled = PicturePainter(self), HugePainter(self)
        self._picture: PicturePainter | HugePainter = self._whole
        self._shapes = ShapePainter(self)
        self._chosen: tuple[ShapeIndex, frozenset[str], tuple[Shape, ...]] = self._shapes.index, frozenset(), ()
        self._grid = PixelGrid()
        self._labels = LabelList()
        self._layers: list[tuple[DisplayLayer, LayerPainter]] = []
        self._preview: tuple[DisplayLayer, LayerPainter] | None = None
        self._place: Place | None = None
        self._overlays_hidden = self._dimmed = False
        self._message = MessagePane(self)
        self._hint = HintLine(self)
        self._strip: QWidget | None = None
        self._floating = Floating(self)
        self._floating.add(self._hint, top=True)
        for source in (self._whole, self._tiled, self._shapes):
            source.ready.connect(self._repaint)
        self._tiled.pixel_read.connect(self._on_pixel)
        self._tiled.failed.connect(self.reading_failed)
        self.select_gesture = SelectGesture(self, self)
        self.select_gesture.shape_clicked.connect(self._on_shape_clicked)
        self.select_gesture.selection_requested.connect(self._on_selection)
        self.select_gesture.remove_requested.connect(self._on_remove)
        self.set_gesture(self.select_gesture)
        self.clear()

    # The picture

    @property
    def image(self) -> Image | HugeImage | None:
        return self._image

    @property
    def transform(self) -> ViewTransform:
        """Where the picture lies, in logical pixels of the view."""
        return self.navigator.transform

    @property
    def zoom(self) -> float:
        """Device pixels per source pixel."""
        return self.navigator.zoom

    @property
    def window_level(self) -> Window:
        """The stored values shown as black and as white."""
        return self._picture.window

    def set_image(self, image: Image | HugeImage | None, keep_view: bool = False) -> None:
        """Show an image; layers, shapes and preview of the one before are dropped.

        ``keep_view`` keeps zoom and place (unless the view was fitted, then it is fitted again).
        """
        if image is None:
            self.clear()
            return
        self.gesture.cancel()
        self._image = image
        self._drop_overlays()
        self._set_picture(image)
        self._message.hide()
        self.setAccessibleDescription(f"{PurePath(image.name).name} {image.width} x {image.height}")
        self.navigator.set_source((image.width, image.height), keep_view)
        self.window_changed.emit(*self._picture.window)
        self.update()

    def _set_picture(self, image: Image | HugeImage | None, window: Window | None = None) -> None:
        """Give the picture to the painter for its kind, and take the one before from the other."""
        huge, whole = (image, None) if isinstance(image, HugeImage) else (None, image)
        self._picture = self._tiled if huge is not None else self._whole
        self._tiled.set_image(huge, window if huge is not None else None)
        self._whole.set_image(whole, window if whole is not None else None)

    def clear(self, message: str = NO_PICTURE, detail: str = "", actions: bool = True) -> None:
        """Show no picture but a sentence, and under it what `set_empty_actions` was given (unless not ``actions``)."""
        self.gesture.cancel()
        self._image = None
        self._set_picture(None)
        self._drop_overlays()
        self._message.say(message, detail)
        self._message.show_actions(actions)
        self._message.show()
        self.setAccessibleDescription(message)
        self._set_readout(None)
        self.update()

    def show_broken(self, name: str, sentence: str) -> None:
        """Say why a file cannot be shown."""
        self.clear(sentence, PurePath(name).name, actions=False)

    def set_empty_actions(self, actions: QWidget | None) -> None:
        """A widget (usually with buttons) to stand under the sentence while there is no picture."""
        self._message.set_actions(actions)

    def set_window(self, low: float, high: float) -> None:
        """Show stored values ``low..high`` as black to white; the data stay as they are."""
        if self._image is None:
            return
        self._set_picture(self._image, (low, max(high, low + 1e-9)))
        self.window_changed.emit(*self._picture.window)
        self.update()

    def auto_window(self) -> None:
        """Window from the 0.5th to the 99.5th percentile."""
        if self._image is not None:
            self.set_window(*auto_window(sample_of(self._image)))

    def reset_window(self) -> None:
        """Window over the whole range: 0..255 for uint8, else from the smallest to the largest value."""
        if self._image is not None:
            self.set_window(*full_window(sample_of(self._image)))

    # What lies over it

    def set_layers(self, layers: Sequence[DisplayLayer]) -> None:
        """Show these layers, the first one lowest. Painters of layers that stay are kept."""
        known = {id(shown.layer): painter for shown, painter in self._layers}
        after: list[tuple[DisplayLayer, LayerPainter]] = []
        for shown in layers:
            painter = known.pop(id(shown.layer), None)
            if painter is None:
                painter = painter_for(shown.layer)
                painter.setParent(self)
                painter.ready.connect(self._repaint)
            after.append((shown, painter))
        self._layers = after
        for painter in known.values():
            painter.release()
            painter.setParent(None)
        self.update()

    def set_shapes(self, shapes: Sequence[Shape], labels: LabelList, selected: frozenset[str] = frozenset()) -> None:
        """Show the shapes, the first one lowest, in the labels' colours; ``selected`` are ids."""
        self._labels = labels
        self._shapes.set_shapes(shapes, labels, selected)
        self.update()

    def set_selected(self, selected: frozenset[str]) -> None:
        """Change only which shapes are selected."""
        self._shapes.set_shapes(self._shapes.index.shapes, self._labels, selected)
        self.update()

    def set_tags(self, style: TagStyle) -> None:
        """What the tags of shapes say, and which shapes have one."""
        self._shapes.tags = style
        self.update()

    def set_preview(self, mask: MaskLayer | None, colour: str = "#e69f00", place: Place | None = None) -> None:
        """Show a mask that is not kept yet, over everything else. Only its bounding box is touched. ``place`` says
        where it lies if it is one of a part of the picture."""
        self._preview = None
        if mask is not None:
            self._preview = DisplayLayer(mask, colour=colour, place=place), painter_for(mask)
        self.update()

    def set_part(self, place: Place | None) -> None:
        """Outline the part of the picture that tools are run on, or none."""
        self._place = place
        self.update()

    def set_hint(self, text: str | None) -> None:
        """One sentence over the top of the picture, or none."""
        self._hint.say(text)
        self._floating.place()

    def set_strip(self, strip: QWidget | None) -> None:
        """A floating panel at the bottom centre of the picture, or none. The one before is hidden."""
        if self._strip is not None and self._strip is not strip:
            self._floating.remove(self._strip)
        self._strip = strip
        if strip is not None:
            self._floating.add(strip, top=False)
            strip.show()
        self.navigator.reserve(strip.sizeHint().height() + EDGE if strip is not None else 0)

    @property
    def overlays_hidden(self) -> bool:
        """Whether everything over the picture is hidden (also while H is held)."""
        return self._overlays_hidden

    @overlays_hidden.setter
    def overlays_hidden(self, hidden: bool) -> None:
        if hidden != self._overlays_hidden:
            self._overlays_hidden = hidden
            self.overlays_toggled.emit(hidden)
        self.update()

    @property
    def dimmed(self) -> bool:
        """Whether all but the selected shapes are dimmed (while G is held)."""
        return self._dimmed

    def set_filled(self, filled: bool) -> None:
        """Whether shapes are filled, or their outlines alone are shown, thinly."""
        self._shapes.set_filled(filled)
        self.update()

    @property
    def settled(self) -> bool:
        """Whether nothing is being drawn or read in the background that the view shows."""
        return self._shapes.settled and self._tiled.settled(self.navigator.transform, self.navigator.size)

    # Looking shapes up (what `SelectGesture` needs)

    def shapes_at(self, point: Point, tolerance: float) -> Sequence[Shape]:
        """Shapes under a source point, the smallest first."""
        return self._shapes.index.hits(point, tolerance)

    def shapes_inside(self, box: Box) -> Sequence[str]:
        """Ids of the shapes wholly inside a box."""
        return self._shapes.index.inside(box)

    def shapes_near(self, box: Box) -> Sequence[Shape]:
        """The shapes that are not hidden and whose bounding box touches a box, the lowest first."""
        return [self._shapes.index.shapes[i] for i in self._shapes.index.visible(box)]

    def group_of(self, name: str) -> frozenset[str]:
        """Ids of a group's shapes that are not hidden."""
        return frozenset(s.id for s in self._shapes.index.shapes if s.group == name and not s.hidden)

    def with_groups(self, ids: Sequence[str]) -> frozenset[str]:
        """Ids and those of all that is in a group with them."""
        return with_groups(self._shapes.index.shapes, ids)

    def selected_shapes(self) -> frozenset[str]:
        return self._shapes.selected

    def chosen_shapes(self) -> Sequence[Shape]:
        """The selected shapes that are not hidden, the lowest first; the same tuple until something changes."""
        index, selected = self._shapes.index, self._shapes.selected
        if self._chosen[0] is not index or self._chosen[1] is not selected:
            found = sorted(i for i in map(index.find, selected) if i is not None and index.shown[i])
            self._chosen = index, selected, tuple(index.shapes[i] for i in found)
        return self._chosen[2]

    def set_live(self, live: Live) -> None:
        """Show shapes as they are while they are dragged; `Live()` ends it."""
        self._shapes.set_live(live)
        self.update()

    def set_hovered_shape(self, shape_id: str | None) -> None:
        """Show one shape filled, with its tag."""
        if shape_id != self._shapes.hovered:
            self._shapes.hovered = shape_id
            self.update()

    # Painting

    def grab_view(self) -> QImage:
        """What the view shows of the picture and everything over it, in device pixels, without floating panels."""
        image = QImage(self.size() * self.devicePixelRatioF(), QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(self.devicePixelRatioF())
        painter = QPainter(image)
        try:
            self._paint(painter)
        finally:
            painter.end()
        return image

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            self._paint(painter)
            self.paint_focus(painter)
        finally:
            # A painter that an exception leaves open takes the whole program down.
            painter.end()

    def _paint(self, painter: QPainter) -> None:
        tokens = tokens_for(self.palette())
        painter.fillRect(self.rect(), tokens.surround)
        if self._image is None:
            return
        view, size, ratio = self.navigator.transform, self.navigator.size, self.devicePixelRatioF()
        checker = checkerboard(tokens.checker) if self._image.channels in (2, 4) else None
        self._picture.paint(painter, view, size, ratio, checker)
        source = float(self._image.width), float(self._image.height)
        if not self._overlays_hidden:
            painter.save()
            painter.setClipRect(self.swipe.covered(size))
            self._paint_overlays(painter, Scene(view, size, ratio, source, self._labels))
            painter.restore()
        painter.save()
        self._grid.paint(painter, source, view, size, self._picture.window, self._picture.cells)
        painter.restore()
        if not self._overlays_hidden:
            painter.save()
            self.gesture.paint(painter, view)
            painter.restore()
        self.swipe.paint(painter, size)

    def _paint_overlays(self, painter: QPainter, scene: Scene) -> None:
        if self._place is not None:
            paint_band(painter, scene.view.box_to_view(self._place.box), QColor(0, 0, 0, 0))
        for shown, layer in self._layers:
            if shown.visible:
                dimmed = replace(shown, opacity=shown.opacity * DIM) if self._dimmed else shown
                layer.paint(painter, scene.of(shown.place), dimmed)
        self._shapes.paint(painter, scene.view, scene.size, scene.ratio, DIM if self._dimmed else 1.0)
        if self._preview is not None:
            shown, mask = self._preview
            mask.paint(painter, scene.of(shown.place), shown)

    # Events

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._message.setGeometry(self.rect())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()

    def hold_key(self, key: int, down: bool) -> bool:
        if key == Qt.Key.Key_H:
            self.overlays_hidden = down
        elif key == Qt.Key.Key_G:
            self._dimmed = down
            self.update()
        else:
            return False
        return True

    def source_size(self) -> tuple[float, float] | None:
        return None if self._image is None else (float(self._image.width), float(self._image.height))

    def read_at(self, at: QPointF) -> None:
        if self._image is None:
            return
        x, y = self.transform.to_source((at.x(), at.y()))
        self._set_readout(self._picture.pixel(int(x // 1), int(y // 1)))

    @Slot(object)
    def _on_pixel(self, readout: PixelReadout) -> None:
        """The values under the pointer have been read; it may have moved on."""
        shown = self._readout
        if shown is not None and (shown.x, shown.y) == (readout.x, readout.y):
            self._set_readout(readout)

    def set_gesture(self, gesture: Gesture | None) -> None:
        """Make a gesture the active one (None: the select gesture). The one before is cancelled."""
        self.activate(gesture or self.select_gesture)

    def _drop_overlays(self) -> None:
        self.set_layers([])
        self._shapes.clear()
        self._preview = self._place = None

    @Slot()
    def _repaint(self) -> None:
        self.update()

    @Slot(str)
    def _on_shape_clicked(self, shape_id: str) -> None:
        self.shape_clicked.emit(shape_id)

    @Slot(frozenset, bool)
    def _on_selection(self, ids: frozenset[str], additive: bool) -> None:
        self.selection_requested.emit(ids, additive)

    @Slot(frozenset)
    def _on_remove(self, ids: frozenset[str]) -> None:
        self.remove_requested.emit(ids)
