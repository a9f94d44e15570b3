"""A run learns, can be broken off and gone on with to the bit, stopped, paused, prolonged and exported."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("pytorch_lightning", reason="pytorch-lightning (dependency group train) is not installed")

import torch

from app.core.errors import InputError
from app.nets import click_net, click_onnx
from app.training import loop
from app.training.config import Config
from app.training.pack import Pack
from app.training.run_folder import RunFolder
from app.training.samples import Maker
from app.training.task import rate_factor


@pytest.fixture(autouse=True)
def quick_export(monkeypatch: pytest.MonkeyPatch) -> None:
    """ONNX takes many seconds and is tested with the network."""

    def absent(network: object, path: Path) -> str:
        raise ImportError("onnx")

    monkeypatch.setattr(click_onnx, "export", absent)


def quiet(text: str) -> None: ...


def weights(folder: RunFolder) -> dict[str, torch.Tensor]:
    state: dict[str, torch.Tensor] = torch.load(folder.last, weights_only=True)["state_dict"]
    return state


def test_that_a_run_broken_off_ends_like_an_unbroken_one(tmp_path: Path, pack: Pack, small: Config) -> None:
    whole, broken = RunFolder(tmp_path / "whole"), RunFolder(tmp_path / "broken")
    assert loop.train(small, whole, pack, pack, say=quiet)

    def stop(text: str) -> None:
        if text.startswith("step 2: loss"):
            (broken.path / "stop").touch()

    assert not loop.train(small, broken, pack, pack, say=stop)
    assert broken.state()["state"] == "stopped"
    assert broken.state()["step"] == 2
    assert loop.train(small, broken, pack, pack, resume=True, say=quiet)
    first, second = weights(whole), weights(broken)
    assert all(torch.allclose(first[key], second[key], atol=1e-5) for key in first)
    unbroken, resumed = ([float(r["loss"]) for r in run.rows() if r["loss"]] for run in (whole, broken))
    assert len(unbroken) > 0
    assert resumed == pytest.approx(unbroken, rel=1e-3)
    about = json.loads((broken.path / "about.json").read_text())
    assert [start["step"] for start in about["starts"]] == [0, 2]
    assert about["data"]["sha256"] == pack.about["sha256"]
    assert broken.state()["state"] == "finished"
    assert list(broken.samples.glob("step-*.jpg"))
    again = click_net.load(broken.path / "click-net.safetensors")
    kept = loop.restore(broken).averaged.module.state_dict()
    assert all(torch.allclose(v.float(), kept[k].float(), atol=2e-3, rtol=2e-3) for k, v in again.state_dict().items())


def test_that_a_run_can_be_prolonged_from_before_its_cool_down(tmp_path: Path, pack: Pack, small: Config) -> None:
    longer = small.model_copy(update={"optimiser": small.optimiser.model_copy(update={"steps": 8})})
    prolonged, straight = RunFolder(tmp_path / "prolonged"), RunFolder(tmp_path / "straight")
    loop.train(small, prolonged, pack, say=quiet)
    assert loop.start_of(prolonged, longer).step == 4
    loop.train(longer, prolonged, pack, resume=True, say=quiet)
    loop.train(longer, straight, pack, say=quiet)
    first, second = weights(prolonged), weights(straight)
    assert all(torch.allclose(first[key], second[key], atol=1e-5) for key in first)


def test_that_seeds_decide(tmp_path: Path, pack: Pack, small: Config) -> None:
    short = small.model_copy(
        update={"optimiser": small.optimiser.model_copy(update={"steps": 2, "warmup": 0, "cooldown": 1})}
    )
    runs = [RunFolder(tmp_path / name) for name in "abc"]
    for folder, seed in zip(runs, (1, 1, 2), strict=True):
        loop.train(short.model_copy(update={"seed": seed}), folder, pack, say=quiet)
    a, b, c = (weights(folder) for folder in runs)
    assert all(torch.allclose(a[key], b[key], atol=1e-5) for key in a)
    assert any(not torch.allclose(a[key], c[key], atol=1e-5) for key in a)


def test_that_a_run_in_use_is_not_begun_again(tmp_path: Path, pack: Pack, small: Config) -> None:
    folder = RunFolder(tmp_path)
    folder.last.touch()
    with pytest.raises(InputError, match="a run in"):
        loop.train(small, folder, pack, say=quiet)
    with pytest.raises(InputError, match="no checkpoint"):
        loop.train(small, RunFolder(tmp_path / "none"), pack, resume=True, say=quiet)


def test_that_weights_to_begin_from_that_are_missing_are_named(tmp_path: Path, pack: Pack, small: Config) -> None:
    network = small.network.model_copy(update={"begin": str(tmp_path / "gone.zip")})
    with pytest.raises(InputError, match=r"gone\.zip is not there"):
        loop.train(small.model_copy(update={"network": network}), RunFolder(tmp_path / "run"), pack, say=quiet)


def test_that_time_and_pause_are_kept(
    tmp_path: Path, pack: Pack, small: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = RunFolder(tmp_path / "run")
    folder.path.mkdir()
    seen: list[str] = []

    def unpause(seconds: float) -> None:
        seen.append(folder.state()["state"])
        (folder.path / "pause").unlink()

    def say(text: str) -> None:
        if text.startswith("step 2: loss"):
            (folder.path / "pause").touch()

    monkeypatch.setattr(loop.time, "sleep", unpause)
    assert loop.train(small, folder, pack, say=say)
    assert seen == ["paused"]
    assert not loop.train(small, RunFolder(tmp_path / "short"), pack, limit=0.0, say=quiet)
    assert RunFolder(tmp_path / "short").state()["step"] == 1


def test_that_the_rate_rises_stays_and_falls(small: Config) -> None:
    how = small.optimiser.model_copy(update={"steps": 100, "warmup": 10, "cooldown": 20})
    factors = [rate_factor(step, how) for step in range(101)]
    assert factors[0] == pytest.approx(0.1)
    assert set(factors[10:81]) == {1.0}
    assert factors[90] == pytest.approx(0.5)
    assert factors[100] == 0
    longer = how.model_copy(update={"steps": 200})
    assert [rate_factor(step, longer) for step in range(80)] == factors[:80]


def test_that_a_handful_of_shapes_is_learnt(tmp_path: Path, pack: Pack, small: Config) -> None:
    """Six samples, over and over: the miniature network answers a click with the right shape."""
    config = Config.model_validate(
        small.model_dump()
        | {
            "data": {"side": 64, "batch": 6, "closer": 0.0},
            "clicks": {"several": 0.0, "box": 0.0, "shape": 0.0, "rounds": 0},
            "optimiser": {"steps": 80, "warmup": 2, "cooldown": 10, "rate": 5e-3, "trunk_rate": 5e-3, "average": 0.8},
            "watching": small.watching.model_dump() | {"validate_every": 1000, "checkpoint_every": 1000, "rows": 10},
        }
    )
    maker = Maker(pack, config)
    samples = [maker(number) for number in range(6)]
    folder = RunFolder(tmp_path / "run")
    loop.train(config, folder, pack, say=quiet, make=lambda n: replace(samples[n % 6], number=n))
    assert float(folder.rows()[-1]["iou"]) > 0.85
