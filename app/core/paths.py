"""The only place that knows where resources, weights and the person's own files lie, frozen into a program or not.

``FOVEA_HOME`` moves everything that belongs to the person into one folder (tests, portable installs).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import platformdirs

APP = "fovea"


def resource_dir() -> Path:
    """Icons, the model list and the sample list, read only."""
    bundled = getattr(sys, "_MEIPASS", None)
    root = Path(bundled) if bundled else Path(__file__).resolve().parents[2]
    return root / "resources"


def _own(kind: str, default: str) -> Path:
    home = os.environ.get("FOVEA_HOME")
    return Path(home) / kind if home else Path(default)


def user_data_dir() -> Path:
    """Projects of unwritable folders, imported weights, the person's own plugins."""
    return _own("data", platformdirs.user_data_dir(APP, appauthor=False))


def user_cache_dir() -> Path:
    """What can be made or fetched again: downloads, thumbnails, embeddings."""
    return _own("cache", platformdirs.user_cache_dir(APP, appauthor=False))


def user_config_dir() -> Path:
    """Preferences, keys, window layout."""
    return _own("config", platformdirs.user_config_dir(APP, appauthor=False))


def user_plugin_dir() -> Path:
    """A folder whose ``*.py`` files are loaded as tools."""
    return user_data_dir() / "plugins"


def weights_dirs() -> list[Path]:
    """The folders in ``FOVEA_WEIGHTS``, in order."""
    return [Path(p) for p in os.environ.get("FOVEA_WEIGHTS", "").split(os.pathsep) if p]
