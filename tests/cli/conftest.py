"""The command line, called in this process: exit status, stdout, stderr."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app import cli
from app.core.sources import Image
from app.io import images


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Stdout as JSON: fails when anything else was printed there."""
        return json.loads(self.out)


Call = Callable[..., Said]


@pytest.fixture
def fovea(capfd: pytest.CaptureFixture[str]) -> Call:
    """Call the command line; a Python traceback on stderr is a failure whatever the status."""

    def call(*words: object) -> Said:
        capfd.readouterr()
        status = cli.main([str(word) for word in words])
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        return Said(status, out, err)

    return call


@pytest.fixture
def photo(tmp_path: Path, picture: Image) -> Path:
    """The generated picture as a file, 160 x 120."""
    path = tmp_path / "photo.png"
    images.save(path, picture.pixels)
    return path


def read_mask(path: Path) -> np.ndarray:
    """A written mask as bool; it must hold 0 and 255 only."""
    pixels = images.read(path).pixels
    assert set(np.unique(pixels)) <= {0, 255}
    return pixels > 0
