"""Drives the window as a person does: real mouse and key events, sent to the window and not to its widgets."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image as Pillow
from PySide6.QtCore import QEvent, QEventLoop, QPoint, QPointF, Qt
from PySide6.QtGui import (
    QInputDevice,
    QKeySequence,
    QMouseEvent,
    QPointingDevice,
    QTabletEvent,
    QWheelEvent,
    QWindow,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QScrollArea,
    QTreeWidget,
    QWidget,
)

from app.core.annotation import Shape
from app.ui.main_window import MainWindow
from app.ui.opening import make_app, make_window

PATIENCE_S = 15.0
LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
NONE, CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)


def until(true: Callable[[], object], patience: float = PATIENCE_S) -> None:
    """Let the program go on until something is so; AssertionError when it does not come to pass."""
    end = time.monotonic() + patience
    while not true():
        assert time.monotonic() < end, "waited in vain"
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 20)


def disc_picture(side: tuple[int, int] = (160, 120), at: tuple[int, int] = (80, 60), radius: int = 30) -> np.ndarray:
    """A dark slope with a bright disc, (H, W, 3) uint8."""
    width, height = side
    rows, columns = np.mgrid[0:height, 0:width]
    pixels = np.stack([rows // 3 + 30, columns // 3 + 30, (rows + columns) // 5 + 20], axis=2).astype(np.uint8)
    pixels[(rows - at[1]) ** 2 + (columns - at[0]) ** 2 < radius**2] = (230, 190, 70)
    return pixels


def make_folder(folder: Path, names: Iterable[str] = ("a1.png", "a2.png", "a10.png")) -> Path:
    """A folder of small pictures, each with its disc elsewhere."""
    folder.mkdir(parents=True, exist_ok=True)
    for i, name in enumerate(names):
        Pillow.fromarray(disc_picture(at=(70 + 8 * i, 60))).save(folder / name)
    return folder


class Driver:
    """A person at one window. Places on the picture are in source pixels."""

    def __init__(self, path: Path | None = None, size: tuple[int, int] = (1280, 800)) -> None:
        self.app = make_app()
        self.window: MainWindow = make_window(self.app, path)
        self.window.resize(*size)
        self.loaded, self.open = False, True
        self.window.tools_loaded.connect(self._on_loaded)
        self.window.show()
        self.window.activateWindow()
        until(lambda: self.loaded)
        until(lambda: QApplication.activeWindow() is not None)

    def _on_loaded(self) -> None:
        self.loaded = True

    # What is seen

    @property
    def session(self):
        return self.window.session

    @property
    def shapes(self) -> tuple[Shape, ...]:
        document = self.session.document
        return document.shapes if document else ()

    def find(self, name: str) -> QWidget:
        """A widget by its object name, wherever it is."""
        for top in (self.window, *QApplication.topLevelWidgets()):
            found = top.findChild(QWidget, name) or (top if top.objectName() == name else None)
            if found is not None:
                return found
        raise AssertionError(f"no widget is called {name}")

    def dialog(self, name: str) -> QDialog:
        """The open dialog of that name."""

        def there() -> list[QDialog]:
            return [
                w
                for w in QApplication.topLevelWidgets()
                if isinstance(w, QDialog) and w.objectName() == name and w.isVisible()
            ]

        until(lambda: bool(there()))
        return there()[-1]

    def is_open(self, name: str) -> bool:
        return any(w.objectName() == name and w.isVisible() for w in QApplication.topLevelWidgets())

    @property
    def focus(self) -> str:
        """The name of the widget that has the keyboard, or of the nearest named one around it."""
        widget = QApplication.focusWidget()
        while widget is not None and not widget.objectName():
            widget = widget.parentWidget()
        return widget.objectName() if widget else ""

    def shows(self, path: str) -> bool:
        """Whether that picture is on screen."""
        document = self.session.document
        image = self.session.image
        return document is not None and document.path == path and image is not None and self.window.view.image is image

    def wait_for_picture(self, path: str) -> None:
        until(lambda: self.shows(path))

    # The mouse

    def _handle(self, widget: QWidget) -> QWindow:
        handle = widget.window().windowHandle()
        assert handle is not None
        return handle

    def _on_picture(self, x: float, y: float) -> QPoint:
        view = self.window.view
        place = QPointF(*view.transform.to_view((x, y))).toPoint()
        return view.mapTo(self.window, place)

    def click(self, x: float, y: float, button: Qt.MouseButton = LEFT, keys: Qt.KeyboardModifier = NONE) -> None:
        """Click the picture at a source place."""
        QTest.mouseClick(self._handle(self.window), button, keys, self._on_picture(x, y))

    def double_click(self, x: float, y: float) -> None:
        QTest.mouseDClick(self._handle(self.window), LEFT, NONE, self._on_picture(x, y))

    def drag(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        button: Qt.MouseButton = LEFT,
        keys: Qt.KeyboardModifier = NONE,
    ) -> None:
        (x0, y0), (x1, y1) = start, end
        self.follow(
            [(x0 + (x1 - x0) * part, y0 + (y1 - y0) * part) for part in (0, 0.25, 0.5, 0.75, 1.0)], button, keys
        )

    def follow(
        self,
        way: Sequence[tuple[float, float]],
        button: Qt.MouseButton = LEFT,
        keys: Qt.KeyboardModifier = NONE,
        pressure: Sequence[float] = (),
    ) -> None:
        """Drag along places of the picture; with ``pressure`` (one a place) it is a pen that is drawn with."""
        places = [self._on_picture(*place) for place in way]
        for i, at in enumerate(places):
            if pressure:
                self._pen(at, pressure[i], QEvent.Type.TabletMove if i else QEvent.Type.TabletPress)
            if i == 0:
                QTest.mousePress(self._handle(self.window), button, keys, at)
            else:
                self._move(at, button, keys)
        if pressure:
            self._pen(places[-1], 0.0, QEvent.Type.TabletRelease)
        QTest.mouseRelease(self._handle(self.window), button, keys, places[-1])

    def _pen(self, at: QPoint, pressure: float, kind: QEvent.Type) -> None:
        """What a pen sends before the mouse event that Qt makes of it."""
        view = self.window.view
        place = QPointF(view.mapFrom(self.window, at))
        pen = QPointingDevice(
            "pen",
            1,
            QInputDevice.DeviceType.Stylus,
            QPointingDevice.PointerType.Pen,
            QInputDevice.Capability.Pressure | QInputDevice.Capability.Position,
            1,
            1,
        )
        down = Qt.MouseButton.NoButton if kind == QEvent.Type.TabletRelease else LEFT
        where = view.mapToGlobal(place)
        event = QTabletEvent(kind, pen, place, where, pressure, 0.0, 0.0, 0.0, 0.0, 0.0, NONE, LEFT, down)
        QApplication.sendEvent(view, event)
        assert not event.isAccepted(), "Qt makes no mouse event of a pen's event that was accepted"

    def wheel(self, x: float, y: float, notches: int, keys: Qt.KeyboardModifier = NONE) -> None:
        view = self.window.view
        at = QPointF(view.mapFrom(self.window, self._on_picture(x, y)))
        turned = QPoint(0, 120 * notches)
        none, phase = Qt.MouseButton.NoButton, Qt.ScrollPhase.NoScrollPhase
        event = QWheelEvent(at, view.mapToGlobal(at), QPoint(), turned, none, keys, phase, False)
        QApplication.sendEvent(view, event)
        QApplication.processEvents()

    def hold(self, key: Qt.Key, down: bool = True) -> None:
        """Press a key and keep it down, or let it go."""
        (QTest.keyPress if down else QTest.keyRelease)(self._keyboard(), key)
        QApplication.processEvents()

    def hover(self, x: float, y: float, keys: Qt.KeyboardModifier = NONE) -> None:
        self._move(self._on_picture(x, y), Qt.MouseButton.NoButton, keys)

    def _move(self, at: QPoint, held: Qt.MouseButton, keys: Qt.KeyboardModifier = NONE) -> None:
        # QTest moves the real cursor, which some screens clip or answer late.
        view = self.window.view
        place = QPointF(view.mapFrom(self.window, at))
        none = Qt.MouseButton.NoButton
        event = QMouseEvent(QEvent.Type.MouseMove, place, view.mapToGlobal(place), none, held, keys)
        QApplication.sendEvent(view, event)
        QApplication.processEvents()

    def press(self, widget: QWidget | str, at: QPoint | None = None, keys: Qt.KeyboardModifier = NONE) -> None:
        """Click a widget, in its middle."""
        if isinstance(widget, str):
            widget = self.find(widget)
        assert widget.isVisible() and widget.isEnabled(), f"{widget.objectName()} cannot be clicked"
        place = widget.mapTo(widget.window(), at or widget.rect().center())
        QTest.mouseClick(self._handle(widget), LEFT, keys, place)
        QApplication.processEvents()

    def double_press(self, widget: QWidget, at: QPoint) -> None:
        handle, place = self._handle(widget), widget.mapTo(widget.window(), at)
        QTest.mouseClick(handle, LEFT, NONE, place)
        QTest.mouseDClick(handle, LEFT, NONE, place)

    # The keyboard

    def key(self, keys: str) -> None:
        """Press one key with what is held, written as in the menus: "S", "Ctrl+Shift+Z", "Return"."""
        combination = QKeySequence(keys)[0]
        QTest.keyClick(self._keyboard(), combination.key(), combination.keyboardModifiers())
        QApplication.processEvents()

    def type(self, text: str) -> None:
        """Type into whatever has the keyboard."""
        widget = QApplication.focusWidget()
        assert widget is not None
        QTest.keyClicks(widget, text)
        QApplication.processEvents()

    def _keyboard(self) -> QWindow:
        above = QApplication.activePopupWidget() or QApplication.activeModalWidget() or QApplication.activeWindow()
        if above is None:  # without a window manager nobody else gives the keyboard back after a dialog
            self.window.activateWindow()
            until(lambda: QApplication.activeWindow() is not None)
        return self._handle(above or self.window)

    # Rows, choices, numbers

    def row(self, path: str) -> QPoint:
        """Where a file's row is in the files list."""
        files = self.window.files
        until(lambda: files.model.row_of(path) >= 0)
        index = files.model.index(files.model.row_of(path))
        files.list.scrollTo(index)
        place = files.list.visualRect(index).center()
        return files.list.viewport().mapTo(files.list, place)

    def choose_row(self, tree_name: str, text: str, column: int = 0) -> None:
        """Click the first row of a tree that begins so."""
        tree = self.find(tree_name)
        assert isinstance(tree, QTreeWidget)
        items = tree.findItems(text, Qt.MatchFlag.MatchStartsWith | Qt.MatchFlag.MatchRecursive, column)
        item = next(i for i in items if not i.isHidden())
        tree.scrollToItem(item)
        at = tree.visualItemRect(item).center()
        self.press(tree.viewport(), at)

    def choose(self, row_name: str, value: object) -> None:
        """Pick a value in a parameter's combo box, by the keyboard."""
        box = self.find(f"{row_name}.edit")
        assert isinstance(box, QComboBox)
        self.show(box)
        box.setFocus()
        wanted = box.findData(value)
        while box.currentIndex() != wanted:
            QTest.keyClick(box, Qt.Key.Key_Down if box.currentIndex() < wanted else Qt.Key.Key_Up)
        QApplication.processEvents()

    def enter_number(self, row_name: str, text: str) -> None:
        """Type a number into a parameter's spin box."""
        row = self.find(row_name)
        box = row.findChild(QAbstractSpinBox)
        assert box is not None
        self.show(box)
        box.setFocus()
        box.selectAll()
        QTest.keyClicks(box, text)
        QTest.keyClick(box, Qt.Key.Key_Return)
        QApplication.processEvents()

    def show(self, widget: QWidget) -> None:
        """Scroll a widget into sight."""
        parent = widget.parentWidget()
        while parent is not None and not isinstance(parent, QScrollArea):
            parent = parent.parentWidget()
        if parent is not None:
            parent.ensureWidgetVisible(widget)
        QApplication.processEvents()

    # Whole steps

    def select_tool(self, tool_id: str) -> None:
        """Open a tool's panel by the search field of the tools dock."""
        self.window.show_workspace("analyse")
        self.window.tools.open(tool_id)
        QApplication.processEvents()

    def answered(self) -> bool:
        """Whether the mask of the prompts that are seen has come."""
        segmenter = self.window.segmenter
        return segmenter is not None and bool(segmenter.candidates) and segmenter.up_to_date

    def keep(self, x: float, y: float) -> None:
        """Click an object, wait for its mask, press Enter."""
        before = len(self.shapes)
        self.click(x, y)
        until(self.answered)
        self.key("Return")
        until(lambda: len(self.shapes) == before + 1)

    def close(self) -> None:
        self.open = False
        self.window.close()
        self.window.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QApplication.processEvents()
