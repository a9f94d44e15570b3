"""The layers dock: which results are seen, and how strongly."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QScrollArea, QSlider, QVBoxLayout, QWidget

from app.core.layers import MaskLayer
from app.ui.running.layer_stack import LayerStack, StackItem


class LayersPanel(QWidget):
    """One row a layer, the topmost first: a check box with its name, a slider for its opacity."""

    def __init__(self, stack: LayerStack, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("layers")
        self.setAccessibleName("Layers")
        self._stack = stack
        self._rows: dict[tuple[str, str], _Row] = {}
        self._empty = QLabel("Results of tools are listed here.")
        self._empty.setProperty("role", "muted")
        self._empty.setWordWrap(True)
        inner = QWidget()
        self._list = QVBoxLayout(inner)
        self._list.setContentsMargins(8, 8, 8, 8)
        self._list.setSpacing(8)
        self._list.addWidget(self._empty)
        self._list.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inner)
        area.setMinimumHeight(80)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(area)
        stack.changed.connect(self._refresh)

    @Slot()
    def _refresh(self) -> None:
        """Rows are kept while their layer is there: a slider in the hand must not be made anew."""
        items = list(reversed(self._stack.items))
        keys = [i.key for i in items]
        for key in [k for k in self._rows if k not in keys]:
            row = self._rows.pop(key)
            self._list.removeWidget(row)
            row.setParent(None)
        for place, item in enumerate(items):
            row = self._rows.get(item.key) or self._add(item)
            self._list.insertWidget(place, row)
            row.show_item(item)
        self._empty.setVisible(not items)

    def _add(self, item: StackItem) -> _Row:
        row = _Row(item)
        row.box.toggled.connect(partial(self._on_toggled, item.key))
        row.slider.valueChanged.connect(partial(self._on_opacity, item.key))
        self._rows[item.key] = row
        return row

    def _on_toggled(self, key: tuple[str, str], on: bool) -> None:
        self._stack.show(key, visible=on)

    def _on_opacity(self, key: tuple[str, str], percent: int) -> None:
        self._stack.show(key, opacity=percent / 100)


def _swatch(colour: str) -> QIcon:
    """The colour that a mask is shown in."""
    pixmap = QPixmap(24, 24)
    pixmap.setDevicePixelRatio(2)
    pixmap.fill(QColor(colour))
    return QIcon(pixmap)


class _Row(QWidget):
    def __init__(self, item: StackItem) -> None:
        super().__init__()
        name = f"layers.{item.owner}.{item.layer.name}"
        self.setObjectName(name)
        self.box = QCheckBox(item.layer.name.capitalize())
        self.box.setObjectName(f"{name}.visible")
        self.box.setAccessibleName(f"Show {item.layer.name} of {item.owner}")
        self.box.setToolTip(f"Show or hide {item.layer.name} ({item.owner})")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName(f"{name}.opacity")
        self.slider.setAccessibleName(f"Opacity of {item.layer.name} of {item.owner}")
        self.slider.setToolTip("Opacity")
        self.slider.setRange(0, 100)
        self.box.setIconSize(QSize(12, 12))
        self.percent = QLabel()
        self.percent.setMinimumWidth(self.percent.fontMetrics().horizontalAdvance("100 %"))
        self.percent.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.box)
        layout.addStretch(1)
        layout.addWidget(self.slider)
        layout.addWidget(self.percent)
        self.slider.setFixedWidth(96)

    def show_item(self, item: StackItem) -> None:
        for widget in (self.box, self.slider):
            widget.blockSignals(True)
        self.box.setChecked(item.visible)
        if isinstance(item.layer, MaskLayer):
            self.box.setIcon(_swatch(item.colour))
        self.slider.setValue(round(item.opacity * 100))
        self.percent.setText(f"{item.opacity:.0%}".replace("%", " %"))
        for widget in (self.box, self.slider):
            widget.blockSignals(False)
