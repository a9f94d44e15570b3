"""Click to segment with Fovea's own network (`app.nets.click_net`), through onnxruntime: no torch is needed.

A finder looks at each part once, without the prompts; what it finds at the clicks is the first idea of the object. The
network looks at the whole picture first and then at a part of it around what it found, so that small objects and
outlines are seen at the picture's own resolution (as in RITM, Sofiiuk et al., ICIP 2022, and FocalClick, Chen et al.,
CVPR 2022). A later click is answered by one look at that part, to which the answer before is shown, unless the click or
the object reaches beyond it. See docs/training.md.

The first prompt gets up to three candidates: the likeliest reading, and the two others that the network gives, where
they differ from it (a part, something larger). A correction goes on from the reading that was chosen.
"""

from __future__ import annotations

import os
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from app.core.coarse import INSIDE, CoarseMask, Window
from app.core.geometry import BoolArray, Box, Point, pixel_of
from app.core.layers import MaskLayer
from app.core.prompts import Prompts
from app.core.sources import Image
from app.nets import click_input
from app.nets.click_input import FloatMap, Found
from app.tools.contract import Job, ModelSpec, ToolError
from plugins.segmentation._click_views import Answer, View
from plugins.segmentation._outline import finer

WHOLE_SIDE, CLOSE_SIDE = 256, 288  # px: the long sides of what is looked at
FINE_SIDE = 416  # px: the finder sees the whole picture at this size too, as a detector misses small things
MARGIN = 0.35  # of the object's longer side, on every side of it
MOST_ENLARGED = 4.0
WORTH_A_LOOK = 1.25  # a look closer must enlarge the picture at least so much
SAME_WINDOW = 0.6  # share of the last part that the next may fill without being cut anew
SETTLED_FROM = 2  # from this click on, an answer changes only around the click
STEP = 4  # from one copy of the picture to the next; a half besides would be 9 MB of one of 12 megapixels
KEPT_ANSWERS, KEPT_VIEWS = 64, 6
SURE = 6.0  # logit of a pixel of a shape that is being refined
LEVELS = 16.0  # grey levels per unit of a logit, where masks are enlarged
SPECK = 0.05  # of the largest part's size
ALIKE = 0.85  # IoU from which two readings are one candidate


class Network(Protocol):
    """What answers; all arrays are float32 (`app.nets.click_input`)."""

    def find(self, picture: FloatMap) -> Found:
        """What a detector knows of a picture (3, H, W)."""
        ...

    def look(self, picture: FloatMap, prompts: FloatMap, idea: FloatMap) -> FloatMap:
        """The logits of R readings, the likeliest first, (R, H/2, W/2), of a picture with prompt maps (4, H, W) and the
        first idea (5, H/4, W/4)."""
        ...


