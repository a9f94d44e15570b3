"""The click network starts as the trunk it is built on, and survives being written down."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from app.core.errors import InputError
from app.core.geometry import Box
from app.core.prompts import Click
from app.nets import click_input, click_net, click_onnx, finder
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


def test_that_the_network_has_about_five_million_parameters() -> None:
    assert 4.9e6 < click_net.parameters(ClickNet()) < 5.5e6


@torch.inference_mode()
def test_that_the_untrained_network_answers_what_the_finder_finds(tiny: ClickNet) -> None:
    picture, prompts = inputs(64, 64)
    first = finder.idea(tiny.finder(picture), prompts)
    answer = tiny(picture, prompts)
    assert torch.equal(answer[:, 0], answer[:, 1])
    enlarged = torch.nn.functional.interpolate(first[:, :1], scale_factor=2.0, mode="bilinear", align_corners=False)
    assert ((answer[:, :1] * enlarged) >= 0).all()  # weakened, and of the same sign
    assert torch.equal(answer, tiny.look(picture, prompts, first))


def test_that_prompts_can_be_learnt(tiny: ClickNet) -> None:
    tiny(*inputs(64, 64)).sum().backward()
    assert tiny.answer.weight.grad is not None
    assert float(tiny.answer.weight.grad.abs().sum()) > 0
    torch.nn.init.normal_(tiny.answer.weight, std=0.1)
    tiny(*inputs(64, 64)).sum().backward()
    assert tiny.prompt_entry.weight.grad is not None
    assert float(tiny.prompt_entry.weight.grad.abs().sum()) > 0


def test_that_the_finder_keeps_its_trunk_and_its_statistics(tiny: ClickNet) -> None:
    tiny.train()
    before = {key: value.clone() for key, value in tiny.finder.state_dict().items()}
    picture, prompts = inputs(64, 64)
    finder.idea(tiny.finder(picture), prompts).sum().backward()
    after = tiny.finder.state_dict()
    assert all(torch.equal(before[key], after[key]) for key in before)
    assert all(p.grad is None for p in tiny.finder.trunk.parameters())
    assert any(p.grad is not None for p in tiny.finder.coefficients.parameters())


@torch.inference_mode()
def test_that_an_idea_is_the_same_with_and_without_torch(tiny: ClickNet) -> None:
    rng = np.random.default_rng(0)

    def drawn() -> torch.Tensor:
        clicks = [Click(*rng.uniform(0, (96, 64)), bool(n % 2)) for n in range(rng.integers(0, 5))]
        (x0, x1), (y0, y1) = np.sort(rng.uniform(0, 96, 2)), np.sort(rng.uniform(0, 64, 2))
        box = Box(x0, y0, x1, y1) if rng.random() < 0.5 else None
        before = rng.random((64, 96), np.float32) if rng.random() < 0.5 else None
        return torch.from_numpy(click_input.prompt_input((64, 96), clicks, box, before))

    for seed in range(8):
        picture, _ = inputs(64, 96, seed)
        prompts = torch.stack([drawn(), drawn()])
        found = tiny.finder(picture)
        expected = finder.idea(found, prompts)
        for k in range(2):
            alone = click_input.idea(click_input.Found(*(part[k].numpy() for part in found)), prompts[k].numpy())
            assert np.allclose(alone, expected[k].numpy(), atol=1e-3)


@torch.inference_mode()
def test_that_the_clicked_object_is_the_idea_and_no_other() -> None:
    """Two objects that the finder is equally sure of: the idea is that of the clicked one, or of the one in the box."""
    prototypes = np.zeros((2, 16, 32), np.float32)
    prototypes[0, 4:12, 2:10], prototypes[1, 4:12, 22:30] = 9, 9
    prototypes[prototypes == 0] = -9
    cells = 8 * 16 + 4 * 8 + 2 * 4
    sure, sides, coefficients = np.full(cells, -9, np.float32), np.zeros((4, cells)), np.zeros((2, cells))
    for number, (x, box) in enumerate(((3, (8, 16, 40, 48)), (13, (88, 16, 120, 48)))):
        cell = 4 * 16 + x
        sure[cell], sides[:, cell], coefficients[number, cell] = 3, box, 1
    found = click_input.Found(sure, coefficients.astype(np.float32), sides.astype(np.float32), prototypes)
    prompts = click_input.prompt_input((64, 128), [Click(28, 36)])
    drawn = click_input.idea(found, prompts)
    assert (drawn[0, 5:11, 3:9] > 0).all()
    assert not (drawn[0, :, 16:] > 0).any()
    assert drawn[-1].min() > 0.9
    boxed = click_input.idea(found, click_input.prompt_input((64, 128), [], Box(90, 18, 118, 46)))
    assert (boxed[0, 5:11, 23:29] > 0).all()
    assert not (boxed[0, :, :16] > 0).any()
    nothing = click_input.idea(found, click_input.prompt_input((64, 128), [Click(64, 60)]))
    assert nothing[-1].max() < 0.1  # a sure object elsewhere is not asked


def test_that_clicks_choose_among_the_objects_that_share_a_cell() -> None:
    """A small thing before a large one: a click on the small one names both; a click beside it tells what was meant."""
    prototypes = np.full((2, 16, 32), -9, np.float32)
    prototypes[0, 2:14, 2:30], prototypes[1, 6:10, 14:18] = 9, 9
    cells = 8 * 16 + 4 * 8 + 2 * 4
    sure, sides, coefficients = np.full(cells, -9, np.float32), np.zeros((4, cells)), np.zeros((2, cells))
    for number, (cell, sureness, box) in enumerate(
        ((8 * 16 + 4 * 8 + 1, 3.0, (8, 8, 120, 56)), (4 * 16 + 8, 1.0, (56, 24, 72, 40)))
    ):
        sure[cell], sides[:, cell], coefficients[number, cell] = sureness, box, 1
    found = click_input.Found(sure, coefficients.astype(np.float32), sides.astype(np.float32), prototypes)
    on, beside = Click(66, 34), Click(100, 34, False)
    torn = finder.Found(*(torch.from_numpy(np.asarray(part))[None] for part in vars(found).values()))
    for clicks, large in (([on], True), ([on, beside], False)):
        prompts = click_input.prompt_input((64, 128), clicks)
        for drawn in (click_input.idea(found, prompts), finder.idea(torn, torch.from_numpy(prompts)[None])[0].numpy()):
            assert (drawn[0, 7:9, 15:17] > 0).all()
            assert bool((drawn[0, 4:12, 4:28] > 0).all()) is large


@torch.inference_mode()
def test_that_the_untrained_network_sees_what_yolo_sees(shared_weights: Path) -> None:
    found = Weights().find("yolo11n-seg")
    if found is None:
        pytest.skip("yolo11n-seg.pt is not among the shared weights")
    network = ClickNet().eval()
    click_net.load_trunk(network, found.path)
    content = torch.load(found.path, map_location="cpu", weights_only=False)
    yolo = (content.get("ema") or content["model"]).float().eval()
    picture, _ = inputs(64, 96)
    (predictions, prototypes), _ = yolo(picture)
    seen = network.finder(picture)
    assert torch.allclose(seen.prototypes, prototypes, atol=1e-4)
    assert torch.allclose(torch.sigmoid(seen.sure), predictions[:, 4:84].amax(1), atol=1e-4)
    assert torch.allclose(seen.coefficients, predictions[:, 84:], atol=1e-3)
    x, y, w, h = predictions[:, :4].split(1, dim=1)
    sides = torch.cat([x - w / 2, y - h / 2, x + w / 2, y + h / 2], dim=1)
    assert torch.allclose(seen.sides, sides, atol=1e-2)


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
    assert file.stat().st_size < 12e6


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
    from plugins.segmentation import _click_net

    file = tmp_path / "net.zip"
    torch.nn.init.normal_(tiny.answer.weight, std=0.1)
    with torch.inference_mode(False):
        first = click_onnx.export(tiny, file)
        assert click_onnx.export(tiny, tmp_path / "again.zip") == first
    loaded = _click_net.load(file, threads=1)
    for size in ((64, 96), (128, 64)):
        picture, prompts = (tensor[:1] for tensor in inputs(*size))
        found = loaded.find(picture[0].numpy())
        for ours, theirs in zip(
            (found.sure, found.sides), (tiny.finder(picture).sure, tiny.finder(picture).sides), strict=True
        ):
            assert np.allclose(ours, theirs[0].numpy(), atol=0.2)
        drawn = click_input.idea(found, prompts[0].numpy())
        answer = loaded.look(picture[0].numpy(), prompts[0].numpy(), drawn)
        assert np.allclose(answer, tiny(picture, prompts)[0].numpy(), atol=0.1)


@torch.inference_mode()
def test_that_what_ships_can_be_trained_on(tiny: ClickNet, tmp_path: Path) -> None:
    pytest.importorskip("onnx", reason="onnx (dependency group train) is not installed")
    file = tmp_path / "net.zip"
    for values in tiny.state_dict().values():
        if values.is_floating_point():  # the exporter writes numbers that are the same only once
            values += 0.02 * torch.rand_like(values)
    tiny.trunk[3].bn.running_var += 1e6  # more than float16 holds
    with torch.inference_mode(False):
        click_onnx.export(tiny, file)
    again = click_net.load(file)
    assert again.settings == tiny.settings
    ours, theirs = tiny.state_dict(), again.state_dict()
    assert ours.keys() == theirs.keys()
    for name, value in ours.items():
        assert torch.allclose(value.float(), theirs[name].float(), rtol=1e-3, atol=1e-4), name
    assert torch.allclose(tiny(*inputs(64, 64)), again(*inputs(64, 64)), atol=0.05)


def test_that_weights_of_another_kind_are_not_trained_on(tmp_path: Path) -> None:
    pytest.importorskip("onnx", reason="onnx (dependency group train) is not installed")
    import zipfile

    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("look.onnx", b"")
    with pytest.raises(InputError, match=r"other\.zip holds no click network"):
        click_net.load(tmp_path / "other.zip")
