"""Simulated clicks, boxes and flawed shapes to train on.

A sample begins with random clicks and goes on with clicks on the network's own mistakes, as in iterative training with
mask guidance (Sofiiuk et al., "Reviving Iterative Training with Mask Guidance for Interactive Segmentation", ICIP
2022; first in Mahadevan et al., BMVC 2018). Arrays are (H, W) in the pixels of a view.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from app.core.geometry import BoolArray, Box
from app.core.prompts import Click
from app.nets import click_input
from app.training.augment import Rng
from app.training.config import Clicks

FloatMap = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class State:
    """What the network is told of one sample: clicks, box and the probability it answered before (H, W) float32."""

    clicks: tuple[Click, ...] = ()
    box: Box | None = None
    previous: FloatMap | None = field(default=None, repr=False)

    def maps(self, size: tuple[int, int]) -> FloatMap:
        """(4, H, W) float32: see `click_input.prompt_input`."""
        return click_input.prompt_input(size, self.clicks, self.box, self.previous)

    def scaled(self, factor: float) -> State:
        """What was clicked and drawn, for a view of that many times the size."""
        clicks = tuple(Click(click.x * factor, click.y * factor, click.positive) for click in self.clicks)
        box = self.box and Box(*(side * factor for side in (self.box.x0, self.box.y0, self.box.x1, self.box.y1)))
        return State(clicks, box)


def depth(region: BoolArray) -> FloatMap:
    """Distance in pixels to the nearest pixel outside a region, the border included; 0 outside."""
    padded = np.pad(region, 1).astype(np.uint8)
    return np.asarray(cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1], dtype=np.float32)


def click_on_mistake(truth: BoolArray, mask: BoolArray, rng: Rng | None = None) -> Click | None:
    """The next click, on the kind of mistake that is deepest; None if nothing is wrong.

    Without ``rng`` it falls on the deepest pixel, as the measuring person's does (`app.evaluation.clicks`); with it on
    any pixel at least half as deep, since real people do not aim that well.
    """
    missed, wrong = depth(truth & ~mask), depth(mask & ~truth)
    positive = bool(missed.max() > wrong.max())
    deep = missed if positive else wrong
    most = float(deep.max())
    if most == 0:
        return None
    if rng is None:
        return _click(int(deep.argmax()), deep.shape[1], positive)
    return _click(int(rng.choice(np.flatnonzero(deep >= most / 2))), deep.shape[1], positive)


def _click(index: int, width: int, positive: bool) -> Click:
    return Click(index % width + 0.5, index // width + 0.5, positive)


def begin(rng: Rng, truth: BoolArray, how: Clicks) -> State:
    """The first prompts for an object: a click, several, a box, or a flawed shape with a click on its flaw."""
    kind = rng.random()
    if kind < how.box:
        state = State(box=jittered_box(rng, truth))
        return state if rng.random() < 0.5 else replace(state, clicks=(_first(rng, truth),))
    if kind < how.box + how.shape:
        shape = flawed(rng, truth)
        click = click_on_mistake(truth, shape, rng)
        return State(() if click is None else (click,), previous=shape.astype(np.float32))
    if rng.random() >= how.several:
        return State((_first(rng, truth),))
    return State(_several(rng, truth, how.most))


def _first(rng: Rng, truth: BoolArray) -> Click:
    """A click on the object: mostly well inside, sometimes anywhere on it."""
    deep = depth(truth)
    share = 0.6 if rng.random() < 0.75 else 0.0
    return _click(int(rng.choice(np.flatnonzero((deep > 0) & (deep >= share * deep.max())))), truth.shape[1], True)


def _several(rng: Rng, truth: BoolArray, most: int) -> tuple[Click, ...]:
    """A first click and geometrically distributed numbers of further ones on and off the object, in random order."""
    positive = min(int(rng.geometric(0.4)), most) - 1
    negative = min(int(rng.geometric(0.4)), most)
    inside = np.flatnonzero(truth)
    near = _near(truth) if rng.random() < 0.6 else ~truth
    outside = np.flatnonzero(near if near.any() else ~truth)
    clicks = [_click(int(i), truth.shape[1], True) for i in rng.choice(inside, positive)]
    if outside.size:
        clicks += [_click(int(i), truth.shape[1], False) for i in rng.choice(outside, negative)]
    order = rng.permutation(len(clicks))
    return (_first(rng, truth), *(clicks[i] for i in order))


def _near(truth: BoolArray) -> BoolArray:
    """The surroundings of an object, a few pixels off its edge: where people click away what was taken too much."""
    reach = max(4, round(0.2 * float(np.sqrt(np.count_nonzero(truth)))))
    levels = truth.astype(np.uint8)
    inner = cv2.dilate(levels, np.ones((5, 5), np.uint8))
    outer = cv2.dilate(levels, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    return np.asarray((outer > 0) & (inner == 0))


def bounds(truth: BoolArray) -> Box:
    """The box around a mask that is not empty."""
    rows, columns = np.flatnonzero(truth.any(axis=1)), np.flatnonzero(truth.any(axis=0))
    return Box(float(columns[0]), float(rows[0]), float(columns[-1]) + 1, float(rows[-1]) + 1)


def jittered_box(rng: Rng, truth: BoolArray) -> Box:
    """A box as a person draws it: each side off by a few per cent, rather outside than inside."""
    box = bounds(truth)
    off = rng.normal(0.02, 0.04, 4) * np.array([box.width, box.height, box.width, box.height])
    height, width = truth.shape
    drawn = Box(box.x0 - off[0], box.y0 - off[1], box.x1 + off[2], box.y1 + off[3]).clipped(width, height)
    return drawn if drawn.width >= 1 and drawn.height >= 1 else box


def flawed(rng: Rng, truth: BoolArray) -> BoolArray:
    """A mask near the truth: grown or shrunk, a piece cut away or added."""
    size = float(np.sqrt(np.count_nonzero(truth)))
    radius = 1 + int(rng.integers(0, max(1, round(0.08 * size)) + 1))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    change = cv2.dilate if rng.random() < 0.5 else cv2.erode
    mask = change(truth.astype(np.uint8), kernel)
    for _ in range(int(rng.integers(0, 3))):
        edge = np.flatnonzero(_near(truth) | truth)
        if edge.size == 0:
            break
        spot = int(rng.choice(edge))
        centre = (spot % truth.shape[1], spot // truth.shape[1])
        cv2.circle(mask, centre, max(2, round(size * rng.uniform(0.1, 0.35))), int(rng.integers(0, 2)), -1)
    return np.asarray(mask > 0)


def on_outline(rng: Rng, truth: BoolArray) -> tuple[float, float]:
    """A point on the outline of a mask that is not empty, (x, y)."""
    inner = cv2.erode(np.pad(truth.astype(np.uint8), 1), np.ones((3, 3), np.uint8))[1:-1, 1:-1]
    spot = int(rng.choice(np.flatnonzero(truth & (inner == 0))))
    return spot % truth.shape[1] + 0.5, spot // truth.shape[1] + 0.5


def coarse(rng: Rng, truth: BoolArray) -> State:
    """A part of an object as a look from farther off has answered it: blocks of pixels, a shifted outline, no clicks or
    one that happens to lie here."""
    height, width = truth.shape
    block = float(rng.uniform(3, 14))
    mask = flawed(rng, truth) if rng.random() < 0.2 else truth
    small = cv2.resize(
        mask.astype(np.float32),
        (max(2, round(width / block)), max(2, round(height / block))),
        interpolation=cv2.INTER_AREA,
    )
    answer = cv2.resize(cv2.GaussianBlur(small, (0, 0), float(rng.uniform(0.3, 1.0))), (width, height))
    shift = np.array([[1, 0, rng.normal(0, block / 4)], [0, 1, rng.normal(0, block / 4)]], dtype=np.float32)
    answer = cv2.warpAffine(answer, shift, (width, height), borderMode=cv2.BORDER_REPLICATE)
    clicks = (_first(rng, truth),) if rng.random() < 0.3 else ()
    return State(clicks, previous=np.asarray(answer, dtype=np.float32))


def go_on(rng: Rng, state: State, truth: BoolArray, probability: FloatMap, again: float) -> State:
    """The state after an answer: it goes back, and (but with chance ``again``) a click on its worst mistake joins."""
    click = None if rng.random() < again else click_on_mistake(truth, probability > 0.5, rng)
    return State(state.clicks if click is None else (*state.clicks, click), state.box, probability)


def stacked(states: Sequence[State], size: tuple[int, int]) -> FloatMap:
    """(B, 4, H, W) float32 prompt maps."""
    return np.stack([state.maps(size) for state in states])
