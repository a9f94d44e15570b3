"""Files that are either the old one or the new one, never half of either."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from app.core.errors import InputError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary file beside ``path`` to write to; rename it to ``path`` when the block ends well.

    The folder is made if it is missing. Raises InputError naming the file where it cannot be written; whatever happens
    the temporary file is gone afterwards and an old ``path`` is whole.
    """
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.stem[:40]}-", suffix=path.suffix, dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        yield temporary
        _settle(temporary, path)
    except OSError as error:
        raise InputError(cannot_write(path, error)) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


@contextmanager
def replacing_many(folder: Path) -> Iterator[Callable[[Path], Path]]:
    """Give a function from a path relative to ``folder`` to a temporary file to write it to; all are renamed to their
    places when the block ends well.

    Raises InputError where one cannot be written. Files that could not be written leave all old ones whole.
    """
    waiting: dict[Path, Path] = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".export-", dir=folder) as made:

            def place(name: Path) -> Path:
                temporary = Path(made) / f"{len(waiting)}{name.suffix}"
                waiting[folder / name] = temporary
                return temporary

            yield place
            for path, temporary in waiting.items():
                path.parent.mkdir(parents=True, exist_ok=True)
                _settle(temporary, path)
    except OSError as error:
        raise InputError(cannot_write(Path(error.filename or folder), error)) from error


def cannot_write(path: Path, error: OSError) -> str:
    """The sentence for a file that could not be written."""
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return f"The disk is full: {path} was not written. Free some space and try again."
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return f"{path} cannot be written: you have no right to. Choose another folder."
        case errno.EISDIR:
            return f"{path} is a folder. Choose a file name."
        case _:
            return f"{path} cannot be written: {error.strerror or error}."


def _settle(temporary: Path, path: Path) -> None:
    with temporary.open("rb") as file:
        os.fsync(file.fileno())  # else the rename can reach the disk before the content does
    # mkstemp gives 0600; an exported file has the rights that any new file of this person has.
    mask = os.umask(0)
    os.umask(mask)
    temporary.chmod(0o666 & ~mask)
    temporary.replace(path)
