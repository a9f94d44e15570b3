"""The open project and picture. The one place where a change is announced by Qt signals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.core import edits
from app.core.annotation import Shape
from app.core.document import Document, LabelList
from app.core.errors import FoveaError
from app.core.geometry import Box
from app.core.history import Change, History
from app.core.huge import Cutout, HugeImage, Place
from app.core.sources import Image
from app.io import transfer
from app.io.formats.imported import Imported
from app.io.project import ProjectStore, StepLostError
from app.io.transfer import ImportReport
from app.ui.projects.loader import ImageLoader
from app.ui.projects.wide import WideEdits

FIRST_LABEL = "object"
CHECKPOINT_MS = 5000


class Session(QObject):
    """Holds a project's store and history, the current document, its picture, the selection and the current label.

    Every edit goes through `edit` (or the named ones above it): it is written first, then remembered, then announced.
    An edit that cannot be written changes nothing and is told through `refused`.
    """

    project_changed = Signal()
    """Another project, or another state of it, is to be shown."""
    project_opened = Signal()
    closing = Signal()
    """The program ends: threads that work for the project end too."""
    image_loading = Signal(str)
    image_changed = Signal()
    image_cut = Signal()
    """Another part of the picture, which is read in parts, is what tools are run on."""
    document_changed = Signal()
    documents_touched = Signal(list)
    labels_changed = Signal()
    label_chosen = Signal(str)
    first_label_made = Signal(str)
    """The label that nobody has named yet; detections bring names of their own."""
    counts_read = Signal(object)
    """{path: (state, number of shapes)} of documents that an edit of labels has changed."""
    selection_changed = Signal()
    history_changed = Signal()
    refused = Signal(str)
    noted = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.store: ProjectStore | None = None
        self.history = History()
        self.labels = LabelList()
        self.document: Document | None = None
        self.picture: Image | HugeImage | None = None
        self.cutout: Cutout | None = None
        self.problem = ""
        self.selection: frozenset[str] = frozenset()
        self.current_label = ""
        self.settle: Callable[[Change], Change | None] = lambda change: change
        self.neighbours: Callable[[str], tuple[str, ...]] = lambda _: ()
        self.wide = WideEdits(self)
        self._loader = ImageLoader(self)
        self._loader.loaded.connect(self._on_loaded)
        self._loader.cut_out.connect(self._on_cut)
        self._quiet = QTimer(self)
        self._quiet.setSingleShot(True)
        self._quiet.setInterval(CHECKPOINT_MS)
        self._quiet.timeout.connect(self._checkpoint)

    # -- projects and pictures

    def open(self, path: Path) -> bool:
        """Open a folder or a project file; false (and `refused`) when it cannot be opened: what was open stays."""
        try:
            store = ProjectStore.open(path)
            labels, history = store.labels(), store.history()
        except FoveaError as error:
            self.refused.emit(str(error))
            return False
        self.close_project()
        self._show_project(store, labels, history)
        if store.note:
            self.noted.emit(store.note)
        self.project_opened.emit()
        return True

    def _show_project(self, store: ProjectStore, labels: LabelList, history: History) -> None:
        self.store, self.labels, self.history = store, labels, history
        self.current_label = labels.labels[0].name if labels.labels else ""
        self.project_changed.emit()
        self.labels_changed.emit()
        self.label_chosen.emit(self.current_label)
        self.history_changed.emit()

    def restore(self, backup: Path) -> Path | None:
        """Make the project what a backup says; the file that keeps what it was, None (and `refused`) if it failed."""
        store, shown = self.store, self.document.path if self.document else ""
        if store is None:
            return None
        try:
            before = store.restore(backup)
            labels, history = store.labels(), store.history()
        except FoveaError as error:
            self.refused.emit(str(error))
            return None
        self.labels, self.history = labels, history
        self._show_again(shown)
        return before

    def close_project(self) -> None:
        """Forget the project; everything in it is on disk already."""
        self._quiet.stop()
        self.wide.stop()
        if self.store is not None:
            self.store.close()
        self.store, self.document, self.picture, self.cutout, self.problem = None, None, None, None, ""
        self.history, self.labels, self.selection, self.current_label = History(), LabelList(), frozenset(), ""

    def shutdown(self) -> None:
        self.closing.emit()
        self._loader.shutdown()
        self.close_project()

    @property
    def root(self) -> Path | None:
        """The folder that document paths are relative to."""
        return self.store.root if self.store else None

    @property
    def image(self) -> Image | None:
        """What tools are run on: the picture, or of one that is read in parts the part that was cut out."""
        if self.cutout is not None:
            return self.cutout.image
        return self.picture if isinstance(self.picture, Image) else None

    @property
    def place(self) -> Place | None:
        """Where `image` lies in the picture; None where it is the picture itself."""
        return self.cutout.place if self.cutout is not None else None

    @property
    def huge(self) -> HugeImage | None:
        """The picture where it is read in parts."""
        return self.picture if isinstance(self.picture, HugeImage) else None

    def go_to(self, path: str) -> None:
        """Show a picture of the project; its shapes are there at once, its pixels when they have been read."""
        if self.store is None or (self.document is not None and self.document.path == path):
            return
        self.document = self.store.document(path)
        self.picture, self.cutout, self.problem = None, None, ""
        self.select(())
        self.image_loading.emit(path)
        self.document_changed.emit()
        root = self.store.root
        self._loader.load(root / path, tuple(root / p for p in self.neighbours(path)))

    def cut_out(self, box: Box) -> None:
        """Read a part (source pixels) of a huge picture for tools; `image_cut` says when it is there."""
        if self.huge is not None:
            self._loader.cut(self.huge, box)

    @Slot(object, object, str)
    def _on_cut(self, picture: HugeImage, cutout: Cutout | None, problem: str) -> None:
        if picture is not self.picture:
            return
        if cutout is None:
            self.refused.emit(problem)
            return
        self.cutout = cutout
        self.image_cut.emit()

    def reload(self) -> None:
        """Read the current picture again (it changed, or came back), and what another Fovea wrote meanwhile."""
        if self.store and self.document:
            if self.store.read_only:  # only then can somebody else have written to it
                self.read_again()
            file = self.store.root / self.document.path
            self._loader.forget(file)
            self.image_loading.emit(self.document.path)
            self._loader.load(file)

    def read_again(self) -> None:
        """Labels and the shown document as the file has them now: somebody else has written it, here or elsewhere."""
        store, shown = self.store, self.document
        if store is None:
            return
        try:
            self.labels, fresh = store.labels(), store.document(shown.path) if shown is not None else None
        except FoveaError as error:
            self.refused.emit(str(error))
            return
        self.labels_changed.emit()
        if self.current_label not in self.labels:
            self.choose_label(self.labels.labels[0].name if self.labels.labels else "")
        if shown is not None and fresh is not None:
            self.document = _with_facts(fresh, shown, Change(""))
            self.select(self.selection)
            self.document_changed.emit()
            self.documents_touched.emit([shown.path])

    @Slot(str, object, str)
    def _on_loaded(self, file: str, image: Image | HugeImage | None, words: str) -> None:
        if self.store is None or self.document is None or Path(file) != self.store.root / self.document.path:
            return
        self.cutout = None
        self.picture, self.problem = image, "" if image is not None else words
        if image is not None:
            self.document = replace(self.document, width=image.width, height=image.height)
            if words:
                self.noted.emit(words)
        self.image_changed.emit()

    # -- what is known of pictures

    def note_content(self, content: str) -> None:
        """Remember the hash of the shown picture's file."""
        if self.store is None or self.document is None:
            return
        self.document = replace(self.document, content_hash=content)
        try:
            self.store.note_picture(self.document)
        except FoveaError as error:
            self.refused.emit(str(error))

    def accept_content(self, path: str, content: str) -> None:
        """The changed picture is the one that the shapes belong to from now on: a step that can be undone."""
        if self.document is not None and self.document.path == path:
            self.edit_document("Accept the changed picture", lambda d: replace(d, content_hash=content))

    def move_pictures(self, moved: Mapping[str, str]) -> bool:
        """Pictures lie elsewhere now (paths relative to the root): one step; their shapes go with them."""
        if self.store is None or not moved:
            return False
        pairs = [(self.store.document(old), new) for old, new in moved.items()]
        change = Change(f"Locate {len(pairs)} pictures", tuple((d, replace(d, path=new)) for d, new in pairs))
        shown = self.document.path if self.document else ""
        if not self.edit(change):
            return False
        self._show_again(moved.get(shown, shown))
        return True

    def move_root(self, folder: Path) -> bool:
        """All pictures lie below another folder now."""
        if self.store is None:
            return False
        try:
            self.store.set_root(folder)
        except FoveaError as error:
            self.refused.emit(str(error))
            return False
        self._show_again(self.document.path if self.document else "")
        return True

    def _show_again(self, path: str) -> None:
        assert self.store is not None
        self.document, self.picture, self.cutout, self.selection = None, None, None, frozenset()
        self._show_project(self.store, self.labels, self.history)
        if path:
            self.go_to(path)

    # -- edits

    def edit(self, change: Change, any_kind: bool = False) -> bool:
        """Write a change, remember it and announce it; `settle` may make more of it first, or nothing (None). Unless
        ``any_kind``, none that makes a shape of a kind that its label does not take: that is said."""
        settled, store = self.settle(change), self.store
        if settled is None or store is None or settled.empty:
            return False
        change, whole = settled, self.history.merged(settled)
        if not any_kind and (reason := edits.forbidden(change.documents, (change.labels or (None, self.labels))[1])):
            self.noted.emit(f"{reason}: choose another label or tool, or let the label take it (Edit labels).")
            return False
        if whole is None:
            kept = self._apply(change, lambda: store.apply(change))
        else:
            key = self.history.done[-1].key
            kept = self._apply(change, lambda: store.apply_more(change, whole, key))
        if kept:
            self.history.push(change, store.last_step, store.journal.oldest)
            self.history_changed.emit()
        return kept

    def edit_document(self, name: str, change: Callable[[Document], Document], merge_key: str | None = None) -> bool:
        """Edit the current document by a pure function."""
        if self.document is None:
            return False
        return self.edit(Change(name, ((self.document, change(self.document)),), None, merge_key))

    def keep(self, shapes: Iterable[Shape], name: str, merge_key: str | None = None) -> bool:
        """Add shapes to the current document, making the labels that they need (the first of all is `object`)."""
        meant = self.current_label or FIRST_LABEL
        shapes = [edits.labelled(s, s.label or meant, self.labels) for s in shapes]
        if self.document is None or not shapes:
            return False
        labels, first = self.labels, not self.labels.labels
        for shape in shapes:
            labels = edits.add_label(labels, shape.label)
        change = Change(
            name,
            ((self.document, edits.add_shapes(self.document, shapes)),),
            (self.labels, labels) if labels != self.labels else None,
            merge_key,
        )
        if not self.edit(change):
            return False
        if not self.current_label:
            self.choose_label(shapes[0].label)
        if first and shapes[0].label == FIRST_LABEL:
            self.first_label_made.emit(FIRST_LABEL)
        return True

    def adopt(self, imported: Imported) -> ImportReport | None:
        """Add what an import read, as one step. Raises FoveaError when it cannot be written."""
        if self.store is None:
            return None
        report = transfer.add(self.store, imported)
        self.history.push(report.change, self.store.last_step, self.store.journal.oldest)
        self._announce(report.change)
        self.history_changed.emit()
        return report

    def add_label(self, name: str) -> None:
        """Put a label into the list and make it the current one; an alias means the label that it belongs to."""
        known = self.labels.named(name)
        if known is not None and known.name != name.strip():
            self.noted.emit(f"{name.strip()} is another name of {known.name}.")
            name = known.name
        labels = edits.add_label(self.labels, name)
        if labels is not self.labels:
            self.edit(Change(f"Add label {name}", (), (self.labels, labels)))
        if name in self.labels:
            self.choose_label(name)

    def relabel_selected(self, label: str) -> None:
        """Give the selected shapes a label; they keep the attributes that it also has. Locked ones and those of a kind
        that the label does not take stay as they are."""
        if self.document is None or not self.selection:
            return
        free = edits.editable(self.document, self.selection)
        taken, reasons = edits.takeable(self.document, free, label, self.labels)
        if reasons:
            kept = _count("Kept the label of", set(free) - set(taken))
            self.noted.emit(f"{kept}: {reasons[0]}. Convert them first (Shape, Convert to).")
        elif len(free) < len(self.selection):
            self.noted.emit(f"{_count('Kept the label of', self.selection - set(free))}: locked (Ctrl+L unlocks).")
        free = taken
        labels = edits.add_label(self.labels, label)
        pair = (self.document, edits.relabel(self.document, free, label, labels))
        self.edit(Change(f"Label {label}", (pair,), (self.labels, labels)))

    def choose_label(self, name: str) -> None:
        """What the next shape is called."""
        if name != self.current_label:
            self.current_label = name
            self.label_chosen.emit(name)

    def undo(self) -> None:
        self._travel(back=True)

    def redo(self) -> None:
        self._travel(back=False)

    def jump(self, position: int, on: Callable[[], bool] = lambda: True) -> bool:
        """Undo or redo until that many steps are done, and show the picture of the last one; whether there is more to
        do because ``on`` became false. Ends (and `refused`) at a step that cannot be taken."""
        last = change = None
        while (at := self.history.position) != position and (change := self._step(back=at > position)) is not None:
            last = change
            if not on():
                break
        more = change is not None and self.history.position != position
        if last is not None and not more:
            self._follow(last)
        self.history_changed.emit()
        return more

    def _travel(self, back: bool) -> None:
        change = self._step(back)
        if change is not None:
            self._follow(change)
        self.history_changed.emit()

    def _step(self, back: bool) -> Change | None:
        """Undo or redo one step; None where there is none, it cannot be, or it goes on off the window's thread."""
        history, store = self.history, self.store
        if store is None:
            return None
        try:
            change = history.undo() if back else history.redo()
        except FoveaError as error:
            self._lose_steps(error, back)
            return None
        if change is None:
            return None
        step = (history.undone if back else history.done)[-1]
        if change.rows is not None:
            self.wide.travel(change, step, back)
            return None
        keep = store.take_back if back else store.do_again
        if self._apply(change, lambda: keep(change, step.key)):
            return change
        history.put_back(back)
        return None

    def _follow(self, change: Change) -> None:
        """Show a picture that a step changed."""
        if change.shown is not None and not self._is_shown(change):
            self.go_to(change.shown)

    def _lose_steps(self, error: FoveaError, back: bool) -> None:
        """A step cannot be taken back (or done again): it and those behind it are forgotten if it is lost for good."""
        if isinstance(error, StepLostError) and self.store is not None:
            (self.history.done if back else self.history.undone).clear()
            self._apply(Change(""), partial(self.store.forget_steps, back))
        self.refused.emit(str(error))

    def put_back(self, back: bool, lost: str = "") -> None:
        """The step that the history has just handed out could not be taken; if it is ``lost``, that says why."""
        self.history.put_back(back)
        if lost:
            self._lose_steps(StepLostError(lost), back)
        self.history_changed.emit()

    def _is_shown(self, change: Change) -> bool:
        """Whether the person already looks at one of the pictures that a step changes."""
        return self.document is not None and any(d.path == self.document.path for _, d in change.documents)

    def _apply(self, change: Change, write: Callable[[], object]) -> bool:
        try:
            write()
        except FoveaError as error:
            self.refused.emit(str(error))
            return False
        self._announce(change)
        return True

    def _announce(self, change: Change) -> None:
        """Take over what has just been written and tell everybody."""
        if change.labels is not None:
            self.labels = change.labels[1]
            self.labels_changed.emit()
            if self.current_label not in self.labels:
                self.choose_label(self.labels.labels[0].name if self.labels.labels else "")
        after = {d.path: d for _, d in change.documents}
        if self.document is not None and self.document.path in after:
            self.document = _with_facts(after[self.document.path], self.document, change)
            self.select(self.selection)
            self.document_changed.emit()
        if after:
            self.documents_touched.emit(list(after))
        self._quiet.start()

    @Slot()
    def _checkpoint(self) -> None:
        if self.store is not None:
            self.store.checkpoint()

    # -- selection (view state, never undone)

    def select(self, ids: Iterable[str]) -> None:
        wanted, shapes = frozenset(ids), self.document.shapes if self.document is not None else ()
        chosen = frozenset(s.id for s in shapes if s.id in wanted) if wanted else wanted
        if chosen != self.selection:
            self.selection = chosen
            self.selection_changed.emit()

    def select_all(self) -> None:
        """Select every shape of the picture."""
        if self.document is not None:
            self.select(s.id for s in self.document.shapes)


def _with_facts(document: Document, shown: Document, change: Change) -> Document:
    """What an edit made of the document that is shown. Size and hash of the picture stay known where the edit, made
    before it was read, knew none."""
    before = next((b for b, a in change.documents if a is document), document)
    if not document.width and not before.width:
        document = replace(document, width=shown.width, height=shown.height)
    if not document.content_hash and not before.content_hash:
        document = replace(document, content_hash=shown.content_hash)
    return document


def _count(verb: str, things: Iterable[str]) -> str:
    n = len(list(things))
    return f"{verb} {n} shape{'s' if n != 1 else ''}"
