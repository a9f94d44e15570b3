"""Starting the window: paint first, load everything slow afterwards."""

from __future__ import annotations

import argparse
import gc
import os
import sys
import traceback
from functools import partial
from pathlib import Path
from types import TracebackType

from app.ui import threads
from app.ui.main_window import MainWindow
from app.ui.opening import make_app, make_window


def main(arguments: list[str]) -> int:
    """Open the window and stay until it is closed. Without a screen: say so and do the main job offscreen."""
    parser = argparse.ArgumentParser(
        "python -m app", description="Fovea: look at images, run computer vision, annotate."
    )
    parser.add_argument("path", nargs="?", type=Path, metavar="FOLDER", help="a folder of pictures or a .fovea file")
    given = parser.parse_args(arguments)
    if not has_screen():
        from app.ui.demo import run

        if given.path is not None:
            print(f"{given.path} can be opened only in a window.", file=sys.stderr)
            return 1
        gc.enable()
        return run()
    app = make_app()
    window = make_window(app, given.path)
    sys.excepthook = partial(_tell, window)
    window.painted.connect(collect_again)
    window.show()
    status = app.exec()
    if threads.LEFT_BEHIND:
        # Every edit is on disk; a thread inside one long call cannot be ended, only left.
        os._exit(status)
    return status


def collect_again() -> None:
    """Python's garbage collector goes on, which rested until the first paint (`app/__main__.py`). What is there by now
    stays for good and is not looked through again."""
    gc.freeze()
    gc.enable()


def _tell(window: MainWindow, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """A bug in a slot costs a notice; its traceback is in the log (and on standard error)."""
    details = "".join(traceback.format_exception(kind, error, trace))
    print(details, file=sys.stderr)
    window.notices.error(f"Something went wrong: {error}. The log has the details; the program goes on.", details)


def has_screen() -> bool:
    """Whether a window can be shown, or a platform was chosen on purpose (offscreen in tests)."""
    if sys.platform != "linux" or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
