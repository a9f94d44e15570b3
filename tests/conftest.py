"""What every test gets: a home of its own, no weights but those it names, and the shared pictures where they lie."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from app.core.sources import Image
from app.tools.catalog import Catalog, load_catalog
from app.tools.memo import Memo
from app.tools.models import ModelPool
from app.tools.runner import LocalJob
from app.tools.weights import Weights

SHARED = Path(os.environ.get("FOVEA_SHARED", Path(__file__).resolve().parents[2] / "shared"))


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The person's own folders, empty and away from the real ones."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("FOVEA_HOME", str(folder))
    monkeypatch.setenv("YOLO_CONFIG_DIR", str(folder / "ultralytics"))
    monkeypatch.delenv("FOVEA_WEIGHTS", raising=False)
    return folder


@pytest.fixture
def shared() -> Path:
    """The folder of shared pictures and weights; the test is skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip(f"the shared pictures are not here ({SHARED}; set FOVEA_SHARED)")
    return SHARED


@pytest.fixture
def shared_weights(shared: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of small real checkpoints, put where Fovea looks for weights."""
    folder = shared / "weights"
    monkeypatch.setenv("FOVEA_WEIGHTS", str(folder))
    return folder


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    """The bundled tools."""
    return load_catalog()


@pytest.fixture
def job() -> LocalJob:
    """A job in this process, on the CPU, with every intermediate stage wanted."""
    return LocalJob(ModelPool(Weights().require, "cpu"), Memo(), wanted=None)


@pytest.fixture
def picture() -> Image:
    """A generated colour picture with edges, texture and a bright disc, (120, 160, 3) uint8."""
    rows, columns = np.mgrid[0:120, 0:160]
    rng = np.random.default_rng(7)
    pixels = np.stack([rows + 40, columns // 2 + 60, (rows + columns) // 3], axis=2).astype(np.float64)
    pixels += rng.normal(0, 6, pixels.shape)
    pixels[(rows - 60) ** 2 + (columns - 80) ** 2 < 30**2] = (220, 180, 60)
    return Image(np.clip(pixels, 0, 255).astype(np.uint8), "generated.png")
