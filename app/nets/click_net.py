"""The click network: a picture, clicks, a box and the answer before in; the object's mask out.

It is of the kind of RITM (Sofiiuk et al., "Reviving Iterative Training with Mask Guidance for Interactive
Segmentation", ICIP 2022), FocalClick (Chen et al., CVPR 2022) and SimpleClick (Liu et al., ICCV 2023): the prompts are
drawn as maps and join the picture at the first layer, so that every layer knows of them. Trunk and heads are those of
YOLO11n-seg (Jocher and Qiu 2024, AGPL-3.0, trained on COCO), built from ultralytics' own configuration.

What YOLO would find at the clicks is a first idea of the object: where a detector keeps the boxes and masks it is
surest of, `InstanceHead` takes those of the cells that were clicked, and the decoder builds on that.

Input and output:

- ``picture`` (B, 3, H, W) float32 RGB in 0..1, H and W multiples of 32 (`click_input.picture_input`);
- ``prompts`` (B, 4, H, W) float32 in 0..1: positive clicks, negative clicks, the probability answered before, the box
  (`click_input.prompt_input`);
- gives (B, 3, H/2, W/2) float32 logits, positive on the object: `BEST`, and two other readings of the same prompts.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.nets import offline

# ultralytics reads its environment when it is imported
# isort: split

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional
from ultralytics.nn.modules.conv import Conv
from ultralytics.nn.tasks import parse_model, yaml_model_load
from ultralytics.utils.torch_utils import initialize_weights

from app.core.errors import InputError
from app.nets.click_input import BOX, POSITIVE, PREVIOUS, STRIDE

offline.quieten()

CONFIGURATION = "yolo11n-seg.yaml"
FULL_WIDTH = 0.25
"""The width factor of YOLO11n."""
TAPS = (2, 16, 19, 22)
"""The trunk's layers that are fused: at strides 4 (backbone), 8, 16 and 32 (neck)."""
PROMPT_CHANNELS = 4
HEAD_PARTS = {"cv2": "boxes", "cv3": "classes", "cv4": "coefficients", "proto": "prototypes"}
"""What the parts of YOLO's head are called there and here."""
BEST, READINGS = 0, 3
"""The channel of the answer that is the likeliest, and how many there are."""
FORMAT = "fovea-click-net-2"

CLICKED, BOXED, ANSWERED, ELSEWHERE = 0.0, -7.0, -9.0, -30.0
"""Logits added to a cell's confidence: a clicked cell is asked before one in the box, that before one in the answer."""


class InstanceHead(nn.Module):
    """The heads of YOLO11-seg, asked where the clicks are.

    Each cell of the trunk's three levels says how sure it is of an object (the largest of its class logits), the
    object's box, and the mask's 32 coefficients for the prototypes. The cells that the prompts name are averaged,
    weighted by a softmax of their confidence.
    """

    GUIDES = 4
    STRIDES = (8, 16, 32)

    def __init__(self, head: nn.Module) -> None:
        super().__init__()
        parts: Any = head
        self.boxes, self.classes, self.coefficients = parts.cv2, parts.cv3, parts.cv4
        self.bins = int(parts.reg_max)
        self.prototypes = parts.proto

    def forward(self, levels: list[Tensor], prompts: Tensor) -> tuple[Tensor, Tensor]:
        """``levels`` are the trunk's outputs at strides 8, 16, 32. Gives the instance's logits (B, 1, H/4, W/4) and the
        `GUIDES` maps for the decoder, of the same size: mask, box and both, in -1..1, and the confidence in 0..1."""
        sure, coefficients, sides = self._cells(levels, prompts)
        weights = torch.softmax(sure[0] + sure[1], dim=1)[:, None]
        chosen = (coefficients * weights).sum(2)
        confidence = torch.sigmoid((sure[0][:, None] * weights).sum(2))
        prototypes = self.prototypes(levels[0])
        mask = (chosen[:, :, None, None] * prototypes).sum(1, keepdim=True)
        inside = _inside((sides * weights).sum(2), mask)
        instance = torch.minimum(mask, inside)
        guides = [torch.tanh(part / 4) for part in (mask, inside, instance)]
        return instance, torch.cat([*guides, confidence[:, :, None, None] + torch.zeros_like(mask)], dim=1)

    def _cells(self, levels: list[Tensor], prompts: Tensor) -> tuple[tuple[Tensor, Tensor], Tensor, Tensor]:
        """All levels' cells in one row: confidence and what the prompts add to it (B, N), coefficients (B, 32, N),
        the box's sides x0, y0, x1, y1 in pixels of the input (B, 4, N)."""
        sure, named, coefficients, sides = [], [], [], []
        for level, (features, stride) in enumerate(zip(levels, self.STRIDES, strict=True)):
            sure.append(self.classes[level](features).amax(1).flatten(1))
            named.append(_named(functional.max_pool2d(prompts, stride)).flatten(1))
            coefficients.append(self.coefficients[level](features).flatten(2))
            reach = _expected(self.boxes[level](features), self.bins) * stride
            x, y = _centres(features, stride)
            here = torch.cat([x, y], dim=1)
            sides.append(torch.cat([here - reach[:, :2], here + reach[:, 2:]], dim=1).flatten(2))
        return (torch.cat(sure, 1), torch.cat(named, 1)), torch.cat(coefficients, 2), torch.cat(sides, 2)


