"""The tools dock: every tool by chapter with a search field, and the panel of the chosen one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QLineEdit,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.core.huge import Place
from app.core.sources import Image, Prompted
from app.tools.catalog import Catalog
from app.ui.annotate.segmenting import PromptPanel
from app.ui.running.jobs import JobRunner
from app.ui.running.layer_stack import LayerStack
from app.ui.running.tool_dock import ToolPanel

TOOL_ID = Qt.ItemDataRole.UserRole
CHAPTERS = {"6.1": "Colour, filters, edges", "6.3": "Detection", "6.4": "Segmentation"}
PROMPT_TOOL = "segmentation.click"
ROW = 24


class ToolsPanel(QWidget):
    """Panels are made when their tool is first opened."""

    keep_requested = Signal(str)
    models_requested = Signal(str)
    bug_met = Signal(str, str)
    preference_chosen = Signal(str, object)
    prompting_requested = Signal()
    """The prompt tool was opened here: its gesture is meant."""
    opened = Signal()
    """Another tool was opened."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("tools")
        self.setAccessibleName("Tools")
        self._catalog = Catalog()
        self._make: Callable[[str], QWidget] | None = None
        self._panels: dict[str, QWidget] = {}
        self._image: tuple[Image | None, Place | None, str] = (None, None, "")
        self._search = QLineEdit()
        self._search.setObjectName("tools.search")
        self._search.setAccessibleName("Search tools")
        self._search.setPlaceholderText("Search tools")
        self._search.setClearButtonEnabled(True)
        self._search.textChanged.connect(self._on_search)
        self._tree = QTreeWidget()
        self._tree.setObjectName("tools.tree")
        self._tree.setAccessibleName("Tools by chapter")
        self._tree.setHeaderHidden(True)
        self._tree.setUniformRowHeights(True)
        self._tree.itemSelectionChanged.connect(self._on_chosen)
        self._stack = QStackedWidget()
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QScrollArea.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidget(self._stack)
        splitter = QSplitter(Qt.Orientation.Vertical)
        splitter.addWidget(self._tree)
        splitter.addWidget(self._area)
        splitter.setSizes([208, 432])
        splitter.setChildrenCollapsible(False)
        splitter.setStretchFactor(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(8)
        layout.addWidget(self._search)
        layout.addWidget(splitter, 1)

    def set_catalog(
        self, catalog: Catalog, jobs: JobRunner, stack: LayerStack, preferred: Callable[[str], Any]
    ) -> None:
        """List the tools; the prompt tool's panel is made at once, because its gesture belongs to the picture."""
        self._catalog = catalog

        def make(tool_id: str) -> QWidget:
            tool = catalog.find(tool_id)
            if tool.source is Prompted:
                prompt = PromptPanel(tool, preferred)
                prompt.models_requested.connect(self.models_requested)
                prompt.preference_chosen.connect(self.preference_chosen)
                return prompt
            panel = ToolPanel(tool, jobs, stack, preferred)
            panel.keep_requested.connect(self.keep_requested)
            panel.models_requested.connect(self.models_requested)
            panel.bug_met.connect(self.bug_met)
            panel.preference_chosen.connect(self.preference_chosen)
            return panel

        self._make = make
        self._fill()
        if PROMPT_TOOL in catalog.tools:
            self._panel(PROMPT_TOOL)

    @property
    def prompt_panel(self) -> QWidget | None:
        return self._panels.get(PROMPT_TOOL)

    def open(self, tool_id: str) -> None:
        """Show a tool's panel."""
        self._search.clear()
        for item in self._items():
            if item.data(0, TOOL_ID) == tool_id:
                self._tree.setCurrentItem(item)

    def panel(self, tool_id: str) -> QWidget | None:
        """The panel of a tool that has been opened."""
        return self._panels.get(tool_id)

    def set_image(self, image: Image | None, place: Place | None = None, reason: str = "") -> None:
        """What tools are run on, where it lies if it is a part of a picture, and why there is none."""
        self._image = image, place, reason
        for panel in self._panels.values():
            if isinstance(panel, ToolPanel):
                panel.set_image(*self._image)

    def run_current(self) -> None:
        if isinstance(panel := self._stack.currentWidget(), ToolPanel):
            panel.run()

    def cancel_current(self) -> None:
        if isinstance(panel := self._stack.currentWidget(), ToolPanel):
            panel.cancel()

    def keep_current(self) -> None:
        if isinstance(panel := self._stack.currentWidget(), ToolPanel):
            panel.keep()

    def forget_missing(self) -> None:
        """Weights came: panels that missed some say so no longer."""
        for panel in self._panels.values():
            if isinstance(panel, ToolPanel):
                panel.forget_missing()

    def _panel(self, tool_id: str) -> QWidget:
        if tool_id not in self._panels:
            assert self._make is not None
            panel = self._make(tool_id)
            self._panels[tool_id] = panel
            self._stack.addWidget(panel)
            if isinstance(panel, ToolPanel):
                panel.set_image(*self._image)
        return self._panels[tool_id]

    def _fill(self) -> None:
        self._tree.clear()
        for chapter, tools in self._catalog.by_chapter():
            parent = QTreeWidgetItem([f"{chapter}  {CHAPTERS.get(chapter, '')}".rstrip()])
            parent.setFlags(Qt.ItemFlag.ItemIsEnabled)
            parent.setSizeHint(0, QSize(80, ROW))
            self._tree.addTopLevelItem(parent)
            for tool in tools:
                item = QTreeWidgetItem([tool.title])
                item.setData(0, TOOL_ID, tool.id)
                item.setSizeHint(0, QSize(80, ROW))
                item.setToolTip(0, tool.help)
                parent.addChild(item)
        for broken in self._catalog.broken:
            item = QTreeWidgetItem([f"{broken.name}: not loaded"])
            item.setToolTip(0, broken.reason)
            item.setFlags(Qt.ItemFlag.NoItemFlags)
            self._tree.addTopLevelItem(item)
        self._tree.expandAll()

    def _items(self) -> list[QTreeWidgetItem]:
        out = []
        for i in range(self._tree.topLevelItemCount()):
            parent = self._tree.topLevelItem(i)
            if parent is not None:
                out += _children(parent)
        return out

    @Slot(str)
    def _on_search(self, text: str) -> None:
        words = text.casefold().split()
        for item in self._items():
            tool = self._catalog.tools[item.data(0, TOOL_ID)]
            within = f"{tool.title} {tool.id} {tool.help}".casefold()
            item.setHidden(not all(word in within for word in words))
        for i in range(self._tree.topLevelItemCount()):
            parent = self._tree.topLevelItem(i)
            if parent is not None and parent.childCount():
                parent.setHidden(all(child.isHidden() for child in _children(parent)))

    @Slot()
    def _on_chosen(self) -> None:
        chosen = self._tree.selectedItems()
        if not chosen or chosen[0].data(0, TOOL_ID) is None:
            return
        tool_id = chosen[0].data(0, TOOL_ID)
        self._stack.setCurrentWidget(self._panel(tool_id))
        if tool_id == PROMPT_TOOL:
            self.prompting_requested.emit()
        else:
            self.opened.emit()


def _children(parent: QTreeWidgetItem) -> list[QTreeWidgetItem]:
    children = (parent.child(k) for k in range(parent.childCount()))
    return [child for child in children if child is not None]
