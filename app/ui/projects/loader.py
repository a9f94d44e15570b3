"""Reads pictures on a thread of its own: the one that is asked for first, its neighbours when there is time."""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path

from PySide6.QtCore import QObject, QThread, QTimer, Signal, Slot

from app.core.errors import FoveaError
from app.core.geometry import Box
from app.core.huge import Cutout, HugeImage
from app.core.sources import Image
from app.io import images, memory
from app.ui import threads

KEEP_BYTES = 512 * 1024 * 1024
KEEP_PICTURES = 5
QUIET_MS = 1500
"""So long after a picture was asked for, memory that is not needed any more is given back."""


class ImageLoader(QObject):
    """Newest wins: a picture that nobody waits for any more is not read. Lives on the window's thread."""

    loaded = Signal(str, object, str)
    """(file, Image, HugeImage or None, what there is to say about it: notes, or why there is no picture)"""

    cut_out = Signal(object, object, str)
    """(HugeImage, Cutout or None, why there is none)"""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._reader = _Reader()
        self._thread = QThread(self)
        self._thread.setObjectName("pictures")
        self._reader.moveToThread(self._thread)
        self._reader.done.connect(self._on_done)
        self._reader.cut_done.connect(self._on_cut)
        self._reader.cut.connect(self._reader.cut_now)
        self._reader.tidy.connect(self._reader.give_back)
        self._quiet = QTimer(self, singleShot=True, interval=QUIET_MS)
        self._quiet.timeout.connect(self._reader.tidy)
        self._thread.start()
        self._kept: OrderedDict[str, tuple[Image, str]] = OrderedDict()
        self._wanted, self._answered = "", False

    def load(self, file: Path, neighbours: tuple[Path, ...] = ()) -> None:
        """Ask for a picture; `loaded` answers, at once if it was read ahead."""
        self._wanted, self._answered = str(file), False
        self._quiet.start()
        if self._wanted in self._kept:
            self._answered = True
            self._kept.move_to_end(self._wanted)
            self.loaded.emit(self._wanted, *self._kept[self._wanted])
            files: tuple[Path, ...] = neighbours
        else:
            files = (file, *neighbours)
        self._reader.ask([f for f in files if str(f) not in self._kept], file)

    def cut(self, picture: HugeImage, box: Box) -> None:
        """Read a part of a huge picture (source pixels); `cut_out` answers."""
        self._reader.cut.emit(picture, box)

    @Slot(object, object, str)
    def _on_cut(self, picture: HugeImage, cutout: Cutout | None, problem: str) -> None:
        self.cut_out.emit(picture, cutout, problem)

    def forget(self, file: Path) -> None:
        """Read a file afresh next time (it changed on disk)."""
        self._kept.pop(str(file), None)

    def shutdown(self) -> None:
        self._quiet.stop()
        self._reader.ask([], None)
        threads.end(self._thread, self._reader)

    @Slot(object, object, str)
    def _on_done(self, file: Path, image: Image | HugeImage | None, words: str) -> None:
        self._reader.received(file)
        if isinstance(image, Image):  # a huge one is opened again: keeping it would keep its tiles in memory
            self._kept[str(file)] = (image, words)
            while len(self._kept) > KEEP_PICTURES or (self._bytes() > KEEP_BYTES and len(self._kept) > 1):
                self._kept.popitem(last=False)
        # A neighbour that was being read when it was asked for may come twice: nobody wants it a second time.
        if str(file) == self._wanted and not self._answered:
            self._answered = True
            self.loaded.emit(self._wanted, image, words)

    def _bytes(self) -> int:
        return sum(image.pixels.nbytes for image, _ in self._kept.values())


class _Reader(QObject):
    done = Signal(object, object, str)
    cut = Signal(object, object)
    cut_done = Signal(object, object, str)
    tidy = Signal()
    _wake = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._queue: list[Path] = []
        self._under_way: set[Path] = set()
        self._wanted: Path | None = None
        self._lock = threading.Lock()
        self._wake.connect(self._work)

    def ask(self, files: list[Path], wanted: Path | None) -> None:
        """Read these next; one that is being read, or whose answer is on its way, is not read again. Those beside
        ``wanted`` are read ahead, unless they are too large for that."""
        with self._lock:
            self._wanted = wanted
            self._queue = [f for f in files if f not in self._under_way]
        self._wake.emit()

    def received(self, file: Path) -> None:
        """The answer has arrived on the window's thread."""
        with self._lock:
            self._under_way.discard(file)

    @Slot()
    def _work(self) -> None:
        with self._lock:
            if not self._queue:
                return
            file = self._queue.pop(0)
            self._under_way.add(file)
        if self._leaves(file):
            self._wake.emit()
            return
        self.done.emit(file, *self._read(file))
        self._wake.emit()

    @Slot(object, object)
    def cut_now(self, picture: HugeImage, box: Box) -> None:
        try:
            self.cut_done.emit(picture, picture.cutout(box), "")
        except FoveaError as error:
            self.cut_done.emit(picture, None, str(error))
        except Exception as error:  # a decoder's bug must not end the thread that reads every picture
            self.cut_done.emit(picture, None, f"{picture.name} could not be read: {type(error).__name__}: {error}")

    @Slot()
    def give_back(self) -> None:
        memory.give_back()

    def _leaves(self, file: Path) -> bool:
        """Whether a file that nobody waits for is one to be read in parts, and so left until it is wanted."""
        try:
            huge = file != self._wanted and images.is_huge(file)
        except FoveaError:
            huge = False  # told when it is wanted
        with self._lock:
            huge = huge and file != self._wanted  # it may have been asked for meanwhile
            if huge:
                self._under_way.discard(file)
            return huge

    def _read(self, file: Path) -> tuple[Image | HugeImage | None, str]:
        try:
            image, notes = images.open_picture(file)
            return image, " ".join(notes)
        except FoveaError as error:
            return None, str(error)
        except Exception as error:  # a decoder's bug must not end the thread that reads every picture
            return None, f"{file} could not be read: {type(error).__name__}: {error}"
