"""Shared test data: FOVEA_SHARED, or ../shared beside the project."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared() -> Path:
    data = Path(os.environ.get("FOVEA_SHARED", Path(__file__).resolve().parents[3] / "shared")) / "data"
    if not (data / "MANIFEST.json").is_file():
        pytest.skip(f"no shared test data at {data}")
    return data


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOVEA_HOME", str(tmp_path_factory.mktemp("home")))
