"""Memory: what is left, and giving back what is not needed."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from app.io import memory


def resident() -> int:
    """Bytes of this process that lie in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc has a call for it")
def test_that_freed_memory_goes_back_to_the_system() -> None:
    kept = [np.ones(8000) for _ in range(4000)]  # 64 kB each, which the C library does not map one by one
    del kept[::2], kept[:-1]  # the last one holds the end of the heap
    before = resident()
    memory.give_back()
    assert before - resident() > 100_000_000
    assert len(kept) == 1
