"""Comments on the picture: a pin at each place that one is about, and the click that says where a new one goes."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QWidget

from app.core.document import Comment
from app.core.geometry import Point
from app.ui.look.theme import ink_on, tokens_for
from app.ui.viewers.image_view import ImageView

SIZE = QSize(26, 32)
HEAD = 24
OPEN, RESOLVED = "#e6a700", "#7a7a7a"
USAGE = "Click the place that the comment is about. Esc gives up."


class Pin(QAbstractButton):
    """A drop whose tip is at the place; its number is the comment's in the list."""

    def __init__(self, view: QWidget) -> None:
        super().__init__(view)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the list of comments is there for the keyboard
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.resize(SIZE)
        self.comment = Comment("")
        self.number = 0
        self.chosen = False

    def say(self, comment: Comment, number: int, chosen: bool) -> None:
        """Stand for a comment."""
        self.comment, self.number, self.chosen = comment, number, chosen
        self.setObjectName(f"pin.{number}")
        state = "resolved" if comment.resolved else "open"
        self.setAccessibleName(f"Comment {number}, {state}: {comment.text}")
        self.setToolTip(f"{comment.author}: {comment.text}" if comment.author else comment.text)
        self.update()

    def hitButton(self, pos: QPoint) -> bool:
        return self._outline().contains(QPointF(pos))

    def _outline(self) -> QPainterPath:
        """A head with a tip at the middle of the lower edge."""
        left, middle = (SIZE.width() - HEAD) / 2, SIZE.width() / 2
        head, tip = QPainterPath(), QPainterPath()
        head.addEllipse(QRectF(left + 1, 1, HEAD - 2, HEAD - 2))
        tip.moveTo(middle - 7, HEAD - 5)
        tip.lineTo(middle, SIZE.height() - 1)
        tip.lineTo(middle + 7, HEAD - 5)
        tip.closeSubpath()
        return head.united(tip)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            ground = RESOLVED if self.comment.resolved else OPEN
            accent = tokens_for(self.palette()).accent
            painter.setPen(QPen(QColor(accent if self.chosen else "#ffffff"), 2.5 if self.chosen else 1.5))
            painter.setBrush(QColor(ground))
            painter.drawPath(self._outline())
            font = painter.font()
            font.setPixelSize(12)
            font.setBold(True)
            painter.setFont(font)
            painter.setPen(QColor(ink_on(ground)))
            text = "✓" if self.comment.resolved else str(self.number or "+")
            painter.drawText(QRectF(0, 1, SIZE.width(), HEAD - 1), Qt.AlignmentFlag.AlignCenter, text)
        finally:
            painter.end()


class Pins(QObject):
    """Keeps a pin at every comment's place while the picture is panned and zoomed."""

    clicked = Signal(str)
    """A comment's id."""
    placed = Signal(object)
    """(point, source pixels) Where a new comment goes."""
    placing_changed = Signal(bool)

    def __init__(self, view: ImageView) -> None:
        super().__init__(view)
        self._view = view
        self._pins: list[Pin] = []
        self._ghost = Pin(view)
        self._ghost.setObjectName("pin.new")
        self._ghost.setAccessibleName("The place of the new comment")
        self._ghost.setToolTip("The comment that is being written is about this place")
        self._ghost.hide()
        self._at: Point | None = None
        self.placing = False
        view.view_changed.connect(self._place)
        view.overlays_toggled.connect(self._place)
        view.installEventFilter(self)

    def show_comments(self, comments: Iterable[tuple[int, Comment]], chosen: str) -> None:
        """Show those that have a place, each with its number."""
        wanted = [(number, c) for number, c in comments if c.point is not None]
        while len(self._pins) < len(wanted):
            pin = Pin(self._view)
            pin.clicked.connect(self._on_pin)
            self._pins.append(pin)
        while len(self._pins) > len(wanted):
            gone = self._pins.pop()
            gone.hide()
            gone.deleteLater()
        for pin, (number, comment) in zip(self._pins, wanted, strict=True):
            pin.say(comment, number, comment.id == chosen)
        self._place()

    def show_new(self, point: Point | None) -> None:
        """Mark the place of a comment that is being written, or none."""
        self._at = point
        self._place()

    def ask(self) -> None:
        """The next click on the picture is the place of a new comment; what is half drawn stays."""
        self.placing = True
        self._view.setFocus()
        self._view.setCursor(Qt.CursorShape.CrossCursor)
        self.placing_changed.emit(True)

    def stop(self) -> None:
        if self.placing:
            self.placing = False
            self._view.unsetCursor()
            self.placing_changed.emit(False)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.Resize:
            self._place()
        if not self.placing:
            return False
        if kind == QEvent.Type.MouseButtonPress and isinstance(event, QMouseEvent):
            return self._on_press(event)
        if kind in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride) and isinstance(event, QKeyEvent):
            if event.key() != Qt.Key.Key_Escape:
                return False
            if kind == QEvent.Type.KeyPress:
                self.stop()
            event.accept()
            return True
        if kind == QEvent.Type.MouseMove and isinstance(event, QMouseEvent):
            return event.buttons() == Qt.MouseButton.NoButton  # no gesture changes the cursor meanwhile
        return False

    def _on_press(self, event: QMouseEvent) -> bool:
        size = self._view.source_size()
        if event.button() != Qt.MouseButton.LeftButton or size is None:
            return event.button() == Qt.MouseButton.RightButton
        at = event.position()
        x, y = self._view.transform.to_source((at.x(), at.y()))
        if 0 <= x < size[0] and 0 <= y < size[1]:
            self.stop()
            self.placed.emit((x, y))
        return True

    @Slot()
    def _place(self) -> None:
        shown = self._view.image is not None and not self._view.overlays_hidden
        for pin in self._pins:
            self._put(pin, pin.comment.point if shown else None)
        self._put(self._ghost, self._at if shown else None)

    def _put(self, pin: Pin, point: Point | None) -> None:
        if point is None:
            pin.hide()
            return
        x, y = self._view.transform.to_view(point)
        pin.move(round(x - SIZE.width() / 2), round(y - SIZE.height() + 1))
        pin.setVisible(0 <= x <= self._view.width() and 0 <= y <= self._view.height())
        if pin.chosen:
            pin.raise_()

    @Slot()
    def _on_pin(self) -> None:
        pin = self.sender()
        if isinstance(pin, Pin):
            self.clicked.emit(pin.comment.id)
