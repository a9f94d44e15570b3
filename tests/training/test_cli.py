"""The command that trains."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.cli import main
from app.core import paths
from app.training.config import Config
from app.training.run_folder import RunFolder, write_json
from tests.training.conftest import NOBODY, shards

TINY = """
threads = 1
[network]
width = 0.125
fused = 16
fine = 8
trunk = ""
[data]
side = 64
batch = 2
[optimiser]
steps = 2
warmup = 0
cooldown = 1
[watching]
validation_objects = 1
validation_side = 64
"""


def test_that_a_run_is_made_gone_on_with_and_exported(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pytorch_lightning", reason="pytorch-lightning (dependency group train) is not installed")
    from app.nets import click_onnx
    from app.training.pack import write

    def absent(network: object, path: Path) -> str:
        raise ImportError("onnx")

    monkeypatch.setattr(click_onnx, "export", absent)
    for part in ("train", "val"):
        write(shards(tmp_path / "shards", range(3)), tmp_path / "packs" / part, NOBODY)
    file = tmp_path / "tiny.toml"
    file.write_text(TINY, encoding="utf-8")
    given = ["--data", str(tmp_path / "packs")]
    assert main(["train", "click-net", "--config", str(file), "--minutes", "0", *given]) == 0
    (run,) = (home / "data" / "training").iterdir()
    assert RunFolder(run).state()["state"] == "stopped"
    assert main(["train", "click-net", "--resume", *given]) == 0
    assert RunFolder(run).state()["state"] == "finished"
    (run / "click-net.safetensors").unlink()
    assert main(["train", "export", "--run", str(run)]) == 0
    assert (run / "click-net.safetensors").exists()
    assert "finished" in capsys.readouterr().err
    assert main(["train", "ship", "--run", str(run)]) == 1
    assert "dependency group `train`" in capsys.readouterr().err
    resources = tmp_path / "resources"
    resources.mkdir()
    (resources / "models.toml").write_text('[[model]]\nid = "click-net"\nsha256 = "0"\nbytes = 0\n', encoding="utf-8")
    monkeypatch.setattr(click_onnx, "export", lambda network, path: str(path.write_bytes(b"weights")))
    monkeypatch.setattr(paths, "resource_dir", lambda: resources)
    assert main(["train", "ship", "--run", str(run)]) == 0
    assert (resources / "weights" / "click-net.zip").read_bytes() == b"weights"
    assert "bytes = 7" in (resources / "models.toml").read_text(encoding="utf-8")


def test_that_absent_pictures_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pytorch_lightning", reason="pytorch-lightning (dependency group train) is not installed")
    monkeypatch.setenv("FOVEA_SHARED", str(tmp_path / "nowhere"))
    assert main(["train", "click-net"]) == 1
    assert "FOVEA_SHARED" in capsys.readouterr().err
    assert main(["train", "click-net", "--resume"]) == 1
    assert "no run" in capsys.readouterr().err


def test_that_a_run_remembers_every_start_and_forgets_what_was_lost(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.begin(Config(), 0, {"data": {"sha256": "x"}})
    for step in (10, 20, 30):
        folder.add_row({"step": step, "loss": 1 / step})
    (tmp_path / "stop").touch()
    folder.begin(Config(), 20, {})
    assert [row["step"] for row in folder.rows()] == ["10", "20"]
    assert not folder.asked("stop")
    assert folder.config() == Config()
    assert "hardware" in (tmp_path / "about.json").read_text()
    write_json(tmp_path / "state.json", {"state": "running"})
    assert folder.state()["state"] == "running"
