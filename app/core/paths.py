"""The only place that knows where resources, weights and the user's own files lie, frozen or not.

Nothing here creates a folder: whoever writes into one makes it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

_NAME = "fovea"


def resource_dir() -> Path:
    """Icons, model and class lists: beside the packages, or where PyInstaller unpacked them."""
    unpacked = getattr(sys, "_MEIPASS", None)
    return Path(unpacked) / "resources" if unpacked else Path(__file__).resolve().parents[2] / "resources"


def user_data_dir() -> Path:
    """What a person made or imported and would miss: weights, projects of folders that cannot be written to."""
    return _user_dir("data")


def user_cache_dir() -> Path:
    """What can be made again: embeddings, thumbnails."""
    return _user_dir("cache")


def user_config_dir() -> Path:
    """Settings."""
    return _user_dir("config")


def user_plugin_dir() -> Path:
    """A folder whose ``*.py`` files are loaded as tools."""
    return user_data_dir() / "plugins"


def weights_dirs() -> tuple[Path, ...]:
    """The folders in FOVEA_WEIGHTS (path-separated), in order."""
    named = os.environ.get("FOVEA_WEIGHTS", "").split(os.pathsep)
    return tuple(Path(part).expanduser() for part in named if part.strip())


def _user_dir(kind: str) -> Path:
    """FOVEA_HOME/kind where that is set (tests, portable use), else the platform's own place."""
    home = os.environ.get("FOVEA_HOME")
    if home:
        return Path(home).expanduser() / kind
    import platformdirs  # not at the top: 10 ms that the first paint does not need

    place = {
        "data": platformdirs.user_data_path,
        "cache": platformdirs.user_cache_path,
        "config": platformdirs.user_config_path,
    }[kind]
    return place(_NAME, appauthor=False)
