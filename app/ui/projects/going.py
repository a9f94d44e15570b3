"""The way to the next picture that needs something."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject, Signal

from app.core.filtering import UNFINISHED, Filter
from app.io import survey
from app.ui.panels.files import FilesPanel
from app.ui.session import Session


class Going(QObject):
    """Goes down the files list as it is filtered, and on from its top; that is said."""

    noted = Signal(str)

    def __init__(self, files: FilesPanel, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._files, self._session = files, session

    def handlers(self) -> dict[str, Callable[[], object]]:
        """By command id."""
        return {
            "review.next_unfinished": self.next_unfinished,
            "review.next_label": self.next_with_label,
            "review.next_comment": self.next_with_comments,
        }

    def step_on(self) -> None:
        """The next picture of the list."""
        before = self._files.current
        self._files.step(1)
        if self._files.current == before:
            among = "the list" if self._files.wanted.empty else "those that the filter shows"
            self.noted.emit(f"This was the last picture of {among}.")

    def next_unfinished(self) -> None:
        """The next picture that is new or in work."""
        model = self._files.model
        self._go(lambda path: model.state(path) in UNFINISHED, "unfinished")

    def next_with_label(self) -> None:
        """The next picture with the current label."""
        label = self._session.current_label
        if not label:
            self.noted.emit("There is no label yet: the first shape makes one.")
            return
        self._ask(Filter(labels=(label,)), f"with {label}")

    def next_with_comments(self) -> None:
        """The next picture on which a comment waits for an answer."""
        self._ask(Filter(open_comments=True), "with open comments")

    def _ask(self, wanted: Filter, words: str) -> None:
        def answer(paths: Iterable[str]) -> None:
            there = frozenset(paths)
            self._go(lambda path: path in there, words)

        self._files.lookups.ask("next", lambda database: survey.paths(database, wanted), answer)

    def _go(self, wanted: Callable[[str], bool], words: str) -> None:
        files = self._files
        among = "" if files.wanted.empty else " among those that the filter shows"
        found = files.model.next_after(files.current, wanted)
        if found is None:
            self.noted.emit(f"There is no other picture {words}{among}.")
            return
        path, wrapped = found
        files.choose(path)
        if wrapped:
            self.noted.emit(f"Went on from the top: {path} is the first picture {words}{among}.")
