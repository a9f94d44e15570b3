"""The click network starts as the trunk it is built on, and survives being written down."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from app.core.errors import InputError
from app.core.geometry import Box
from app.core.prompts import Click
from app.nets import click_input, click_net
from app.nets.click_net import ClickNet
from app.tools.weights import Weights


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture
def tiny() -> ClickNet:
    torch.manual_seed(0)
    return ClickNet(width=0.125, fused=16, fine=8).eval()


def inputs(height: int, width: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    numbers = torch.Generator().manual_seed(seed)
    return torch.rand(2, 3, height, width, generator=numbers), torch.rand(2, 4, height, width, generator=numbers)


@torch.inference_mode()
def test_that_an_answer_is_half_as_large_as_the_picture(tiny: ClickNet) -> None:
    answer = tiny(*inputs(64, 96))
    assert answer.shape == (2, click_net.READINGS, 32, 48)
    assert answer.dtype == torch.float32


def test_that_the_network_has_about_three_million_parameters() -> None:
    assert 2.8e6 < click_net.parameters(ClickNet()) < 3.3e6


@torch.inference_mode()
def test_that_the_trunk_does_not_know_of_prompts_before_training(tiny: ClickNet) -> None:
    picture, prompts = inputs(64, 64)
    with_prompts, without = tiny.features(picture, prompts), tiny.features(picture, None)
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(with_prompts, without, strict=True))


def test_that_prompts_can_be_learnt(tiny: ClickNet) -> None:
    tiny(*inputs(64, 64)).sum().backward()
    assert tiny.prompt_stem[-1].weight.grad is not None
    assert float(tiny.prompt_stem[-1].weight.grad.abs().sum()) > 0


@torch.inference_mode()
def test_that_the_untrained_network_sees_what_yolo_sees(shared_weights: Path) -> None:
    found = Weights().find("yolo11n-seg")
    if found is None:
        pytest.skip("yolo11n-seg.pt is not among the shared weights")
    network = ClickNet().eval()
    click_net.load_trunk(network, found.path)
    content = torch.load(found.path, map_location="cpu", weights_only=False)
    yolo = (content.get("ema") or content["model"]).float().eval()
    seen: dict[int, torch.Tensor] = {}
    for number in (2, 16, 19, 22):
        yolo.model[number].register_forward_hook(lambda m, i, o, n=number: seen.__setitem__(n, o))
    picture, prompts = inputs(64, 96)
    yolo(picture)
    features = network.features(picture, prompts)
    for number, expected in seen.items():
        assert torch.allclose(features[number], expected, atol=1e-5)
    assert torch.allclose(network.instance.prototypes(features[16]), yolo.model[-1].proto(seen[16]), atol=1e-5)


def test_that_a_trunk_of_another_width_is_refused(shared_weights: Path, tiny: ClickNet) -> None:
    found = Weights().find("yolo11n-seg")
    if found is None:
        pytest.skip("yolo11n-seg.pt is not among the shared weights")
    with pytest.raises(InputError, match="does not hold the layers"):
        click_net.load_trunk(tiny, found.path)


@torch.inference_mode()
def test_that_weights_come_back_as_they_were_saved_up_to_half_precision(tiny: ClickNet, tmp_path: Path) -> None:
    file = tmp_path / "net.safetensors"
    click_net.save(tiny, file, {"made": "in a test"})
    again = click_net.load(file)
    assert again.settings == tiny.settings
    assert torch.allclose(tiny(*inputs(64, 64)), again(*inputs(64, 64)), atol=0.02)
    assert click_net.save(again, tmp_path / "b.safetensors") == click_net.save(again, tmp_path / "c.safetensors")


def test_that_the_full_network_fits_into_twelve_megabytes(tmp_path: Path) -> None:
    file = tmp_path / "net.safetensors"
    click_net.save(ClickNet(), file)
    assert file.stat().st_size < 7e6


def test_that_a_foreign_file_is_refused(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    file = tmp_path / "other.safetensors"
    save_file({"a": np.zeros(3, np.float32)}, file)
    with pytest.raises(InputError, match="no click network"):
        click_net.load(file)


def test_that_prompts_are_drawn_where_they_were_made() -> None:
    previous = np.full((64, 96), 0.25, np.float32)
    clicks = [Click(10.5, 20.5), Click(90.2, 60.9, False), Click(-50, 5), Click(500, 5)]
    maps = click_input.prompt_input((64, 96), clicks, Box(30, 10, 50, 40), previous)
    assert maps.shape == (4, 64, 96)
    assert maps.dtype == np.float32
    y, x = np.mgrid[:64, :96]
    disc = np.hypot(x - 10, y - 20)
    assert maps[click_input.POSITIVE][disc <= 4.5].all()
    assert not maps[click_input.POSITIVE][disc > 6].any()
    assert maps[click_input.NEGATIVE, 60, 90] == 1
    assert maps[click_input.BOX].sum() == 20 * 30
    assert (maps[click_input.PREVIOUS] == 0.25).all()


@pytest.mark.parametrize(("height", "width"), [(3000, 4000), (1, 1), (2, 300), (480, 640)])
def test_that_views_have_sides_that_the_network_takes(height: int, width: int) -> None:
    rows, columns = click_input.fitted(height, width, 320)
    assert rows % 32 == 0
    assert columns % 32 == 0
    assert max(rows, columns) == 320


@torch.inference_mode()
def test_that_onnx_answers_like_torch_at_any_size(tiny: ClickNet, tmp_path: Path) -> None:
    pytest.importorskip("onnx", reason="onnx (dependency group train) is not installed")
    onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    file = tmp_path / "net.onnx"
    with torch.inference_mode(False):
        click_net.export_onnx(tiny, file)
    runner = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    for size in ((64, 96), (128, 64)):
        picture, prompts = (tensor[:1] for tensor in inputs(*size))
        (answer,) = runner.run(None, {"picture": picture.numpy(), "prompts": prompts.numpy()})
        assert np.allclose(answer, tiny(picture, prompts).numpy(), atol=0.02)
