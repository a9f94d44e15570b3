"""Being a good neighbour to the window's thread: work in the background goes last, and memory is given back."""

from __future__ import annotations

import ctypes
import os
import sys
import threading

NICENESS = 5
"""Enough for the window to go first; much more, and a thread that holds Python's lock may be kept from a core."""

M_MMAP_THRESHOLD, LARGE_BLOCK = -3, 512 * 1024


def go_last() -> None:
    """Have the calling thread run after others that want a core. Only Linux knows priorities of single threads."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


def give_back_memory() -> None:
    """Return freed memory to the system. glibc keeps it otherwise: hundreds of MB after a picture of many tiles."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none, and keeps nothing either
        if trim is not None:
            trim(0)


def keep_memory_steady() -> None:
    """Have every large block taken from the system and given back by itself. glibc would come to keep blocks of up to
    32 MB in pools of each thread, which grow to hundreds of MB where strips and tiles come and go (mallopt(3))."""
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:
            mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK)