def load(path: Path, device: str = "cpu", threads: int | None = None) -> Network:
    """The network of a file of `app.nets.click_net`, on the processor whatever the device; ``threads`` None takes all
    cores.

    Raises `ToolError` where the file cannot be read.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or _cores()
    # Threads that wait by spinning would take the cores from the other session and from the window.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Its arena keeps the most that any size of picture took: 40 MB more, and no faster.
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    try:
        with zipfile.ZipFile(path) as archive:
            finder, look = (
                onnxruntime.InferenceSession(archive.read(name), options, providers=["CPUExecutionProvider"])
                for name in (click_input.FINDER_FILE, click_input.LOOK_FILE)
            )
    except Exception as error:
        raise ToolError(f"{path} does not hold the click network: {str(error).splitlines()[0]}") from error
    return _Loaded(finder, look)


@dataclass(frozen=True, eq=False)
class _Loaded:
    """Two sessions of onnxruntime."""

    finder: Any
    answerer: Any

    def find(self, picture: FloatMap) -> Found:
        return Found(
            *(part[0] for part in self.finder.run(list(click_input.FINDER_OUTPUTS), {"picture": picture[None]}))
        )

    def look(self, picture: FloatMap, prompts: FloatMap, idea: FloatMap) -> FloatMap:
        given = zip(click_input.LOOK_INPUTS, (picture, prompts, idea), strict=True)
        (logits,) = self.answerer.run(["logits"], {name: values[None] for name, values in given})
        return np.asarray(logits[0], dtype=np.float32)


def _cores() -> int:
    usable = getattr(os, "sched_getaffinity", None)
    return len(usable(0)) if usable else os.cpu_count() or 1


def open_session(image: Image, job: Job, spec: ModelSpec | None) -> ClickNetSession:
    """What `click.Engine.open` is."""
    assert spec is not None
    network = job.model(spec)
    session: ClickNetSession = job.memo(
        ("click-net", spec.id, image.key), lambda: ClickNetSession(image.rgb8(), network)
    )
    return session


class ClickNetSession:
    """A picture that answers clicks, boxes and masks with the network (a `ClickSession`).

    ``pixels`` is (H, W, 3) uint8 RGB. Equal prompts get equal answers, whatever was asked in between: the answer to n
    clicks builds on that to the first n - 1, which is remembered or found again.
    """

    def __init__(self, pixels: NDArray[np.uint8], network: Network) -> None:
        self._height, self._width = pixels.shape[:2]
        self._network = network
        self._levels = _pyramid(pixels)
        self._views: OrderedDict[Window, View] = OrderedDict()
        self._answers: OrderedDict[tuple[object, ...], Answer] = OrderedDict()
        self._readings: OrderedDict[int, Answer] = OrderedDict()
        self._whole: Window = (0, 0, self._width, self._height)
        self._base = self._view(self._whole)

    def predict(self, prompts: Prompts) -> tuple[MaskLayer, ...]:
        """One to three (H, W) masks in source pixels; every click is kept. See `ClickSession.predict`."""
        self._check(prompts)
        if prompts.mask is not None and _untouched(prompts):
            return (MaskLayer(prompts.mask.copy()),)  # nobody has said yet what is wrong with it
        answer = self._answer(prompts)
        found = [answer, *(self._distinct(answer) if _ambiguous(prompts) else ())]
        for reading in found:
            self._readings[reading.key] = reading
        while len(self._readings) > KEPT_ANSWERS:
            self._readings.popitem(last=False)
        return tuple(
            MaskLayer(self._mask(reading, prompts), score=reading.score, logits=reading.logits) for reading in found
        )

    def _check(self, prompts: Prompts) -> None:
        if not (prompts.positive or prompts.box is not None or prompts.mask is not None):
            raise ToolError("Click on the object first, or draw a box around it.")
        if prompts.mask is not None and prompts.mask.shape != (self._height, self._width):
            raise ToolError("The shape to refine does not have the size of the picture.")

    def outlined(self, prompts: Prompts, going: Callable[[], object] = lambda: None) -> MaskLayer:
        """See `FineSession.outlined`. The logits are the candidate's, so that a correction goes on from there."""
        self._check(prompts)
        if prompts.mask is not None and _untouched(prompts):
            return MaskLayer(prompts.mask.copy())
        chosen = None if prompts.logits is None else self._readings.get(hash(prompts.logits.tobytes()))
        same = chosen is not None and chosen.asked == (prompts.clicks, prompts.box)
        answer = chosen if chosen is not None and same else self._answer(prompts)

        def look(window: Window, previous: FloatMap, size: tuple[int, int]) -> FloatMap:
            going()
            picture = click_input.picture_input(self._cut(window, *size))
            view = View(window, picture, self._network.find(picture))
            maps = view.prompts(prompts, previous)
            best: FloatMap = self._network.look(picture, maps, click_input.idea(view.found, maps))[0]
            return best

        fine = finer(answer, (self._height, self._width), look)
        return MaskLayer(self._mask(fine, prompts), score=answer.score, logits=answer.logits)

    def _distinct(self, answer: Answer) -> list[Answer]:
        """The other readings that are worth a look: they differ from the likeliest and from each other."""
        size = (self._base.size[0] // 2, self._base.size[1] // 2)
        seen = [answer.within(self._whole, size) > 0.5]
        kept = []
        for reading in sorted(answer.others, key=lambda other: -other.score):
            area = reading.within(self._whole, size) > 0.5
            if area.any() and all(np.count_nonzero(area & s) < ALIKE * np.count_nonzero(area | s) for s in seen):
                seen.append(area)
                kept.append(reading)
        return kept

    def _answer(self, prompts: Prompts) -> Answer:
        """The answer to the prompts: from the candidate that the person went on from, else from the answer to all but
        their last click."""
        shape = None if prompts.mask is None else hash(prompts.mask.tobytes())
        chosen = None if prompts.logits is None else self._readings.get(hash(prompts.logits.tobytes()))
        before = self._answers.get((prompts.clicks[:-1], prompts.box, shape))
        if chosen is not None and prompts.clicks and (before is None or chosen.key != before.key):
            return self._remember((prompts.clicks, prompts.box, shape, chosen.key), lambda: self._next(prompts, chosen))
        return self._chain(prompts, shape)

    def _remember(self, key: tuple[object, ...], make: Callable[[], Answer]) -> Answer:
        answer = self._answers.get(key)
        if answer is None:
            answer = self._answers[key] = make()
            while len(self._answers) > KEPT_ANSWERS:
                self._answers.popitem(last=False)
        return answer

    def _chain(self, prompts: Prompts, shape: int | None) -> Answer:
        """The answer to n clicks, each made on the likeliest answer to those before."""
        keys = [(prompts.clicks[:count], prompts.box, shape) for count in range(len(prompts.clicks) + 1)]
        start = len(keys) - 1
        while start > 0 and keys[start] not in self._answers:
            start -= 1
        answer = self._answers.get(keys[start])
        if answer is None:
            answer = self._shape(prompts.mask)
        else:
            start += 1
        for count in range(start, len(keys)):
            part = replace(prompts, clicks=prompts.clicks[:count])
            if not (part.positive or part.box is not None or (count and part.mask is not None)):
                continue
            answer = self._remember(keys[count], partial(self._next, part, answer))
        if answer is None:
            raise ToolError("Click on the object first, or draw a box around it.")
        return answer

    def _shape(self, mask: BoolArray | None) -> Answer | None:
        """A shape that is being refined, as if it had been answered."""
        if mask is None or not mask.any():
            return None
        reduced = cv2.resize(
            mask.astype(np.float32), (self._base.size[1], self._base.size[0]), interpolation=cv2.INTER_AREA
        )
        return Answer(self._whole, np.asarray((reduced - 0.5) * 2 * SURE, dtype=np.float32))

    def _next(self, prompts: Prompts, before: Answer | None) -> Answer:
        """The answer to one more click or box."""
        answer = self._fresh(prompts, before)
        if before is None or len(prompts.clicks) < SETTLED_FROM:
            return answer
        return answer.settled(before, prompts.clicks[-1])

    def _fresh(self, prompts: Prompts, before: Answer | None) -> Answer:
        """One look at the part that the answer before fills, or two: at the whole and at the part that this fills."""
        if before is not None:
            window = self._closer(before, prompts)
            if window != self._whole:
                answer = self._look(self._view(window), prompts, before)
                if not self._cut_off(answer):
                    return answer
        answer = self._look(self._base, prompts, before)
        window = self._closer(answer, prompts)
        if window == self._whole:
            return answer
        close = self._look(self._view(window), prompts, before or answer)
        # What reaches beyond the part is better seen whole than cut.
        others = (c if not self._cut_off(c) else w for c, w in zip(close.others, answer.others, strict=True))
        return replace(close, others=tuple(others))

    def _look(self, view: View, prompts: Prompts, before: Answer | None) -> Answer:
        previous = None if before is None else before.within(view.window, view.size)
        maps = view.prompts(prompts, previous)
        best, *others = self._network.look(view.picture, maps, view.idea(maps, prompts, before))
        asked = prompts.clicks, prompts.box
        return Answer(view.window, best, tuple(Answer(view.window, other, asked=asked) for other in others), asked)

    def _closer(self, answer: Answer, prompts: Prompts) -> Window:
        """The part of the picture to look at for an answer and the prompts; the whole if a part gains nothing."""
        points = [*prompts.positive, *(click.point for click in prompts.clicks[-1:])]
        boxes = [Box(x - 1, y - 1, x + 1, y + 1) for x, y in (self._inside(point) for point in points)]
        boxes += [box for box in (answer.extent, prompts.box) if box is not None]
        if not boxes:
            return self._whole
        box = boxes[0]
        for other in boxes[1:]:
            box = box.united(other)
        margin = MARGIN * max(box.width, box.height) + 2
        rows, columns = box.grown(margin).pixels(self._width, self._height)
        window = (columns.start, rows.start, columns.stop, rows.stop)
        if _holds(answer.window, window) and _area(window) >= SAME_WINDOW * _area(answer.window):
            return answer.window
        rows_seen, _ = _working(window, CLOSE_SIDE)
        return window if rows_seen / (window[3] - window[1]) >= WORTH_A_LOOK * self._base.scale else self._whole

    def _inside(self, point: Point) -> Point:
        row, column = pixel_of(point, self._width, self._height)
        return column + 0.5, row + 0.5

    def _cut_off(self, answer: Answer) -> bool:
        """Whether what was found runs over a side of its window that is not the picture's."""
        x0, y0, x1, y1 = answer.window
        found = answer.logits > 0
        inner = (x0 > 0, y0 > 0, x1 < self._width, y1 < self._height)
        sides = (found[:, 0], found[0], found[:, -1], found[-1])
        return any(cut and bool(side.any()) for cut, side in zip(inner, sides, strict=True))

    def _view(self, window: Window) -> View:
        """A window at working size, remembered for the last few."""
        found = self._views.get(window)
        if found is None:
            found = self._seen(window, WHOLE_SIDE if window == self._whole else CLOSE_SIDE)
            if window == self._whole and _working(window, FINE_SIDE) != found.size:
                found = replace(found, finer=self._seen(window, FINE_SIDE))
            self._views[window] = found
        self._views.move_to_end(window)
        while len(self._views) > KEPT_VIEWS:
            self._views.popitem(last=False)
        return found

    def _seen(self, window: Window, side: int) -> View:
        rows, columns = _working(window, side)
        picture = click_input.picture_input(self._cut(window, rows, columns))
        return View(window, picture, self._network.find(picture))

    def _cut(self, window: Window, rows: int, columns: int) -> NDArray[np.uint8]:
        """(rows, columns, 3) uint8 of a window, from the coarsest level of the picture that still has its detail."""
        level = 0
        reduction = min((window[2] - window[0]) / columns, (window[3] - window[1]) / rows)
        while level + 1 < len(self._levels) and STEP ** (level + 1) <= reduction:
            level += 1
        pixels = self._levels[level]
        across, down = pixels.shape[1] / self._width, pixels.shape[0] / self._height
        x0, y0 = int(window[0] * across), int(window[1] * down)
        x1, y1 = max(x0 + 1, round(window[2] * across)), max(y0 + 1, round(window[3] * down))
        part = pixels[y0:y1, x0:x1]
        way = cv2.INTER_AREA if part.shape[0] > rows else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(part, (columns, rows), interpolation=way), dtype=np.uint8)

    def _mask(self, answer: Answer, prompts: Prompts) -> CoarseMask:
        """An answer as a mask of the picture, with every click kept."""
        # 8 bits enlarge several times faster than floats, and are fine enough between two of the network's pixels.
        levels = np.clip(answer.logits * np.float32(LEVELS) + INSIDE, 0, 255).astype(np.uint8)
        _drop_specks(levels, answer.window, prompts)
        return CoarseMask(levels, answer.window, (self._height, self._width), prompts.clicks)


