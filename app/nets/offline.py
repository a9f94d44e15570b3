"""Keeps ultralytics to itself; imported before it, wherever it is used.

It must install nothing, download nothing and send nothing, and its settings file lies with Fovea's own.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from app.core import paths

os.environ["YOLO_AUTOINSTALL"] = "false"
os.environ["YOLO_OFFLINE"] = "true"
# It logs to stdout, where the command line prints its own report.
os.environ["YOLO_VERBOSE"] = "false"
# Not the person's own: switching its statistics off below must not change a setting of theirs.
os.environ["YOLO_CONFIG_DIR"] = str(paths.user_config_dir() / "ultralytics")
Path(os.environ["YOLO_CONFIG_DIR"]).mkdir(parents=True, exist_ok=True)


def quieten() -> None:
    """Switch off its usage statistics (a setting that it keeps in a file), and give Pillow its own `open` back: it puts
    one of its own there that wants a package for files that are no pictures."""
    from PIL import Image
    from ultralytics.utils import SETTINGS, patches

    settings: Any = SETTINGS
    if settings.get("sync"):
        settings.update({"sync": False})
    Image.open = getattr(patches, "_image_open", Image.open)
