"""Edits of labels that reach into other pictures: what they would do is said first, and done at a button."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import QObject, Signal, Slot

from app.core import labelling
from app.core.document import Document
from app.core.errors import FoveaError
from app.core.history import Change
from app.core.labelling import LabelEdit, Plan
from app.core.labels import Label
from app.io.wide_edits import Survey
from app.ui.session import Session

FEW = 2000
"""A project of up to so many shapes and pictures is read and changed at once, in a few hundredths of a second; of a
larger one the file is changed, off this thread."""

Make = Callable[[], Plan]
LOOKING = "Looking what that would change..."


class LabelEdits(QObject):
    """Renames, changes, merges and deletes labels of a session's project, each as one step."""

    asked = Signal(str, str, object)
    """(what it would do, title of the button, what the button does)"""
    previewed = Signal(str)
    """What the plan that was last given to `preview` would do."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._awaited: tuple[Make, str, str] | None = None
        self._previewing = False
        session.wide.surveyed.connect(self._on_surveyed)

    # -- what can be done

    def rename(self, old: str, new: str) -> None:
        """Rename everywhere; a name or an alias that another label has means to merge the two."""
        new, labels = new.strip(), self._session.labels
        known = labels.get(new) or labels.aliased(new)
        if known is not None and known.name != old:
            self.merge(old, known.name)
        else:
            self.do(lambda: labelling.to_rename(self._session.labels, old, new), self._next_name(old, new))

    def revise(self, name: str, label: Label, then: Callable[[], object] = lambda: None) -> None:
        """Put a label in the place of the one of that name."""
        self.do(self.revising(name, label), self._next_name(name, label.name), then)

    def move(self, name: str, step: int) -> None:
        """Put a label before (-1) or behind (1) the one beside it."""
        self.do(lambda: labelling.to_move(self._session.labels, name, step))

    def merge(self, name: str, into: str) -> None:
        """Give all shapes of a label another one; its name becomes an alias."""
        self._offer(self.merging(name, into), "Merge", into)

    def delete(self, name: str) -> None:
        """Take a label away, with its shapes."""
        self._offer(self.deleting(name), "Delete", "")

    def revising(self, name: str, label: Label) -> Make:
        return lambda: labelling.to_revise(self._session.labels, name, label)

    def merging(self, name: str, into: str) -> Make:
        return lambda: labelling.to_merge(self._session.labels, [name], into)

    def deleting(self, name: str, instead: str | None = None) -> Make:
        return lambda: labelling.to_delete(self._session.labels, name, instead)

    # -- looking, asking, doing

    def preview(self, make: Make) -> None:
        """Look what a plan would do; `previewed` says it, at once or once the file has been looked through."""
        plan = self._planned(make)
        self._previewing = plan is not None and not self._is_small()
        if plan is None:
            self.previewed.emit("")
        elif self._previewing:
            self._awaited = None
            self.previewed.emit(LOOKING)
            self._session.wide.survey(plan)
        else:
            self.previewed.emit(self._over(plan).sentence)

    def do(self, make: Make, chosen: str = "", then: Callable[[], object] = lambda: None) -> None:
        """Carry a plan out, with the shapes that are there by now; ``chosen`` is the current label afterwards."""
        plan = self._planned(make)
        if plan is None:
            return

        def after() -> None:
            if chosen:
                self._session.choose_label(chosen)
            then()

        if plan.names and not self._is_small():
            self._session.wide.perform(plan, after)
        elif self._session.edit(self._over(plan).change() if plan.names else _list_only(plan), any_kind=True):
            after()

    def _offer(self, make: Make, title: str, chosen: str) -> None:
        """Ask first if other pictures are changed too."""
        plan = self._planned(make)
        if plan is None:
            return
        if not self._is_small():
            self._awaited, self._previewing = (make, title, chosen), False
            self._session.wide.survey(plan)
            return
        edit, here = self._over(plan), self._session.document.path if self._session.document is not None else ""
        if all(before.path == here for before, _ in edit.documents):
            self.do(make, chosen)
        else:
            self.asked.emit(edit.sentence, title, lambda: self.do(make, chosen))

    @Slot(object)
    def _on_surveyed(self, survey: Survey | str) -> None:
        words = survey if isinstance(survey, str) else survey.sentence
        if self._previewing:
            self._previewing = False
            self.previewed.emit(words)
        elif self._awaited is not None:
            make, title, chosen = self._awaited
            self._awaited = None
            if isinstance(survey, str):
                self._session.noted.emit(words)
            else:
                self.asked.emit(words, title, lambda: self.do(make, chosen))

    # -- the project

    def _next_name(self, old: str, new: str) -> str:
        return new if self._session.current_label == old else ""

    def _is_small(self) -> bool:
        store = self._session.store
        if store is None or not store.exists:
            return True
        return sum(store.label_counts().values()) <= FEW and store.count() <= FEW

    def _over(self, plan: Plan) -> LabelEdit:
        return plan.over(self._using(plan.concerned))

    def _planned(self, make: Make) -> Plan | None:
        try:
            return make()
        except FoveaError as error:
            self._session.noted.emit(str(error))
            return None

    def _using(self, names: tuple[str, ...]) -> Iterator[Document]:
        """The documents that speak of labels, each once; the one that is shown as it is in the window."""
        current, store = self._session.document, self._session.store
        seen: set[str] = set()
        if store is None:
            return
        for name in names:
            for document in store.using(name):
                if document.path not in seen:
                    seen.add(document.path)
                    yield current if current is not None and current.path == document.path else document


def _list_only(plan: Plan) -> Change:
    return LabelEdit(plan.name, plan.labels).change()
