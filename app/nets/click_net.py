"""The click network: a picture, clicks, a box and the answer before in; the object's mask out.

It is of the kind of RITM (Sofiiuk et al., "Reviving Iterative Training with Mask Guidance for Interactive
Segmentation", ICIP 2022), FocalClick (Chen et al., CVPR 2022) and SimpleClick (Liu et al., ICCV 2023): the prompts are
drawn as maps and join the picture at the first layer, so that every layer knows of them; they join again where the
levels are fused. Its trunk begins as that of YOLO11n-seg (Jocher and Qiu 2024, AGPL-3.0, trained on COCO). Beside it
stands the `finder`, whose first idea of the object the answer builds on.

Input and output of a look:

- ``picture`` (B, 3, H, W) float32 RGB in 0..1, H and W multiples of 32 (`click_input.picture_input`);
- ``prompts`` (B, 4, H, W) float32 in 0..1: positive clicks, negative clicks, the probability answered before, the box
  (`click_input.prompt_input`);
- ``idea`` (B, 5, H/4, W/4) float32 (`finder.idea`);
- gives (B, 3, H/2, W/2) float32 logits, positive on the object: `BEST`, and two other readings of the same prompts.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from app.nets import offline, yolo_parts
from app.nets.finder import Finder, idea

# ultralytics reads its environment when it is imported
# isort: split

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional
from ultralytics.nn.modules.conv import Conv
from ultralytics.utils.torch_utils import initialize_weights

from app.core.errors import InputError
from app.nets.click_input import FINDER_FILE, FINDER_OUTPUTS, IDEA_CHANNELS, LOOK_FILE, LOOK_INPUTS, STRIDE
from app.nets.yolo_parts import FULL_WIDTH, STRIDES, TAPS, channels

offline.quieten()

PROMPT_CHANNELS = 4
BEST, READINGS = 0, 3
"""The channel of the answer that is the likeliest, and how many there are."""
FORMAT = "fovea-click-net-3"


class ClickNet(nn.Module):
    """See the module. What comes out is the finder's idea, as far as that is sure of itself, plus what the rest makes
    of it.

    ``width`` scales the trunks (0.125 for tests), ``fused`` and ``fine`` are the channels of the top-down path and of
    the last step at stride 2. Until it is trained, it answers what the finder finds: prompts enter the trunk, and the
    decoder's word the answer, through convolutions that start at zero (as in ControlNet, Zhang et al., ICCV 2023).
    """

    def __init__(self, width: float = FULL_WIDTH, fused: int = 64, fine: int = 32) -> None:
        super().__init__()
        self.settings: dict[str, Any] = {"width": width, "fused": fused, "fine": fine}
        self.finder = Finder(width)
        self.trunk, _ = yolo_parts.build(width)
        first = channels(self.trunk[0])
        self.prompt_stem = nn.Sequential(nn.Conv2d(PROMPT_CHANNELS, 16, 3, stride=2, padding=1), nn.SiLU())
        self.prompt_entry = nn.Conv2d(16 + IDEA_CHANNELS, first, 3, padding=1)
        self.laterals = nn.ModuleList(nn.Conv2d(channels(self.trunk[tap]), fused, 1) for tap in TAPS)
        self.prompt_laterals = nn.ModuleList(nn.Conv2d(2 * PROMPT_CHANNELS, fused, 3, padding=1) for _ in TAPS)
        self.guide = nn.Sequential(nn.Conv2d(IDEA_CHANNELS, 16, 3, padding=1), nn.SiLU(), nn.Conv2d(16, fused, 1))
        self.smooth = nn.ModuleList(Conv(fused, fused, 3) for _ in TAPS[:-1])
        self.narrow = Conv(fused, fine, 1)
        self.refine = Conv(fine + first, fine, 3)
        self.answer = nn.Conv2d(fine, READINGS, 3, padding=1)
        self.trust = nn.Parameter(torch.tensor([[1.0, 2.0]]).repeat(READINGS, 1))
        initialize_weights(self)
        for silent in (self.prompt_entry, self.answer):
            assert silent.bias is not None
            nn.init.zeros_(silent.weight)
            nn.init.zeros_(silent.bias)

    def forward(self, picture: Tensor, prompts: Tensor) -> Tensor:
        """A look at a view that nothing is known of yet."""
        return self.look(picture, prompts, idea(self.finder(picture), prompts))

    def look(self, picture: Tensor, prompts: Tensor, first_idea: Tensor) -> Tensor:
        """The answer to prompts: see the module."""
        outputs = self._features(picture, prompts, first_idea)
        now = self._fused(outputs, prompts, len(TAPS) - 1)
        for level in range(len(TAPS) - 2, -1, -1):
            lateral = self._fused(outputs, prompts, level)
            if level == 0:
                lateral = lateral + self.guide(first_idea)
            now = self.smooth[level](lateral + _doubled(now))
        now = torch.cat([_doubled(self.narrow(now)), outputs[0]], dim=1)
        word: Tensor = self.answer(self.refine(now))
        return word + _doubled(self._trusted(first_idea))

    def _features(self, picture: Tensor, prompts: Tensor, first_idea: Tensor) -> list[Tensor]:
        added = torch.cat([self.prompt_stem(prompts), _doubled(first_idea)], dim=1)
        return yolo_parts.through(self.trunk, picture, lambda first: first + self.prompt_entry(added))

    def _fused(self, outputs: list[Tensor], prompts: Tensor, level: int) -> Tensor:
        """A level of the trunk and the prompts at its stride, in the channels of the top-down path."""
        stride = STRIDES[level]
        seen = torch.cat([functional.max_pool2d(prompts, stride), functional.avg_pool2d(prompts, stride)], dim=1)
        lateral: Tensor = self.laterals[level](outputs[TAPS[level]]) + self.prompt_laterals[level](seen)
        return lateral

    def _trusted(self, first_idea: Tensor) -> Tensor:
        """(B, `READINGS`, H/4, W/4): the idea's logits, weakened where the finder is unsure of it."""
        sure = torch.logit(torch.clamp(first_idea[:, -1:], 1e-5, 1 - 1e-5))
        gate = torch.sigmoid(sure * self.trust[:, :1, None] + self.trust[:, 1:, None])
        return gate * first_idea[:, :1]


