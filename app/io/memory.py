"""How much memory a picture may take, and how memory is given back."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

WHOLE_BYTES = 2 * 1024**3

# Of mallopt(3): its names for what is set, and what it is set to.
M_TRIM_THRESHOLD, UNUSED_BLOCK = -1, 256 * 1024
M_MMAP_THRESHOLD, LARGE_BLOCK = -3, 512 * 1024
M_ARENA_MAX, POOLS = -8, 2


def available_bytes() -> int | None:
    """Memory that can be had without pushing others out, in bytes; None where the system does not say.

    A container's own limit counts where it is lower (Linux, cgroup v2).
    """
    if sys.platform == "win32":
        return _windows()
    free = _linux()
    if free is None and hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        # macOS tells the whole memory only; half of it is what a picture may count on.
        free = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    return free


def limit_bytes() -> int | None:
    """What one picture may take: FOVEA_IMAGE_MEMORY (bytes) where it is set, else 3/4 of what is available."""
    named = os.environ.get("FOVEA_IMAGE_MEMORY", "")
    if named.isdigit():
        return int(named)
    free = available_bytes()
    return None if free is None else free * 3 // 4


def whole_bytes() -> int:
    """What reading a picture whole may take before it is read in parts, if it can be: `limit_bytes`, and never more
    than `WHOLE_BYTES`, so that the window stays a guest on the machine."""
    limit = limit_bytes()
    return WHOLE_BYTES if limit is None else min(limit, WHOLE_BYTES)


def keep_steady() -> None:
    """Have every large block taken from the system and given back by itself, and few pools for the small ones. glibc
    would come to keep blocks of up to 32 MB in pools of each thread: 30 MB with a picture of 12 megapixels and 10,000
    shapes, hundreds where strips and tiles of a huge picture come and go. Takes effect for what is allocated from then
    on."""
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none, and keeps nothing either
        if mallopt is not None:
            mallopt(M_TRIM_THRESHOLD, UNUSED_BLOCK)
            mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK)
            mallopt(M_ARENA_MAX, POOLS)


def give_back() -> None:
    """Give memory that was freed and lies unused back to the system, where the C library has a call for it (glibc).

    Buffers of several sizes come and go while a picture is opened, and what they leave between them stays taken
    otherwise: 20 to 40 MB with a picture of 12 megapixels. Takes a few milliseconds; lets go of Python's lock.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


def human(count: float) -> str:
    """12345678 as '12 MB'."""
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if count < 1000 or unit == "TB":
            return f"{count:.0f} {unit}" if count >= 10 or unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1000
    raise AssertionError("unreachable")


def _linux() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        free = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration, ValueError):
        return None
    try:
        most = Path("/sys/fs/cgroup/memory.max").read_text().strip()
        used = int(Path("/sys/fs/cgroup/memory.current").read_text())
        return min(free, int(most) - used) if most.isdigit() else free
    except (OSError, ValueError):
        return free


def _windows() -> int | None:
    import ctypes

    class Status(ctypes.Structure):
        _fields_ = (
            ("length", ctypes.c_ulong),
            ("load", ctypes.c_ulong),
            *((name, ctypes.c_ulonglong) for name in ("total", "free", "a", "b", "c", "d", "e")),
        )

    status = Status(length=ctypes.sizeof(Status))
    library = getattr(ctypes, "windll", None)
    if library is None or not library.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):
        return None
    return int(status.free)
