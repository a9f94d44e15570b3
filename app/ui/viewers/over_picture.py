"""What lies over the picture besides the picture: a message with room for buttons, a hint, and a floating strip."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

EDGE = 16


class MessagePane(QWidget):
    """A centred sentence, a smaller second line, and below them a widget of the caller's (usually buttons)."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("picture_message")
        self._title = QLabel()
        self._title.setObjectName("picture_message_title")
        font = self._title.font()
        font.setPointSizeF(font.pointSizeF() * 1.3)
        self._title.setFont(font)
        self._detail = QLabel()
        self._detail.setObjectName("picture_message_detail")
        for label in (self._title, self._detail):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(EDGE, EDGE, EDGE, EDGE)
        self._column.setSpacing(8)
        self._column.addStretch(1)
        self._column.addWidget(self._title)
        self._column.addWidget(self._detail)
        self._column.addStretch(1)
        self._actions: QWidget | None = None

    def say(self, title: str, detail: str = "") -> None:
        self._title.setText(title)
        self._detail.setText(detail)
        self._detail.setVisible(bool(detail))
        self.setAccessibleName(f"{title} {detail}".strip())

    def set_actions(self, actions: QWidget | None) -> None:
        """Show a widget under the sentence; the pane owns it."""
        if self._actions is not None:
            self._column.removeWidget(self._actions)
            self._actions.setParent(None)
        self._actions = actions
        if actions is not None:
            self._column.insertWidget(3, actions, 0, Qt.AlignmentFlag.AlignHCenter)
            actions.show()

    def show_actions(self, shown: bool) -> None:
        if self._actions is not None:
            self._actions.setVisible(shown)


class HintLine(QLabel):
    """One sentence over the picture. The mouse goes through it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("picture_hint")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        # Over a picture of any colour, so its colours are fixed: white on almost black.
        self.setStyleSheet(
            "QLabel { color: #ffffff; background: rgba(20, 20, 20, 215); border-radius: 6px; padding: 6px 12px; }"
        )
        self.hide()

    def say(self, text: str | None) -> None:
        self.setText(text or "")
        self.setAccessibleName(text or "")
        self.setVisible(bool(text))


class Floating(QObject):
    """Keeps children of a view at its top or bottom centre as either changes its size."""

    def __init__(self, view: QWidget) -> None:
        super().__init__(view)
        self._view = view
        self._placed: dict[QWidget, bool] = {}
        view.installEventFilter(self)

    def add(self, widget: QWidget, top: bool) -> None:
        widget.setParent(self._view)
        widget.installEventFilter(self)
        self._placed[widget] = top
        self.place()

    def remove(self, widget: QWidget) -> None:
        widget.removeEventFilter(self)
        self._placed.pop(widget, None)
        widget.hide()

    def place(self) -> None:
        for widget, top in self._placed.items():
            size = widget.sizeHint().boundedTo(self._view.size())
            x = (self._view.width() - size.width()) // 2
            y = EDGE if top else self._view.height() - size.height() - EDGE
            widget.setGeometry(x, y, size.width(), size.height())
            widget.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest, QEvent.Type.Show):
            self.place()
        return False
