"""The small panel over the picture while something is drawn by hand: the tool and how it is used."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget


class DrawStrip(QFrame):
    """Says one short line. The mouse goes through it. Give it to `ImageView.set_strip`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("draw_strip")
        self.setProperty("floating", True)
        self.setAutoFillBackground(True)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.title, self.hint, self.value = QLabel(), QLabel(), QLabel()
        self.title.setProperty("role", "title")
        self.value.setMinimumWidth(self.value.fontMetrics().horizontalAdvance("Tolerance 255"))
        self.title.setObjectName("draw_strip.title")
        self.hint.setObjectName("draw_strip.hint")
        self.value.setObjectName("draw_strip.value")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 12, 8)
        row.setSpacing(12)
        for widget in (self.title, self.hint, self.value):
            row.addWidget(widget)

    def say(self, title: str, hint: str, value: str = "") -> None:
        """Show the tool's name, how it is used, and its setting where it has one."""
        for label, text in ((self.title, title), (self.hint, hint), (self.value, value)):
            if label.text() != text:
                label.setText(text)
        self.value.setVisible(bool(value))
        self.setAccessibleName(f"{title}: {hint} {value}".strip())