def _doubled(features: Tensor) -> Tensor:
    return functional.interpolate(features, scale_factor=2.0, mode="bilinear", align_corners=False)


def load_trunk(network: ClickNet, path: Path) -> None:
    """Take the trunks and the finder's heads from a ``yolo11n-seg.pt`` (see `yolo_parts.read`).

    Raises `InputError` where it holds another network.
    """
    trunk, head = yolo_parts.read(path)
    finder = {f"trunk.{key}": value for key, value in trunk.items()} | dict(head)
    try:
        network.trunk.load_state_dict(trunk)
        network.finder.load_state_dict(finder)
    except RuntimeError as error:
        raise InputError(f"{path} does not hold the layers of {yolo_parts.CONFIGURATION}.") from error


def save(network: ClickNet, path: Path, notes: Mapping[str, str] | None = None) -> str:
    """Write the weights as float16 safetensors (about 11 MB); gives the file's sha256.

    ``notes`` (where the weights come from) are kept in the file's header.
    """
    halves = {k: v.detach().cpu().contiguous() for k, v in network.state_dict().items()}
    halves = {k: v.half() if v.is_floating_point() else v for k, v in halves.items()}
    # One note, since several are written in an order that changes from file to file.
    header = json.dumps({"settings": network.settings, "notes": dict(notes or {})}, sort_keys=True)
    part = path.with_name(path.name + ".part")
    save_file(halves, part, metadata={FORMAT: header})
    part.replace(path)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def load(path: Path) -> ClickNet:
    """The network of a file that `save` wrote, in float32, ready to be asked. Raises `InputError` for another file."""
    with safe_open(path, framework="pt") as file:
        header = (file.metadata() or {}).get(FORMAT)
        if header is None:
            raise InputError(f"{path} holds no click network of this version ({FORMAT}).")
        state = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a dict)
    network = ClickNet(**json.loads(header)["settings"])
    network.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in state.items()})
    return network.eval()


def parameters(network: nn.Module) -> int:
    """How many numbers are learnt."""
    return sum(p.numel() for p in network.parameters())


class _Look(nn.Module):
    """What is exported besides the finder: `ClickNet.look` as a network of its own."""

    def __init__(self, network: ClickNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, picture: Tensor, prompts: Tensor, first_idea: Tensor) -> Tensor:
        return self.network.look(picture, prompts, first_idea)


def export_onnx(network: ClickNet, path: Path) -> str:
    """Write the network as ONNX, a zip of `FINDER_FILE` and `LOOK_FILE` (`click_input`); gives the file's sha256.

    Inputs and outputs have their first axis, of length 1; height and width are free (multiples of 32). Numbers are
    stored in float16 and taken back to float32 when the file is loaded: about 11 MB. Needs the package onnx.
    """
    height, width = 10 * STRIDE, 8 * STRIDE
    picture = torch.zeros(1, 3, height, width)
    prompts = torch.zeros(1, PROMPT_CHANNELS, height, width)
    first_idea = torch.zeros(1, IDEA_CHANNELS, height // 4, width // 4)
    free = {name: {2: f"{name}_rows", 3: f"{name}_columns"} for name in (*LOOK_INPUTS, "prototypes", "logits")}
    cells = {"sure": {1: "cells"}, "coefficients": {2: "cells"}, "sides": {2: "cells"}}
    graphs = {
        FINDER_FILE: _onnx(network.finder, (picture,), ("picture",), FINDER_OUTPUTS, free | cells),
        LOOK_FILE: _onnx(_Look(network), (picture, prompts, first_idea), LOOK_INPUTS, ("logits",), free),
    }
    part = path.with_name(path.name + ".part")
    with zipfile.ZipFile(part, "w") as archive:
        for name, content in graphs.items():
            archive.writestr(zipfile.ZipInfo(name), content)  # no date, so that equal weights give equal files
    part.replace(path)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _onnx(
    module: nn.Module, inputs: tuple[Tensor, ...], taken: Sequence[str], given: Sequence[str], free: dict[str, Any]
) -> bytes:
    import onnx

    content = io.BytesIO()
    with torch.no_grad():
        # The exporter by tracing takes a second, the newer one half a minute for the same graph.
        torch.onnx.export(
            module.eval(),
            inputs,
            content,  # type: ignore[arg-type]
            input_names=list(taken),
            output_names=list(given),
            dynamic_axes={name: free[name] for name in (*taken, *given)},
            opset_version=17,
            dynamo=False,
        )
    return bytes(_halved(onnx.load_from_string(content.getvalue())).SerializeToString())


def _halved(model: Any) -> Any:
    """An ONNX model whose larger float32 constants are stored as float16, each with a cast behind it.

    onnxruntime carries the casts out once, when it loads the file.
    """
    from onnx import TensorProto, helper, numpy_helper

    casts = []
    for tensor in model.graph.initializer:
        if tensor.data_type == TensorProto.FLOAT:
            values = numpy_helper.to_array(tensor)
            if values.size < 64:
                continue
            name = tensor.name
            tensor.CopyFrom(numpy_helper.from_array(values.astype("float16"), name + "_half"))
            casts.append(helper.make_node("Cast", [name + "_half"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    return model
