"""Prompts: what a person shows a model to say which object they mean."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from app.core.geometry import BoolArray, Box, Point


@dataclass(frozen=True, slots=True)
class Click:
    """A point that is on the object (positive) or off it, in source pixels (see `geometry`)."""

    x: float
    y: float
    positive: bool = True

    @property
    def point(self) -> Point:
        return self.x, self.y


@dataclass(frozen=True, slots=True, eq=False)
class Prompts:
    """Clicks in the order in which they were made, an optional box, and optionally a mask to start from.

    ``mask`` is (H, W) bool in source pixels: a shape that is being refined. ``logits`` is what the engine itself gave
    with its last answer (its own resolution, float32) and is only meaningful to that engine.
    """

    clicks: tuple[Click, ...] = ()
    box: Box | None = None
    mask: BoolArray | None = field(default=None, repr=False)
    logits: NDArray[np.float32] | None = field(default=None, repr=False)

    @property
    def positive(self) -> tuple[Point, ...]:
        return tuple(c.point for c in self.clicks if c.positive)

    @property
    def negative(self) -> tuple[Point, ...]:
        return tuple(c.point for c in self.clicks if not c.positive)

    @property
    def empty(self) -> bool:
        return not self.clicks and self.box is None and self.mask is None

    def with_click(self, x: float, y: float, positive: bool = True) -> Prompts:
        return replace(self, clicks=(*self.clicks, Click(x, y, positive)))

    def with_box(self, box: Box | None) -> Prompts:
        return replace(self, box=box)
