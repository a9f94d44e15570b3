"""What tools return: typed results that the window can draw and the command line can write.

Every layer is a frozen dataclass of arrays and plain values only, so that it can travel between processes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.core.coarse import CoarseMask
from app.core.geometry import BoolArray
from app.core.masks import Rle, encode


@dataclass(frozen=True, eq=False)
class ImageLayer:
    """A picture: ``pixels`` (H, W) or (H, W, C), uint8, uint16 or float32, RGB order."""

    pixels: NDArray[Any] = field(repr=False)
    name: str = "image"


@dataclass(frozen=True, eq=False)
class MaskLayer:
    """A region, true on the object: ``given`` is (H, W) bool, or a `CoarseMask` that is enlarged when it is wanted.

    ``score`` is the model's own estimate of quality (0..1) where it has one. ``logits`` is the engine's low-resolution
    answer (float32), to be handed back in `Prompts.logits` when the person corrects the mask.
    """

    given: BoolArray | CoarseMask = field(repr=False)
    name: str = "mask"
    score: float | None = None
    logits: NDArray[np.float32] | None = field(default=None, repr=False)

    @cached_property
    def mask(self) -> BoolArray:
        """(H, W) bool."""
        return self.given.whole() if isinstance(self.given, CoarseMask) else self.given

    def encoded(self) -> Rle | None:
        """Run-length encoded, cropped to what is set; None for an empty mask."""
        return self.given.encoded() if isinstance(self.given, CoarseMask) else encode(np.asarray(self.given))


@dataclass(frozen=True, eq=False)
class LabelMapLayer:
    """A label per pixel: ``labels`` (H, W) int32, 0 is background; ``names[i]`` names value i where it is known."""

    labels: NDArray[np.int32] = field(repr=False)
    names: tuple[str, ...] = ()
    name: str = "labels"


@dataclass(frozen=True, eq=False)
class BoxesLayer:
    """Detections: ``boxes`` (N, 4) float32 left, top, right, bottom in source pixels, with a label and score each.

    ``masks`` is empty, or holds one run-length mask per box.
    """

    boxes: NDArray[np.float32]
    labels: tuple[str, ...]
    scores: NDArray[np.float32]
    masks: tuple[Rle, ...] = field(default=(), repr=False)
    name: str = "boxes"

    def __post_init__(self) -> None:
        n = len(self.labels)
        if self.boxes.shape != (n, 4) or self.scores.shape != (n,) or len(self.masks) not in (0, n):
            raise ValueError(f"{n} labels with boxes {self.boxes.shape}, scores {self.scores.shape}")


@dataclass(frozen=True, eq=False)
class TableLayer:
    """Rows of plain values (text, number, true/false or None) under named columns."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str | int | float | bool | None, ...], ...]
    name: str = "table"


@dataclass(frozen=True, eq=False)
class TextLayer:
    """Words for the person."""

    text: str
    name: str = "text"


Layer = ImageLayer | MaskLayer | LabelMapLayer | BoxesLayer | TableLayer | TextLayer
LAYER_TYPES: tuple[type[Layer], ...] = (ImageLayer, MaskLayer, LabelMapLayer, BoxesLayer, TableLayer, TextLayer)
