"""The files dock: the folder's pictures with thumbnails and what the project says of each."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import (
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    QTimer,
    Signal,
    Slot,
)
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import (
    QHeaderView,
    QLabel,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.core.filtering import Filter, Found
from app.io import survey
from app.io.project import ProjectStore
from app.ui.look.marks import SIDE as MARK
from app.ui.look.marks import paint_state
from app.ui.look.theme import tokens_for
from app.ui.panels.files_model import MISSING, PATH, STATE, SUMMARY, FilesModel
from app.ui.panels.filter_bar import FilterBar
from app.ui.projects.folder_watch import FolderWatch
from app.ui.projects.lookups import Lookups
from app.ui.projects.thumbnails import Thumbnails
from app.ui.session import Session

SIDE = 48
ROW = 56
GAP = 8
FEW = 50
"""What is said of so many documents is read one by one, of more on a thread."""
AGAIN_MS = 300
"""After other pictures have changed, the filter is asked again once nothing has happened for so long."""


class FilesPanel(QWidget):
    """Lists, filters, steps through and watches a folder. The list is usable while it is still filling."""

    chosen = Signal(str)
    """(path) The person, or the opening of a folder, wants this picture shown."""
    noted = Signal(str)
    """(sentence) Something about the folder that a person should know."""
    current_removed = Signal(str)
    """(path) The shown picture's file went away."""
    listed = Signal()
    """The whole folder has been looked through; `model.total` says what was found."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("files")
        self.setAccessibleName("Files")
        self._session = session
        self._root: Path | None = None
        self._current = ""
        self._awaited = ""
        self._watch = FolderWatch(self)
        self._watch.batch.connect(self._on_batch)
        self._watch.listed.connect(self._on_listed)
        self._watch.changed.connect(self._on_changed)
        self._watch.troubled.connect(self.noted)
        self.thumbnails = Thumbnails(SIDE * 2, self)
        self.model = FilesModel()
        self.lookups = Lookups(session)
        self.lookups.failed.connect(self.noted)
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(AGAIN_MS)
        self._again.timeout.connect(self._look_up)
        self._build()
        self.thumbnails.ready.connect(self._on_thumbnail)
        session.documents_touched.connect(self._on_touched)
        session.counts_read.connect(self.model.update_summaries)

    def _build(self) -> None:
        self.bar = FilterBar(self._session)
        self.bar.changed.connect(self._on_filter)
        self.bar.opened.connect(self._on_bar_opened)
        self.list = _Rows()
        self.list.setObjectName("files.list")
        self.list.setAccessibleName("Pictures of the folder")
        self.list.setItemDelegate(_Delegate(self.thumbnails, self.list))
        self.list.setModel(self.model)
        self.list.selectionModel().currentChanged.connect(self._on_current)
        self._count = QLabel()
        self._count.setObjectName("files.count")
        self._count.setAccessibleName("Number of files")
        self._count.setProperty("role", "muted")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(8)
        layout.addWidget(self.bar)
        layout.addWidget(self.list, 1)
        layout.addWidget(self._count)

    # -- what the window tells it

    def open(self, store: ProjectStore) -> None:
        """List the folder of a project; its first picture is chosen as soon as it is found."""
        self._root, self._current = store.root, ""
        self.bar.clear()
        self.model.reset(store.summaries())
        self.thumbnails.open(store.root)
        self._count.setText("Looking for pictures...")
        self._watch.watch(store.root)

    def show_when_listed(self, path: str) -> None:
        """Choose this picture rather than the first one, as soon as it is there."""
        if self.model.row_of(path) >= 0:
            self.select(path)
            self.choose(path)
        else:
            self._awaited = path

    def look_again(self) -> None:
        """Look for new files now rather than at the next turn."""
        self._watch.look()

    def select(self, path: str) -> None:
        """Show where a picture is in the list; it is not chosen by that."""
        self._current = path
        row = self.model.row_of(path)
        if row < 0:
            return
        index = self.model.index(row)
        selection = self.list.selectionModel()
        blocked = selection.blockSignals(True)
        selection.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        selection.blockSignals(blocked)
        self.list.viewport().update()
        self.list.scrollTo(index)

    def step(self, steps: int) -> None:
        """Choose the picture that many rows below (above for negative numbers), if there is one."""
        path = self.model.beside(self._current, steps)
        if path is not None and path != self._current:
            self.choose(path)

    @property
    def current(self) -> str:
        """The picture that was chosen last."""
        return self._current

    @property
    def wanted(self) -> Filter:
        """The filter that is on."""
        return self.bar.filter

    def neighbours(self, path: str) -> tuple[str, ...]:
        """The next and the previous picture, to be read ahead."""
        near = (self.model.beside(path, 1), self.model.beside(path, -1))
        return tuple(p for p in near if p is not None and p != path)

    def shutdown(self) -> None:
        self._watch.shutdown()
        self.thumbnails.shutdown()

    # -- what the folder tells it

    @Slot(object, object)
    def _on_batch(self, folder: Path, paths: list[str]) -> None:
        if folder != self._root:
            return
        self.model.append(paths)
        self._count.setText(f"{self.model.total:,} pictures so far...")
        if not self._current and not self._awaited:
            self.choose(self.model.path_at(0) or paths[0])

    @Slot(object, object)
    def _on_listed(self, folder: Path, paths: list[str]) -> None:
        if folder != self._root:
            return
        self.model.set_all(paths)
        self._show_count()
        if self._awaited and self.model.row_of(self._awaited) >= 0:
            self.choose(self._awaited)
        elif not self._current and self.model.total:
            self.choose(str(self.model.path_at(0)))
        else:
            self.select(self._current)
        self._awaited = ""
        self.listed.emit()

    @Slot(object, object, object)
    def _on_changed(self, folder: Path, added: list[str], removed: list[str]) -> None:
        if folder != self._root:
            return
        for path in (*added, *removed):
            self.thumbnails.forget(path)
        self.model.remove(removed)
        self.model.add(added)
        self._show_count()
        if self._current in removed:
            self.current_removed.emit(self._current)
        if self._awaited in added:
            awaited, self._awaited = self._awaited, ""
            self.choose(awaited)
        elif not self._current and added:
            self.choose(added[0])

    def _show_count(self) -> None:
        shown, total = self.model.rowCount(), self.model.total
        if total == 0:
            self._count.setText("No pictures in this folder.")
        elif shown == total and self.bar.filter.empty:
            self._count.setText(f"{total:,} picture{'s' if total != 1 else ''}")
        else:
            self._count.setText(f"{shown:,} of {total:,} pictures")

    # -- what the person does

    def choose(self, path: str) -> None:
        """Ask for a picture to be shown."""
        self.select(path)
        self.chosen.emit(path)

    @Slot(QModelIndex, QModelIndex)
    def _on_current(self, now: QModelIndex, _: QModelIndex) -> None:
        path = self.model.path_at(now.row())
        if path is not None and path != self._current:
            self._current = path
            self.chosen.emit(path)

    @Slot(object)
    def _on_filter(self, wanted: Filter) -> None:
        """Names answer at once; what is in the project is asked of it."""
        if wanted.text.strip():
            self._show_found(replace(self.model.found, text=wanted.text))
        self._look_up()

    @Slot()
    def _look_up(self) -> None:
        wanted = self.bar.filter
        if wanted.empty:
            self.lookups.drop("filter")
            self._show_found(Found())
        else:
            self.lookups.ask("filter", lambda database: survey.find(database, wanted), self._show_found)

    def _show_found(self, found: Found) -> None:
        self.model.set_found(found)
        self._show_count()
        self.select(self._current)

    @Slot()
    def _on_bar_opened(self) -> None:
        self.lookups.ask("authors", survey.authors, self.bar.set_authors)

    @Slot(list)
    def _on_touched(self, paths: list[str]) -> None:
        store, document = self._session.store, self._session.document
        if store is None:
            return
        shown = document.path if document is not None else ""
        for path in paths if len(paths) <= FEW else [shown] if shown in paths else []:
            if document is not None and path == shown:
                self.model.set_summary(path, (document.state, len(document.shapes)))
                self._hold(path, self.bar.filter.holds(document))
            else:
                self.model.set_summary(path, store.summary(path))
        if len(paths) > FEW:
            self.lookups.ask("summaries", survey.summaries, self.model.set_summaries)
        if not self.bar.filter.empty and (len(paths) > 1 or paths != [shown]):
            self._again.start()

    def _hold(self, path: str, held: bool) -> None:
        """The shown picture may leave the list by what was done to it, and stays on screen; or it comes back."""
        listed = self.model.row_of(path) >= 0
        if listed is held:
            return
        selection = self.list.selectionModel()
        blocked = selection.blockSignals(True)
        self.model.set_held(path, held)
        if not held:
            selection.clear()
        selection.blockSignals(blocked)
        self.list.viewport().update()
        self._show_count()
        if held and path == self._current:
            self.select(path)

    @Slot(str)
    def _on_thumbnail(self, path: str) -> None:
        row = self.model.row_of(path)
        if row >= 0:
            self.list.update(self.model.index(row))


class _Rows(QTableView):
    """A list of one column. A table, because a QListView asks the model about every row whenever some are added, which
    for 100,000 rows costs half a second each time; a table asks about those that are seen."""

    def __init__(self) -> None:
        super().__init__()
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.horizontalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(ROW)

    def keyboardSearch(self, search: str) -> None:
        """Typing goes to the filter and to the keys of commands, not through 100,000 names."""


class _Delegate(QStyledItemDelegate):
    """A thumbnail, the file's name with its folder in muted text below or beside what the project says of it."""

    def __init__(self, thumbnails: Thumbnails, parent: QWidget) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(120, ROW)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        palette: QPalette = option.palette
        path = str(index.data(PATH))
        selected = bool(state & QStyle.StateFlag.State_Selected)
        painter.save()
        if selected:
            painter.fillRect(rect, palette.highlight())
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, palette.button())
        box = QRect(rect.left() + GAP, rect.top() + (ROW - SIDE) // 2, SIDE, SIDE)
        pixmap = self._thumbnails.get(path)
        if pixmap is not None and not pixmap.isNull():
            size = pixmap.size().scaled(box.size(), Qt.AspectRatioMode.KeepAspectRatio)
            at = QRect(box.center().x() - size.width() // 2, box.center().y() - size.height() // 2, 0, 0)
            at.setSize(size)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawPixmap(at, pixmap)
        else:
            painter.fillRect(box, palette.alternateBase())
        folder, _, name = path.rpartition("/")
        tokens = tokens_for(palette)
        text = rect.adjusted(SIDE + 2 * GAP, 8, -GAP, -8)
        metrics = painter.fontMetrics()
        ink = palette.highlightedText().color() if selected else palette.text().color()
        painter.setPen(tokens.danger if index.data(MISSING) and not selected else ink)
        below = "  ".join(part for part in (str(index.data(SUMMARY)), folder) if part)
        upright = Qt.AlignmentFlag.AlignTop if below else Qt.AlignmentFlag.AlignVCenter
        mark = QRectF(rect.right() - GAP - MARK, rect.center().y() - MARK / 2, MARK, MARK)
        paint_state(painter, mark, index.data(STATE), tokens, ink.name() if selected else "")
        text.setRight(round(mark.left()) - GAP)
        shown = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, text.width())
        painter.drawText(text, upright | Qt.AlignmentFlag.AlignLeft, shown)
        painter.setPen(ink if selected else tokens.muted)
        bottom = Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft
        painter.drawText(text, bottom, metrics.elidedText(below, Qt.TextElideMode.ElideMiddle, text.width()))
        painter.restore()