def _working(window: Window, side: int) -> tuple[int, int]:
    """Height and width that a window is looked at with, its long side ``side`` where that enlarges it little enough."""
    width, height = window[2] - window[0], window[3] - window[1]
    return click_input.fitted(
        height, width, max(click_input.STRIDE, min(side, round(MOST_ENLARGED * max(width, height))))
    )


def _pyramid(pixels: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """The picture, and smaller copies down to a few times the size of a view."""
    levels = [pixels]
    while max(levels[-1].shape[:2]) >= 2 * STEP * CLOSE_SIDE:
        height, width = levels[-1].shape[:2]
        size = max(1, width // STEP), max(1, height // STEP)
        levels.append(np.asarray(cv2.resize(levels[-1], size, interpolation=cv2.INTER_AREA), dtype=np.uint8))
    return levels


def _drop_specks(levels: NDArray[np.uint8], window: Window, prompts: Prompts) -> None:
    """Empty the parts that are small beside the largest and hold no positive click, in place."""
    count, parts, facts, _ = cv2.connectedComponentsWithStats((levels > INSIDE).astype(np.uint8), connectivity=8)
    if count <= 2:
        return
    sizes = facts[:, cv2.CC_STAT_AREA].copy()
    sizes[0] = 0
    keep = sizes >= SPECK * sizes.max()
    rows, columns = levels.shape
    for x, y in prompts.positive:
        column = int((x - window[0]) * columns / (window[2] - window[0]))
        row = int((y - window[1]) * rows / (window[3] - window[1]))
        if 0 <= row < rows and 0 <= column < columns:
            keep[parts[row, column]] = True
    keep[0] = True
    levels[~keep[parts]] = 0


def _untouched(prompts: Prompts) -> bool:
    """Whether nothing was clicked or drawn."""
    return not prompts.clicks and prompts.box is None


def _ambiguous(prompts: Prompts) -> bool:
    """Whether little enough was said that several readings are worth showing."""
    return len(prompts.clicks) <= 1 and prompts.mask is None


def _holds(outer: Window, inner: Window) -> bool:
    return outer[0] <= inner[0] and outer[1] <= inner[1] and outer[2] >= inner[2] and outer[3] >= inner[3]


def _area(window: Window) -> int:
    return (window[2] - window[0]) * (window[3] - window[1])
