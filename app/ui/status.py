"""The status bar: the pixel under the pointer, zoom, label, engine, device, whether something runs."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QLabel, QStatusBar, QWidget

from app.tools.devices import Device
from app.ui.viewers.display import PixelReadout


class StatusBar(QStatusBar):
    """Fields of fixed places, so that nothing jumps when numbers change."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("status")
        self.setSizeGripEnabled(False)
        self.pixel_text = ""
        self._doing: dict[str, str] = {}
        self._pixel = self._field("pixel", "Pixel under the pointer", "m" * 22, stretch=1)
        self._busy = self._field("busy", "What is under way")
        self._zoom = self._field("zoom", "Zoom", "1000 %")
        self._label = self._field("label", "Current label")
        self._engine = self._field("engine", "Click-to-segment engine")
        self._device = self._field("device", "Device for networks")
        self._device.setText("Networks: not started")
        self._device.setToolTip("The process that runs networks starts with the first tool that needs one")

    def _field(self, name: str, accessible: str, widest: str = "", stretch: int = 0) -> QLabel:
        label = QLabel()
        label.setObjectName(f"status.{name}")
        label.setAccessibleName(accessible)
        label.setTextFormat(Qt.TextFormat.PlainText)
        if widest:
            label.setMinimumWidth(label.fontMetrics().horizontalAdvance(widest))
        label.setContentsMargins(8, 0, 8, 0)
        self.addPermanentWidget(label, stretch)
        return label

    @Slot(object)
    def show_pixel(self, readout: PixelReadout | None) -> None:
        self.pixel_text = readout.text() if readout else ""
        self._pixel.setText(self.pixel_text)

    def show_zoom(self, zoom: float) -> None:
        """Device pixels per picture pixel; 0 where there is no picture."""
        self._zoom.setText("" if not zoom else f"{zoom:.0%}" if zoom < 10 else f"{zoom:.0f} x")

    def show_label(self, name: str) -> None:
        self._label.setText(f"Label: {name}" if name else "No label yet")

    @Slot(str, str)
    def show_engine(self, title: str, state: str) -> None:
        self._engine.setText(f"Clicks: {title}, {state}" if state else f"Clicks: {title}")
        self._engine.setToolTip("What turns clicks into masks; choose it in the panel of Click to segment")

    @Slot(object)
    def show_device(self, device: Device) -> None:
        self._device.setText(f"Networks: {device.name}")
        self._device.setToolTip(device.reason)

    @Slot(str)
    def show_reading(self, text: str) -> None:
        self._show_doing("picture", text)

    @Slot(str)
    def show_transfer(self, text: str) -> None:
        self._show_doing("transfer", text)

    @Slot(str)
    def show_edit(self, text: str) -> None:
        self._show_doing("edit", text)

    @Slot(str)
    def show_travel(self, text: str) -> None:
        self._show_doing("travel", text)

    @Slot(str)
    def show_job(self, tool: str = "") -> None:
        """The tool that runs, "" for none."""
        self._show_doing("jobs", f"{tool}..." if tool else "")

    def _show_doing(self, what: str, text: str) -> None:
        """Several things may be under way: the one that began last is named."""
        self._doing.pop(what, None)
        if text:
            self._doing[what] = text
        self._busy.setText(next(reversed(self._doing.values()), ""))
