"""A picture view on screen, and the mouse in source pixels."""

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.core.sources import Image
from app.ui.viewers.image_view import ImageView

NONE = Qt.KeyboardModifier.NoModifier


def a_picture(height: int = 300, width: int = 400) -> Image:
    """Columns in red, rows in green, so that every pixel tells where it is."""
    rows, columns = np.mgrid[:height, :width]
    blue = np.zeros_like(rows)
    return Image(np.stack([columns % 256, rows % 256, blue], axis=2).astype(np.uint8), "folder/picture.png")


class Mouse:
    """Real events at source pixels of a view."""

    def __init__(self, view: ImageView) -> None:
        self.view = view
        self.held = Qt.MouseButton.NoButton

    def at(self, x: float, y: float) -> QPoint:
        return QPointF(*self.view.transform.to_view((x, y))).toPoint()

    def click(self, x, y, button=Qt.MouseButton.LeftButton, modifiers=NONE):
        QTest.mouseClick(self.view, button, modifiers, self.at(x, y))

    def press(self, x, y, button=Qt.MouseButton.LeftButton, modifiers=NONE):
        self._press(self.at(x, y), button, modifiers)

    def move(self, x, y, modifiers=NONE):
        self._move(self.at(x, y), modifiers)

    def release(self, x, y, button=Qt.MouseButton.LeftButton, modifiers=NONE):
        self._release(self.at(x, y), button, modifiers)

    def drag(self, start, end, button=Qt.MouseButton.LeftButton, modifiers=NONE):
        # The places on screen are taken before: a drag may move the picture.
        first, last = self.at(*start), self.at(*end)
        self._press(first, button, modifiers)
        self._move((first + last) / 2, modifiers)
        self._move(last, modifiers)
        self._release(last, button, modifiers)

    def double_click(self, x, y):
        self.click(x, y)
        QTest.mouseDClick(self.view, Qt.MouseButton.LeftButton, NONE, self.at(x, y))
        self.release(x, y)

    def _press(self, at, button, modifiers):
        self.held = button
        QTest.mousePress(self.view, button, modifiers, at)

    def _move(self, at, modifiers):
        # QTest moves the real cursor, which some screens clip or answer late.
        where = QPointF(at)
        none = Qt.MouseButton.NoButton
        event = QMouseEvent(QEvent.Type.MouseMove, where, self.view.mapToGlobal(where), none, self.held, modifiers)
        QApplication.sendEvent(self.view, event)

    def _release(self, at, button, modifiers):
        self.held = Qt.MouseButton.NoButton
        QTest.mouseRelease(self.view, button, modifiers, at)

    def wheel(self, x, y, angle=120, pixels=0, modifiers=NONE):
        at = QPointF(self.at(x, y))
        event = QWheelEvent(
            at,
            self.view.mapToGlobal(at),
            QPoint(0, pixels),
            QPoint(0, angle),
            Qt.MouseButton.NoButton,
            modifiers,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(self.view, event)


@pytest.fixture
def picture() -> Callable[[], Image]:
    return a_picture


@pytest.fixture
def view(qtbot):
    view = ImageView()
    qtbot.addWidget(view)
    view.resize(800, 600)
    view.show()
    view.set_image(a_picture())
    view.setFocus()
    # A step of the mouse is then a whole number of view pixels.
    view.navigator.zoom_by(2 / view.transform.scale)
    return view


@pytest.fixture
def mouse(view):
    return Mouse(view)


@pytest.fixture
def settle(qtbot, view) -> Callable[[], None]:
    """Wait for what is painted in the background."""

    def wait() -> None:
        view.repaint()
        qtbot.waitUntil(lambda: view.settled, timeout=20000)
        view.repaint()

    return wait
