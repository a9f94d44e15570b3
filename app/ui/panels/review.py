"""The review dock: where the picture stands, the verdict, and what is said about it."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QEvent, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCompleter,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.core import review
from app.core.document import Comment, Document
from app.core.geometry import Point
from app.ui.commands.actions import Actions
from app.ui.look.marks import number_icon, state_icon
from app.ui.look.theme import tokens_for
from app.ui.session import Session

ID = Qt.ItemDataRole.UserRole
STATES = {"new": "New", "in_work": "In work", "done": "Done, waits for a review", "rejected": "Rejected"}
OPEN, RESOLVED = "#e6a700", "#7a7a7a"


def when(time: str) -> str:
    """ISO 8601 text as a person reads it: to the minute; other text as it is."""
    try:
        return f"{datetime.fromisoformat(time):%Y-%m-%d %H:%M}"
    except ValueError:
        return time


def standing(document: Document) -> str:
    """The state in words."""
    if document.review is not None and document.state == "done":
        return "Accepted"
    if document.review is not None and document.state == "in_work":
        return "Sent back to be fixed"
    return STATES[document.state]


def verdict(document: Document) -> str:
    """Who said so, when and why; empty where nobody has spoken."""
    said = document.review
    if said is None:
        return ""
    by = " ".join(part for part in (said.reviewer, when(said.time)) if part)
    return ": ".join(part for part in (by, said.reason) if part)


class ReviewPanel(QWidget):
    """Shows the current document's state, verdict and comments, and asks for changes of them by signals."""

    comment_given = Signal(str, object)
    """(text, point or None) A new comment."""
    comment_changed = Signal(str, str)
    """(id, text)"""
    resolve_asked = Signal(str, bool)
    remove_asked = Signal(str)
    place_asked = Signal()
    """A comment is to be pinned to a place."""
    comment_chosen = Signal(str)
    writing_changed = Signal(object)
    """The place of the comment that is being written, or None."""
    reviewer_changed = Signal(str)
    left = Signal()
    """Typing is over: the keyboard may go back to the picture."""

    def __init__(self, session: Session, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("review")
        self.setAccessibleName("Review")
        self._session, self._actions = session, actions
        self._point: Point | None = None
        self._editing = ""
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(8)
        self._build_verdict(layout)
        self._build_comments(layout)
        self._build_editor(layout)
        session.document_changed.connect(self.refresh)
        session.project_changed.connect(self._on_other_picture)
        session.image_loading.connect(self._on_other_picture)
        self.refresh()

    # -- assembly

    def _build_verdict(self, layout: QVBoxLayout) -> None:
        self._mark, self._state, self._verdict = QLabel(), QLabel(), QLabel()
        self._state.setObjectName("review.state")
        self._state.setProperty("role", "title")
        self._verdict.setObjectName("review.verdict")
        self._verdict.setProperty("role", "muted")
        self._verdict.setWordWrap(True)
        self._verdict.setTextFormat(Qt.TextFormat.PlainText)
        top = QHBoxLayout()
        top.addWidget(self._mark)
        top.addWidget(self._state, 1)
        self.reason = _Reason()
        self.reason.given_up.connect(self.left)
        self.reason.setObjectName("review.reason")
        self.reason.setAccessibleName("Reason of the verdict")
        self.reason.setPlaceholderText("Reason")
        self.reason.setToolTip("Why it is rejected or sent back; kept with the picture")
        self.reason.setClearButtonEnabled(True)
        self.reason.returnPressed.connect(self._on_reason)
        self._meant = "review.reject"
        buttons = QGridLayout()
        buttons.setSpacing(8)
        titles = {"done": "Done", "accept": "Accept", "reject": "Reject", "fix": "Send back"}
        for place, (name, title) in enumerate(titles.items()):
            command = f"review.{name}"
            button = self._button(command, title, self._actions[command].toolTip())
            button.clicked.connect(self._actions[command].trigger)
            buttons.addWidget(button, place // 2, place % 2)
        layout.addLayout(top)
        layout.addWidget(self._verdict)
        layout.addWidget(self.reason)
        layout.addLayout(buttons)

    def _build_comments(self, layout: QVBoxLayout) -> None:
        self._heading = QLabel("Comments")
        self._heading.setProperty("role", "title")
        self.list = QListWidget()
        self.list.setObjectName("review.comments")
        self.list.setAccessibleName("Comments of this picture")
        self.list.setWordWrap(True)
        self.list.setIconSize(QSize(20, 20))
        self.list.setSpacing(2)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.currentItemChanged.connect(self._on_current)
        self.list.itemDoubleClicked.connect(self._on_edit)
        self._edit = self._button("review.edit", "Edit", "Change the text of the chosen comment (double click)")
        self._edit.clicked.connect(self._on_edit)
        self._resolve = self._button("review.resolve", "Resolve", "The chosen comment needs no answer any more")
        self._resolve.clicked.connect(self._on_resolve)
        self._remove = self._button("review.remove", "Remove", "Take the chosen comment away; Ctrl+Z brings it back")
        self._remove.clicked.connect(self._on_remove)
        row = QHBoxLayout()
        row.setSpacing(8)
        for button in (self._edit, self._resolve, self._remove):
            row.addWidget(button, 1)
        following = QToolButton()
        following.setObjectName("review.next")
        following.setText("Next")
        following.setAccessibleName("Next picture with open comments")
        following.setToolTip(self._actions["review.next_comment"].toolTip())
        following.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        following.clicked.connect(self._actions["review.next_comment"].trigger)
        top = QHBoxLayout()
        top.addWidget(self._heading, 1)
        top.addWidget(following)
        layout.addLayout(top)
        layout.addWidget(self.list, 1)
        layout.addLayout(row)

    def _build_editor(self, layout: QVBoxLayout) -> None:
        self._about = QLabel()
        self._about.setObjectName("review.about")
        self._about.setProperty("role", "muted")
        self.editor = _Editor()
        self.editor.setObjectName("review.editor")
        self.editor.setAccessibleName("Text of a comment")
        self.editor.setPlaceholderText("New comment; Enter keeps it")
        self.editor.setToolTip("Enter keeps the comment, Shift+Enter begins a new line, Esc gives it up")
        self.editor.setFixedHeight(56)
        self.editor.kept.connect(self._on_kept)
        self.editor.given_up.connect(self.stop_writing)
        pin = self._button("review.pin", "Pin to a place", self._actions["review.comment"].toolTip())
        pin.clicked.connect(self.place_asked)
        self._keep = self._button("review.keep", "Add", "Keep the comment (Enter)")
        self._keep.clicked.connect(self._on_kept)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(pin, 1)
        row.addWidget(self._keep, 1)
        self.reviewer = QLineEdit()
        self.reviewer.setObjectName("review.reviewer")
        self.reviewer.setAccessibleName("Your name")
        self.reviewer.setToolTip("Kept with verdicts and comments")
        self.reviewer.editingFinished.connect(self._on_reviewer)
        name = QHBoxLayout()
        label = QLabel("Your name")
        label.setBuddy(self.reviewer)
        name.addWidget(label)
        name.addWidget(self.reviewer, 1)
        for widget in (self._about, self.editor):
            layout.addWidget(widget)
        layout.addLayout(row)
        layout.addLayout(name)

    @staticmethod
    def _button(name: str, title: str, tip: str) -> QPushButton:
        button = QPushButton(title)
        button.setObjectName(name)
        button.setAccessibleName(title)
        button.setToolTip(tip)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keyboard where it is
        return button

    # -- what others ask for

    def ask_reason(self, command: str, known: list[str]) -> None:
        """Put the cursor where the reason is typed; Enter then gives the verdict."""
        self._meant = command
        self.reason.setPlaceholderText("Why? Enter rejects" if command == "review.reject" else "What is to be fixed?")
        completer = QCompleter(known, self.reason)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.reason.setCompleter(completer)
        self.reason.setFocus()
        self.reason.selectAll()

    def write(self, point: Point | None) -> None:
        """Begin a new comment, about a place (source pixels) or all of the picture."""
        self._editing, self._point = "", point
        self.editor.setPlainText("")
        self._show_about()
        self.editor.setFocus()
        self.writing_changed.emit(point)

    def choose(self, comment_id: str) -> None:
        """Choose a comment in the list."""
        for row in range(self.list.count()):
            if self.list.item(row).data(ID) == comment_id:
                self.list.setCurrentRow(row)
                self.list.scrollToItem(self.list.item(row))

    @property
    def chosen(self) -> str:
        """The id of the chosen comment, "" for none."""
        item = self.list.currentItem()
        return str(item.data(ID)) if item is not None else ""

    @Slot()
    def stop_writing(self) -> None:
        """Give up what is being written."""
        self._editing, self._point = "", None
        self.editor.setPlainText("")
        self._show_about()
        self.writing_changed.emit(None)
        self.left.emit()

    # -- showing

    @Slot()
    def refresh(self) -> None:
        """Show the current document."""
        document = self._session.document
        self.setEnabled(document is not None)
        tokens = tokens_for(self.palette())
        document = document or Document("")
        self._mark.setPixmap(state_icon(document.state, tokens).pixmap(16, 16))
        self._state.setText(standing(document))
        self._verdict.setText(verdict(document))
        self._verdict.setVisible(bool(self._verdict.text()))
        self._fill(document.comments)
        waiting = len(review.open_comments(document))
        self._heading.setText(f"Comments: {waiting} open" if document.comments else "No comments on this picture")
        self._show_buttons()
        self._show_about()

    def _fill(self, comments: tuple[Comment, ...]) -> None:
        """Items are changed in place, so that the chosen one stays."""
        before = self.chosen
        self.list.blockSignals(True)
        while self.list.count() > len(comments):
            self.list.takeItem(self.list.count() - 1)
        while self.list.count() < len(comments):
            self.list.addItem(QListWidgetItem())
        for number, comment in enumerate(comments, 1):
            item = self.list.item(number - 1)
            by = ", ".join(part for part in (comment.author, when(comment.time)) if part)
            item.setText(f"{comment.text}\n{by}" if by else comment.text)
            item.setData(ID, comment.id)
            ground = RESOLVED if comment.resolved else OPEN
            item.setIcon(number_icon(str(number), ground, "#ffffff" if comment.resolved else "#000000"))
            item.setToolTip("Resolved" if comment.resolved else "Open")
        self.list.blockSignals(False)
        ids = [c.id for c in comments]
        self.list.setCurrentRow(ids.index(before) if before in ids else -1)

    def _comment(self) -> Comment | None:
        document = self._session.document
        return document.comment(self.chosen) if document is not None and self.chosen else None

    def _show_buttons(self) -> None:
        comment = self._comment()
        for button in (self._edit, self._resolve, self._remove):
            button.setEnabled(comment is not None)
        self._resolve.setText("Reopen" if comment is not None and comment.resolved else "Resolve")

    def _show_about(self) -> None:
        where = "the whole picture" if self._point is None else f"{self._point[0]:.0f}, {self._point[1]:.0f}"
        self._about.setText("Change the comment" if self._editing else f"About {where}")
        self._keep.setText("Change" if self._editing else "Add")

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.refresh()

    # -- what the person does

    @Slot()
    def _on_other_picture(self) -> None:
        if self._editing or self._point is not None:
            self._editing, self._point = "", None
            self.editor.setPlainText("")
            self.writing_changed.emit(None)
        self.reason.clear()

    @Slot()
    def _on_reason(self) -> None:
        self._actions[self._meant].trigger()

    @Slot(QListWidgetItem, QListWidgetItem)
    def _on_current(self, now: QListWidgetItem | None, _: QListWidgetItem | None) -> None:
        self._show_buttons()
        self.comment_chosen.emit(self.chosen)

    @Slot()
    def _on_edit(self) -> None:
        comment = self._comment()
        if comment is not None:
            self._editing, self._point = comment.id, comment.point
            self.editor.setPlainText(comment.text)
            self._show_about()
            self.editor.setFocus()
            self.editor.selectAll()

    @Slot()
    def _on_resolve(self) -> None:
        comment = self._comment()
        if comment is not None:
            self.resolve_asked.emit(comment.id, not comment.resolved)

    @Slot()
    def _on_remove(self) -> None:
        if self.chosen:
            if self._remove.hasFocus():  # it is disabled now, and the text field would take the next Ctrl+Z
                self.list.setFocus()
            self.remove_asked.emit(self.chosen)

    @Slot()
    def _on_kept(self) -> None:
        text, editing, point = self.editor.toPlainText().strip(), self._editing, self._point
        if not text:
            return
        self.stop_writing()
        if editing:
            self.comment_changed.emit(editing, text)
        else:
            self.comment_given.emit(text, point)

    @Slot()
    def _on_reviewer(self) -> None:
        self.reviewer_changed.emit(self.reviewer.text().strip())


class _Reason(QLineEdit):
    """Esc gives it up."""

    given_up = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.clear()
            self.given_up.emit()
        else:
            super().keyPressEvent(event)


class _Editor(QPlainTextEdit):
    """Enter keeps, Shift+Enter begins a new line, Esc gives up, Tab goes on."""

    kept = Signal()
    given_up = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setTabChangesFocus(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = not event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and plain:
            self.kept.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.given_up.emit()
        else:
            super().keyPressEvent(event)
