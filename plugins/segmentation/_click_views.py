"""What the click network is shown of a picture, and what it answers: parts of the picture at working size."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import cv2
import numpy as np

from app.core.coarse import Window
from app.core.geometry import Box, Point
from app.core.prompts import Click, Prompts
from app.nets import click_input
from app.nets.click_input import FloatMap, Found

NEAR = 2  # pixels of an answer around a click that count as clicked


@dataclass(frozen=True, eq=False)
class View:
    """A part of the picture as the network sees it: ``picture`` (3, h, w) float32 of ``window``, and what the finder
    found there. ``finer`` is the same part at another size, for the finder alone."""

    window: Window
    picture: FloatMap = field(repr=False)
    found: Found = field(repr=False)
    finer: View | None = field(default=None, repr=False)

    @property
    def size(self) -> tuple[int, int]:
        return int(self.picture.shape[1]), int(self.picture.shape[2])

    @property
    def scale(self) -> float:
        """View pixels per source pixel."""
        return self.size[1] / (self.window[2] - self.window[0])

    def point(self, point: Point) -> Point:
        """A point of the picture in the view's pixels."""
        x0, y0, x1, y1 = self.window
        rows, columns = self.size
        return (point[0] - x0) * columns / (x1 - x0), (point[1] - y0) * rows / (y1 - y0)

    def prompts(self, prompts: Prompts, previous: FloatMap | None) -> FloatMap:
        """(4, h, w) prompt maps."""
        clicks = [Click(*self.point(click.point), click.positive) for click in prompts.clicks]
        box = None
        if prompts.box is not None:
            (x0, y0), (x1, y1) = (
                self.point((prompts.box.x0, prompts.box.y0)),
                self.point((prompts.box.x1, prompts.box.y1)),
            )
            box = Box(x0, y0, x1, y1)
        return click_input.prompt_input(self.size, clicks, box, previous)

    def idea(self, maps: FloatMap, prompts: Prompts, before: Answer | None) -> FloatMap:
        """The first idea of the object, of whichever size more speaks for; ``maps`` are the prompts as drawn here."""
        drawn, evidence = click_input.weighed_idea(self.found, maps)
        if self.finer is None:
            return drawn
        previous = None if before is None else before.within(self.window, self.finer.size)
        other, more = click_input.weighed_idea(self.finer.found, self.finer.prompts(prompts, previous))
        if more <= evidence:
            return drawn
        rows, columns = drawn.shape[1:]
        return np.stack([cv2.resize(part, (columns, rows), interpolation=cv2.INTER_AREA) for part in other])


@dataclass(frozen=True, eq=False)
class Answer:
    """Logits (h, w) float32 that cover ``window``; ``others`` are the other readings of the same prompts, whose clicks
    and box are ``asked``."""

    window: Window
    logits: FloatMap = field(repr=False)
    others: tuple[Answer, ...] = field(default=(), repr=False)
    asked: tuple[tuple[Click, ...], Box | None] = ((), None)

    @cached_property
    def key(self) -> int:
        """Tells this answer from others by its numbers, which is how a chosen candidate is known again."""
        return hash(self.logits.tobytes())

    @cached_property
    def score(self) -> float:
        """The IoU that the network expects: of its mask with the object as it believes it to be (0..1)."""
        belief = 1 / (1 + np.exp(-np.clip(self.logits, -30, 30)))
        found = belief > 0.5
        return float(belief[found].sum() / max(np.maximum(belief, found).sum(), 1e-6))

    @cached_property
    def extent(self) -> Box | None:
        """The box around what was found, in source pixels."""
        found = self.logits > 0
        rows, columns = np.flatnonzero(found.any(axis=1)), np.flatnonzero(found.any(axis=0))
        if rows.size == 0:
            return None
        x0, y0, x1, y1 = self.window
        across, down = (x1 - x0) / found.shape[1], (y1 - y0) / found.shape[0]
        return Box(
            x0 + columns[0] * across,
            y0 + rows[0] * down,
            x0 + (columns[-1] + 1) * across,
            y0 + (rows[-1] + 1) * down,
        )

    def within(self, window: Window, size: tuple[int, int]) -> FloatMap:
        """The probability (h, w) float32 that this answer gives to the pixels of another view; 0 where it ends."""
        belief = np.asarray(1 / (1 + np.exp(-np.clip(self.logits, -30, 30))), dtype=np.float32)
        return self._onto(belief, window, size, cv2.BORDER_CONSTANT)

    def enlarged(self, window: Window, size: tuple[int, int]) -> FloatMap:
        """The logits (h, w) at the pixels of another view; beyond its ends this answer goes on as it is there."""
        return self._onto(self.logits, window, size, cv2.BORDER_REPLICATE)

    def _onto(self, values: FloatMap, window: Window, size: tuple[int, int], beyond: int) -> FloatMap:
        x0, y0, x1, y1 = self.window
        rows, columns = values.shape
        step_x, step_y = (window[2] - window[0]) / size[1], (window[3] - window[1]) / size[0]
        own_x, own_y = columns / (x1 - x0), rows / (y1 - y0)
        # From the centre of a view pixel to an index of the logits.
        matrix = np.array(
            [
                [step_x * own_x, 0, (window[0] + 0.5 * step_x - x0) * own_x - 0.5],
                [0, step_y * own_y, (window[1] + 0.5 * step_y - y0) * own_y - 0.5],
            ]
        )
        way = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return np.asarray(cv2.warpAffine(values, matrix, size[::-1], flags=way, borderMode=beyond), dtype=np.float32)

    def settled(self, before: Answer, click: Click) -> Answer:
        """This answer where it differs from the one before around the click that it answers, elsewhere that one.

        A correction means the place that was clicked; what a network changes elsewhere is seldom for the better
        (FocalClick, Chen et al., CVPR 2022, merges so too).
        """
        size = (self.logits.shape[0], self.logits.shape[1])
        rows, columns = size
        belief = np.clip(before.within(self.window, size), 1e-3, 1 - 1e-3)
        earlier = np.log(belief / (1 - belief))
        changed = (self.logits > 0) != (earlier > 0)
        _, parts = cv2.connectedComponents(changed.astype(np.uint8), connectivity=8)
        x0, y0, x1, y1 = self.window
        column, row = int((click.x - x0) * columns / (x1 - x0)), int((click.y - y0) * rows / (y1 - y0))
        near = parts[max(0, row - NEAR) : row + NEAR + 1, max(0, column - NEAR) : column + NEAR + 1]
        meant = np.isin(parts, near[near > 0])
        if not meant.any():
            return self
        return replace(self, logits=np.where(changed & ~meant, earlier, self.logits).astype(np.float32))
