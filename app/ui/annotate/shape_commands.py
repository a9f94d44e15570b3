"""Commands on the selected shapes: order, locks, groups, copies, conversions, set operations, mask work."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QMimeData, QObject, Signal, Slot
from PySide6.QtWidgets import QApplication

from app.core import copying, edits, ordering
from app.core.annotation import PolylineGeometry, Shape
from app.core.areas import AREA_KINDS
from app.core.convert import KINDS
from app.core.document import Document
from app.core.errors import InputError
from app.core.history import Change, Step
from app.core.transform import moved
from app.io import clipboard
from app.ui.annotate import shape_work
from app.ui.annotate.shape_work import Work
from app.ui.annotate.slow_edits import SlowEdits
from app.ui.session import Session
from app.ui.viewers.drags import counted

ASIDE = 10.0
"""Pixels that a copy in the same picture lies aside, to be seen."""

SELECT_FIRST = "Select shapes first (V, then click one)."
ALL_LOCKED = "The selected shapes are locked. Unlock them first (Ctrl+L)."
KIND_NAMES = {kind: kind.replace("_", " ") for kind in KINDS}
NEXT_STEPS = "Other steps have followed: take them back first (Ctrl+Z)."

WORK: dict[str, tuple[str, Work]] = {
    "shape.union": ("Unite", shape_work.combining("union")),
    "shape.subtract": ("Subtract", shape_work.combining("subtract")),
    "shape.intersect": ("Intersect", shape_work.combining("intersect")),
    "shape.split": ("Split into parts", shape_work.split),
    "shape.fill_holes": ("Fill holes", shape_work.fill_holes),
    "shape.clip": ("Clip to picture", shape_work.clip),
    "shape.smooth": ("Smooth", shape_work.smooth),
    "shape.grow": ("Grow", shape_work.grow),
    "shape.shrink": ("Shrink", shape_work.shrink),
    "shape.specks": ("Remove specks", shape_work.remove_specks),
    **{f"shape.to_{kind}": (f"Convert to {KIND_NAMES[kind]}", shape_work.converting(kind)) for kind in KINDS},
}


class ShapeCommands(QObject):
    """What the commands ``shape.*`` and those of the clipboard do."""

    told = Signal(str, str, object)
    """(sentence, title of the remedy, remedy) For a notice."""
    bug_met = Signal(str, str)
    busy = Signal(str)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.slow = SlowEdits(session, self)
        self.slow.done.connect(self._on_done)
        self.slow.noted.connect(self._say)
        self.slow.bug_met.connect(self.bug_met)
        self.slow.busy.connect(self.busy)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """By command id."""
        found: dict[str, Callable[[], object]] = {
            "edit.delete": self.remove,
            "edit.duplicate": self.duplicate,
            "shape.lock": self.lock,
            "shape.hide": self.hide,
            "shape.show_all": self.show_all,
            "shape.group": self.group,
            "shape.ungroup": self.ungroup,
        }
        orders = {
            "front": (ordering.to_front, "Bring to front"),
            "back": (ordering.to_back, "Send to back"),
            "forward": (ordering.forward, "Bring forward"),
            "backward": (ordering.backward, "Send backward"),
        }
        for name, (order, title) in orders.items():
            found[f"shape.{name}"] = partial(self._order, title, order)
        for command, (title, work) in WORK.items():
            found[command] = partial(self._start, title, work)
        return found

    # -- the selection

    def chosen(self) -> tuple[Shape, ...]:
        """The selected shapes, the lowest first."""
        document, ids = self._session.document, self._session.selection
        return tuple(s for s in document.shapes if s.id in ids) if document is not None and ids else ()

    def _free(self) -> tuple[Shape, ...]:
        """The selected shapes that may be changed; says so where some or all may not."""
        chosen = self.chosen()
        free = tuple(s for s in chosen if not s.locked)
        if not chosen:
            self._say(SELECT_FIRST)
        elif not free:
            self._say(ALL_LOCKED)
        elif len(free) < len(chosen):
            self._say(f"{counted(len(chosen) - len(free))} locked: left as before.")
        return free

    def _edit(self, name: str, change: Callable[[Document, tuple[str, ...]], Document]) -> bool:
        ids = tuple(s.id for s in self.chosen())
        if not ids:
            self._say(SELECT_FIRST)
            return False
        return self._session.edit_document(f"{name} {counted(len(ids))}", lambda d: change(d, ids))

    @Slot(str)
    def _say(self, sentence: str) -> None:
        self.told.emit(sentence, "", None)

    # -- deleting, copying

    def remove(self) -> None:
        """Delete the selected shapes but for locked ones."""
        ids = [s.id for s in self._free()]
        if ids:
            self._session.edit_document(f"Delete {counted(len(ids))}", lambda d: edits.remove_shapes(d, ids))

    def duplicate(self) -> None:
        """Copies on top, a little aside, selected."""
        if self.chosen():
            self._add(self.chosen(), "Duplicate", ASIDE)
        else:
            self._say(SELECT_FIRST)

    def copy(self) -> bool:
        """Put the selected shapes on the clipboard; false if none is selected."""
        chosen = self.chosen()
        if chosen:
            data = QMimeData()
            data.setData(clipboard.SHAPES, clipboard.shapes_to_bytes(chosen))
            QApplication.clipboard().setMimeData(data)
        return bool(chosen)

    def paste(self) -> bool:
        """Put the clipboard's shapes on this picture, at the same place; false if it holds none."""
        data = QApplication.clipboard().mimeData()
        if data is None or not data.hasFormat(clipboard.SHAPES):
            return False
        document = self._session.document
        if document is None or self._session.image is None:
            self._say("Open a picture first: shapes are pasted onto it.")
            return True
        try:
            shapes = clipboard.shapes_from_bytes(bytes(data.data(clipboard.SHAPES).data()))
        except InputError as error:
            self._say(str(error))
            return True
        there = {_place(s, 0.0) for s in document.shapes}
        aside = 0.0
        while any(_place(s, aside) in there for s in shapes):
            aside += ASIDE
        self._add(shapes, "Paste", aside)
        return True

    def _add(self, shapes: Iterable[Shape], name: str, aside: float) -> None:
        document, labels = self._session.document, self._session.labels
        if document is None:
            return
        put = [replace(s, geometry=moved(s.geometry, aside, aside)) if aside else s for s in shapes]
        changed = copying.paste(document, put)
        new = changed.shapes[len(document.shapes) :]
        if not new:
            self._say("These shapes lie wholly outside this picture: nothing was pasted.")
            return
        after = labels
        for shape in new:
            after = edits.add_label(after, shape.label)
        both = (labels, after) if after is not labels else None
        if self._session.edit(Change(f"{name} {counted(len(new))}", ((document, changed),), both)):
            self._session.select(s.id for s in new)

    # -- order, locks, groups

    def _order(self, title: str, order: Callable[[Document, Iterable[str]], Document]) -> None:
        self._edit(title, order)

    def lock(self) -> None:
        """Lock the selected shapes, or unlock them if all are locked."""
        locked = not all(s.locked for s in self.chosen())
        self._edit("Lock" if locked else "Unlock", lambda d, ids: edits.set_locked(d, ids, locked))

    def hide(self) -> None:
        """Hide the selected shapes, or show them if all are hidden (the table of shapes selects hidden ones too)."""
        hidden = not all(s.hidden for s in self.chosen())
        done = self._edit("Hide" if hidden else "Show", lambda d, ids: edits.set_hidden(d, ids, hidden))
        if done and hidden:
            self._session.select(())
            self.told.emit("Hidden. They come back with Show all shapes.", "Show all", self.show_all)

    def show_all(self) -> None:
        document = self._session.document
        hidden = [s.id for s in document.shapes if s.hidden] if document is not None else []
        if not hidden:
            self._say("No shape of this picture is hidden.")
            return
        self._session.edit_document(f"Show {counted(len(hidden))}", lambda d: edits.set_hidden(d, hidden, False))

    def group(self) -> None:
        if len(self.chosen()) < 2:
            self._say("Select two shapes or more to make a group of them.")
        else:
            self._edit("Group", edits.group)

    def ungroup(self) -> None:
        if self.chosen() and not any(s.group for s in self.chosen()):
            self._say("None of the selected shapes is in a group.")
        else:
            self._edit("Ungroup", edits.ungroup)

    # -- what is worked out off this thread

    def _start(self, title: str, work: Work) -> None:
        free = self._free()
        if free:
            self.slow.start(title, free, work)

    @Slot(object)
    def cut(self, line: PolylineGeometry) -> None:
        """Cut the selected shapes along a line."""
        free = tuple(s for s in self._free() if s.kind in AREA_KINDS)
        if free:
            self.slow.start("Cut", free, shape_work.cutting(line))

    @Slot(str, object, object)
    def _on_done(self, name: str, notes: tuple[str, ...], ids: tuple[str, ...] | None) -> None:
        if ids is None:
            self._say(" ".join(notes) or f"{name}: nothing to change.")
            return
        self._session.select(ids)
        if notes:
            step = self._session.history.done[-1]
            self.told.emit(f"{name}: {' '.join(notes)}", "Undo", partial(self._take_back, step))

    def _take_back(self, step: Step) -> None:
        """Undo that very step; what was done after it is not touched."""
        done = self._session.history.done
        if done and done[-1] is step:
            self._session.undo()
        else:
            self._say(NEXT_STEPS)


def _place(shape: Shape, aside: float) -> tuple[object, ...]:
    """What tells a copy that would lie exactly on its original."""
    return (shape.kind, shape.label, *(round(v + aside, 3) for v in shape.bounds().as_tuple()))