def _named(prompts: Tensor) -> Tensor:
    """(B, h, w): what the prompts of a cell (B, 4, h, w) add to its confidence."""
    offers = [(POSITIVE, CLICKED), (BOX, BOXED), (PREVIOUS, ANSWERED)]
    gains = [(value - ELSEWHERE) * prompts[:, channel] for channel, value in offers]
    return torch.maximum(torch.maximum(gains[0], gains[1]), gains[2]) + ELSEWHERE


def _expected(logits: Tensor, bins: int) -> Tensor:
    """(B, 4, h, w): the distances whose distributions over ``bins`` steps are (B, 4 * bins, h, w) (Li et al.,
    "Generalized Focal Loss", NeurIPS 2020)."""
    steps = torch.arange(bins, dtype=logits.dtype, device=logits.device)
    shares = [torch.softmax(side, dim=1) for side in logits.split(bins, dim=1)]
    return torch.cat([(share * steps[:, None, None]).sum(1, keepdim=True) for share in shares], dim=1)


def _centres(features: Tensor, stride: int) -> tuple[Tensor, Tensor]:
    """x and y of the cells' centres in pixels of the input, (B, 1, h, w) each."""
    ones = torch.ones_like(features[:, :1])
    return (ones.cumsum(3) - 0.5) * stride, (ones.cumsum(2) - 0.5) * stride


def _inside(sides: Tensor, like: Tensor) -> Tensor:
    """(B, 1, h, w), positive inside the box of (B, 4) sides: the distance to the nearest side, 1 at a twentieth of the
    box. ``like`` is a map at stride 4."""
    x, y = _centres(like, 4)
    x0, y0, x1, y1 = (side[:, :, None, None] for side in sides.split(1, dim=1))
    nearest = torch.minimum(torch.minimum(x - x0, x1 - x), torch.minimum(y - y0, y1 - y))
    softness = 0.05 * torch.maximum(x1 - x0, y1 - y0) + 1
    return torch.clamp(nearest / softness, -8, 8)


class ClickNet(nn.Module):
    """See the module. What comes out is the detector's idea plus what the decoder makes of it.

    ``width`` scales the trunk (0.125 for tests), ``fused`` and ``fine`` are the channels of the top-down path and of
    the last step at stride 2. Until it is trained, it answers what the detector does: prompts enter the trunk, and the
    decoder's word the answer, through convolutions that start at zero (as in ControlNet, Zhang et al., ICCV 2023).
    """

    def __init__(self, width: float = FULL_WIDTH, fused: int = 64, fine: int = 32) -> None:
        super().__init__()
        self.settings: dict[str, Any] = {"width": width, "fused": fused, "fine": fine}
        layers, head = _yolo(width)
        self.trunk = nn.ModuleList(layers)
        self.instance = InstanceHead(head)
        first = _channels(self.trunk[0])
        self.prompt_stem = nn.Sequential(
            nn.Conv2d(PROMPT_CHANNELS, 16, 3, stride=2, padding=1), nn.SiLU(), nn.Conv2d(16, first, 3, padding=1)
        )
        self.laterals = nn.ModuleList(nn.Conv2d(_channels(self.trunk[tap]), fused, 1) for tap in TAPS)
        self.guide = nn.Sequential(nn.Conv2d(InstanceHead.GUIDES, 16, 3, padding=1), nn.SiLU(), nn.Conv2d(16, fused, 1))
        self.smooth = nn.ModuleList(Conv(fused, fused, 3) for _ in TAPS[:-1])
        self.narrow = Conv(fused, fine, 1)
        self.refine = Conv(fine + first, fine, 3)
        self.answer = nn.Conv2d(fine, READINGS, 3, padding=1)
        self.trust = nn.Parameter(torch.ones(READINGS))
        initialize_weights(self)
        for silent in (self.prompt_stem[-1], self.answer):
            assert isinstance(silent, nn.Conv2d)
            assert silent.bias is not None
            nn.init.zeros_(silent.weight)
            nn.init.zeros_(silent.bias)

    def features(self, picture: Tensor, prompts: Tensor | None) -> list[Tensor]:
        """The trunk's outputs, layer by layer; without ``prompts`` they are YOLO11's own."""
        outputs: list[Tensor] = []
        now: Any = picture
        for number, layer in enumerate(self.trunk):
            source: Any = layer.f
            if source != -1:
                now = outputs[source] if isinstance(source, int) else [now if j == -1 else outputs[j] for j in source]
            now = layer(now)
            if number == 0 and prompts is not None:
                now = now + self.prompt_stem(prompts)
            outputs.append(now)
        return outputs

    def forward(self, picture: Tensor, prompts: Tensor) -> Tensor:
        return self.answers(picture, prompts)[0]

    def answers(self, picture: Tensor, prompts: Tensor) -> tuple[Tensor, Tensor]:
        """The answer, and the instance it builds on (B, 1, H/4, W/4), for training."""
        outputs = self.features(picture, prompts)
        instance, guides = self.instance([outputs[tap] for tap in TAPS[1:]], prompts)
        now = self.laterals[-1](outputs[TAPS[-1]])
        for level in range(len(TAPS) - 2, -1, -1):
            lateral = self.laterals[level](outputs[TAPS[level]])
            if level == 0:
                lateral = lateral + self.guide(guides)
            now = self.smooth[level](lateral + _doubled(now))
        now = torch.cat([_doubled(self.narrow(now)), outputs[0]], dim=1)
        first = _doubled(torch.clamp(instance, -8, 8)) * self.trust[:, None, None]
        return self.answer(self.refine(now)) + first, instance


