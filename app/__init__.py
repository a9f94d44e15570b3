"""Fovea: a desktop workbench for looking at images, running computer vision on them and annotating what is seen."""

__version__ = "0.1.0"
