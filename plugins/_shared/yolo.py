"""Ultralytics YOLO networks, without what their package does besides: no downloads, no installs, no statistics.

The network's raw answer (before suppression) is kept apart from picking detections out of it, so that thresholds can
follow a slider without running the network again.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.nets import offline

# ultralytics reads its environment when it is imported
# isort: split

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from ultralytics.data.augment import LetterBox
from ultralytics.models import YOLO
from ultralytics.utils.nms import non_max_suppression

from app.core.masks import Rle, encode_crop
from app.tools.contract import ToolError

offline.quieten()


@dataclass(frozen=True, eq=False)
class YoloNetwork:
    """A loaded network: ``names`` by class index; ``suppresses`` false for networks that give final boxes (YOLO26)."""

    module: Any
    names: dict[int, str]
    device: str
    half: bool
    stride: int
    suppresses: bool


@dataclass(frozen=True, eq=False)
class RawDetections:
    """The network's answer for one picture, on the CPU.

    ``prediction`` is as its head gives it, ``prototypes`` (C, h, w) for networks with masks; ``gain`` (input pixels a
    source pixel) and ``pad`` say where the picture lies in the network's input.
    """

    prediction: Any
    prototypes: Any
    gain: float
    pad: tuple[float, float]
    input_size: tuple[int, int]
    source_size: tuple[int, int]


def load(path: Path, device: str) -> YoloNetwork:
    """Load a ``.pt`` file. Its pickle has been vouched for by then (see `app.tools.weights`)."""
    try:
        module: Any = YOLO(str(path)).model
    except Exception as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ToolError(f"{path} is not a YOLO network that ultralytics can load: {reason}") from error
    half = device.startswith("cuda")
    _choose_head(module)
    module = module.fuse(verbose=False).to(device).eval()
    module = module.half() if half else module.float()
    head = module.model[-1]
    return YoloNetwork(
        module=module,
        names={int(k): str(v) for k, v in module.names.items()},
        device=device,
        half=half,
        stride=int(max(module.stride)),
        suppresses=not bool(getattr(head, "end2end", False)),
    )


def _choose_head(module: Any) -> None:
    """Networks that were trained with two heads (YOLO26) answer through the one that needs no suppression.

    Which one is the default differs between versions of ultralytics, and fusing drops the other for good.
    """
    if getattr(module.model[-1], "one2one_cv2", None) is not None:
        module.end2end = True


@torch.inference_mode()
def predict(network: YoloNetwork, rgb: NDArray[np.uint8], size: int) -> RawDetections:
    """Run the network on a (H, W, 3) uint8 RGB picture, letter-boxed to ``size`` as ultralytics does it."""
    height, width = rgb.shape[:2]
    boxed: Any = LetterBox((size, size), auto=True, stride=network.stride)(image=rgb)
    gain = min(size / height, size / width)
    pad_x = round((boxed.shape[1] - round(width * gain)) / 2 - 0.1)
    pad_y = round((boxed.shape[0] - round(height * gain)) / 2 - 0.1)
    tensor = torch.from_numpy(np.ascontiguousarray(boxed.transpose(2, 0, 1))).to(network.device)
    tensor = (tensor.half() if network.half else tensor.float()) / 255
    answer = network.module(tensor[None])
    prediction = answer[0] if isinstance(answer, list | tuple) else answer
    prototypes = None
    if isinstance(prediction, list | tuple):  # segmentation heads nest (prediction, prototypes)
        prediction, prototypes = prediction[0], prediction[1]
    return RawDetections(
        prediction=prediction.float().cpu(),
        prototypes=None if prototypes is None else prototypes[0].float().cpu(),
        gain=gain,
        pad=(pad_x, pad_y),
        input_size=(boxed.shape[0], boxed.shape[1]),
        source_size=(height, width),
    )


@dataclass(frozen=True, eq=False)
class Picked:
    """Detections in source pixels: boxes (N, 4) float32, class indices, scores, and masks if any."""

    boxes: NDArray[np.float32]
    classes: NDArray[np.int64]
    scores: NDArray[np.float32]
    masks: tuple[Rle, ...]


@torch.inference_mode()
def pick(network: YoloNetwork, raw: RawDetections, confidence: float, iou: float, most: int) -> Picked:
    """Non-maximum suppression per class (ultralytics' own) and the way back to source pixels."""
    rows = non_max_suppression(
        raw.prediction.clone(),
        conf_thres=confidence,
        iou_thres=iou,
        max_det=most,
        nc=len(network.names),
        end2end=not network.suppresses,
    )[0]
    boxes = rows[:, :4].numpy().astype(np.float64)
    boxes = (boxes - [raw.pad[0], raw.pad[1], raw.pad[0], raw.pad[1]]) / raw.gain
    height, width = raw.source_size
    boxes = np.clip(boxes, 0, [width, height, width, height]).astype(np.float32)
    found = Picked(boxes, rows[:, 5].numpy().astype(np.int64), rows[:, 4].numpy().astype(np.float32), ())
    return found if raw.prototypes is None else _with_masks(found, _masks(rows[:, 6:], raw, boxes))


def _with_masks(found: Picked, masks: tuple[Rle, ...]) -> Picked:
    """Detections whose mask has no pixel are left out, as ultralytics does it."""
    keep = [i for i, mask in enumerate(masks) if mask.area()]
    return Picked(found.boxes[keep], found.classes[keep], found.scores[keep], tuple(masks[i] for i in keep))


def _masks(coefficients: Any, raw: RawDetections, boxes: NDArray[np.float32]) -> tuple[Rle, ...]:
    """Each mask at source resolution, computed inside its own box only (12 MP times N floats would not fit)."""
    depth, rows, columns = raw.prototypes.shape
    logits = (coefficients @ raw.prototypes.reshape(depth, -1)).reshape(-1, rows, columns).numpy()
    scale_x = raw.gain * columns / raw.input_size[1]
    scale_y = raw.gain * rows / raw.input_size[0]
    shift_x = raw.pad[0] * columns / raw.input_size[1]
    shift_y = raw.pad[1] * rows / raw.input_size[0]
    out = []
    for logit, (x0, y0, x1, y1) in zip(logits, boxes, strict=True):
        left, top = int(np.floor(x0)), int(np.floor(y0))
        size = max(1, int(np.ceil(x1)) - left), max(1, int(np.ceil(y1)) - top)
        # Source pixel centre -> prototype index: warpAffine's inverse map.
        matrix = np.array(
            [
                [scale_x, 0, (left + 0.5) * scale_x + shift_x - 0.5],
                [0, scale_y, (top + 0.5) * scale_y + shift_y - 0.5],
            ]
        )
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        crop = cv2.warpAffine(logit, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
        out.append(encode_crop(np.asarray(crop > 0), left, top))
    return tuple(out)
