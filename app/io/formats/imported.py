"""What every format's reader gives."""

from __future__ import annotations

import gc
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.core.document import Document
from app.core.errors import InputError
from app.core.labels import Skeleton

Progress = Callable[[float], None]
"""Told how much is done, 0..1; raises to stop the work."""


@dataclass(frozen=True)
class Imported:
    """What a file or folder says. ``labels`` are in the file's order; each document's path is as the file has it, with
    forward slashes, relative to ``folder``. ``notes`` are sentences about everything that could not be kept;
    ``skeletons`` are the joints of labels by name, and ``parents`` the labels that they are below, where the file knows
    them."""

    folder: Path
    labels: tuple[str, ...]
    documents: tuple[Document, ...]
    notes: list[str]
    skeletons: Mapping[str, Skeleton] = field(default_factory=dict)
    parents: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Tally:
    """Counts what was lost or bent, so that a million losses are one sentence and none is silent."""

    counts: Counter[str] = field(default_factory=Counter)

    def add(self, what: str, count: int = 1) -> None:
        self.counts[what] += count

    def sentences(self) -> list[str]:
        """Such as "annotations of an image that is not listed, left out: 3."."""
        return [f"{what}: {count:,}." for what, count in self.counts.items()]


@contextmanager
def many_objects() -> Iterator[None]:
    """Hold off Python's cycle collector: it would walk millions of fresh lists again and again for nothing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def load_json(path: Path) -> Any:
    """The content of a JSON file. Raises InputError naming the file."""
    try:
        with many_objects():
            return json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise InputError(f"{path} is not there. It may have been moved or deleted.") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise InputError(f"{path} is no valid JSON ({error.msg} at {where}). Export it again.") from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"{path} is no valid JSON ({type(error).__name__}). Export it again.") from error


def json_files(folder: Path) -> Iterator[Path]:
    """All JSON files below a folder, in a stable order. Raises InputError where there is no such folder."""
    if not folder.is_dir():
        raise InputError(f"{folder} is not there. Choose the file or folder that holds the annotations.")
    yield from sorted(p for p in folder.rglob("*.json") if p.is_file())


def scalar(value: Any) -> bool:
    """Whether a value can be an attribute of a shape."""
    return value is None or isinstance(value, str | int | float | bool)
