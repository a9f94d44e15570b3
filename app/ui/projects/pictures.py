"""Pictures that are missing, were moved or have changed: found off the window's thread, said with a way out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QObject, QThread, Signal, Slot

from app.core.errors import FoveaError
from app.io import relink
from app.io.relink import Found
from app.ui import threads
from app.ui.session import Session


class Pictures(QObject):
    """Reads the content's hash of each picture that is shown, and looks for those that are gone. Lives on the window's
    thread."""

    changed = Signal(str, str)
    """(path, hash now) The picture that is shown is another than the one that its shapes were made on."""
    missing = Signal(list)
    """(paths) Pictures with shapes that are not there."""
    found = Signal(object)
    """(Found) What `find` came to."""
    failed = Signal(str)
    _hash = Signal(object)
    _check = Signal(object, object)
    _find = Signal(object, object, object, object)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._told: set[tuple[Path, str]] = set()
        self._worker = _Worker()
        self._thread = QThread(self)
        self._thread.setObjectName("contents")
        self._worker.moveToThread(self._thread)
        self._hash.connect(self._worker.hash)
        self._check.connect(self._worker.check)
        self._find.connect(self._worker.find)
        self._worker.hashed.connect(self._on_hashed)
        self._worker.checked.connect(self._on_checked)
        self._worker.found.connect(self.found)
        self._worker.failed.connect(self.failed)
        session.image_changed.connect(self._on_image)
        session.closing.connect(self._shutdown)
        self._thread.start()

    def check(self, paths: list[str]) -> None:
        """See which of these documents' pictures are there; `missing` answers if some are not."""
        if self._session.root is not None:
            self._check.emit(self._session.root, paths)

    def find(self, folder: Path, missing: Mapping[str, str], present: list[str]) -> None:
        """Look for pictures in a folder (see `relink.find`); `found` or `failed` answers."""
        self._find.emit(folder, self._session.root, missing, present)

    @Slot()
    def _on_image(self) -> None:
        document, root = self._session.document, self._session.root
        if document is not None and root is not None and self._session.picture is not None:
            self._worker.wanted = root / document.path
            self._hash.emit(root / document.path)

    @Slot(object, str)
    def _on_hashed(self, file: Path, content: str) -> None:
        document, root = self._session.document, self._session.root
        if document is None or root is None or root / document.path != file or not content:
            return
        if document.content_hash and document.content_hash != content and (document.shapes or document.comments):
            if (file, content) not in self._told:  # left as it is: said once while the program runs
                self._told.add((file, content))
                self.changed.emit(document.path, content)
        elif document.content_hash != content:
            self._session.note_content(content)

    @Slot(object, object)
    def _on_checked(self, root: Path, paths: list[str]) -> None:
        if paths and root == self._session.root:
            self.missing.emit(paths)

    @Slot()
    def _shutdown(self) -> None:
        threads.end(self._thread, self._worker)


class _Worker(QObject):
    hashed = Signal(object, str)
    checked = Signal(object, object)
    found = Signal(object)
    failed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.wanted: Path | None = None

    @Slot(object)
    def hash(self, file: Path) -> None:
        if file != self.wanted:
            return  # another picture is shown by now
        try:
            self.hashed.emit(file, relink.hash_of(file))
        except FoveaError:
            return  # it went away: the folder's watch says so

    @Slot(object, object)
    def check(self, root: Path, paths: list[str]) -> None:
        self.checked.emit(root, relink.missing_of(root, paths))

    @Slot(object, object, object, object)
    def find(self, folder: Path, root: Path, missing: Mapping[str, str], present: list[str]) -> None:
        try:
            self.found.emit(relink.find(folder, root, missing, present))
        except (FoveaError, OSError) as error:
            self.failed.emit(str(error))


def words(found: Found) -> str:
    """How a search for pictures came out, in a sentence or two."""
    if found.root is not None:
        return f"All pictures are in {found.root}: the project looks for them there from now on."
    parts = [f"{len(found.moved):,} picture{'s' if len(found.moved) != 1 else ''} found again."]
    if found.other:
        parts.append(f"Of {len(found.other):,} there is one of the same name with another content: they were left.")
    if found.missing:
        parts.append(f"{len(found.missing):,} are still missing. Their shapes are kept.")
    return " ".join(parts)
