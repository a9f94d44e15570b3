"""What kind of disk a folder lies on, and who else has a file open."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import IO

_NETWORK_TYPES = frozenset(
    (
        "nfs",
        "nfs4",
        "cifs",
        "smb2",
        "smb3",
        "smbfs",
        "ncpfs",
        "afs",
        "9p",
        "ceph",
        "glusterfs",
        "lustre",
        "davfs",
        "webdav",
    )
)


def on_network(folder: Path) -> bool:
    """Whether a folder lies on a network share, as far as the system says so (False on macOS, which does not)."""
    path = str(folder.resolve())
    if sys.platform == "win32":
        return _windows_drive_is_remote(path)
    try:
        lines = Path("/proc/mounts").read_text().splitlines()
    except OSError:
        return False
    best, kind = "", ""
    for line in lines:
        _, mount, found, *_ = line.split(" ")
        mount = mount.replace("\\040", " ")
        if len(mount) >= len(best) and (path == mount or path.startswith(mount.rstrip("/") + "/")):
            best, kind = mount, found
    return kind in _NETWORK_TYPES or kind in ("fuse.sshfs", "fuse.rclone", "fuse.davfs", "fuse.gvfsd-fuse")


def _windows_drive_is_remote(path: str) -> bool:
    import ctypes

    if path.startswith("\\\\"):
        return True
    library = getattr(ctypes, "windll", None)
    return library is not None and library.kernel32.GetDriveTypeW(os.path.splitdrive(path)[0] + "\\") == 4


def writable(folder: Path) -> bool:
    """Whether files can be made in a folder, as the system says (making one is the only proof)."""
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)


class Lock:
    """An advisory lock on a file beside another: who holds it is the one who writes. The system drops it when the
    process ends, however it ends, so a lock file that a kill left behind locks nothing."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[bytes] | None = None

    def take(self) -> bool:
        """Take the lock; False when another process (or another `Lock` of this one) has it.

        Where the disk knows no locks (some network shares) everyone gets it.
        """
        while True:
            try:
                file = self.path.open("a+b")
            except OSError:
                return True  # not writable: the database will not be either
            try:
                _lock(file)
            except BlockingIOError:
                file.close()
                return False
            except OSError:
                file.close()
                return True
            if self._still_there(file):
                self._file = file
                return True
            file.close()  # the holder before removed it between our open and our lock

    def drop(self) -> None:
        """Give the lock back and remove its file."""
        if self._file is not None:
            self.path.unlink(missing_ok=True) if sys.platform != "win32" else None
            self._file.close()
            self._file = None
            if sys.platform == "win32":  # where an open file cannot be removed
                self.path.unlink(missing_ok=True)

    def _still_there(self, file: IO[bytes]) -> bool:
        try:
            return os.path.samestat(os.fstat(file.fileno()), self.path.stat())
        except OSError:
            return False


def _lock(file: IO[bytes]) -> None:
    """Raises BlockingIOError where another has it, another OSError where there are no locks."""
    if sys.platform == "win32":
        import msvcrt

        file.seek(0)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except PermissionError as error:
            raise BlockingIOError from error
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
