from __future__ import annotations

import hashlib
import pickle
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from app.core.geometry import Box
from app.core.layers import MaskLayer
from app.core.prompts import Click, Prompts
from app.core.sources import Image, Prompted
from app.io import downloads
from app.tools.catalog import Catalog
from app.tools.contract import ToolError
from app.tools.memo import Memo
from app.tools.models import ModelPool
from app.tools.runner import LocalJob, run
from app.tools.weights import Weights, WeightsMissing
from tests.plugins import networks

SIZES = [(237, 311), (60, 900), (900, 70), (21, 17), (1, 1), (1500, 1100)]


@pytest.fixture(scope="session")
def sam_network(libraries: Path) -> Any:
    return networks.small_sam()


@pytest.fixture
def small(sam_network: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Every SAM that is built is a small one with other weights, to be overwritten by those of a file."""
    from plugins._shared import sam

    monkeypatch.setattr(sam, "build", lambda model_id: networks.small_sam(seed=99))
    return sam_network


@pytest.fixture
def weights_file(sam_network: Any, tmp_path: Path) -> Path:
    import torch

    path = tmp_path / "small_sam.pth"
    torch.save(sam_network.state_dict(), path)
    return path


def a_picture(height: int, width: int, seed: int = 0) -> Image:
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 80, (height, width, 3))
    pixels[height // 4 : height // 2 + 1, width // 3 : width // 2 + 1] += 140
    return Image(pixels.astype(np.uint8), f"{seed}.png")


def random_prompts(rng: np.random.Generator, height: int, width: int) -> Prompts:
    """Clicks, a box, or both; always something positive."""
    kind = rng.integers(3)
    clicks: tuple[Click, ...] = ()
    if kind != 1:
        count = int(rng.integers(1, 5))
        places = rng.integers(0, [width, height], (count, 2)) + 0.5
        clicks = tuple(Click(float(x), float(y), n == 0 or bool(rng.integers(2))) for n, (x, y) in enumerate(places))
    box = None
    if kind != 0:
        x, y = int(rng.integers(0, width)), int(rng.integers(0, height))
        box = Box(x, y, int(rng.integers(x + 1, width + 1)), int(rng.integers(y + 1, height + 1)))
    return Prompts(clicks, box)


def direct_predictor(network: Any, image: Image) -> Any:
    from segment_anything import SamPredictor

    predictor = SamPredictor(network)
    predictor.set_image(image.rgb8())
    return predictor


def directly(predictor: Any, prompts: Prompts, logits: Any = None) -> tuple[Any, Any, Any]:
    """The same question put to Meta's predictor as its examples do, with integer pixels; best first."""

    points = np.array([(int(c.x), int(c.y)) for c in prompts.clicks]) if prompts.clicks else None
    signs = np.array([1 if c.positive else 0 for c in prompts.clicks]) if prompts.clicks else None
    box = np.array([prompts.box.x0, prompts.box.y0, prompts.box.x1, prompts.box.y1]) if prompts.box else None
    lone = len(prompts.clicks) == 1 and box is None and logits is None
    masks, scores, low = predictor.predict(points, signs, box, logits, multimask_output=lone)
    order = np.argsort(-scores)
    return masks[order], scores[order], low[order]


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_that_answers_are_those_of_metas_predictor(small: Any, height: int, width: int) -> None:
    from plugins._shared import sam

    image, rng = a_picture(height, width), np.random.default_rng(height * width)
    session = sam.SamSession(small, sam.embed(small, image.rgb8()))
    ask_directly = direct_predictor(small, image)
    for _ in range(6):
        prompts = random_prompts(rng, height, width)
        masks, scores, logits = directly(ask_directly, prompts)
        found = session.predict(prompts)
        assert len(found) == len(masks)
        for layer, mask, score, low in zip(found, masks, scores, logits, strict=True):
            assert layer.mask.shape == (height, width) and layer.mask.dtype == bool
            assert np.array_equal(layer.mask, mask)
            assert layer.score == pytest.approx(float(score), abs=1e-5)
            assert np.allclose(layer.logits, low, atol=1e-4)


@pytest.mark.parametrize(("height", "width"), [(237, 311), (60, 900)])
def test_that_its_own_logits_are_the_start_of_a_correction(small: Any, height: int, width: int) -> None:
    from plugins._shared import sam

    image = a_picture(height, width)
    session = sam.SamSession(small, sam.embed(small, image.rgb8()))
    on_it = Click(width // 2 + 0.5, height // 2 + 0.5)
    first = session.predict(Prompts((on_it,)))[0]
    clicks = (on_it, Click(3.5, 4.5, False))
    found = session.predict(Prompts(clicks, logits=first.logits))
    masks, _, _ = directly(direct_predictor(small, image), Prompts(clicks), first.logits[None])
    assert len(found) == 1
    assert np.array_equal(found[0].mask, masks[0])
    assert not np.array_equal(found[0].mask, session.predict(Prompts(clicks))[0].mask)


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_that_a_mask_becomes_logits_in_the_padded_square_and_back(small: Any, height: int, width: int) -> None:
    from plugins._shared import sam

    embedding = sam.embed(small, a_picture(height, width).rgb8())
    session = sam.SamSession(small, embedding)
    mask = np.zeros((height, width), bool)
    mask[height // 4 : height - height // 4, width // 5 : max(1, width - width // 3)] = True
    logits = session.logits_of(mask)
    assert logits.shape == (256, 256) and logits.dtype == np.float32
    assert np.abs(logits).max() <= 10.001
    # The way back is Meta's: enlarge the square, cut the padding off, resize to the source.
    import torch

    big = small.postprocess_masks(torch.from_numpy(logits)[None, None], embedding.input_size, (height, width))
    back = big[0, 0].numpy() > 0
    border = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    reach = 1 + max(height, width) // 256  # one cell of the square, in source pixels
    near = cv2.dilate(border.astype(np.uint8), np.ones((2 * reach + 1,) * 2, np.uint8)) > 0
    assert np.array_equal(back[~near], mask[~near])
    rows, columns = embedding.input_size
    assert (logits[int(np.ceil(rows / 4)) + 1 :] == -10).all() and (
        logits[:, int(np.ceil(columns / 4)) + 1 :] == -10
    ).all()


def test_that_a_shape_to_refine_is_one_candidate(small: Any) -> None:
    from plugins._shared import sam

    session = sam.SamSession(small, sam.embed(small, a_picture(90, 120).rgb8()))
    mask = np.zeros((90, 120), bool)
    mask[20:60, 30:90] = True
    found = session.predict(Prompts((Click(50.5, 40.5),), mask=mask))
    expected, _, _ = directly(
        direct_predictor(small, a_picture(90, 120)), Prompts((Click(50.5, 40.5),)), session.logits_of(mask)[None]
    )
    assert len(found) == 1 and np.array_equal(found[0].mask, expected[0])


def test_that_a_lone_click_gives_three_candidates_the_best_first(small: Any) -> None:
    from plugins._shared import sam

    session = sam.SamSession(small, sam.embed(small, a_picture(90, 120).rgb8()))
    found = session.predict(Prompts((Click(50.5, 40.5),)))
    scores = [layer.score for layer in found]
    assert [layer.name for layer in found] == ["mask 1", "mask 2", "mask 3"]
    assert scores == sorted(scores, reverse=True)
    assert len(session.predict(Prompts((Click(50.5, 40.5), Click(60.5, 40.5))))) == 1
    assert len(session.predict(Prompts((), Box(10, 10, 50, 50)))) == 1


def test_that_only_negative_clicks_are_answered_with_a_sentence(small: Any) -> None:
    from plugins._shared import sam

    session = sam.SamSession(small, sam.embed(small, a_picture(30, 40).rgb8()))
    with pytest.raises(ToolError, match="Click on the object"):
        session.predict(Prompts((Click(3, 3, False),)))


def test_that_a_picture_too_thin_for_the_network_is_said(small: Any) -> None:
    from plugins._shared import sam

    with pytest.raises(ToolError, match="5000 x 1"):
        sam.embed(small, np.zeros((1, 5000, 3), np.uint8))


# -- the tool


@pytest.fixture
def job(weights_file: Path, small: Any) -> LocalJob:
    for model_id in ("sam-vit-b", "mobile-sam"):
        Weights().import_file(weights_file, model_id, unverified=True)
    return LocalJob(ModelPool(Weights().require, "cpu"), Memo(), wanted=None)


def ask(catalog: Catalog, job: LocalJob, image: Image, prompts: Prompts, engine: str) -> tuple[MaskLayer, ...]:
    tool = catalog.find("segmentation.click")
    return run(tool, Prompted(image, prompts), tool.params(engine=engine), job).layers  # type: ignore[return-value]


def test_that_the_tool_gives_metas_masks_with_the_weights_of_the_file(catalog, job, small, sam_network) -> None:
    image, prompts = a_picture(123, 201), Prompts((Click(80.5, 40.5), Click(3.5, 3.5, False)))
    for engine in ("sam-vit-b", "mobile-sam"):
        (found,) = ask(catalog, job, image, prompts, engine)
        expected, _, _ = directly(direct_predictor(sam_network, image), prompts)
        assert np.array_equal(found.mask, expected[0])
    assert job.weights["sam-vit-b"] == Weights().require("sam-vit-b").sha256


def test_that_a_picture_is_embedded_once_for_each_model(catalog, job, small, monkeypatch) -> None:
    from plugins._shared import sam

    seen: list[tuple[int, ...]] = []
    embed = sam.embed

    def counted(network: Any, rgb: Any) -> Any:
        seen.append(rgb.shape)
        return embed(network, rgb)

    monkeypatch.setattr(sam, "embed", counted)
    one, other = a_picture(60, 80, 1), a_picture(50, 70, 2)
    assert not ask(catalog, job, one, Prompts(), "sam-vit-b")[0].mask.any()
    assert seen == [(60, 80, 3)]
    first = ask(catalog, job, one, Prompts((Click(5, 5),)), "sam-vit-b")
    ask(catalog, job, one, Prompts((Click(9, 9),)), "sam-vit-b")
    ask(catalog, job, Image(one.pixels.copy(), "the same pixels in another file"), Prompts((Click(5, 5),)), "sam-vit-b")
    assert len(seen) == 1
    ask(catalog, job, other, Prompts((Click(5, 5),)), "sam-vit-b")
    assert seen[1:] == [(50, 70, 3)]
    ask(catalog, job, one, Prompts((Click(5, 5),)), "mobile-sam")
    assert len(seen) == 3
    again = ask(catalog, job, one, Prompts((Click(5, 5),)), "sam-vit-b")
    assert len(seen) == 3
    assert all(np.array_equal(a.mask, b.mask) for a, b in zip(first, again, strict=True))


@pytest.mark.parametrize("kind", ["gray", "gray16", "float", "rgba"])
def test_that_pictures_of_every_kind_can_be_clicked(catalog, job, kind) -> None:
    rgb = a_picture(40, 50).pixels
    pixels = {
        "gray": rgb[..., 0],
        "gray16": rgb[..., 0].astype(np.uint16) * 100,
        "float": rgb.astype(np.float32) / 7,
        "rgba": np.dstack([rgb, rgb[..., 0]]),
    }[kind]
    found = ask(catalog, job, Image(pixels), Prompts((Click(20, 15),)), "sam-vit-b")
    assert len(found) == 3 and found[0].mask.shape == (40, 50)


def test_that_missing_weights_are_named(catalog, libraries) -> None:
    job = LocalJob(ModelPool(Weights().require, "cpu"), Memo())
    with pytest.raises(WeightsMissing, match=r"sam_vit_b_01ec64\.pth"):
        ask(catalog, job, a_picture(20, 20), Prompts((Click(5, 5),)), "sam-vit-b")


# -- files


class Trap:
    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return exec, ("raise SystemExit('code in a pickle was run')",)


def test_that_a_file_with_code_in_it_is_refused_unread(small: Any, tmp_path: Path) -> None:
    from plugins._shared import sam

    path = tmp_path / "trap.pth"
    path.write_bytes(pickle.dumps({"image_encoder.pos_embed": Trap()}))
    with pytest.raises(ToolError, match=r"trap\.pth") as caught:
        sam.load("sam-vit-b", path, "cpu")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", ["text", "list", "other keys", "other shapes", "empty"])
def test_that_a_file_of_something_else_is_named_in_one_sentence(small, tmp_path, weights_file, content) -> None:
    import torch

    from plugins._shared import sam

    path = tmp_path / "wrong.pth"
    if content in ("text", "empty"):
        path.write_text("hello" if content == "text" else "")
    else:
        state = torch.load(weights_file, weights_only=True)
        key = next(iter(state))
        other: Any = {"list": [1], "other keys": {"a": torch.zeros(1)}, "other shapes": state | {key: torch.zeros(3)}}
        torch.save(other[content], path)
    with pytest.raises(ToolError, match=r"wrong\.pth does not hold the weights of mobile-sam") as caught:
        sam.load("mobile-sam", path, "cpu")
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 300


@pytest.fixture
def server(weights_file: Path) -> Iterator[str]:
    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(weights_file.parent))

        def log_message(self, *_: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{http.server_port}/{weights_file.name}"
    http.shutdown()
    http.server_close()


def test_that_a_fetched_file_answers_clicks(catalog, small, sam_network, weights_file, server, tmp_path) -> None:
    listing = tmp_path / "models.toml"
    digest, size = hashlib.sha256(weights_file.read_bytes()).hexdigest(), weights_file.stat().st_size
    listing.write_text(
        f'[[model]]\nid = "sam-vit-b"\ntitle = "S"\ntask = "t"\nfamily = "f"\nfile = "fetched.pth"\nurl = "{server}"\n'
        f'sha256 = "{digest}"\nbytes = {size}\nlicence = "Apache-2.0"\n',
        encoding="utf-8",
    )
    weights = Weights(listing)
    job = LocalJob(ModelPool(weights.require, "cpu"), Memo(), wanted=None)
    image, prompts = a_picture(64, 96), Prompts((Click(40.5, 20.5),))
    with pytest.raises(WeightsMissing):
        ask(catalog, job, image, prompts, "sam-vit-b")
    assert downloads.fetch(weights, "sam-vit-b").verified
    found = ask(catalog, job, image, prompts, "sam-vit-b")
    expected, _, _ = directly(direct_predictor(sam_network, image), prompts)
    assert all(np.array_equal(layer.mask, mask) for layer, mask in zip(found, expected, strict=True))


# -- the published models


@pytest.mark.parametrize(
    ("model_id", "file_bytes"), [("sam-vit-b", 375042383), ("sam-vit-l", 1249524607), ("sam-vit-h", 2564550879)]
)
def test_that_the_large_models_have_the_parameters_of_the_published_files(libraries, model_id, file_bytes) -> None:
    import torch

    from plugins._shared import sam

    with torch.device("meta"):
        state = sam.build(model_id).state_dict()
    assert {k.split(".")[0] for k in state} == {"image_encoder", "prompt_encoder", "mask_decoder"}
    assert sum(v.numel() for v in state.values()) * 4 == pytest.approx(file_bytes, rel=1e-3)
    assert Weights().entry(model_id).bytes == file_bytes


def test_that_mobile_sam_has_the_names_and_sizes_of_the_published_file_and_cuts_out(libraries, tmp_path) -> None:
    import torch
    from ultralytics.models.sam.build import build_mobile_sam as theirs

    from plugins._shared import sam

    with torch.device("meta"):
        meta = sam.build("sam-vit-b").state_dict()
    network = sam.build("mobile-sam")
    state = {k: tuple(v.shape) for k, v in network.state_dict().items()}
    encoder = {k: tuple(v.shape) for k, v in theirs().state_dict().items() if k.startswith("image_encoder.")}
    assert {k: v for k, v in state.items() if k.startswith("image_encoder.")} == encoder
    rest = {k: tuple(v.shape) for k, v in meta.items() if not k.startswith("image_encoder.")}
    assert {k: v for k, v in state.items() if not k.startswith("image_encoder.")} == rest
    size = sum(v.numel() for v in network.state_dict().values()) * 4
    assert size == pytest.approx(Weights().entry("mobile-sam").bytes, rel=5e-3)
    path = tmp_path / "mobile_sam.pt"
    torch.save(network.state_dict(), path)
    loaded = sam.load("mobile-sam", path, "cpu")
    embedding = sam.embed(loaded, a_picture(50, 80).rgb8())
    assert tuple(embedding.features.shape) == (1, 256, 64, 64)
    found = sam.SamSession(loaded, embedding).predict(Prompts((Click(30.5, 20.5),)))
    assert len(found) == 3 and found[0].mask.shape == (50, 80)
