"""What stands under "no picture open": the ways to begin."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from app.ui.commands.actions import Actions

OFFERED = (("file.open_folder", "Open folder..."), ("file.samples", "Sample pictures"))

NOTHING = "There are no pictures in this folder"
NOTHING_MORE = "Put some there and they appear here, drop another folder on the window, or open one."


class StartActions(QWidget):
    """Buttons for opening a folder and for the sample pictures; dropping a folder anywhere works as well."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("start")
        layout = QHBoxLayout(self)
        layout.setSpacing(8)
        layout.addStretch(1)
        for command, text in OFFERED:
            button = QPushButton(text)
            button.setObjectName(f"start.{command}")
            button.setAccessibleName(text.rstrip("."))
            button.setToolTip(actions[command].toolTip())
            button.clicked.connect(actions[command].trigger)
            layout.addWidget(button)
        layout.addStretch(1)
