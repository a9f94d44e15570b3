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
import json
from collections.abc import Mapping
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
from app.nets.click_input import IDEA_CHANNELS
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
        *laterals, now = self._laterals(outputs, prompts)
        for level in range(len(TAPS) - 2, -1, -1):
            lateral = laterals[level]
            if level == 0:
                lateral = lateral + self.guide(first_idea)
            now = self.smooth[level](lateral + _doubled(now))
        now = torch.cat([_doubled(self.narrow(now)), outputs[0]], dim=1)
        word: Tensor = self.answer(self.refine(now))
        return word + _doubled(self._trusted(first_idea))

    def _features(self, picture: Tensor, prompts: Tensor, first_idea: Tensor) -> list[Tensor]:
        added = torch.cat([self.prompt_stem(prompts), _doubled(first_idea)], dim=1)
        return yolo_parts.through(self.trunk, picture, lambda first: first + self.prompt_entry(added))

    def _laterals(self, outputs: list[Tensor], prompts: Tensor) -> list[Tensor]:
        """The levels of the trunk and the prompts at their strides, in the channels of the top-down path."""
        laterals = []
        largest = mean = prompts
        reached = 1
        for level, stride in enumerate(STRIDES):
            # Pooling what is pooled already gives the same, and reads each pixel once.
            largest = functional.max_pool2d(largest, stride // reached)
            mean = functional.avg_pool2d(mean, stride // reached)
            reached = stride
            seen = self.prompt_laterals[level](torch.cat([largest, mean], dim=1))
            laterals.append(self.laterals[level](outputs[TAPS[level]]) + seen)
        return laterals

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
    """The network of a file that `save` or `click_onnx.export` (``.zip``) wrote, in float32, ready to be asked.

    Raises `InputError` for another file.
    """
    if path.suffix == ".zip":
        from app.nets import click_onnx

        settings, state = click_onnx.read(path)
    else:
        with safe_open(path, framework="pt") as file:
            header = (file.metadata() or {}).get(FORMAT)
            if header is None:
                raise InputError(f"{path} holds no click network of this version ({FORMAT}).")
            settings = json.loads(header)["settings"]
            state = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a dict)
    network = ClickNet(**settings)
    missing, unknown = network.load_state_dict(
        {k: v.float() if v.is_floating_point() else v for k, v in state.items()}, strict=False
    )
    if unknown or any(not name.endswith(".num_batches_tracked") for name in missing):
        raise InputError(f"{path} holds other weights than the click network of this version ({FORMAT}).")
    return network.eval()


def parameters(network: nn.Module) -> int:
    """How many numbers are learnt."""
    return sum(p.numel() for p in network.parameters())
