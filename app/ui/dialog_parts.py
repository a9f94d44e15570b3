"""What several dialogs have in common."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QDialogButtonBox


def close_buttons(dialog: QDialog) -> QDialogButtonBox:
    """A row with a button that closes the dialog."""
    box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    button = box.button(QDialogButtonBox.StandardButton.Close)
    button.setObjectName(f"{dialog.objectName()}.close")
    button.setAccessibleName("Close")
    button.setToolTip("Close (Esc)")
    box.rejected.connect(dialog.reject)
    return box
