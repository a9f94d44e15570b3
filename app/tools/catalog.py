"""Finds the tools: those that come with Fovea, those of installed packages, and those in the person's own folder.

A plugin that cannot be loaded is kept with its error, to be shown; it harms nothing else.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import pkgutil
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import ModuleType

from app.tools.contract import Tool, ToolError

ENTRY_POINTS = "fovea.tools"
"""The entry-point group in which an installed package names a module with tools."""


@dataclass(frozen=True)
class Broken:
    """A plugin that could not be loaded: where it is, one line of why, and the whole traceback."""

    name: str
    reason: str
    traceback: str


@dataclass
class Catalog:
    """Every tool by id, and what could not be loaded."""

    tools: dict[str, Tool] = field(default_factory=dict)
    broken: list[Broken] = field(default_factory=list)

    def find(self, tool_id: str) -> Tool:
        """Raises `ToolError` with near names when there is no such tool."""
        if tool_id in self.tools:
            return self.tools[tool_id]
        near = [t for t in self.tools if tool_id.split(".")[-1] in t or t.split(".")[-1] in tool_id]
        hint = f" Did you mean {near[0]}?" if near else " `python -m app tools` lists them."
        raise ToolError(f"There is no tool called {tool_id}.{hint}")

    def by_chapter(self) -> list[tuple[str, list[Tool]]]:
        chapters: dict[str, list[Tool]] = {}
        for t in sorted(self.tools.values(), key=lambda t: (t.chapter, t.title)):
            chapters.setdefault(t.chapter, []).append(t)
        return list(chapters.items())

    def add(self, name: str, load: Callable[[], ModuleType]) -> None:
        """Load one plugin module and take its tools; an id that is taken already counts as broken."""
        try:
            module = load()
            for tool in _tools_of(module):
                if tool.id in self.tools:
                    raise ToolError(f"its tool {tool.id} is there already")
                self.tools[tool.id] = tool
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            reason = f"{type(error).__name__}: {error}".strip().splitlines()[0]
            self.broken.append(Broken(name, reason, traceback.format_exc()))


def load_catalog(bundled: str | None = "plugins", folders: tuple[Path, ...] = ()) -> Catalog:
    """Everything that can be found: the bundled package, entry points, and each ``*.py`` in ``folders``."""
    catalog = Catalog()
    if bundled:
        for name in _modules(bundled):
            catalog.add(name, partial(importlib.import_module, name))
    for entry in importlib.metadata.entry_points(group=ENTRY_POINTS):
        catalog.add(f"{entry.name} ({entry.value})", partial(importlib.import_module, entry.module))
    for folder in folders:
        for path in sorted(folder.glob("*.py")) if folder.is_dir() else []:
            catalog.add(str(path), partial(_load_file, path))
    return catalog


def _modules(package: str) -> Iterator[str]:
    """Tool modules below a package: every chapter's modules whose name does not start with an underscore."""
    root = importlib.import_module(package)
    for chapter in pkgutil.iter_modules(root.__path__, f"{package}."):
        if not chapter.ispkg or chapter.name.rpartition(".")[2].startswith("_"):
            continue
        for module in pkgutil.iter_modules(importlib.import_module(chapter.name).__path__, f"{chapter.name}."):
            if not module.name.rpartition(".")[2].startswith("_"):
                yield module.name


def _load_file(path: Path) -> ModuleType:
    name = f"fovea_user_plugins.{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ToolError("it is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _tools_of(module: ModuleType) -> list[Tool]:
    """Tools declared in this module; one that it merely imported belongs to where it was declared."""
    return [v for v in vars(module).values() if isinstance(v, Tool) and v.function.__module__ == module.__name__]
