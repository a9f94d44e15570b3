"""Trunk and heads of YOLO11-seg (Jocher and Qiu 2024, AGPL-3.0), built from ultralytics' own configuration."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from app.nets import offline

# ultralytics reads its environment when it is imported
# isort: split

import torch
from torch import Tensor, nn
from ultralytics.nn.tasks import parse_model, yaml_model_load

offline.quieten()

CONFIGURATION = "yolo11n-seg.yaml"
FULL_WIDTH = 0.25
"""The width factor of YOLO11n."""
TAPS = (2, 16, 19, 22)
"""The trunk's layers that others build on: at strides 4 (backbone), 8, 16 and 32 (neck)."""
STRIDES = (4, 8, 16, 32)
HEAD_PARTS = {"cv2": "boxes", "cv3": "classes", "cv4": "coefficients", "proto": "prototypes"}
"""What the parts of YOLO's head are called there and here."""


def build(width: float) -> tuple[nn.ModuleList, Any]:
    """Backbone and neck, layer by layer, and the head; ``width`` is `FULL_WIDTH` for YOLO11n."""
    configuration: dict[str, Any] = yaml_model_load(CONFIGURATION)
    depth, _, most = configuration["scales"]["n"]
    configuration |= {"scale": "n", "scales": {"n": [depth, width, most]}}
    model, _ = parse_model(configuration, ch=3, verbose=False)
    *layers, head = model
    return nn.ModuleList(layers), head


def through(
    layers: Sequence[nn.Module] | nn.ModuleList, picture: Tensor, after_first: Callable[[Tensor], Tensor] | None = None
) -> list[Tensor]:
    """The trunk's outputs, layer by layer; ``after_first`` may change what the first layer gives."""
    outputs: list[Tensor] = []
    now: Any = picture
    for number, layer in enumerate(layers):
        source: Any = layer.f
        if source != -1:
            now = outputs[source] if isinstance(source, int) else [now if j == -1 else outputs[j] for j in source]
        now = layer(now)
        if number == 0 and after_first is not None:
            now = after_first(now)
        outputs.append(now)
    return outputs


def channels(layer: nn.Module) -> int:
    """The channels that a layer gives: those of its last convolution."""
    last = [part for part in layer.modules() if isinstance(part, nn.Conv2d)]
    outer = getattr(layer, "cv3", None) or getattr(layer, "cv2", None)
    convolution = outer.conv if outer is not None else last[-1]
    return int(convolution.out_channels)


def read(path: Path) -> tuple[Mapping[str, Tensor], Mapping[str, Tensor]]:
    """The numbers of a ``yolo11n-seg.pt``: of the trunk (keys ``<layer>.<rest>``) and of the head (`HEAD_PARTS`).

    The file is a pickle, so it can run code: hand over only what `app.tools.weights` found and verified.
    """
    content = torch.load(path, map_location="cpu", weights_only=False)
    model = content.get("ema") or content["model"]
    state: Mapping[str, Tensor] = model.float().state_dict()
    last = max(int(key.split(".", 2)[1]) for key in state)
    trunk: dict[str, Tensor] = {}
    head: dict[str, Tensor] = {}
    for key, value in state.items():
        _, number, rest = key.split(".", 2)
        part, _, inner = rest.partition(".")
        if int(number) < last:
            trunk[f"{number}.{rest}"] = value
        elif part in HEAD_PARTS:
            head[f"{HEAD_PARTS[part]}.{inner}"] = value
    return trunk, head
