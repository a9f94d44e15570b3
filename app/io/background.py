"""Being a good neighbour to the window's thread: work in the background goes last."""

from __future__ import annotations

import os
import sys
import threading

NICENESS = 5
"""Enough for the window to go first; much more, and a thread that holds Python's lock may be kept from a core."""


def go_last() -> None:
    """Have the calling thread run after others that want a core. Only Linux knows priorities of single threads."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
