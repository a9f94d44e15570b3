"""The small panel over the picture while a model is being clicked with."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

from app.ui.viewers.gestures.prompt import PromptGesture

BUSY_AFTER_MS = 100


class PromptStrip(QFrame):
    """Says which candidate is shown and what can be done with it. Give it to `ImageView.set_strip`."""

    accept_clicked = Signal()
    undo_clicked = Signal()
    clear_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("prompt_strip")
        self.setAccessibleName("Click to segment")
        self.setProperty("floating", True)
        self.setAutoFillBackground(True)
        self.candidate = self._label("prompt_candidate", "Candidate")
        self.engine = self._label("prompt_engine", "Engine")
        self.engine.setProperty("role", "muted")
        self.busy = QProgressBar()
        self.busy.setObjectName("prompt_busy")
        self.busy.setAccessibleName("Segmenting")
        self.busy.setRange(0, 0)
        self.busy.setTextVisible(False)
        self.busy.setFixedSize(48, 6)
        # It keeps its room while hidden, so that the strip does not jump with every click.
        policy = self.busy.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.busy.setSizePolicy(policy)
        self.busy.hide()
        self.accept = self._button("prompt_accept", "Accept", "Keep this mask as a shape (Enter)")
        self.undo = self._button("prompt_undo", "Undo", "Take back the last prompt (Backspace)")
        self.clear = self._button("prompt_clear", "Clear", "Drop all prompts (Esc)")
        self.accept.clicked.connect(self._on_accept)
        self.undo.clicked.connect(self._on_undo)
        self.clear.clicked.connect(self._on_clear)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 8, 8)
        row.setSpacing(8)
        for widget in (self.candidate, self.engine, self.busy, self.accept, self.undo, self.clear):
            row.addWidget(widget)
        self._gesture: PromptGesture | None = None
        self._delay = QTimer(self)
        self._delay.setSingleShot(True)
        self._delay.setInterval(BUSY_AFTER_MS)
        self._delay.timeout.connect(self._show_busy)
        self.set_candidate(0, 0, None)

    def set_candidate(self, index: int, count: int, score: float | None) -> None:
        """Show "2 of 3 · 0.91": candidate ``index`` from 0; a count of 0 asks for a click and disables the buttons."""
        score_text = "" if score is None else f" · {score:.2f}"
        self.candidate.setText(f"{index + 1} of {count}{score_text}" if count else "Click an object")
        self.candidate.setToolTip("Another candidate (Tab, Shift+Tab)" if count > 1 else "")
        self.accept.setEnabled(count > 0)

    def set_engine(self, name: str) -> None:
        """The name of the engine that segments."""
        self.engine.setText(name)
        self.engine.setVisible(bool(name))

    def set_busy(self, busy: bool) -> None:
        """Show that a mask is being computed, if it takes longer than 100 ms."""
        if busy and not self.busy.isVisible():
            if not self._delay.isActive():
                self._delay.start()
        elif not busy:
            self._delay.stop()
            self.busy.hide()

    def follow(self, gesture: PromptGesture) -> None:
        """Let the buttons do what the gesture's keys do, and be enabled while there is something to take back."""
        self.accept_clicked.connect(gesture.accept)
        self.undo_clicked.connect(gesture.undo)
        self.clear_clicked.connect(gesture.clear)
        self._gesture = gesture
        gesture.changed.connect(self._on_changed)
        self._on_changed()

    @Slot()
    def _on_changed(self) -> None:
        if self._gesture is None:
            return
        self.undo.setEnabled(self._gesture.can_undo)
        self.clear.setEnabled(not self._gesture.prompts.empty)
        if self._gesture.prompts.empty:
            self.set_candidate(0, 0, None)

    @Slot()
    def _show_busy(self) -> None:
        self.busy.show()

    @Slot()
    def _on_accept(self) -> None:
        self.accept_clicked.emit()

    @Slot()
    def _on_undo(self) -> None:
        self.undo_clicked.emit()

    @Slot()
    def _on_clear(self) -> None:
        self.clear_clicked.emit()

    def _label(self, name: str, accessible: str) -> QLabel:
        label = QLabel()
        label.setObjectName(name)
        label.setAccessibleName(accessible)
        return label

    def _button(self, name: str, text: str, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        button.setAccessibleName(text)
        button.setToolTip(tip)
        button.setMinimumHeight(28)
        # A click on a button leaves the keyboard with the picture, where Enter and Backspace mean something.
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button
