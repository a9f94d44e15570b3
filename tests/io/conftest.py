"""Here `shared` is the folder of pictures, clips and annotations."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import SHARED


@pytest.fixture(scope="session")
def shared() -> Path:
    data = SHARED / "data"
    if not (data / "MANIFEST.json").is_file():
        pytest.skip(f"no shared test data at {data}")
    return data
