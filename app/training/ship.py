"""Puts a run's weights among the resources, with a record of what made them.

``resources/weights/click-net.zip`` is what the engine loads, ``click-net.json`` beside it says where it comes from (all
the way back, where a run began from what shipped before), and the model list gets its hash and size.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

from app.core.errors import InputError
from app.training.run_folder import RunFolder, write_json

NAME = "click-net"
CURVE_POINTS = 200


def ship(folder: RunFolder, exported: Path, resources: Path) -> Path:
    """Copy an exported network into ``resources`` and renew its record; gives the copy.

    Raises `InputError` where the model list has no row for it.
    """
    from app.tools.weights import sha256_of

    target = resources / "weights" / exported.name
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    shutil.copyfile(exported, part)
    digest, size = sha256_of(part), part.stat().st_size
    listed = resources / "models.toml"
    renewed = _renewed(listed.read_text(encoding="utf-8"), digest, size)
    part.replace(target)
    listed.write_text(renewed, encoding="utf-8")
    written = target.with_suffix(".json")
    made = record(folder) | {"sha256": digest, "bytes": size}
    if made["config"]["network"]["begin"] and written.exists():
        made["before"] = _before(json.loads(written.read_text(encoding="utf-8")), folder)
    write_json(written, made)
    return target


def _before(shipped: dict[str, Any], folder: RunFolder) -> dict[str, Any]:
    """The record of what a run began from: that of what ships, or that one's own if it is of this run already."""
    same_run = "before" in shipped and shipped["starts"][0] == folder.about()["starts"][0]
    return dict(shipped["before"] if same_run else shipped)


def record(folder: RunFolder) -> dict[str, Any]:
    """What made a run's weights: what it was told, data hashes, every start's commit and hardware, and the curve."""
    rows = folder.rows()
    trained = [row for row in rows if row["loss"]]
    every = max(1, len(trained) // CURVE_POINTS)
    told = folder.config().model_dump()
    told["network"]["begin"] = Path(told["network"]["begin"]).name  # where it lay is nobody's business
    return {
        "state": folder.state(),
        "config": told,
        **folder.about(),
        "curve": [_numbers(row, ("step", "loss", "iou")) for row in trained[::every]],
        "validation": [_numbers(row, ("step", "iou1", "iou3", "iou5")) for row in rows if row["iou1"]],
    }


def _numbers(row: dict[str, str], columns: tuple[str, ...]) -> list[float]:
    return [float(row[column]) for column in columns]


def _renewed(text: str, digest: str, size: int) -> str:
    """The model list with that hash and size in the network's row; everything else, comments too, stays."""
    before, found, row = text.partition(f'id = "{NAME}"\n')
    if not found:
        raise InputError(f"The model list has no row for {NAME}; add one first.")
    row, hashes = re.subn(r'(?m)^sha256 = ".*"$', f'sha256 = "{digest}"', row, count=1)
    row, sizes = re.subn(r"(?m)^bytes = \d+$", f"bytes = {size}", row, count=1)
    if not hashes or not sizes:
        raise InputError(f"The model list's row for {NAME} has no sha256 and bytes to renew.")
    return before + found + row
