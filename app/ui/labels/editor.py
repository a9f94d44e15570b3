"""The label editor: a window beside the picture to change labels in. What that does is said before it is done."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from app.core.label_checks import label_problems
from app.core.labels import Label
from app.ui.annotate.label_edits import LabelEdits, Make
from app.ui.labels.attributes import AttributesPage
from app.ui.labels.general import GeneralPage
from app.ui.labels.parts import ROW, button, muted
from app.ui.labels.skeleton import SkeletonPage
from app.ui.labels.tree import LabelTree
from app.ui.session import Session

PREVIEW_MS = 200
PAGES = ("name", "attributes", "skeleton")
MEND = "Mend what is marked first."
UNSAVED = "Changes of {} are not applied. Apply them, or close once more to drop them."
NO_LABEL = "There is no label yet. Type a name below the list."


class LabelEditor(QDialog):
    """Stays open beside the work. Changes of a label are kept as a draft until they are applied, as one step."""

    applied = Signal(str)
    """The name of a label whose draft has been put into the list."""

    def __init__(self, session: Session, edits: LabelEdits, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("label_editor")
        self.setAccessibleName("Labels")
        self.setWindowTitle("Labels")
        self.setModal(False)
        self.resize(808, 616)
        self._session, self._edits = session, edits
        self._name = ""
        self._drafts: dict[str, Label] = {}
        self._pending: tuple[str, Callable[[], object]] | None = None
        self._warned = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PREVIEW_MS)
        self._timer.timeout.connect(self._preview)
        self.tree = LabelTree("label_editor.labels", "Labels of the project")
        self.tree.currentItemChanged.connect(self._on_chosen)
        self.general, self.attributes, self.skeleton = GeneralPage(), AttributesPage(), SkeletonPage()
        self.pages = QTabWidget()
        self.pages.setObjectName("label_editor.pages")
        self.pages.setAccessibleName("Pages")
        for page, title in ((self.general, "General"), (self.attributes, "Attributes"), (self.skeleton, "Skeleton")):
            self.pages.addTab(page, title)
            page.changed.connect(self._on_changed)
        self._words = QLabel()
        self._words.setObjectName("label_editor.words")
        self._words.setWordWrap(True)
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._apply = button("label_editor.apply", "Apply", "Make this change, as one step (Ctrl+Enter)", self.apply)
        self._revert = button("label_editor.revert", "Revert", "Drop the changes of this label", self.revert)
        self._close = button("label_editor.close", "Close", "Close (Esc)", self.close)
        self._layout()
        edits.previewed.connect(self._on_previewed)
        session.labels_changed.connect(self._refresh)
        session.project_changed.connect(self._on_project)
        self._refresh()

    def _layout(self) -> None:
        self._new = QLineEdit()
        self._new.setObjectName("label_editor.new")
        self._new.setAccessibleName("Name of a new label")
        self._new.setPlaceholderText("New label")
        self._new.setToolTip("Type a name and press Enter")
        self._new.returnPressed.connect(self._on_new)
        self._merge, self._delete = QPushButton("Merge into"), QPushButton("Delete")
        for name, made, help_ in (
            ("merge", self._merge, "Make this label another one"),
            ("delete", self._delete, "Take this label away"),
        ):
            made.setObjectName(f"label_editor.{name}")
            made.setAccessibleName(help_)
            made.setToolTip(help_)
            made.setAutoDefault(False)
            made.setMinimumHeight(ROW)
            menu = QMenu(made)
            menu.setObjectName(f"label_editor.{name}.menu")
            menu.aboutToShow.connect(self._fill_menus)
            made.setMenu(menu)
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addWidget(self.tree, 1)
        left.addWidget(self._new)
        self._moves = [
            button(f"label_editor.{name}", title, f"{help_} in the list (Alt+{title})", partial(self._move, step))
            for name, title, help_, step in (("up", "Up", "Earlier", -1), ("down", "Down", "Later", 1))
        ]
        for pair in (self._moves, (self._merge, self._delete)):
            line = QHBoxLayout()
            for made in pair:
                line.addWidget(made, 1)
            left.addLayout(line)
        for made in self._moves:
            made.setShortcut(f"Alt+{made.text()}")
        side = QWidget()
        side.setFixedWidth(232)
        side.setLayout(left)
        left.setContentsMargins(0, 0, 0, 0)
        top = QHBoxLayout()
        top.setSpacing(16)
        top.addWidget(side)
        top.addWidget(self.pages, 1)
        bottom = QHBoxLayout()
        bottom.setSpacing(8)
        bottom.addWidget(self._words, 1)
        for made in (self._revert, self._apply, self._close):
            bottom.addWidget(made)
        self._empty = muted(NO_LABEL, "label_editor.empty")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(16, 16, 16, 16)
        outer.setSpacing(16)
        outer.addWidget(self._empty)
        outer.addLayout(top, 1)
        outer.addLayout(bottom)

    # -- which label

    def edit(self, name: str) -> None:
        """Show a label, and go to its name."""
        self._choose(name)
        self.pages.setCurrentIndex(0)
        self.general.name.setFocus()
        self.general.name.selectAll()

    def _choose(self, name: str) -> None:
        labels = self._session.labels
        if name not in labels:
            name = labels.labels[0].name if labels.labels else ""
        self._name, self._pending, self._warned = name, None, False
        self.tree.choose(name)
        self._show()

    @Slot()
    def _refresh(self) -> None:
        """The list has changed, perhaps by what was applied here."""
        labels = self._session.labels
        self._drafts = {name: draft for name, draft in self._drafts.items() if name in labels}
        self.tree.show_labels(labels, marked=self._drafts)
        self._empty.setVisible(not labels.labels)
        self._choose(self._name if self._name in labels else self._session.current_label)

    @Slot()
    def _on_project(self) -> None:
        self._drafts = {}
        self._refresh()

    @Slot()
    def _on_chosen(self) -> None:
        self._choose(self.tree.current)

    @Slot()
    def _on_new(self) -> None:
        name = self._new.text().strip()
        self._new.clear()
        self._session.add_label(name)
        if (label := self._session.labels.named(name)) is not None:
            self.edit(label.name)

    # -- its draft

    def _draft(self) -> Label | None:
        return self._drafts.get(self._name) or self._session.labels.get(self._name)

    def _show(self) -> None:
        draft = self._draft()
        for widget in (self.pages, *self._moves, self._merge, self._delete):
            widget.setEnabled(draft is not None)
        if draft is not None:
            self.general.show_label(draft, self._session.labels, self._name)
            self.attributes.show_label(draft)
            self.skeleton.show_label(draft)
        self._judge()

    @Slot()
    def _on_changed(self) -> None:
        label = self._session.labels.get(self._name)
        if label is None:
            return
        draft = self.skeleton.changed_label(self.attributes.changed_label(self.general.changed_label(label)))
        had = set(self._drafts)
        self._drafts.pop(self._name, None)
        if draft != label or self.attributes.unreadable:
            self._drafts[self._name] = draft
        self._pending, self._warned = None, False
        if set(self._drafts) != had:
            self.tree.show_labels(self._session.labels, marked=self._drafts)
        self._judge()

    def _judge(self) -> None:
        """Say what is wrong where it is wrong, and what the draft would change."""
        draft = self._draft()
        problems = label_problems(self._session.labels, self._name, draft) if draft is not None else {}
        if self.attributes.unreadable:
            problems.setdefault("attributes", self.attributes.unreadable)
        for page in (self.general, self.attributes, self.skeleton):
            page.say(problems)
        for n, fields in enumerate((("name", "key", "aliases", "parent"), ("attributes",), ("skeleton",))):
            title = self.pages.tabText(n).removesuffix(" !")
            self.pages.setTabText(n, f"{title} !" if any(field in problems for field in fields) else title)
        changed = self._name in self._drafts
        self._say(MEND if problems else "", bool(problems))
        self._offer("Apply", changed and not problems, changed)
        if changed and not problems:
            self._timer.start()

    def _offer(self, title: str, can_apply: bool, can_revert: bool, dropping: str = "Revert") -> None:
        self._apply.setText(title)
        self._apply.setShortcut("Ctrl+Return")  # which a button forgets with each text
        self._apply.setEnabled(can_apply)
        self._revert.setText(dropping)
        self._revert.setEnabled(can_revert)

    def _say(self, words: str, wrong: bool = False) -> None:
        self._words.setText(words)
        self._words.setProperty("role", "error" if wrong else "")
        self._words.style().unpolish(self._words)
        self._words.style().polish(self._words)

    @Slot()
    def _preview(self) -> None:
        draft = self._drafts.get(self._name)
        if draft is not None and self._pending is None:
            self._edits.preview(self._edits.revising(self._name, draft))

    @Slot(str)
    def _on_previewed(self, words: str) -> None:
        if self._pending is not None or self._apply.isEnabled():
            self._say(words)

    # -- what the buttons do

    def _move(self, step: int) -> None:
        self._edits.move(self._name, step)

    def apply(self) -> None:
        """Make the change that is pending, or put the draft into the list."""
        if self._pending is not None:
            _, do = self._pending
            self._pending = None
            do()
            self._judge()
            return
        name, draft = self._name, self._drafts.get(self._name)
        if draft is None:
            return

        def then() -> None:
            self._drafts.pop(name, None)
            self._name = draft.name
            self._refresh()
            self.applied.emit(draft.name)

        self._edits.revise(name, draft, then)

    def revert(self) -> None:
        """Drop what is pending, or else the draft."""
        if self._pending is None:
            self._drafts.pop(self._name, None)
        self._refresh()

    @Slot()
    def _fill_menus(self) -> None:
        merge, delete = self._merge.menu(), self._delete.menu()
        others = [label.name for label in self._session.labels if label.name != self._name]
        merge.clear()
        for other in others:
            merge.addAction(other).triggered.connect(partial(self._ask_merge, other))
        merge.setEnabled(bool(others))
        delete.clear()
        delete.addAction("With its shapes").triggered.connect(partial(self._ask_delete, None))
        instead = delete.addMenu("Its shapes become")
        instead.setObjectName("label_editor.delete.instead")
        instead.setEnabled(bool(others))
        for other in others:
            instead.addAction(other).triggered.connect(partial(self._ask_delete, other))

    def _ask_merge(self, into: str, _: bool = False) -> None:
        self._ask("Merge", self._edits.merging(self._name, into), into)

    def _ask_delete(self, instead: str | None, _: bool = False) -> None:
        self._ask("Delete", self._edits.deleting(self._name, instead), instead or "")

    def _ask(self, title: str, make: Make, chosen: str) -> None:
        self._timer.stop()
        self._pending = title, lambda: self._edits.do(make, chosen)
        self._offer(title, True, True, "Cancel")
        self._edits.preview(make)

    def reject(self) -> None:
        """Close; drafts are not dropped without a word."""
        if self._drafts and not self._warned and self.isVisible():
            self._warned = True
            self._say(UNSAVED.format(", ".join(self._drafts)), wrong=True)
            return
        self._drafts = {}
        super().reject()
        self._refresh()
