"""Weights go among the resources with a record of what made them."""

from __future__ import annotations

import hashlib
import json
import tomllib
from pathlib import Path

import pytest

from app.core.errors import InputError
from app.training.config import Config
from app.training.run_folder import RunFolder
from app.training.ship import ship

LISTED = """# a comment that stays
[[model]]
id = "other"
sha256 = "aa"
bytes = 1

[[model]]
id = "click-net"
file = "click-net.zip"
sha256 = "0"
bytes = 0

[[model]]
id = "last"
sha256 = "bb"
bytes = 2
"""


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    folder = RunFolder(tmp_path / "run")
    folder.begin(Config(), 0, {"data": {"sha256": "d"}})
    for step in (1, 2, 3):
        folder.add_row({"step": step, "loss": 1 / step, "iou": step / 10})
    folder.add_row({"step": 3, "iou1": 0.5, "iou3": 0.6, "iou5": 0.7})
    return folder


@pytest.fixture
def resources(tmp_path: Path) -> Path:
    folder = tmp_path / "resources"
    folder.mkdir()
    (folder / "models.toml").write_text(LISTED, encoding="utf-8")
    return folder


@pytest.fixture
def onnx(tmp_path: Path) -> Path:
    file = tmp_path / "click-net.zip"
    file.write_bytes(b"weights")
    return file


def test_that_the_copy_is_listed_by_its_hash_and_recorded(run: RunFolder, resources: Path, onnx: Path) -> None:
    target = ship(run, onnx, resources)
    assert target.read_bytes() == b"weights"
    text = (resources / "models.toml").read_text(encoding="utf-8")
    rows = {row["id"]: row for row in tomllib.loads(text)["model"]}
    assert text.startswith("# a comment that stays")
    assert (rows["other"]["sha256"], rows["last"]["bytes"]) == ("aa", 2)
    assert rows["click-net"]["sha256"] == hashlib.sha256(b"weights").hexdigest()
    assert rows["click-net"]["bytes"] == 7
    record = json.loads(target.with_suffix(".json").read_text(encoding="utf-8"))
    assert record["sha256"] == rows["click-net"]["sha256"]
    assert record["data"] == {"sha256": "d"}
    assert record["starts"][0]["hardware"]["cores"] > 0
    assert record["curve"][-1] == [3, pytest.approx(1 / 3, rel=1e-4), 0.3]
    assert record["validation"] == [[3, 0.5, 0.6, 0.7]]


def test_that_a_run_that_began_from_what_ships_keeps_its_record(
    run: RunFolder, tmp_path: Path, resources: Path, onnx: Path
) -> None:
    first = json.loads(ship(run, onnx, resources).with_suffix(".json").read_text(encoding="utf-8"))
    later = RunFolder(tmp_path / "later")
    network = Config().network.model_copy(update={"begin": "somewhere/click-net.zip"})
    later.begin(Config(network=network), 0, {"data": {"sha256": "e"}})
    onnx.write_bytes(b"better weights")
    for _ in range(2):  # shipped again as it gets better, it does not become its own forerunner
        record = json.loads(ship(later, onnx, resources).with_suffix(".json").read_text(encoding="utf-8"))
        assert record["data"] == {"sha256": "e"}
        assert record["config"]["network"]["begin"] == "click-net.zip"
        assert record["before"] == first


def test_that_a_list_without_the_network_is_left_alone(run: RunFolder, tmp_path: Path) -> None:
    (tmp_path / "models.toml").write_text("# empty", encoding="utf-8")
    onnx = tmp_path / "click-net.zip"
    onnx.write_bytes(b"weights")
    with pytest.raises(InputError, match="no row"):
        ship(run, onnx, tmp_path)
    assert not (tmp_path / "weights" / "click-net.zip").exists()


def test_that_the_shipped_record_belongs_to_the_shipped_weights() -> None:
    from app.core.paths import resource_dir

    folder = resource_dir() / "weights"
    record = json.loads((folder / "click-net.json").read_text(encoding="utf-8"))
    content = (folder / "click-net.zip").read_bytes()
    assert record["sha256"] == hashlib.sha256(content).hexdigest()
    first = record
    while "before" in first:
        first = first["before"]
    assert first["trunk"]["model"] == "yolo11n-seg"
    assert record["starts"] and record["curve"] and record["data"]["sha256"]
