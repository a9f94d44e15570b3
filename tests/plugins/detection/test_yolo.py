from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.core.layers import BoxesLayer
from app.core.sources import Image
from app.io import images
from app.tools.catalog import Catalog
from app.tools.memo import Memo
from app.tools.models import ModelPool
from app.tools.runner import LocalJob, run
from app.tools.weights import Weights, WeightsRefused


def fresh_job() -> LocalJob:
    return LocalJob(ModelPool(Weights().require, "cpu"), Memo(), wanted=None)


def detect(catalog: Catalog, job: LocalJob, image: Image, **params: Any) -> BoxesLayer:
    tool = catalog.find("detection.yolo")
    (layer,) = run(tool, image, tool.params(**params), job).layers
    assert isinstance(layer, BoxesLayer)
    return layer


def reference(file: Path, image: Image, **settings: Any) -> Any:
    """What ultralytics itself makes of the picture (it takes BGR)."""
    from ultralytics import YOLO

    given = {"verbose": False, "retina_masks": True, "max_det": 300, "device": "cpu"} | settings
    return YOLO(str(file)).predict(np.ascontiguousarray(image.rgb8()[..., ::-1]), **given)[0]


def overlaps(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(N, M) intersection over union of boxes."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    both = np.clip(high - low, 0, None).prod(axis=2)
    return both / (((a[:, 2:] - a[:, :2]).prod(1))[:, None] + ((b[:, 2:] - b[:, :2]).prod(1))[None] - both + 1e-9)


def pairs(found: BoxesLayer, expected: Any) -> list[tuple[int, int]]:
    """Indices of detections that agree in class, score and box."""
    boxes, scores = expected.boxes.xyxy.numpy(), expected.boxes.conf.numpy()
    names = [expected.names[int(c)] for c in expected.boxes.cls]
    if not len(names) or not found.labels:
        return []
    overlap = overlaps(found.boxes, boxes)
    same = np.array([[a == b for b in names] for a in found.labels])
    close = np.abs(found.scores[:, None] - scores[None]) < 1e-3
    best = np.where(same & close, overlap, 0)
    return [(i, int(best[i].argmax())) for i in range(len(best)) if best[i].max() > 0.98]


@pytest.fixture(scope="session")
def street() -> Image:
    """A generated picture with things of many sizes, (270, 400, 3)."""
    rng = np.random.default_rng(5)
    pixels = rng.integers(60, 110, (270, 400, 3))
    for _ in range(30):
        x, y, w, h = rng.integers(0, 340), rng.integers(0, 220), rng.integers(8, 90), rng.integers(8, 70)
        pixels[y : y + h, x : x + w] = rng.integers(0, 256, 3)
    return Image(pixels.astype(np.uint8), "street.png")


@pytest.mark.parametrize("model", ["yolov8n", "yolov8n-seg"])
@pytest.mark.parametrize("name", ["bus.jpg", "dog.jpg", "truck.jpg"])
def test_that_real_networks_find_what_ultralytics_finds(
    catalog, libraries, shared_weights, shared, model, name
) -> None:
    image = images.read(shared / "data/01_photos" / name)
    found = detect(catalog, fresh_job(), image, model=model)
    expected = reference(shared_weights / f"{model}.pt", image, conf=0.25, iou=0.7, imgsz=640)
    assert len(found.labels) == len(expected.boxes) > 0
    assert found.labels == tuple(expected.names[int(c)] for c in expected.boxes.cls)
    assert np.abs(found.scores - expected.boxes.conf.numpy()).max() < 1e-3
    assert np.abs(found.boxes - expected.boxes.xyxy.numpy()).max() < 1.0
    for mask, other in zip(found.masks, () if expected.masks is None else expected.masks.data.numpy(), strict=True):
        ours, theirs = mask.full(image.width, image.height), other > 0.5
        assert (ours & theirs).sum() / (ours | theirs).sum() > 0.85


@pytest.mark.parametrize("model", ["yolov8n", "yolov8n-seg", "yolo11n", "yolo26n"])
def test_that_networks_with_random_weights_answer_as_in_ultralytics(catalog, imported, street, model) -> None:
    # Nothing is suppressed: answers of random weights lie so close together that rounding would decide what is.
    found = detect(catalog, fresh_job(), street, model=model, size=320, confidence=0.3, iou=1.0)
    with_final_boxes = {"nms": False} if model == "yolo26n" else {}
    expected = reference(imported[model], street, conf=0.3, iou=1.0, imgsz=320, **with_final_boxes)
    agreed = pairs(found, expected)
    assert len(agreed) >= 0.95 * max(len(found.labels), len(expected.boxes), 10)
    for ours, theirs in agreed if found.masks else ():
        mask = found.masks[ours].full(street.width, street.height)
        other = expected.masks.data[theirs].numpy() > 0.5
        assert mask.sum() < 50 or (mask & other).sum() / (mask | other).sum() > 0.85


@pytest.mark.parametrize("iou", [0.2, 0.5, 0.8])
def test_that_suppression_is_that_of_torchvision(imported, street, iou) -> None:
    import torch
    from torchvision.ops import batched_nms

    from plugins._shared import yolo as adapter

    network = adapter.load(imported["yolov8n"], "cpu")
    raw = adapter.predict(network, street.rgb8(), 320)
    scores, classes = raw.prediction[0, 4:].max(dim=0)
    centre, size = raw.prediction[0, :2].T, raw.prediction[0, 2:4].T
    boxes = torch.cat([centre - size / 2, centre + size / 2], dim=1)
    sure = scores > 0.3
    kept = batched_nms(boxes[sure], scores[sure], classes[sure], iou)
    picked = adapter.pick(network, raw, 0.3, iou, 1000)
    assert 1 < len(kept) < 1000
    assert len(picked.scores) == pytest.approx(len(kept), abs=2)
    assert np.allclose(picked.scores[:20], scores[sure][kept].numpy()[:20])


@pytest.mark.parametrize("model", ["yolov8n", "yolov8n-seg", "yolo26n"])
def test_that_thresholds_follow_without_running_the_network_again(
    catalog, imported, street, model, monkeypatch
) -> None:
    from plugins._shared import yolo as adapter

    runs: list[int] = []
    predict = adapter.predict

    def counted(network: Any, rgb: Any, size: int) -> Any:
        runs.append(size)
        return predict(network, rgb, size)

    monkeypatch.setattr(adapter, "predict", counted)
    job = fresh_job()
    counts = set()
    for confidence, iou, most in ((0.1, 0.7, 300), (0.4, 0.7, 300), (0.4, 0.2, 300), (0.2, 0.9, 5), (1.0, 0.7, 300)):
        given = {"model": model, "size": 320, "confidence": confidence, "iou": iou, "most": most}
        quick = detect(catalog, job, street, **given)
        assert runs == [320]
        counts.add(len(quick.labels))
        afresh = detect(catalog, fresh_job(), street, **given)
        runs.pop()
        assert np.array_equal(quick.boxes, afresh.boxes) and quick.labels == afresh.labels
        assert np.array_equal(quick.scores, afresh.scores) and quick.masks == afresh.masks
        assert len(quick.labels) <= most and (quick.scores >= confidence).all()
    assert len(counts) >= 3
    detect(catalog, job, street, model=model, size=352)
    detect(catalog, job, Image(street.pixels[:, ::-1]), model=model, size=320)
    assert runs == [320, 352, 320]


@pytest.mark.parametrize("model", ["yolov8n-seg", "yolo26n"])
@pytest.mark.parametrize(
    "shape", [(20, 30, 3), (1, 1, 3), (40, 900, 3), (900, 40, 3), (90, 120), (90, 120, 2), (90, 120, 4)]
)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_that_pictures_of_every_kind_can_be_looked_at(catalog, imported, model, shape, dtype) -> None:
    pixels = np.random.default_rng(3).random(shape) * (1 if dtype == np.float32 else np.iinfo(dtype).max)
    found = detect(catalog, _kept_job(imported), Image(pixels.astype(dtype)), model=model, size=128, confidence=0.05)
    height, width = shape[:2]
    assert np.isfinite(found.boxes).all()
    assert (found.boxes[:, :2] >= 0).all() and (found.boxes[:, 2:] <= (width, height)).all()
    assert (found.boxes[:, 2:] >= found.boxes[:, :2]).all()
    for mask in found.masks:
        assert mask.full(width, height).sum() == mask.area() > 0


_JOBS: dict[str, LocalJob] = {}


def _kept_job(imported: dict[str, Path]) -> LocalJob:
    """One pool for the many pictures: the networks are the same for the whole session."""
    return _JOBS.setdefault("job", fresh_job())


def test_that_gray_is_its_colour_picture(catalog, imported, street) -> None:
    gray = street.pixels[..., 1]
    one = detect(catalog, fresh_job(), Image(gray), model="yolov8n", size=320)
    three = detect(catalog, fresh_job(), Image(np.dstack([gray] * 3)), model="yolov8n", size=320)
    assert np.array_equal(one.boxes, three.boxes)


def test_that_a_network_with_final_boxes_ignores_the_overlap_and_says_why(catalog, imported, street) -> None:
    params = catalog.find("detection.yolo").params
    assert "no suppression" in params(model="yolo26n").inapplicable()["iou"]
    assert params(model="yolov8n").inapplicable() == {}
    low, high = (detect(catalog, fresh_job(), street, model="yolo26n", size=320, iou=iou) for iou in (0.0, 1.0))
    assert len(low.labels) > 0
    assert np.array_equal(low.boxes, high.boxes)
    some = detect(catalog, fresh_job(), street, model="yolov8n", size=320, iou=0.1)
    more = detect(catalog, fresh_job(), street, model="yolov8n", size=320, iou=0.95)
    assert len(some.labels) < len(more.labels)


def test_that_a_pickle_nobody_vouched_for_is_not_opened(catalog, checkpoints, street, monkeypatch, tmp_path) -> None:
    (tmp_path / "yolo11n.pt").write_bytes(checkpoints["yolo11n"].read_bytes())
    (tmp_path / "yolov8n.pt").write_bytes(checkpoints["yolov8n"].read_bytes())
    monkeypatch.setenv("FOVEA_WEIGHTS", str(tmp_path))
    for model in ("yolo11n", "yolov8n"):
        with pytest.raises(WeightsRefused, match=rf"{model}\.pt"):
            detect(catalog, fresh_job(), street, model=model)


def test_that_a_file_that_is_no_network_is_named(catalog, libraries, street, tmp_path) -> None:
    wrong = tmp_path / "text.pt"
    wrong.write_text("hello")
    Weights().import_file(wrong, "yolov8n", unverified=True)
    from app.tools.contract import ToolError

    with pytest.raises(ToolError, match=r"yolov8n\.pt is not a YOLO network") as caught:
        detect(catalog, fresh_job(), street)
    assert "\n" not in str(caught.value)


WATCHED = """
import json, os, socket, subprocess, sys, urllib.request
seen = []
for owner, name in ((socket.socket, "connect"), (socket, "create_connection"), (socket, "getaddrinfo"),
                    (urllib.request, "urlopen"), (os, "system")):
    def refuse(*a, _name=name, **k):
        seen.append(_name)
        raise OSError("no network here")
    setattr(owner, name, refuse)
started = subprocess.Popen.__init__
def popen(self, args, *a, **k):
    words = args if isinstance(args, str) else " ".join(map(str, args))
    if "pip" in words or "curl" in words or "uv " in words:
        seen.append(words)
    started(self, args, *a, **k)
subprocess.Popen.__init__ = popen
from pathlib import Path
import numpy as np
from plugins._shared import yolo
network = yolo.load(Path(sys.argv[1]), "cpu")
yolo.pick(network, yolo.predict(network, np.zeros((64, 96, 3), np.uint8), 96), 0.25, 0.7, 10)
from ultralytics.utils import ONLINE, SETTINGS, SETTINGS_FILE
facts = {"seen": seen, "sync": SETTINGS["sync"], "file": str(SETTINGS_FILE), "online": ONLINE,
         "kept": json.loads(Path(SETTINGS_FILE).read_text())["sync"],
         "environment": {k: v for k, v in os.environ.items() if k.startswith("YOLO_")}}
print(json.dumps(facts), file=sys.stderr)
"""


def test_that_ultralytics_sends_installs_and_downloads_nothing_and_keeps_quiet(checkpoints, tmp_path) -> None:
    home = tmp_path / "home"
    environment = {k: v for k, v in os.environ.items() if not k.startswith("YOLO_")}
    environment |= {"FOVEA_HOME": str(home), "HOME": str(tmp_path / "person"), "YOLO_CONFIG_DIR": str(tmp_path / "own")}
    command = [sys.executable, "-c", WATCHED, str(checkpoints["yolov8n"])]
    root = Path(__file__).parents[3]
    done = subprocess.run(command, env=environment, cwd=root, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stderr.strip().splitlines()[-1])
    assert done.stdout == ""
    assert facts["seen"] == []
    assert (facts["sync"], facts["kept"], facts["online"]) == (False, False, False)
    assert facts["environment"]["YOLO_AUTOINSTALL"] == "false"
    assert Path(facts["file"]).is_relative_to(home)
    assert not (tmp_path / "own").exists()


def test_that_pillow_keeps_its_own_way_of_opening_files() -> None:
    import PIL.Image

    from plugins._shared import yolo as adapter

    assert adapter.load is not None
    assert PIL.Image.open.__module__ == "PIL.Image"
