"""ModelPool: one loaded network per model, kept while there is room."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from app.tools.contract import ModelSpec


class Found(Protocol):
    """Where a model's file is, and its hash."""

    @property
    def path(self) -> Path: ...
    @property
    def sha256(self) -> str: ...


@dataclass(frozen=True)
class Loaded:
    network: Any
    sha256: str
    bytes: int
    device: str


class ModelPool:
    """Loads each network once and keeps the most recently used ones.

    ``find`` gives the file of a model id (raising `WeightsMissing`); ``device`` is a torch device string, or a function
    that finds it out when the first network is asked for, so that a pool costs nothing until then. The bound is on the
    size of the files, which is close to that of the weights; the network in use is never dropped.
    """

    def __init__(
        self,
        find: Callable[[str], Found],
        device: str | Callable[[], str] = "cpu",
        limit_bytes: int = 4 * 1024**3,
    ) -> None:
        self._find, self._device, self._limit = find, device, limit_bytes
        self._loaded: OrderedDict[str, Loaded] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def device(self) -> str:
        if callable(self._device):
            self._device = self._device()
        return self._device

    def get(self, spec: ModelSpec) -> Loaded:
        """The network of a spec, loaded now if it is not; one thread loads at a time."""
        with self._lock:
            if spec.id not in self._loaded:
                found = self._find(spec.id)
                device = "cpu" if spec.light else self.device
                network = spec.load(found.path, device)
                self._loaded[spec.id] = Loaded(network, found.sha256, found.path.stat().st_size, device)
            self._loaded.move_to_end(spec.id)
            while sum(m.bytes for m in self._loaded.values()) > self._limit and len(self._loaded) > 1:
                self._loaded.popitem(last=False)
            return self._loaded[spec.id]

    def __len__(self) -> int:
        """How many networks are loaded."""
        with self._lock:
            return len(self._loaded)

    def drop_all(self) -> None:
        """Forget every network (before a retry after running out of memory)."""
        with self._lock:
            self._loaded.clear()
