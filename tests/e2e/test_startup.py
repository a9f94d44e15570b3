"""The window is on screen before anything slow is loaded."""

from __future__ import annotations

import gc

from app.ui.start import collect_again
from tests import startup


def test_that_the_window_is_painted_before_anything_slow_is_imported() -> None:
    assert startup.ours()["loaded"] == []


def test_that_the_garbage_collector_goes_on_after_the_first_paint() -> None:
    gc.disable()
    try:
        collect_again()
        assert gc.isenabled()
    finally:
        gc.unfreeze()
        gc.enable()
