"""`python -m app`: the window; with a verb, the command line; with --worker, the process that runs networks."""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys

VERBS = ("tools", "run", "import", "export", "models", "evaluate", "train", "--help", "--version")


def main() -> None:
    multiprocessing.freeze_support()
    # OpenCV's wheel points Qt at its own plugins, which are of another Qt; ours finds its own.
    os.environ.pop("QT_QPA_PLATFORM_PLUGIN_PATH", None)
    if sys.argv[1:2] == ["--worker"]:
        from app.worker.server import serve

        serve()
    elif len(sys.argv) > 1 and sys.argv[1] in VERBS:
        from app.cli import main as cli_main

        sys.exit(cli_main(sys.argv[1:]))
    else:
        # Looking through everything that is imported for garbage takes a tenth of the time to the first paint.
        gc.disable()

        from app.ui.start import main as window_main

        sys.exit(window_main(sys.argv[1:]))


if __name__ == "__main__":
    main()
