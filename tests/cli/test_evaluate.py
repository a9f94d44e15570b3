from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from app.cli import main
from app.core.sources import Image
from app.io import images


@pytest.fixture
def tiny_set(tmp_path: Path, picture: Image, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A test set of one generated picture with its disc as the object, where the shared data would lie."""
    folder = tmp_path / "clickset" / "test"
    rows, columns = np.mgrid[0:120, 0:160]
    disc = ((rows - 60) ** 2 + (columns - 80) ** 2 < 30**2).astype(np.uint8) * np.uint8(255)
    images.save(folder / "a.png", picture.pixels)
    images.save(folder / "a_mask.png", disc)
    row = {"set": "grabcut", "image": "a.png", "mask": "a_mask.png"}
    (folder / "index.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    monkeypatch.setenv("FOVEA_SHARED", str(tmp_path))
    return tmp_path


def test_that_engines_are_measured_through_the_tool_beside_the_yardstick(
    tiny_set: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tiny_set / "rows.json"
    arguments = ["--engine", "classical", "--engine", "grabcut", "--set", "grabcut", "--cap", "5", "-o", str(out)]
    assert main(["evaluate", "clicks", *arguments]) == 0
    rows = json.loads(out.read_text(encoding="utf-8"))["rows"]
    assert [row["engine"] for row in rows] == ["classical", "grabcut"]
    assert rows[0]["summary"]["objects"] == 1
    assert rows[0]["summary"]["iou5"] > 0.9
    printed = capsys.readouterr().out
    assert printed.count("| grabcut | ") == 2


def test_that_an_unknown_engine_is_wrong_usage_and_an_unknown_set_is_named(
    tiny_set: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", "clicks", "--engine", "guessing", "--set", "grabcut"]) == 2
    assert main(["evaluate", "clicks", "--set", "nowhere"]) == 1
    assert "nowhere" in capsys.readouterr().err
