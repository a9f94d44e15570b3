"""The small panel over the picture while something is drawn by hand: the tool, its options, and how it is used."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QCheckBox, QComboBox, QFrame, QGridLayout, QLabel, QWidget

from app.ui.look.theme import tokens_for

OVERLAPS = {"allowed": "Overlap allowed", "new": "New one gives way", "others": "Others give way"}
"""What may be chosen, and how it is called."""

ROW = 26


class DrawStrip(QFrame):
    """Says one short line, and holds the choices for the tool. What is beside them lets the mouse through. Give it to
    `ImageView.set_strip`."""

    snapping_chosen = Signal(bool)
    overlap_chosen = Signal(str)
    """A key of `OVERLAPS`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("draw_strip")
        self.setProperty("floating", True)
        self.setAutoFillBackground(True)
        self._widest = 0
        self.title, self.hint, self.value = QLabel(), QLabel(), QLabel()
        self.title.setProperty("role", "title")
        self.hint.setProperty("role", "muted")
        self.value.setMinimumWidth(self.value.fontMetrics().horizontalAdvance("Tolerance 255"))
        self.title.setObjectName("draw_strip.title")
        self.hint.setObjectName("draw_strip.hint")
        self.value.setObjectName("draw_strip.value")
        self.snapping = QCheckBox("Snap")
        self.snapping.setObjectName("draw_strip.snapping")
        self.snapping.setAccessibleName("Snap to neighbours")
        self.overlap = QComboBox()
        self.overlap.setObjectName("draw_strip.overlap")
        self.overlap.setAccessibleName("Overlap with other shapes")
        self.overlap.setToolTip("Whether new and changed shapes may overlap others, and which of them give way")
        for key, text in OVERLAPS.items():
            self.overlap.addItem(text, key)
        self.snapping.clicked.connect(self._on_snapping)
        self.overlap.activated.connect(self._on_overlap)
        self._arrange()
        self._let_the_mouse_through()
        self._draw_edge()

    def _arrange(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(12, 6, 8, 8)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(2)
        grid.setRowMinimumHeight(0, ROW)
        grid.setColumnStretch(1, 1)
        for column, widget in enumerate((self.title, self.value, self.snapping, self.overlap)):
            grid.addWidget(widget, 0, column, Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(self.hint, 1, 0, 1, 4)

    def _let_the_mouse_through(self) -> None:
        """What the panel and its words do not use goes on to the picture below."""
        for widget in (self, self.title, self.hint, self.value):
            widget.setMouseTracking(True)
        for choice in (self.snapping, self.overlap):
            # A click leaves the keyboard with the picture, where Enter and Backspace mean something.
            choice.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            choice.setCursor(Qt.CursorShape.ArrowCursor)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._draw_edge()

    def _draw_edge(self) -> None:
        """The style draws the edge of a box to tick as a darker window colour, which nobody sees on a dark one."""
        palette = self.palette()
        if tokens_for(palette).dark:
            palette.setColor(QPalette.ColorRole.Window, QColor(tokens_for(palette).muted))
        self.snapping.setPalette(palette)

    def sizeHint(self) -> QSize:
        """As wide as it took for the same tool so far: a shorter line does not move the choices away."""
        hint = super().sizeHint()
        self._widest = max(self._widest, hint.width())
        return QSize(self._widest, hint.height())

    def say(self, title: str, hint: str, value: str = "") -> None:
        """Show the tool's name, how it is used, and its setting where it has one."""
        if title != self.title.text():
            self._widest = 0
        for label, text in ((self.title, title), (self.hint, hint), (self.value, value)):
            if label.text() != text:
                label.setText(text)
        self.value.setVisible(bool(value))
        self.setAccessibleName(f"{title}: {hint} {value}".strip())

    def offer(self, snapping: bool, overlap: bool) -> None:
        """Which choices the tool has."""
        self.snapping.setVisible(snapping)
        self.overlap.setVisible(overlap)

    def show_choices(self, snapping: bool, overlap: str, snapping_tip: str) -> None:
        """How things are now."""
        self.snapping.setChecked(snapping)
        self.snapping.setToolTip(snapping_tip)
        self.overlap.setCurrentIndex(self.overlap.findData(overlap))

    @Slot(bool)
    def _on_snapping(self, on: bool) -> None:
        self.snapping_chosen.emit(on)

    @Slot(int)
    def _on_overlap(self, _: int) -> None:
        self.overlap_chosen.emit(str(self.overlap.currentData()))
