"""Everything about labels in the window that is no panel by itself, put together: attributes, tags, the editor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from app.ui.viewers.tags import TagStyle

if TYPE_CHECKING:
    from app.ui.labels.editor import LabelEditor
    from app.ui.main_window import MainWindow

PARTS = tuple(f.name for f in fields(TagStyle))
PREFERENCE = "tags"


class Labelling(QObject):
    """Ties the labels and attributes panels, the label editor and the tags to the window."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        window.attributes.left.connect(self._to_picture)
        window.labels.edits.asked.connect(window.notices.ask)
        window.labels.editor_requested.connect(self.edit_label)
        window.session.wide.busy.connect(window.status.show_edit)
        self.editor: LabelEditor | None = None
        self._tags = _style_of(window.preferences.get(PREFERENCE))
        self._dress()

    def handlers(self) -> dict[str, Callable[[], object]]:
        """By command id."""
        found: dict[str, Callable[[], object]] = {
            "label.edit": self.edit_labels,
            "label.attributes": self.edit_attributes,
            "view.tags_none": self._silence,
        }
        for part in PARTS:
            found[f"view.tags_{part}"] = partial(self._toggle, part)
        return found

    def edit_labels(self) -> None:
        """Open the editor on the current label."""
        self.edit_label(self._window.session.current_label)

    @Slot(str)
    def edit_label(self, name: str) -> None:
        """Open the editor on a label; it stays open beside the work."""
        if self._window.session.store is None:
            self._window.notices.info("Open a folder of pictures first: labels belong to its project.")
            return
        if self.editor is None:
            from app.ui.labels.editor import LabelEditor  # most sessions never open it

            self.editor = LabelEditor(self._window.session, self._window.labels.edits, self._window)
        self.editor.show()
        self.editor.raise_()
        self.editor.activateWindow()
        self.editor.edit(name)

    def edit_attributes(self) -> None:
        """Put the keyboard into the first attribute of what is selected."""
        self._window.workspaces.reveal("attributes")
        self._window.attributes.enter()

    @Slot()
    def _to_picture(self) -> None:
        self._window.view.setFocus()

    # -- tags

    def _toggle(self, part: str) -> None:
        self._set(replace(self._tags, **{part: not getattr(self._tags, part)}))

    def _silence(self) -> None:
        """No tags at all, or again what there is at first."""
        everywhere = self._tags.everywhere
        none = TagStyle(label=False, attributes=False, track=False, score=False, everywhere=everywhere)
        self._set(TagStyle(everywhere=everywhere) if self._tags.silent else none)

    def _set(self, style: TagStyle) -> None:
        self._tags = style
        self._window.preferences.set(PREFERENCE, [part for part in PARTS if getattr(style, part)])
        self._dress()

    def _dress(self) -> None:
        for part in PARTS:
            self._window.actions_[f"view.tags_{part}"].setChecked(getattr(self._tags, part))
        self._window.actions_["view.tags_none"].setChecked(self._tags.silent)
        self._window.view.set_tags(self._tags)


def _style_of(parts: object) -> TagStyle:
    """The style of a list of parts, as it is kept; the first one for anything else."""
    if not isinstance(parts, list):
        return TagStyle()
    return TagStyle(**{part: part in parts for part in PARTS})
