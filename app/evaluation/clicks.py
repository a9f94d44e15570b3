"""A simulated person who clicks, and the numbers that say how well an engine answers them.

The protocol is the usual one of interactive segmentation (Xu et al., "Deep Interactive Object Selection", CVPR 2016;
the click rule in the form of Sofiiuk et al., "Reviving Iterative Training with Mask Guidance for Interactive
Segmentation", ICIP 2022): the next click falls on the pixel of the largest error region that is farthest from that
region's edge, positive on missed and negative on wrongly taken pixels.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.core.geometry import BoolArray, pixel_of
from app.core.prompts import Click, Prompts

WORSE_BY = 0.02
"""A click counts as harmful when it lowers the IoU by more than this."""


class Answer(Protocol):
    """What an engine may return in place of a bare mask (`MaskLayer` fits): ``logits`` go back with the next click."""

    @property
    def mask(self) -> BoolArray: ...

    @property
    def logits(self) -> NDArray[np.float32] | None: ...


Reply = BoolArray | Answer | Sequence[Answer]
"""A (H, W) bool mask, one answer, or several candidates of which the first is taken."""
Predict = Callable[[Prompts], Reply]


def next_click(truth: BoolArray, mask: BoolArray, ignore: BoolArray | None = None) -> Click | None:
    """The click that a simulated person makes on seeing ``mask`` where they mean ``truth``; None if nothing is wrong.

    All arrays are (H, W) bool. The error regions are padded with zeros before the L2 distance transform, so the border
    of the picture counts as an edge; pixels of ``ignore`` are no error. On a tie the click is negative, and among
    equally far pixels it is the first in reading order. The click is the pixel's centre, in source pixels.
    """
    counted = True if ignore is None else ~ignore
    missed, wrong = _depth(truth & ~mask & counted), _depth(mask & ~truth & counted)
    deepest_missed, deepest_wrong = float(missed.max(initial=0)), float(wrong.max(initial=0))
    if max(deepest_missed, deepest_wrong) == 0:
        return None
    positive = deepest_missed > deepest_wrong
    depth = missed if positive else wrong
    row, column = np.unravel_index(int(depth.argmax()), depth.shape)
    return Click(float(column) + 0.5, float(row) + 0.5, positive)


def _depth(region: BoolArray) -> NDArray[np.float32]:
    """Distance of every pixel of a (H, W) region to the nearest pixel outside it, in pixels; 0 outside."""
    import cv2

    padded = np.pad(region, 1).astype(np.uint8)
    return np.asarray(cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1], dtype=np.float32)


def iou(mask: BoolArray, truth: BoolArray, ignore: BoolArray | None = None) -> float:
    """Intersection over union of two (H, W) masks outside ``ignore``; 1 if both are empty there."""
    if ignore is not None:
        mask, truth = mask & ~ignore, truth & ~ignore
    union = int(np.count_nonzero(mask | truth))
    return int(np.count_nonzero(mask & truth)) / union if union else 1.0


def boundary_iou(mask: BoolArray, truth: BoolArray, ignore: BoolArray | None = None, width: float = 0.02) -> float:
    """IoU of the inner boundary bands of two (H, W) masks (Cheng et al., "Boundary IoU", CVPR 2021).

    The band holds the pixels of a mask within ``width`` of the picture's diagonal (default 2 %, at least one pixel)
    from its outline; the picture's border is an outline too, as in the authors' definition.
    """
    return iou(_inner_band(mask, width), _inner_band(truth, width), ignore)


def _inner_band(mask: BoolArray, width: float) -> BoolArray:
    import cv2

    steps = max(1, round(width * float(np.hypot(*mask.shape))))
    padded = np.pad(mask, 1).astype(np.uint8)
    eroded = cv2.erode(padded, np.ones((3, 3), np.uint8), iterations=steps)[1:-1, 1:-1]
    return np.asarray(mask & (eroded == 0))


@dataclass(frozen=True, slots=True)
class Run:
    """One object clicked: the IoU, boundary IoU and seconds of each answer, in the order of the clicks.

    The lists end early when nothing is left to correct or `simulate` was told to stop; what would have come after is
    then taken to equal the last value.
    """

    ious: tuple[float, ...]
    boundary_ious: tuple[float, ...]
    seconds: tuple[float, ...]
    clicks: tuple[Click, ...]

    def after(self, clicks: int) -> float:
        """The IoU after that many clicks (0 if there was none)."""
        return self.ious[min(clicks, len(self.ious)) - 1] if self.ious else 0.0

    def boundary_after(self, clicks: int) -> float:
        return self.boundary_ious[min(clicks, len(self.boundary_ious)) - 1] if self.boundary_ious else 0.0


def simulate(
    predict: Predict,
    truth: BoolArray,
    ignore: BoolArray | None = None,
    clicks: int = 20,
    stop_at: float | None = None,
    at_least: int = 1,
) -> list[float]:
    """The IoU after each of up to ``clicks`` simulated clicks; see `click_through` for the arguments."""
    return list(click_through(predict, truth, ignore, clicks, stop_at, at_least).ious)


def click_through(
    predict: Predict,
    truth: BoolArray,
    ignore: BoolArray | None = None,
    clicks: int = 20,
    stop_at: float | None = None,
    at_least: int = 1,
) -> Run:
    """Click an object until the clicks run out, nothing is wrong any more, or the IoU has reached ``stop_at``.

    ``predict`` is handed the growing prompts, with its own last ``logits`` where it gave some. With ``stop_at`` at
    least ``at_least`` clicks are made all the same, so that the IoU after a fixed number of clicks stays exact.
    """
    mask: BoolArray = np.zeros(truth.shape, dtype=bool)
    prompts = Prompts()
    ious: list[float] = []
    boundaries: list[float] = []
    seconds: list[float] = []
    for number in range(1, clicks + 1):
        click = next_click(truth, mask, ignore)
        if click is None:
            break
        prompts = prompts.with_click(click.x, click.y, click.positive)
        start = time.perf_counter()
        mask, logits = _best(predict(prompts))
        seconds.append(time.perf_counter() - start)
        prompts = replace(prompts, logits=logits)
        ious.append(iou(mask, truth, ignore))
        boundaries.append(boundary_iou(mask, truth, ignore))
        if stop_at is not None and number >= at_least and ious[-1] >= stop_at:
            break
    return Run(tuple(ious), tuple(boundaries), tuple(seconds), prompts.clicks)


def _best(reply: Reply) -> tuple[BoolArray, NDArray[np.float32] | None]:
    if isinstance(reply, np.ndarray):
        return reply, None
    answer = reply[0] if isinstance(reply, Sequence) else reply
    return answer.mask, answer.logits


def noc(ious: Sequence[float], threshold: float, cap: int = 20) -> int:
    """Number of clicks until the IoU first reaches the threshold; ``cap`` if it does not within ``cap`` clicks."""
    for number, value in enumerate(ious[:cap], start=1):
        if value >= threshold:
            return number
    return cap


@dataclass(frozen=True, slots=True)
class Summary:
    """Means over objects. ``worse`` is the share of second and later clicks that lowered the IoU by more than 0.02."""

    objects: int
    iou1: float
    iou3: float
    iou5: float
    boundary5: float
    noc85: float
    noc90: float
    failed85: int
    failed90: int
    worse: float
    seconds: float


def summarise(runs: Sequence[Run], cap: int = 20) -> Summary:
    """The summary of some objects, clicked up to ``cap`` times each; raises ValueError for no object."""
    if not runs:
        raise ValueError("no object was clicked")
    steps = np.concatenate([np.diff(run.ious) for run in runs] or [np.zeros(0)])
    seconds = np.concatenate([np.asarray(run.seconds) for run in runs])

    def mean(values: Sequence[float]) -> float:
        return float(np.mean(values))

    return Summary(
        objects=len(runs),
        iou1=mean([run.after(1) for run in runs]),
        iou3=mean([run.after(3) for run in runs]),
        iou5=mean([run.after(5) for run in runs]),
        boundary5=mean([run.boundary_after(5) for run in runs]),
        noc85=mean([noc(run.ious, 0.85, cap) for run in runs]),
        noc90=mean([noc(run.ious, 0.90, cap) for run in runs]),
        failed85=sum(max(run.ious[:cap], default=0.0) < 0.85 for run in runs),
        failed90=sum(max(run.ious[:cap], default=0.0) < 0.90 for run in runs),
        worse=float((steps < -WORSE_BY).mean()) if steps.size else 0.0,
        seconds=float(seconds.mean()) if seconds.size else 0.0,
    )


def plain_grabcut(
    pixels: NDArray[np.uint8], long_side: int = 512, iterations: int = 5
) -> Callable[[Prompts], BoolArray]:
    """The yardstick: GrabCut (Rother et al. 2004) as OpenCV ships it, told nothing but the clicks.

    ``pixels`` is (H, W, 3) uint8 RGB, resized to ``long_side`` pixels (up as well as down). Clicks are discs of radius
    5 of sure object or background; what lies within a quarter of the short side of a positive click is probably object,
    the rest probably background; the mask is resized back to the nearest pixel. Nothing is kept between clicks.
    """
    import cv2

    height, width = pixels.shape[:2]
    scale = long_side / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)

    def predict(prompts: Prompts) -> BoolArray:
        labels = np.full((size[1], size[0]), cv2.GC_PR_BGD, dtype=np.uint8)
        near = round(min(size) / 4)

        def disc(click: Click, radius: int, value: int) -> None:
            row, column = pixel_of((click.x * size[0] / width, click.y * size[1] / height), size[0], size[1])
            cv2.circle(labels, (column, row), radius, value, -1)

        for click in prompts.clicks:
            if click.positive:
                disc(click, near, cv2.GC_PR_FGD)
        for click in prompts.clicks:
            disc(click, 5, cv2.GC_FGD if click.positive else cv2.GC_BGD)
        object_ = (labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)
        if object_.any() and not object_.all():
            cv2.setRNGSeed(0)  # k-means inside GrabCut draws from OpenCV's global generator
            cv2.grabCut(
                small, labels, (0, 0, 0, 0), np.zeros((1, 65)), np.zeros((1, 65)), iterations, cv2.GC_INIT_WITH_MASK
            )
            object_ = (labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)
        back = cv2.resize(object_.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)
        return np.asarray(back).astype(bool)

    return predict
