"""Lists a folder on a thread of its own, and looks again every other second for what came and went."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QThread, QTimer, Signal, Slot

from app.core.errors import FoveaError
from app.io.folder import FolderScan, natural_sorted
from app.ui import threads

LOOK_AGAIN_MS = 2000


class FolderWatch(QObject):
    """Announces the pictures of a folder in batches, then sorted, then what changes. Lives on the window's thread."""

    batch = Signal(object, object)
    """(folder, paths) A batch as it is found, while the listing goes on."""
    listed = Signal(object, object)
    """(folder, paths) All of them, in natural order."""
    changed = Signal(object, object, object)
    """(folder, added, removed) since the last look."""
    troubled = Signal(str)
    """(sentence) A folder or a part of it cannot be listed."""
    _start = Signal(object)
    _again = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lister = _Lister()
        self._thread = QThread(self)
        self._thread.setObjectName("folder")
        self._lister.moveToThread(self._thread)
        self._start.connect(self._lister.list)
        self._again.connect(self._lister.look)
        self._lister.batch.connect(self.batch)
        self._lister.listed.connect(self._on_listed)
        self._lister.changed.connect(self.changed)
        self._lister.troubled.connect(self.troubled)
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_AGAIN_MS)
        self._timer.timeout.connect(self.look)
        self._thread.start()

    def watch(self, folder: Path) -> None:
        """List another folder; the listing under way is given up."""
        self._timer.stop()
        self._lister.stop()
        self._start.emit(folder)

    @Slot()
    def look(self) -> None:
        """Look for changes now."""
        self._again.emit()

    @Slot(object, object)
    def _on_listed(self, folder: Path, files: list[str]) -> None:
        self.listed.emit(folder, files)
        self._timer.start()

    def shutdown(self) -> None:
        self._timer.stop()
        self._lister.stop()
        threads.end(self._thread, self._lister)


class _Lister(QObject):
    batch = Signal(object, object)
    listed = Signal(object, object)
    changed = Signal(object, object, object)
    troubled = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._scan: FolderScan | None = None
        self._folder = Path()
        self._told: set[str] = set()

    def stop(self) -> None:
        """From the window's thread."""
        if self._scan is not None:
            self._scan.stop()

    @Slot(object)
    def list(self, folder: Path) -> None:
        self._folder, self._told = folder, set()
        self._scan = scan = FolderScan(folder)
        try:
            for found in scan.batches():
                self.batch.emit(folder, natural_sorted(found))
        except FoveaError as error:
            self.troubled.emit(str(error))
        if not scan.stopped:
            self._tell(scan)
            self.listed.emit(folder, scan.paths())

    @Slot()
    def look(self) -> None:
        if self._scan is None or self._scan.stopped:
            return
        try:
            changes = self._scan.changes()
        except FoveaError as error:
            self._tell_once(str(error))
            return
        self._tell(self._scan)
        if not changes.empty:
            self.changed.emit(self._folder, [*changes.added], [*changes.removed])

    def _tell(self, scan: FolderScan) -> None:
        for problem in scan.problems:
            self._tell_once(problem)

    def _tell_once(self, sentence: str) -> None:
        if sentence not in self._told:
            self._told.add(sentence)
            self.troubled.emit(sentence)
