"""The window is on screen before anything slow is loaded."""

from __future__ import annotations

from tests import startup


def test_that_the_window_is_painted_before_anything_slow_is_imported() -> None:
    assert startup.ours()["loaded"] == []
