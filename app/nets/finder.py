"""The finder: what a detector knows of a picture, and which of it was clicked.

A detector answers at every cell of its levels: how sure it is of an object there, the object's box, and 32 coefficients
that make its mask out of prototypes. It then keeps the cells it is surest of. `idea` asks the cells that the prompts
name instead. The `Finder` sees the picture alone, so it runs once per view, whatever is clicked.

Its trunk stays as YOLO11n-seg has it: trained along, it forgot in a thousand steps most of what COCO's 118,000 pictures
had taught it. Its heads learn slowly.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from app.nets import yolo_parts
from app.nets.click_input import (
    AGREEMENT,
    ANSWERED,
    BOX,
    BOXED,
    CANDIDATES,
    CELL_STRIDES,
    CLICKED,
    DISC,
    ELSEWHERE,
    IDEA_CHANNELS,
    POSITIVE,
    PREVIOUS,
    SUREST,
)

CLICKED_PIXELS = 192


class Found(NamedTuple):
    """What was found at the N cells of a view of (H, W).

    ``sure`` (B, N) are logits of there being an object, ``coefficients`` (B, C, N) those of its mask, ``sides``
    (B, 4, N) x0, y0, x1, y1 of its box in the view's pixels; ``prototypes`` (B, C, H/4, W/4).
    """

    sure: Tensor
    coefficients: Tensor
    sides: Tensor
    prototypes: Tensor


class Finder(nn.Module):
    """Trunk and heads of YOLO11-seg, without the choice of the surest cells."""

    def __init__(self, width: float = yolo_parts.FULL_WIDTH) -> None:
        super().__init__()
        self.trunk, head = yolo_parts.build(width)
        self.boxes, self.classes, self.coefficients = head.cv2, head.cv3, head.cv4
        self.prototypes = head.proto
        self.bins = int(head.reg_max)
        self.trunk.requires_grad_(False)
        self.eval()

    def train(self, mode: bool = True) -> Finder:
        """Batch normalisation keeps the statistics of COCO."""
        return super().train(False)

    def forward(self, picture: Tensor) -> Found:
        """``picture`` is (B, 3, H, W) float32 RGB in 0..1."""
        with torch.no_grad():
            outputs = yolo_parts.through(self.trunk, picture)
        levels = [outputs[tap] for tap in yolo_parts.TAPS[1:]]
        sure, coefficients, sides = [], [], []
        for level, (features, stride) in enumerate(zip(levels, CELL_STRIDES, strict=True)):
            sure.append(self.classes[level](features).amax(1).flatten(1))
            coefficients.append(self.coefficients[level](features).flatten(2))
            reach = _expected(self.boxes[level](features), self.bins) * stride
            here = torch.cat(_centres(features, stride), dim=1)
            sides.append(torch.cat([here - reach[:, :2], here + reach[:, 2:]], dim=1).flatten(2))
        return Found(torch.cat(sure, 1), torch.cat(coefficients, 2), torch.cat(sides, 2), self.prototypes(levels[0]))


def idea(found: Found, prompts: Tensor) -> Tensor:
    """The first idea of the object, (B, `IDEA_CHANNELS`, H/4, W/4): its logits within `SUREST`; mask, box and both, in
    -1..1; and the confidence in 0..1. ``prompts`` (B, 4, H, W) are those of `click_input.prompt_input`.

    The cells that the prompts name best are averaged, weighted by a softmax of their confidence and of how well their
    objects agree with the prompts: a click that lies on a small thing before a large one names cells of both.
    `click_input.idea` is the same without torch.
    """
    cells, reached, named = prompts, 1, []
    for stride in CELL_STRIDES:
        cells = functional.max_pool2d(cells, stride // reached)
        named.append(_named(cells).flatten(1))
        reached = stride
    sure = found.sure.float() + torch.cat(named, dim=1)
    sure, best = sure.topk(min(CANDIDATES, sure.shape[1]), dim=1)
    coefficients, sides = _of(found.coefficients, best), _of(found.sides, best)
    with torch.no_grad():
        agreed = _agreement(coefficients, sides, found.prototypes, prompts)
    weights = torch.softmax(sure + AGREEMENT * agreed, dim=1)
    chosen = (coefficients * weights[:, None]).sum(2)
    confidence = torch.sigmoid((sure * weights).sum(1)) * torch.exp((agreed * weights).sum(1))
    mask = (chosen[:, :, None, None] * found.prototypes).sum(1, keepdim=True)
    inside = _inside((sides * weights[:, None]).sum(2, keepdim=True), mask)
    both = torch.minimum(mask, inside)
    parts = [torch.clamp(both, -SUREST, SUREST), *(torch.tanh(part / 4) for part in (mask, inside, both))]
    drawn = torch.cat([*parts, confidence[:, None, None, None] + torch.zeros_like(mask)], dim=1)
    assert drawn.shape[1] == IDEA_CHANNELS
    return drawn


def _of(values: Tensor, cells: Tensor) -> Tensor:
    """(B, C, K): the values (B, C, N) of some cells (B, K)."""
    return values.float().gather(2, cells[:, None].expand(-1, values.shape[1], -1))


def _agreement(coefficients: Tensor, sides: Tensor, prototypes: Tensor, prompts: Tensor) -> Tensor:
    """What the prompts make of the objects of K cells, (B, K) of at most 0: see `click_input`. Only the pixels that
    were clicked most are looked at, which are all of some fifteen clicks."""
    clicked = functional.avg_pool2d(prompts[:, :2], 4).flatten(2) / DISC
    spots = clicked.sum(1).topk(min(CLICKED_PIXELS, clicked.shape[2]), dim=1).indices
    x, y = (place.flatten(2)[:1].expand(len(spots), 1, -1) for place in _centres(prototypes, 4))
    logits = coefficients.transpose(1, 2) @ _of(prototypes.flatten(2), spots)
    inside = _nearness(sides, _of(x, spots), _of(y, spots))
    logits = torch.clamp(torch.minimum(logits, inside), -SUREST, SUREST)
    positive, negative = _of(clicked, spots).split(1, dim=1)
    agreed = torch.log(torch.sigmoid(logits)) * positive + torch.log(torch.sigmoid(-logits)) * negative
    total: Tensor = agreed.sum(2) + _overlap(sides, prompts[:, BOX])
    return total


def _overlap(sides: Tensor, box: Tensor) -> Tensor:
    """The log of the IoU (at least a twentieth) of K boxes with the drawn one, (B, K); zeros where there is none."""
    edges = []
    for line in ((box.amax(1) > 0).byte(), (box.amax(2) > 0).byte()):  # its columns, its rows
        edges.append((line.argmax(1, keepdim=True), line.shape[1] - line.flip(1).argmax(1, keepdim=True)))
    (a, c), (b, d) = edges
    x0, y0, x1, y1 = sides.unbind(1)
    both = (torch.minimum(x1, c) - torch.maximum(x0, a)).clamp(min=0)
    both = both * (torch.minimum(y1, d) - torch.maximum(y0, b)).clamp(min=0)
    either = (x1 - x0).clamp(min=0) * (y1 - y0).clamp(min=0) + (c - a) * (d - b) - both
    drawn = box.flatten(1).amax(1, keepdim=True) > 0
    return torch.log((both / either.clamp(min=1)).clamp(min=0.05)) * drawn


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
    """(B, K, h, w), positive inside the boxes of (B, 4, K) sides; ``like`` is a map at stride 4."""
    x, y = (place.flatten(2) for place in _centres(like, 4))
    return _nearness(sides, x, y).reshape(sides.shape[0], -1, *like.shape[-2:])


def _nearness(sides: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """(B, K, P): the distance of points (B, 1, P) to the nearest side of boxes (B, 4, K), inside counted positive; 1 at
    a twentieth of the box."""
    x0, y0, x1, y1 = (side[:, 0, :, None] for side in sides.split(1, dim=1))
    nearest = torch.minimum(torch.minimum(x - x0, x1 - x), torch.minimum(y - y0, y1 - y))
    return torch.clamp(nearest / (0.05 * torch.maximum(x1 - x0, y1 - y0) + 1), -SUREST, SUREST)
