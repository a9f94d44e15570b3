"""What helps drawing in the window and is no gesture: joints for a label without any."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from app.core import edits
from app.core.history import Change
from app.core.skeletons import COCO_PERSON

if TYPE_CHECKING:
    from app.ui.main_window import MainWindow

PERSON = "person"
"""What the label is called that is made for a skeleton where there is no label at all."""


class DrawingAids(QObject):
    """Ties them to the window."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._session = window, window.session
        window.drawing.skeleton_missing.connect(self._offer_joints)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """By command id."""
        return {"shape.joint": self._window.view.select_gesture.step_joint}

    @Slot()
    def _offer_joints(self) -> None:
        name = self._session.current_label
        said = f"The label {name} has no joints yet" if name else "There is no label with joints yet"
        self._window.notices.offer(
            f"{said}: give it some where labels are edited, or take the person of COCO.",
            f"Take COCO's {len(COCO_PERSON.joints)} joints",
            self.give_joints,
        )

    def give_joints(self) -> None:
        """Give the current label the joints of COCO's person, as one step."""
        before, name = self._session.labels, self._session.current_label or PERSON
        labels = edits.add_label(before, name)
        given = tuple(replace(x, skeleton=COCO_PERSON) if x.name == name else x for x in labels.labels)
        if self._session.edit(Change(f"Give {name} joints", (), (before, replace(labels, labels=given)))):
            self._session.choose_label(name)
            self._window.view.setFocus()
