"""A folder of shards with a few generated shapes, laid out like the shared training data, and a run in miniature."""

from __future__ import annotations

import gzip
import json
import zipfile
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from app.training.config import Config
from app.training.lookalikes import Guard
from app.training.pack import Pack, write

NOBODY = Guard((), ())


def shape(seed: int, height: int = 70, width: int = 90) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A bright ellipse (value 1) and a dark box (value 2) on a speckled ground: RGB pixels and mask."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:height, :width]
    slope = 25 * np.sin(rows / rng.uniform(6, 25) + columns / rng.uniform(6, 25))[..., None]
    ground = rng.integers(100, 140, 3) + slope
    pixels = np.clip(ground + rng.normal(0, 10, (height, width, 3)), 0, 255).astype(np.uint8)
    mask = np.zeros((height, width), np.uint8)
    centre = int(rng.integers(22, width // 2)), int(rng.integers(25, height - 25))
    cv2.ellipse(mask, centre, (int(rng.integers(12, 20)), int(rng.integers(10, 18))), 0, 0, 360, 1, -1)
    cv2.rectangle(mask, (width - 22, 8), (width - 8, int(rng.integers(25, 60))), 2, -1)
    pixels[mask == 1] = np.clip(ground + 95, 0, 255)[mask == 1]
    pixels[mask == 2] = np.clip(ground - 80, 0, 255)[mask == 2]
    return pixels, mask


def shards(folder: Path, seeds: Iterable[int], dataset: str = "made") -> Path:
    """A folder of one shard."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    with zipfile.ZipFile(folder / "part-000.zip", "w") as archive:
        for seed in seeds:
            pixels, mask = shape(seed)
            name = f"{dataset}_{seed:03d}"
            archive.writestr(f"{name}.jpg", cv2.imencode(".jpg", pixels[..., ::-1])[1].tobytes())
            archive.writestr(f"{name}.png", cv2.imencode(".png", mask)[1].tobytes())
            for value in (1, 2):
                share = float((mask == value).mean())
                row = {"shard": "part-000.zip", "image": f"{name}.jpg", "mask": f"{name}.png", "value": value}
                rows.append(row | {"dataset": dataset, "area_frac": share, "license": "CC0"})
    with gzip.open(folder / "index.jsonl.gz", "wt", encoding="utf-8") as lines:
        lines.writelines(json.dumps(row) + "\n" for row in rows)
    return folder


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    return write(shards(tmp_path / "shards", range(6)), tmp_path / "pack", NOBODY)


@pytest.fixture
def small() -> Config:
    """A run of six steps on a network in miniature."""
    return Config.model_validate(
        {
            "seed": 3,
            "threads": 1,
            "network": {"width": 0.125, "fused": 16, "fine": 8, "trunk": ""},
            "data": {"side": 64, "batch": 3},
            "optimiser": {"steps": 6, "warmup": 2, "cooldown": 2},
            "watching": {
                "rows": 2,
                "validate_every": 3,
                "validation_objects": 2,
                "validation_side": 64,
                "checkpoint_every": 2,
                "pictures": 2,
            },
        }
    )
