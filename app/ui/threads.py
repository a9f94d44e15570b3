"""Ending threads when the window closes."""

from __future__ import annotations

from PySide6.QtCore import QObject, QThread

PATIENCE_MS = 2000

LEFT_BEHIND: list[tuple[QThread, QObject]] = []
"""Threads, with their workers, that are still inside one long call.

They are kept here, because destroying or terminating a thread that runs Python takes the whole program down;
`app.ui.start` ends the process without waiting for them.
"""


def end(thread: QThread, worker: QObject, patience_ms: int = PATIENCE_MS) -> bool:
    """Ask a thread to end and wait a little; false when it is left behind, with the worker that lives on it.

    What it works on is lost, nothing else.
    """
    thread.quit()
    if thread.wait(patience_ms):
        return True
    thread.setParent(None)
    LEFT_BEHIND.append((thread, worker))
    return False
