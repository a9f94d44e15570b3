"""The menu over the picture, for the selected shapes: only what can be done with them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QObject, QPointF, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from app.core.annotation import MaskGeometry, PolygonGeometry, Shape
from app.core.areas import AREA_KINDS
from app.core.convert import KINDS, refusal
from app.core.geometry import Point
from app.ui.annotate.shape_commands import ShapeCommands
from app.ui.commands.actions import Actions
from app.ui.session import Session
from app.ui.viewers.image_view import ImageView

ASKED_AT_MOST = 50
"""Of more shapes than this only so many are asked whether they can be converted."""


class ShapeMenu(QObject):
    """Opens at a right click on the selection."""

    def __init__(self, view: ImageView, commands: ShapeCommands, actions: Actions, session: Session) -> None:
        super().__init__(view)
        self._view, self._commands, self._actions, self._session = view, commands, actions, session
        self.menu = QMenu(view)
        self.menu.setObjectName("menu.shapes")
        self.menu.setToolTipsVisible(True)
        view.select_gesture.menu_requested.connect(self.open)

    @Slot(object)
    def open(self, at: Point) -> None:
        """Show the menu at a source place."""
        shapes = self._commands.chosen()
        if not shapes:
            return
        self._fill(shapes)
        place = QPointF(*self._view.transform.to_view(at)).toPoint()
        self.menu.popup(self._view.mapToGlobal(place))

    def _fill(self, shapes: Sequence[Shape]) -> None:
        for inner in self.menu.findChildren(QMenu):
            inner.deleteLater()
        self.menu.clear()
        self._add(self.menu, "edit.copy", "edit.duplicate", "edit.delete")
        self.menu.addSeparator()
        self._add_labels()
        self._add(self._submenu("Order"), "shape.front", "shape.forward", "shape.backward", "shape.back")
        convert = [f"shape.to_{kind}" for kind in KINDS if self._converts(shapes, kind)]
        self._add(self._submenu("Convert to"), *convert) if convert else None
        combine = self._combining(shapes)
        self._add(self._submenu("Combine"), *combine) if combine else None
        if any(isinstance(s.geometry, MaskGeometry) for s in shapes):
            self._add(self._submenu("Mask"), "shape.smooth", "shape.grow", "shape.shrink", "shape.specks")
        self.menu.addSeparator()
        groups = ["shape.group"] if len(shapes) > 1 else []
        groups += ["shape.ungroup"] if any(s.group for s in shapes) else []
        self._add(self.menu, *groups, "shape.lock", "shape.hide")

    def _submenu(self, title: str) -> QMenu:
        menu = self.menu.addMenu(title)
        menu.setObjectName(f"menu.shapes.{title.lower()}")
        menu.setToolTipsVisible(True)
        return menu

    def _add(self, menu: QMenu, *commands: str) -> None:
        for command in commands:
            menu.addAction(self._actions[command])

    def _add_labels(self) -> None:
        labels = self._session.labels.labels
        if not labels:
            return
        menu = self._submenu("Label")
        for label in labels:
            action = QAction(label.name if label.key is None else f"{label.name}\t{label.key}", menu)
            action.triggered.connect(partial(self._relabel, label.name))
            menu.addAction(action)

    def _relabel(self, label: str, _: bool = False) -> None:
        self._session.relabel_selected(label)

    @staticmethod
    def _converts(shapes: Sequence[Shape], kind: str) -> bool:
        asked = shapes[:ASKED_AT_MOST]
        return any(s.kind != kind and refusal(s.geometry, kind) is None for s in asked)

    @staticmethod
    def _combining(shapes: Sequence[Shape]) -> list[str]:
        areas = [s for s in shapes if s.kind in AREA_KINDS]
        found = ["shape.union", "shape.subtract", "shape.intersect"] if len(areas) == len(shapes) > 1 else []
        if any(isinstance(s.geometry, MaskGeometry | PolygonGeometry) for s in areas):
            found += ["shape.split", "shape.fill_holes"]
        return [*found, "shape.clip"]
