"""Fovea: a desktop workbench for looking at images, running computer vision on them and annotating what is seen."""

import os

__version__ = "0.1.0"

# pydantic would look through every installed package for plugins of its own, before the first window is painted.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