def _doubled(features: Tensor) -> Tensor:
    return functional.interpolate(features, scale_factor=2.0, mode="bilinear", align_corners=False)


def _yolo(width: float) -> tuple[list[nn.Module], nn.Module]:
    """Backbone and neck of YOLO11-seg, and its head."""
    configuration: dict[str, Any] = yaml_model_load(CONFIGURATION)
    depth, _, most = configuration["scales"]["n"]
    configuration |= {"scale": "n", "scales": {"n": [depth, width, most]}}
    model, _ = parse_model(configuration, ch=3, verbose=False)
    *layers, head = model
    return layers, head


def _channels(layer: nn.Module) -> int:
    """The channels that a layer of YOLO gives: those of its last convolution."""
    last = [part for part in layer.modules() if isinstance(part, nn.Conv2d)]
    outer = getattr(layer, "cv3", None) or getattr(layer, "cv2", None)
    convolution = outer.conv if outer is not None else last[-1]
    return int(convolution.out_channels)


def load_trunk(network: ClickNet, path: Path) -> None:
    """Take trunk and heads from a ``yolo11n-seg.pt``.

    The file is a pickle, so it can run code: hand over only what `app.tools.weights` found and verified. Raises
    `InputError` where it holds another network.
    """
    content = torch.load(path, map_location="cpu", weights_only=False)
    model = content.get("ema") or content["model"]
    state: Mapping[str, Tensor] = model.float().state_dict()
    last = len(network.trunk)
    wanted = network.state_dict()
    taken = {}
    for key, value in state.items():
        _, number, rest = key.split(".", 2)
        if int(number) < last:
            taken[f"trunk.{number}.{rest}"] = value
        elif int(number) == last:
            part, _, rest = rest.partition(".")
            if part in HEAD_PARTS:
                taken[f"instance.{HEAD_PARTS[part]}.{rest}"] = value
    missing = [k for k in wanted if k.startswith(("trunk.", "instance.")) and k not in taken]
    if missing or any(wanted[k].shape != v.shape for k, v in taken.items()):
        raise InputError(f"{path} does not hold the layers of {CONFIGURATION}.")
    network.load_state_dict(taken, strict=False)


def save(network: ClickNet, path: Path, notes: Mapping[str, str] | None = None) -> str:
    """Write the weights as float16 safetensors (about 4.7 MB); gives the file's sha256.

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


def export_onnx(network: ClickNet, path: Path, size: tuple[int, int] | None = None) -> str:
    """Write the network as ONNX with inputs ``picture`` and ``prompts`` and output ``logits``; gives the file's sha256.

    Height and width are free (multiples of 32) unless ``size`` (H, W) fixes them. Numbers are stored in float16 and
    taken back to float32 when the file is loaded: about 5 MB. Needs the package onnx.
    """
    import onnx

    height, width = size or (10 * STRIDE, 8 * STRIDE)
    inputs = (torch.zeros(1, 3, height, width), torch.zeros(1, PROMPT_CHANNELS, height, width))
    names = ("picture", "prompts", "logits")
    content = io.BytesIO()
    with torch.no_grad():
        # The exporter by tracing takes a second, the newer one half a minute for the same graph.
        torch.onnx.export(
            network.eval(),
            inputs,
            content,  # type: ignore[arg-type]
            input_names=list(names[:2]),
            output_names=list(names[2:]),
            dynamic_axes=None if size else {name: {2: f"{name}_rows", 3: f"{name}_columns"} for name in names},
            opset_version=17,
            dynamo=False,
        )
    part = path.with_name(path.name + ".part")
    onnx.save(_halved(onnx.load_from_string(content.getvalue())), part)
    part.replace(path)
    return hashlib.sha256(path.read_bytes()).hexdigest()


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
