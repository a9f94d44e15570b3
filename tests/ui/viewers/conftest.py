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

    def at(self, x: float, y: float) -> QPoint:
        return QPointF(*self.view.transform.to_view((x, y))).toPoint()

    def click(self, x, y, button=Qt.MouseButton.LeftButton, modifiers=NONE):
        QTest.mouseClick(self.view, button, modifiers, self.at(x, y))

    def press(self, x, y, button=Qt.MouseButton.LeftButton, modifiers=NONE):
        QTest.mousePress(self.view, button, modifiers, self.at(x, y))

    def move(self, x, y):
        QTest.mouseMove(self.view, self.at(x, y))

    def release(self, x, y, button=Qt.MouseButton.LeftButton, modifiers=NONE):
        QTest.mouseRelease(self.view, button, modifiers, self.at(x, y))

    def drag(self, start, end, button=Qt.MouseButton.LeftButton, modifiers=NONE):
        # The places on screen are taken before: a drag may move the picture.
        first, last = self.at(*start), self.at(*end)
        QTest.mousePress(self.view, button, modifiers, first)
        QTest.mouseMove(self.view, (first + last) / 2)
        QTest.mouseMove(self.view, last)
        QTest.mouseRelease(self.view, button, modifiers, last)

    def double_click(self, x, y):
        self.click(x, y)
        QTest.mouseDClick(self.view, Qt.MouseButton.LeftButton, NONE, self.at(x, y))
        self.release(x, y)

    def hover(self, x, y, modifiers):
        at = QPointF(self.at(x, y))
        none = Qt.MouseButton.NoButton
        where = self.view.mapToGlobal(at)
        QApplication.sendEvent(self.view, QMouseEvent(QEvent.Type.MouseMove, at, where, none, none, modifiers))

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
