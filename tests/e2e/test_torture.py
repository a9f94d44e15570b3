"""The program is killed at random moments: nothing but the edit in flight may be missing, and undo goes on."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.torture import torture

TIMES = 20


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_that_kills_at_random_moments_cost_at_most_the_edit_in_flight(tmp_path: Path) -> None:
    ends = torture(tmp_path, TIMES)
    assert ends["edits"] > 5 * TIMES
