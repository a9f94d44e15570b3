"""A run is a folder; whoever watches it needs nothing else, and closing the watcher harms nothing.

config.json      what the run was told (the last start's)
about.json       data and weights hashes, and for every start: time, commit, hardware, versions, step
state.json       running, paused, stopped or finished, the step, the seconds trained so far
metrics.csv      the curve
last.ckpt        where it goes on; steady.ckpt: before the cool-down, where it goes on if it is prolonged
samples/         answers to validation objects, one sheet per validation
click-net.*      the weights, when it has finished (or when they are exported)
pause, stop      made by whoever wants that; removed again by hand, or by the next start
"""

from __future__ import annotations

import csv
import json
import os
import platform
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from app.core.errors import InputError
from app.training.config import Config

COLUMNS = ("step", "samples", "seconds", "rate", "loss", "iou", "per_second", "iou1", "iou3", "iou5")
"""``loss`` and ``iou`` are means of training batches since the row before; ``iou1`` .. of validation objects after so
many clicks, by the averaged weights."""
PACKAGES = ("torch", "pytorch-lightning", "ultralytics", "numpy", "opencv-python")


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The paths of a run, and what is read from and written to them."""

    path: Path

    @property
    def last(self) -> Path:
        return self.path / "last.ckpt"

    @property
    def steady(self) -> Path:
        return self.path / "steady.ckpt"

    @property
    def samples(self) -> Path:
        return self.path / "samples"

    @property
    def metrics(self) -> Path:
        return self.path / "metrics.csv"

    def asked(self, word: str) -> bool:
        """Whether somebody has put a file ``pause`` or ``stop`` there."""
        return (self.path / word).exists()

    def state(self) -> dict[str, Any]:
        """The last state written; a new run's if there is none."""
        return _read(self.path / "state.json") or {"state": "new", "step": 0, "seconds": 0.0}

    def set_state(self, state: str, step: int, steps: int, seconds: float) -> None:
        write_json(
            self.path / "state.json", {"state": state, "step": step, "steps": steps, "seconds": round(seconds, 1)}
        )

    def config(self) -> Config:
        """What the run was told when it was last started."""
        content = _read(self.path / "config.json")
        if content is None:
            raise InputError(f"There is no run in {self.path}.")
        return Config.model_validate(content)

    def about(self) -> dict[str, Any]:
        """Data and weights hashes, and every start."""
        return _read(self.path / "about.json") or {"starts": []}

    def begin(self, config: Config, step: int, facts: Mapping[str, Any]) -> None:
        """Note a start at ``step``: ``facts`` are data and weights hashes. Rows of the curve after it are dropped."""
        self.samples.mkdir(parents=True, exist_ok=True)
        for word in ("pause", "stop"):
            (self.path / word).unlink(missing_ok=True)
        write_json(self.path / "config.json", config.model_dump())
        about = self.about()
        about["starts"].append({"step": step, **circumstances()})
        write_json(self.path / "about.json", {**about, **facts})
        self._forget_after(step)

    def add_row(self, values: Mapping[str, float | int]) -> None:
        """Append a row to the curve; columns that are not given stay empty."""
        new = not self.metrics.exists()
        with self.metrics.open("a", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            if new:
                writer.writeheader()
            writer.writerow({k: f"{v:.6g}" if isinstance(v, float) else v for k, v in values.items()})

    def rows(self) -> list[dict[str, str]]:
        """The curve so far."""
        if not self.metrics.exists():
            return []
        with self.metrics.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def _forget_after(self, step: int) -> None:
        rows = self.rows()
        kept = [row for row in rows if int(row["step"]) <= step]
        if len(kept) < len(rows):
            with self.metrics.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
                writer.writeheader()
                writer.writerows(kept)


def circumstances() -> dict[str, Any]:
    """When, from which commit and on what a run is started."""
    return {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        **_commit(),
        "hardware": {"machine": platform.machine(), "processor": _processor(), "cores": os.cpu_count()},
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES},
    }


def _commit() -> dict[str, Any]:
    here = Path(__file__).resolve().parent
    try:
        head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=here, capture_output=True, text=True, check=True)
        changes = subprocess.run(
            ["git", "status", "--porcelain", "--untracked-files=no"],
            cwd=here,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return {"commit": None, "changed": None}
    return {"commit": head.stdout.strip(), "changed": bool(changes.stdout.strip())}


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def write_json(file: Path, content: Any) -> None:
    """Replace a JSON file at once."""
    part = file.with_name(file.name + ".part")
    part.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    part.replace(file)


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
