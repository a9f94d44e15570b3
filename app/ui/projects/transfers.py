"""Import and export without holding up the window.

Export is the command line's own, in a process of its own: turning many masks into JSON holds Python's lock for longer
than a frame. Import reads on a thread and adds on the window's, because the open project belongs to that.
"""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QThread, Signal, Slot

from app.core.errors import FoveaError
from app.io import formats
from app.io.formats.imported import Imported
from app.io.project import ProjectStore
from app.io.transfer import Choice
from app.ui import threads
from app.ui.session import Session


class Transfers(QObject):
    """One import and one export at a time. Lives on the window's thread."""

    told = Signal(str, str, str)
    """(level, sentence, details) How it went."""
    busy = Signal(str)
    """What is under way, "" for nothing."""
    _read = Signal(object, str)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._reader = _Reader()
        self._thread = QThread(self)
        self._thread.setObjectName("import")
        self._reader.moveToThread(self._thread)
        self._read.connect(self._reader.read)
        self._reader.done.connect(self._on_read)
        self._process: QProcess | None = None
        self._called_off = False
        self._awaited: tuple[Path, ProjectStore | None] | None = None
        self._folder = Path()

    def export(self, folder: Path, masks: str = "auto", choice: Choice | None = None, format_id: str = "coco") -> None:
        """Write the open project, or what is chosen of it, into a folder."""
        store = self._session.store
        if store is None or not store.exists:
            self.told.emit("info", "There is nothing to export yet: keep a shape first.", "")
            return
        if self._process is not None:
            self.told.emit("info", "An export is under way already.", "")
            return
        store.checkpoint()
        start = [] if getattr(sys, "frozen", False) else ["-m", "app"]
        arguments = [*start, "export", str(store.file), "--format", format_id, "--masks", masks, "-o", str(folder)]
        self._folder = folder
        self._process = QProcess(self)
        self._process.finished.connect(self._on_exported)
        self._process.start(sys.executable, [*arguments, *arguments_of(choice or Choice())])
        self.busy.emit("Exporting (Ctrl+. cancels)")

    @Slot()
    def _on_exported(self) -> None:
        assert self._process is not None
        said = bytes(self._process.readAllStandardOutput().data()).decode(errors="replace").strip()
        lost = bytes(self._process.readAllStandardError().data()).decode(errors="replace").strip()
        called_off, self._called_off = self._called_off, False
        good = self._process.exitCode() == 0 and self._process.exitStatus() == QProcess.ExitStatus.NormalExit
        self._process.deleteLater()
        self._process = None
        self.busy.emit("")
        if called_off:
            self.told.emit("info", "The export was cancelled; nothing was written.", "")
        elif not good:
            self.told.emit("error", lost.splitlines()[-1] if lost else "The export failed.", lost)
        elif lost:
            self.told.emit("warning", f"{said} {len(lost.splitlines())} notes are in the log.", lost)
        else:
            self.told.emit("info", said, "")

    def import_from(self, source: Path) -> None:
        """Read annotations and add them to the open project, as one step that can be undone."""
        if not self._thread.isRunning():
            self._thread.start()
        self.busy.emit(f"Importing {source.name} (Ctrl+. cancels)")
        self._awaited = (source, self._session.store)
        self._read.emit(source, "")

    @Slot()
    def cancel(self) -> None:
        """Call off what is under way: an export's file is as it was, an import adds nothing."""
        if self._process is not None:
            self._called_off = True
            self._process.kill()
        if self._awaited is not None:
            self._awaited = None
            self.busy.emit("")
            self.told.emit("info", "The import was cancelled; nothing was added.", "")

    @Slot(object, object, str)
    def _on_read(self, source: Path, imported: Imported | None, problem: str) -> None:
        if self._awaited != (source, self._session.store):
            return  # called off, or another project is open now
        self._awaited = None
        self.busy.emit("")
        if imported is None:
            self.told.emit("error", problem, "")
            return
        try:
            report = self._session.adopt(imported)
        except FoveaError as error:
            self.told.emit("error", str(error), "")
            return
        if report is not None:
            level = "warning" if report.notes else "info"
            words = f"{report.shapes:,} shapes on {report.documents:,} pictures were imported."
            more = f" {len(report.notes)} notes are in the log." if report.notes else ""
            self.told.emit(level, words + more, "\n".join(report.notes))

    def shutdown(self) -> None:
        threads.end(self._thread, self._reader)
        if self._process is not None:
            self._process.waitForFinished(5000)


def arguments_of(choice: Choice) -> list[str]:
    """A choice in the words of the command line."""
    wanted = choice.filter
    found = [f"--label={name}" for name in choice.labels]
    found += [f"--state={state}" for state in wanted.states]
    found += [f"--with-label={name}" for name in wanted.labels]
    if wanted.attribute:
        found.append(f"--with-attribute={wanted.attribute}{f'={wanted.value}' if wanted.value else ''}")
    for option, value in (
        ("--min-score", wanted.min_score),
        ("--max-score", wanted.max_score),
        ("--author", wanted.author),
        ("--text", wanted.text or None),
    ):
        if value is not None:
            found.append(f"{option}={value}")
    if wanted.open_comments:
        found.append("--open-comments")
    if wanted.reviewed is not None:
        found.append("--reviewed" if wanted.reviewed else "--not-reviewed")
    return found


class _Reader(QObject):
    done = Signal(object, object, str)

    @Slot(object, str)
    def read(self, source: Path, format_id: str) -> None:
        try:
            imported = formats.named(format_id or formats.detect(source)).read(source, None)
            self.done.emit(source, imported, "")
        except FoveaError as error:
            self.done.emit(source, None, str(error))
        except Exception as error:  # a reader's bug costs the import, not the thread
            self.done.emit(source, None, f"{source} could not be imported: {type(error).__name__}: {error}")
