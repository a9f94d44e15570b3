"""Values computed once and kept while there is room."""

from __future__ import annotations

import dataclasses
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")


class Memo:
    """A least-recently-used store bounded in bytes; safe to use from several threads."""

    def __init__(self, limit_bytes: int = 512 * 1024 * 1024) -> None:
        self.limit_bytes = limit_bytes
        self._values: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._used = 0
        self._lock = threading.Lock()

    @property
    def used_bytes(self) -> int:
        return self._used

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of that key, made now if it is not kept. ``make`` runs outside the lock."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                value: T = self._values[key][0]
                return value
        value = make()
        size = size_of(value)
        with self._lock:
            if key not in self._values:
                self._values[key] = (value, size)
                self._used += size
            while self._used > self.limit_bytes and len(self._values) > 1:
                _, (_, freed) = self._values.popitem(last=False)
                self._used -= freed
        return value

    def clear(self) -> None:
        with self._lock:
            self._values.clear()
            self._used = 0


def size_of(value: Any, depth: int = 4) -> int:
    """Bytes of the arrays and tensors inside a value, a few containers deep."""
    nbytes = getattr(value, "nbytes", None)
    if isinstance(nbytes, int):
        return nbytes
    if depth == 0:
        return sys.getsizeof(value, 64)
    if isinstance(value, dict):
        parts: list[Any] = list(value.values())
    elif isinstance(value, list | tuple | set):
        parts = list(value)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = [getattr(value, f.name) for f in dataclasses.fields(value)]
    else:
        parts = list(getattr(value, "__dict__", {}).values())
    return 64 + sum(size_of(p, depth - 1) for p in parts)
