"""The label list as a tree: labels below the one that they are a kind of, in the list's order."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QTreeWidget, QTreeWidgetItem, QTreeWidgetItemIterator, QWidget

from app.core.labels import Label, LabelList
from app.ui.look.theme import ink_on

NAME = Qt.ItemDataRole.UserRole
INDENT = 16


class LabelTree(QTreeWidget):
    """Items are kept and changed in place where they can be: one may be open for typing, or just giving its text."""

    def __init__(self, name: str, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setHeaderHidden(True)
        self.setIconSize(QSize(16, 16))
        self.setIndentation(INDENT)
        self.setUniformRowHeights(True)
        self.setExpandsOnDoubleClick(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self._order: tuple[tuple[str, str | None], ...] = ()

    def show_labels(self, labels: LabelList, editable: bool = False, marked: Iterable[str] = ()) -> None:
        """Show these labels; ``marked`` ones have a dot behind their names. Says nothing of it by signals."""
        blocked = self.blockSignals(True)
        order = tuple(
            (label.name, label.parent if label.parent and label.parent in labels else None) for label in labels
        )
        self.setRootIsDecorated(any(parent for _, parent in order))
        if not self._is_renamed(order):
            self._build(labels, editable)
        self._order = order
        dotted = set(marked)
        for item, label in zip(self.items(), _in_tree_order(labels), strict=True):
            item.setText(0, f"{label.name} •" if label.name in dotted else label.name)
            item.setIcon(0, icon(label))
            item.setData(0, NAME, label.name)
            item.setToolTip(0, _tip(label))
        self.blockSignals(blocked)

    def items(self) -> list[QTreeWidgetItem]:
        """All items, as they stand below each other."""
        found, walk = [], QTreeWidgetItemIterator(self)
        while (item := walk.value()) is not None:
            found.append(item)
            walk += 1
        return found

    def item_of(self, name: str) -> QTreeWidgetItem | None:
        return next((item for item in self.items() if item.data(0, NAME) == name), None)

    @property
    def current(self) -> str:
        """The name of the chosen label, "" for none."""
        item = self.currentItem()
        return str(item.data(0, NAME)) if item is not None else ""

    def choose(self, name: str) -> None:
        """Choose a label without saying so by signals."""
        item = self.item_of(name)
        if item is not None and item is not self.currentItem():
            blocked = self.blockSignals(True)
            self.setCurrentItem(item)
            self.blockSignals(blocked)

    def _is_renamed(self, order: tuple[tuple[str, str | None], ...]) -> bool:
        """Whether the tree has the same form as before, names aside."""
        here = {name: n for n, (name, _) in enumerate(self._order)}
        there = {name: n for n, (name, _) in enumerate(order)}
        before = [here.get(parent) if parent else None for _, parent in self._order]
        return before == [there.get(parent) if parent else None for _, parent in order]

    def _build(self, labels: LabelList, editable: bool) -> None:
        folded = {str(i.data(0, NAME)) for i in self.items() if i.childCount() and not i.isExpanded()}
        self.clear()
        made: dict[str, QTreeWidgetItem] = {}
        for label in _in_tree_order(labels):
            item = made[label.name] = QTreeWidgetItem()
            item.setSizeHint(0, QSize(80, 28))
            if editable:
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
            above = made.get(label.parent) if label.parent else None
            if above is not None:
                above.addChild(item)
            else:
                self.addTopLevelItem(item)
        for name, item in made.items():
            item.setExpanded(name not in folded)


def _in_tree_order(labels: LabelList) -> list[Label]:
    """Each label right before those below it; one whose parents run in a ring, or are not there, stands at the top."""
    tops = [x for x in labels if not x.parent or x.parent not in labels or x.name in _above(labels, x)]
    found: dict[str, Label] = {}
    for label in tops:
        for one in (label, *labels.descendants(label.name)):
            found.setdefault(one.name, one)
    return [*found.values(), *(x for x in labels if x.name not in found)]


def _above(labels: LabelList, label: Label) -> tuple[str, ...]:
    names = labels.ancestors(label.name)
    last = labels.get(names[-1]) if names else None
    return (label.name,) if last is not None and last.parent == label.name else ()


def _tip(label: Label) -> str:
    words = [f"{label.name}: key {label.key}" if label.key is not None else label.name]
    if label.aliases:
        words.append(f"also {', '.join(label.aliases)}")
    return "\n".join((*words, "Double-click to edit, F2 to rename"))


def icon(label: Label) -> QIcon:
    """A square of the label's colour with its digit on it."""
    pixmap = QPixmap(32, 32)
    pixmap.setDevicePixelRatio(2)
    pixmap.fill(QColor(label.colour))
    if label.key is not None:
        painter = QPainter(pixmap)
        painter.setPen(QColor(ink_on(label.colour)))
        painter.drawText(0, 0, 16, 16, Qt.AlignmentFlag.AlignCenter, str(label.key))
        painter.end()
    made = QIcon(pixmap)
    made.addPixmap(pixmap, QIcon.Mode.Selected)  # or the style tints it with the selection's colour
    return made
