"""The editor's page for the joints of key points and the bones between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.core.labels import Label, Skeleton
from app.core.skeleton_presets import PRESETS
from app.ui.labels.parts import ROW, button, muted

ABOUT = "Key points of this label have these joints, in this order. Double-click a joint to rename it."


class SkeletonPage(QWidget):
    """Shows a label's skeleton and gives it back as it was changed."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._edges: list[tuple[int, int]] = []
        self._presets = QPushButton("Take a known skeleton")
        self._presets.setObjectName("label_editor.preset")
        self._presets.setAccessibleName("Take a known skeleton in place of this one")
        self._presets.setToolTip("Take a known skeleton in place of this one")
        self._presets.setAutoDefault(False)
        self._presets.setMinimumHeight(ROW)
        menu = QMenu(self._presets)
        menu.setObjectName("label_editor.preset.menu")
        for name in PRESETS:
            menu.addAction(name).triggered.connect(partial(self._take, name))
        self._presets.setMenu(menu)
        self.joints = _list("label_editor.joints", "Joints")
        self.joints.itemChanged.connect(self._on_renamed)
        self.bones = _list("label_editor.bones", "Bones")
        self._from, self._to = _ends("from"), _ends("to")
        self._problem = QLabel()
        self._problem.setObjectName("label_editor.skeleton.problem")
        self._problem.setProperty("role", "error")
        self._problem.setWordWrap(True)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(16, 16, 16, 16)
        outer.setSpacing(8)
        outer.addWidget(self._presets, 0, Qt.AlignmentFlag.AlignLeft)
        outer.addWidget(muted(ABOUT))
        both = QHBoxLayout()
        both.setSpacing(16)
        both.addLayout(self._joint_column(), 1)
        both.addLayout(self._bone_column(), 1)
        outer.addLayout(both, 1)
        outer.addWidget(self._problem)

    def _joint_column(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(8)
        column.addWidget(QLabel("Joints"))
        column.addWidget(self.joints, 1)
        line = QHBoxLayout()
        line.addWidget(button("label_editor.joint.add", "Add", "Add a joint", self._add_joint))
        line.addWidget(button("label_editor.joint.remove", "Remove", "Remove the chosen joint", self._remove_joint))
        column.addLayout(line)
        return column

    def _bone_column(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(8)
        column.addWidget(QLabel("Bones"))
        column.addWidget(self.bones, 1)
        ends = QHBoxLayout()
        ends.addWidget(self._from, 1)
        ends.addWidget(self._to, 1)
        column.addLayout(ends)
        line = QHBoxLayout()
        line.addWidget(button("label_editor.bone.add", "Add", "Add a bone between these joints", self._add_bone))
        line.addWidget(button("label_editor.bone.remove", "Remove", "Remove the chosen bone", self._remove_bone))
        column.addLayout(line)
        return column

    # -- in and out

    def show_label(self, label: Label) -> None:
        skeleton = label.skeleton or Skeleton(())
        if self.skeleton() != label.skeleton:
            self._show(skeleton)

    def skeleton(self) -> Skeleton | None:
        names = tuple(self.joints.item(n).text().strip() for n in range(self.joints.count()))
        return Skeleton(names, tuple(self._edges)) if names else None

    def changed_label(self, label: Label) -> Label:
        """The label with what this page says of it."""
        return replace(label, skeleton=self.skeleton())

    def say(self, problems: Mapping[str, str]) -> None:
        self._problem.setText(problems.get("skeleton", ""))
        self._problem.setVisible("skeleton" in problems)

    def _show(self, skeleton: Skeleton) -> None:
        with QSignalBlocker(self.joints):
            self.joints.clear()
            for name in skeleton.joints:
                self.joints.addItem(_joint(name))
        self._edges = list(skeleton.edges)
        self._show_bones()

    def _show_bones(self) -> None:
        names = [self.joints.item(n).text() for n in range(self.joints.count())]
        row = self.bones.currentRow()
        self.bones.clear()
        for a, b in self._edges:
            self.bones.addItem(_row(f"{names[a]} to {names[b]}"))
        self.bones.setCurrentRow(min(row, self.bones.count() - 1))
        for box in (self._from, self._to):
            now = box.currentIndex()
            box.clear()
            box.addItems(names)
            box.setCurrentIndex(min(max(now, 0), len(names) - 1))

    # -- what the buttons do

    def _take(self, name: str, _: bool = False) -> None:
        self._show(PRESETS[name])
        self.changed.emit()

    @Slot(QListWidgetItem)
    def _on_renamed(self, _: QListWidgetItem) -> None:
        self._show_bones()
        self.changed.emit()

    def _add_joint(self) -> None:
        taken = {self.joints.item(n).text() for n in range(self.joints.count())}
        name = next(f"joint {n}" for n in range(1, len(taken) + 2) if f"joint {n}" not in taken)
        with QSignalBlocker(self.joints):
            self.joints.addItem(_joint(name))
        self._show_bones()
        self.joints.setCurrentRow(self.joints.count() - 1)
        self.joints.setFocus()
        self.joints.editItem(self.joints.item(self.joints.count() - 1))
        self.changed.emit()

    def _remove_joint(self) -> None:
        """With the bones that end there."""
        gone = self.joints.currentRow()
        if gone < 0:
            return
        self.joints.takeItem(gone)
        kept = [edge for edge in self._edges if gone not in edge]
        self._edges = [(a - (a > gone), b - (b > gone)) for a, b in kept]
        self._show_bones()
        self.changed.emit()

    def _add_bone(self) -> None:
        edge = self._from.currentIndex(), self._to.currentIndex()
        if edge[0] == edge[1] or -1 in edge:
            self.say({"skeleton": "A bone goes from one joint to another: choose two."})
        elif edge not in self._edges and edge[::-1] not in self._edges:
            self._edges.append(edge)
            self._show_bones()
            self.changed.emit()

    def _remove_bone(self) -> None:
        if (row := self.bones.currentRow()) >= 0:
            del self._edges[row]
            self._show_bones()
            self.changed.emit()


def _row(text: str) -> QListWidgetItem:
    item = QListWidgetItem(text)
    item.setSizeHint(QSize(80, 24))
    return item


def _joint(name: str) -> QListWidgetItem:
    item = _row(name)
    item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
    return item


def _list(name: str, title: str) -> QListWidget:
    made = QListWidget()
    made.setObjectName(name)
    made.setAccessibleName(title)
    made.setUniformItemSizes(True)
    return made


def _ends(which: str) -> QComboBox:
    box = QComboBox()
    box.setObjectName(f"label_editor.bone.{which}")
    box.setAccessibleName(f"Bone {which}")
    box.setToolTip(f"The joint that a new bone goes {which}")
    box.setMinimumHeight(ROW)
    box.setMinimumContentsLength(6)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    return box
