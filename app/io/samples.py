"""Sample pictures to click on at the first start: those that installed packages bring along."""

from __future__ import annotations

import importlib.util
import shutil
import tomllib
from pathlib import Path

from app.core import paths


def sample_folder() -> Path:
    """A folder of the person's own with the sample pictures in it; missing ones are copied there first.

    Where a package is not installed its pictures are left out (``resources/samples.toml`` lists them).
    """
    folder = paths.user_data_dir() / "samples"
    folder.mkdir(parents=True, exist_ok=True)
    listed = tomllib.loads((paths.resource_dir() / "samples.toml").read_text(encoding="utf-8"))
    for row in listed["sample"]:
        source = _in_package(row["package"], row["file"])
        target = folder / row["name"]
        if source is not None and not target.exists():
            shutil.copyfile(source, target)
    return folder


def _in_package(package: str, file: str) -> Path | None:
    """A data file of an installed package, found without importing it (skimage and ultralytics take seconds)."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / file
    return path if path.is_file() else None
