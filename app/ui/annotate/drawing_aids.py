"""What helps drawing in the window and is no gesture: snapping, shapes that do not overlap, borders that neighbours
share, joints for a label without any."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from app.core import edits
from app.core.history import Change
from app.core.skeletons import COCO_PERSON
from app.ui.annotate.border_sharing import BorderSharing
from app.ui.annotate.no_overlap import NoOverlap
from app.ui.annotate.slow_edits import SlowEdits
from app.ui.viewers.draw_strip import OVERLAPS

if TYPE_CHECKING:
    from app.ui.main_window import MainWindow

PERSON = "person"
"""What the label is called that is made for a skeleton where there is no label at all."""


class DrawingAids(QObject):
    """Ties them to the window; how they were chosen is remembered."""

    def __init__(self, window: MainWindow, slow: SlowEdits) -> None:
        super().__init__(window)
        self._window, self._session, self._drawing = window, window.session, window.drawing
        self._actions, self._preferences = window.actions_, window.preferences
        self.no_overlap = NoOverlap(window.session, window.view.shapes_near, slow, self)
        self.no_overlap.told.connect(window.notices.info)
        self.borders = BorderSharing(window.view, window.session, self._drawing.snapper)
        self.borders.told.connect(window.notices.info)
        self._drawing.skeleton_missing.connect(self._offer_joints)
        self._drawing.strip.snapping_chosen.connect(self.set_snapping)
        self._drawing.strip.overlap_chosen.connect(self.set_overlap)
        self._actions["draw.snap"].setChecked(bool(self._preferences.get("snapping", False)))
        self._show_choices()
        self.set_outlines(bool(self._preferences.get("outlines", False)))

    def handlers(self) -> dict[str, Callable[[], object]]:
        """By command id."""
        return {
            "shape.joint": self._window.view.select_gesture.step_joint,
            "shape.frame": lambda: self._window.view.select_gesture.set_framing(
                self._actions["shape.frame"].isChecked()
            ),
            "view.outlines": lambda: self.set_outlines(self._actions["view.outlines"].isChecked()),
            "draw.share_border": self.borders.share,
            "draw.snap": lambda: self.set_snapping(self._actions["draw.snap"].isChecked()),
            **{f"draw.overlap_{key}": partial(self.set_overlap, key) for key in OVERLAPS},
        }

    # -- choices

    @property
    def overlap(self) -> str:
        """A key of `OVERLAPS`."""
        kept = str(self._preferences.get("overlap", "allowed"))
        return kept if kept in OVERLAPS else "allowed"

    @Slot(bool)
    def set_snapping(self, on: bool) -> None:
        """Whether points snap to the shapes around."""
        self._preferences.set("snapping", on)
        self._actions["draw.snap"].setChecked(on)
        self._show_choices()

    @Slot(str)
    def set_overlap(self, choice: str) -> None:
        """Whether shapes may overlap, and which of them give way."""
        self._preferences.set("overlap", choice)
        self._show_choices()
        self._window.view.setFocus()

    def set_outlines(self, on: bool) -> None:
        """Whether shapes are shown by thin outlines alone."""
        self._preferences.set("outlines", on)
        self._actions["view.outlines"].setChecked(on)
        self._window.view.set_filled(not on)

    def _show_choices(self) -> None:
        snap, overlap = self._actions["draw.snap"], self.overlap
        self._drawing.snapper.on = snap.isChecked()
        self.no_overlap.direction = {"new": "new", "others": "others"}.get(overlap)  # type: ignore[assignment]
        self._actions[f"draw.overlap_{overlap}"].setChecked(True)
        self._drawing.strip.show_choices(snap.isChecked(), overlap, snap.toolTip())

    # -- joints

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
