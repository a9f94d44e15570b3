"""Where pictures stand and what is said about them: commands, the review dock and the pins, tied to the session."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from app.core import review
from app.core.document import Comment, Document, State
from app.core.geometry import Point
from app.ui.annotate.pins import Pins
from app.ui.panels.review import ReviewPanel

if TYPE_CHECKING:
    from app.ui.main_window import MainWindow

REASONS = 30
"""So many reasons are offered again."""


def _name() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # no name is known of this account
        return ""


class Reviewing(QObject):
    """Every change is one step that can be undone. ``step_on`` shows the next picture of the list."""

    def __init__(self, window: MainWindow, step_on: Callable[[], object]) -> None:
        super().__init__(window)
        self._session, self._preferences = window.session, window.preferences
        self._notices, self._workspaces, self._view = window.notices, window.workspaces, window.view
        self._step_on = step_on
        self.panel = ReviewPanel(window.session, window.actions_)
        self.panel.reviewer.setText(self.reviewer)
        self.pins = Pins(window.view)
        panel = self.panel
        panel.comment_given.connect(self._on_given)
        panel.comment_changed.connect(self._on_changed)
        panel.resolve_asked.connect(self._on_resolve)
        panel.remove_asked.connect(self._on_remove)
        panel.place_asked.connect(self.comment)
        panel.comment_chosen.connect(self._show_pins)
        panel.writing_changed.connect(self.pins.show_new)
        panel.reviewer_changed.connect(self._on_reviewer)
        panel.left.connect(self._to_picture)
        self.pins.clicked.connect(self._on_pin)
        self.pins.placed.connect(self._on_placed)
        session = window.session
        session.document_changed.connect(self._show_pins)
        session.image_changed.connect(self._show_pins)
        session.image_loading.connect(self._on_loading)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """By command id."""
        return {
            "review.done": self.done,
            "review.accept": partial(self.judge, "done"),
            "review.reject": partial(self.judge, "rejected"),
            "review.fix": partial(self.judge, "in_work"),
            "review.new": partial(self.put, "new"),
            "review.in_work": partial(self.put, "in_work"),
            "review.set_done": partial(self.put, "done"),
            "review.comment": self.comment,
            "review.comment_picture": partial(self.write, None),
        }

    @property
    def reviewer(self) -> str:
        """Who speaks: what the person has entered, else the name of the account."""
        return str(self._preferences.get("reviewer", "") or _name())

    # -- states and verdicts

    def put(self, state: State) -> bool:
        """Set the state of the picture, without a verdict; false if it could not be kept."""
        titles = {"new": "Mark as new", "in_work": "Mark as in work", "done": "Mark as done"}
        return self._change(titles.get(state, "Mark"), lambda d: review.put(d, state))

    def done(self) -> None:
        """Nothing is left to do here: on to the next picture."""
        if self.put("done"):
            self._step_on()

    def judge(self, state: State) -> None:
        """Give a verdict; for any but accepting a reason is asked for first."""
        reason = self.panel.reason.text().strip()
        command = {"rejected": "review.reject", "in_work": "review.fix"}.get(state)
        if command is not None and not reason:
            if self._session.document is not None:
                self._workspaces.reveal("review")
                self.panel.ask_reason(command, self._preferences.get("review.reasons", []))
            return
        who, time = self.reviewer, _now()
        titles = {"done": "Accept", "rejected": "Reject", "in_work": "Send back"}
        if self._change(titles[state], lambda d: review.judge(d, state, reason, who, time)):
            self._remember(reason)
            self.panel.reason.clear()
            self._to_picture()
            self._step_on()

    def _remember(self, reason: str) -> None:
        known = [r for r in self._preferences.get("review.reasons", []) if r != reason]
        if reason:
            self._preferences.set("review.reasons", [reason, *known][:REASONS])

    def _change(self, name: str, change: Callable[[Document], Document]) -> bool:
        """True also where nothing had to be changed."""
        document = self._session.document
        if document is None:
            self._notices.info("Open a picture first.")
            return False
        return change(document) == document or self._session.edit_document(name, change)

    # -- comments

    def comment(self) -> None:
        """Ask for the place of a new comment."""
        if self._session.picture is None:
            self._notices.info("Open a picture first, then say something about a place in it.")
        else:
            self.pins.ask()

    def write(self, point: Point | None) -> None:
        """Begin a comment about a place (source pixels), or about the whole picture."""
        if self._session.document is not None:
            self._workspaces.reveal("review")
            self.panel.write(point)

    @Slot(str, object)
    def _on_given(self, text: str, point: Point | None) -> None:
        comment = Comment(text, self.reviewer, _now(), point)
        if self._change("Comment", lambda d: review.add_comment(d, comment)):
            self.panel.choose(comment.id)

    @Slot(str, str)
    def _on_changed(self, comment_id: str, text: str) -> None:
        self._change(
            "Change a comment", lambda d: review.change_comment(d, comment_id, lambda c: replace(c, text=text))
        )

    @Slot(str, bool)
    def _on_resolve(self, comment_id: str, resolved: bool) -> None:
        name = "Resolve a comment" if resolved else "Reopen a comment"
        self._change(name, lambda d: review.resolve_comment(d, comment_id, resolved))

    @Slot(str)
    def _on_remove(self, comment_id: str) -> None:
        self._change("Remove a comment", lambda d: review.remove_comment(d, comment_id))

    # -- the picture

    @Slot()
    def _show_pins(self) -> None:
        document = self._session.document
        seen = document is not None and self._session.picture is not None
        comments = list(enumerate(document.comments, 1)) if document is not None and seen else []
        self.pins.show_comments(comments, self.panel.chosen)

    @Slot(str)
    def _on_pin(self, comment_id: str) -> None:
        self._workspaces.reveal("review")
        self.panel.choose(comment_id)

    @Slot(object)
    def _on_placed(self, point: Point) -> None:
        self.write((round(point[0], 2), round(point[1], 2)))

    @Slot()
    def _on_loading(self) -> None:
        self.pins.stop()
        self._show_pins()

    @Slot(str)
    def _on_reviewer(self, name: str) -> None:
        self._preferences.set("reviewer", name)
        self.panel.reviewer.setText(self.reviewer)

    @Slot()
    def _to_picture(self) -> None:
        self._view.setFocus()


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")
