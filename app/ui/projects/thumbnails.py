"""Thumbnails, made on a thread of their own for the rows that are seen."""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QThread, Signal, Slot
from PySide6.QtGui import QImage, QPixmap

from app.core.errors import FoveaError
from app.io import images
from app.ui import threads

KEEP = 600
WAITING = 64


class Thumbnails(QObject):
    """Newest asked, first made: while a person scrolls, rows that went by are not worth the work."""

    ready = Signal(str)
    """(path) Its thumbnail can be had now."""

    def __init__(self, side: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._maker = _Maker(side)
        self._thread = QThread(self)
        self._thread.setObjectName("thumbnails")
        self._maker.moveToThread(self._thread)
        self._maker.done.connect(self._on_done)
        self._thread.start(QThread.Priority.LowPriority)
        self._kept: OrderedDict[str, QPixmap | None] = OrderedDict()
        self._root = Path()

    def open(self, root: Path) -> None:
        self._root = root
        self._kept.clear()
        self._maker.forget()

    def get(self, path: str) -> QPixmap | None:
        """The thumbnail, or None while it is made (then `ready` follows) and for a file that gives none."""
        if path in self._kept:
            self._kept.move_to_end(path)
            return self._kept[path]
        self._maker.ask(self._root, path)
        return None

    def forget(self, path: str) -> None:
        self._kept.pop(path, None)

    @property
    def busy(self) -> bool:
        """Whether some that were asked for are not there yet."""
        return self._maker.busy

    def shutdown(self) -> None:
        self._maker.forget()
        threads.end(self._thread, self._maker)

    @Slot(object, str, object)
    def _on_done(self, root: Path, path: str, image: QImage | None) -> None:
        if root != self._root:
            return
        self._kept[path] = QPixmap.fromImage(image) if image is not None else None
        while len(self._kept) > KEEP:
            self._kept.popitem(last=False)
        self.ready.emit(path)


class _Maker(QObject):
    done = Signal(object, str, object)
    _wake = Signal()

    def __init__(self, side: int) -> None:
        super().__init__()
        self._side = side
        self._waiting: OrderedDict[str, Path] = OrderedDict()
        self._lock = threading.Lock()
        self._making = False
        self._wake.connect(self._work)

    def ask(self, root: Path, path: str) -> None:
        with self._lock:
            known = path in self._waiting
            self._waiting[path] = root
            self._waiting.move_to_end(path)
            while len(self._waiting) > WAITING:
                self._waiting.popitem(last=False)
        if not known:
            self._wake.emit()

    def forget(self) -> None:
        with self._lock:
            self._waiting.clear()

    @property
    def busy(self) -> bool:
        return bool(self._waiting) or self._making

    @Slot()
    def _work(self) -> None:
        with self._lock:
            if not self._waiting:
                return
            path, root = self._waiting.popitem()
            self._making = True
        try:
            image = _as_image(images.thumbnail(root / path, self._side))
        except FoveaError:
            image = None  # the file's trouble is told when the picture itself is opened
        except Exception:
            image = None  # a decoder's bug: likewise, and this thread makes all other thumbnails
        self.done.emit(root, path, image)
        self._making = bool(self._waiting)


def _as_image(rgb: NDArray[np.uint8]) -> QImage:
    height, width = rgb.shape[:2]
    return QImage(np.ascontiguousarray(rgb).data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
