"""Edits of labels that reach into other pictures: what they would do is said first, and done at a button."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import QObject, Signal

from app.core import labelling
from app.core.document import Document
from app.core.errors import FoveaError
from app.core.labelling import LabelEdit
from app.ui.session import Session


class LabelEdits(QObject):
    """Renames, merges and deletes labels of a session's project, each as one step."""

    asked = Signal(str, str, object)
    """(what it would do, title of the button, what the button does)"""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session

    def rename(self, old: str, new: str) -> None:
        """Rename everywhere; a name that another label has means to merge the two."""
        new = new.strip()
        if new != old and new in self._session.labels:
            self.merge(old, new)
            return
        edit = self._made(lambda: labelling.rename(self._session.labels, self._using(old), old, new))
        current = self._session.current_label == old
        if edit is not None and self._session.edit(edit.change()) and current:
            self._session.choose_label(new)

    def merge(self, name: str, into: str) -> None:
        """Give all shapes of a label another one; its name becomes an alias."""
        self._offer(lambda: labelling.merge(self._session.labels, self._using(name), [name], into), "Merge", into)

    def delete(self, name: str) -> None:
        """Take a label away, with its shapes."""
        self._offer(lambda: labelling.delete(self._session.labels, self._using(name), name), "Delete", "")

    def _offer(self, make: Callable[[], LabelEdit], title: str, chosen: str) -> None:
        edit = self._made(make)
        if edit is None:
            return

        def do() -> None:
            fresh = self._made(make)  # shapes may have been added since it was asked
            if fresh is not None and self._session.edit(fresh.change()) and chosen:
                self._session.choose_label(chosen)

        here = self._session.document.path if self._session.document is not None else ""
        if all(before.path == here for before, _ in edit.documents):
            do()
        else:
            self.asked.emit(edit.sentence, title, do)

    def _made(self, make: Callable[[], LabelEdit]) -> LabelEdit | None:
        try:
            return make()
        except FoveaError as error:
            self._session.noted.emit(str(error))
            return None

    def _using(self, name: str) -> Iterator[Document]:
        """The documents that speak of a label; the one that is shown as it is in the window."""
        current, store = self._session.document, self._session.store
        for document in store.using(name) if store is not None else ():
            yield current if current is not None and current.path == document.path else document
