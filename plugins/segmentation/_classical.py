"""Click to segment without any trained network: the engine that is always there.

The picture is cut into small regions once. A click then asks for minimum cuts of many sizes over the regions, a formula
picks the likeliest, and the same is done again on an enlarged part of the picture around it, so that small objects and
outlines get the picture's own resolution. Later clicks correct the answer before. See docs/clicks.md.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from app.core.coarse import Window
from app.core.geometry import BoolArray, Box, Point, pixel_of
from app.core.layers import MaskLayer
from app.core.prompts import Click, Prompts
from app.tools.contract import ToolError
from plugins.segmentation import _hypotheses as hypotheses
from plugins.segmentation._hypotheses import Ask
from plugins.segmentation._promises import drop_parts, stamp
from plugins.segmentation._regions import Nodes, RegionGraph, build

WORKING_SIDE = 320  # px: the long side of what regions are computed on
MOST_ENLARGED = 3.0
ENLARGED_SIZES = (0.3, 0.55, 0.8, 1.1, 1.5, 2.3)  # of the size found on the whole picture
BOX_SHARES = (0.3, 0.5, 0.65, 0.8, 0.92)
MARGIN, MARGIN_PX = 0.45, 6
WORTH_ENLARGING = 1.3
TOUCHING = 0.15  # share of a side of the window that the answer may cover before the window is too small
KEPT_ANSWERS, KEPT_VIEWS = 64, 4
OTHER = 0.8  # a further candidate overlaps the best by less than this

"""Left, top, right, bottom in whole source pixels."""


@dataclass(frozen=True, eq=False)
class _View:
    """A window of the picture at working size."""

    window: Window
    graph: RegionGraph = field(repr=False)
    width: int
    height: int

    @property
    def scale(self) -> float:
        """Working pixels per source pixel."""
        return float(self.graph.labels.shape[1]) / (self.window[2] - self.window[0])

    @property
    def total(self) -> float:
        """Working pixels that the whole picture would have at this scale."""
        x0, y0, x1, y1 = self.window
        return float(self.graph.labels.size) * (self.width * self.height) / ((x1 - x0) * (y1 - y0))

    def holds(self, point: Point) -> bool:
        return Box(*self.window).contains(_clamped(point, self.width, self.height))

    def at(self, point: Point) -> tuple[int, int]:
        """The working (row, column) under a point of the picture."""
        x0, y0, x1, y1 = self.window
        rows, columns = self.graph.labels.shape
        x, y = _clamped(point, self.width, self.height)
        return pixel_of(((x - x0) * columns / (x1 - x0), (y - y0) * rows / (y1 - y0)), columns, rows)

    def regions(self, points: tuple[Point, ...]) -> Nodes:
        rows = [self.graph.labels[self.at(point)] for point in points if self.holds(point)]
        return np.unique(np.asarray(rows, dtype=np.int64))

    def lift(self, mask: BoolArray) -> BoolArray:
        """A working mask (rows, columns) at source size within the window."""
        x0, y0, x1, y1 = self.window
        levels = cv2.resize(mask.astype(np.uint8) * np.uint8(255), (x1 - x0, y1 - y0), interpolation=cv2.INTER_LINEAR)
        return np.asarray(levels > 127)

    def lower(self, mask: BoolArray, window: Window) -> BoolArray:
        """A source mask that covers ``window`` as regions of this view, (n,) bool; outside it there is nothing."""
        x0, y0, x1, y1 = self.window
        whole = np.zeros((y1 - y0, x1 - x0), dtype=np.uint8)
        left, top = max(x0, window[0]), max(y0, window[1])
        right, bottom = min(x1, window[2]), min(y1, window[3])
        if right > left and bottom > top:
            part = mask[top - window[1] : bottom - window[1], left - window[0] : right - window[0]]
            whole[top - y0 : bottom - y0, left - x0 : right - x0] = part * np.uint8(255)
        rows, columns = self.graph.labels.shape
        small = cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA)
        return self.graph.choose(np.asarray(small, dtype=np.float32) / np.float32(255))

    def cuts_off(self, nodes: BoolArray) -> bool:
        """Whether a choice of regions runs over a side of the window that is not the picture's."""
        x0, y0, x1, y1 = self.window
        labels = self.graph.labels
        inner = (x0 > 0, y0 > 0, x1 < self.width, y1 < self.height)
        sides = (labels[:, 0], labels[0], labels[:, -1], labels[-1])
        return any(cut and float(nodes[side].mean()) > TOUCHING for cut, side in zip(inner, sides, strict=True))


@dataclass(frozen=True, eq=False)
class _Answer:
    """The cuts of one view, best first, and the sizes that were tried there."""

    view: _View
    cuts: tuple[BoolArray, ...] = field(repr=False)
    sizes: tuple[float, ...]

    def mask(self) -> BoolArray:
        """The best cut within the view's window, at source size."""
        return self.view.lift(self.view.graph.paint(self.cuts[0]))


class ClassicalSession:
    """A picture that answers clicks, boxes and masks without trained weights (a `ClickSession`).

    ``pixels`` is (H, W, 3) uint8 RGB. Equal prompts get equal answers, whatever was asked in between: the answer to n
    clicks builds on that to the first n - 1, which is remembered or found again.
    """

    def __init__(self, pixels: NDArray[np.uint8]) -> None:
        self._pixels = pixels
        self._height, self._width = pixels.shape[:2]
        self._views: OrderedDict[Window, _View] = OrderedDict()
        self._answers: OrderedDict[tuple[object, ...], _Answer] = OrderedDict()
        self._whole: Window = (0, 0, self._width, self._height)
        self._base = self._view(self._whole)

    def predict(self, prompts: Prompts) -> tuple[MaskLayer, ...]:
        """One to three (H, W) masks in source pixels, the best first; see `ClickSession.predict`.

        Where a positive and a negative click lie on the same pixel, the later one counts. Raises `ToolError` without a
        positive click, box or mask.
        """
        prompts = replace(prompts, mask=self._usable(prompts.mask))
        if not _answerable(prompts):
            raise ToolError("Click on the object first, or draw a box around it.")
        answer = self._answer(prompts)
        masks: list[BoolArray] = []
        for cut in answer.cuts:
            mask = self._finished(answer.view, cut, prompts)
            if not any(np.array_equal(mask, other) for other in masks):
                masks.append(mask)
        return tuple(MaskLayer(mask) for mask in masks)

    def _usable(self, mask: BoolArray | None) -> BoolArray | None:
        if mask is None or not mask.any():
            return None
        if mask.shape != (self._height, self._width):
            raise ToolError("The shape to refine does not have the size of the picture.")
        return mask

    def _view(self, window: Window) -> _View:
        """The regions of a window, remembered for the last few windows and always for the whole picture."""
        found = self._views.get(window)
        if found is None:
            x0, y0, x1, y1 = window
            enlarged = 1.0 if window == self._whole else MOST_ENLARGED
            scale = min(WORKING_SIDE / max(x1 - x0, y1 - y0), enlarged)
            size = (max(1, round((x1 - x0) * scale)), max(1, round((y1 - y0) * scale)))
            way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
            pixels = cv2.resize(self._pixels[y0:y1, x0:x1], size, interpolation=way)
            found = _View(window, build(np.asarray(pixels, dtype=np.uint8)), self._width, self._height)
            self._views[window] = found
        self._views.move_to_end(window)
        while len(self._views) > KEPT_VIEWS:
            self._views.pop(next(key for key in self._views if key != self._whole))
        return found

    def _answer(self, prompts: Prompts) -> _Answer:
        """The answer to the prompts, from the answer to all but their last click."""
        shape = None if prompts.mask is None else hash(prompts.mask.tobytes())
        keys = [(prompts.clicks[:count], prompts.box, shape) for count in range(len(prompts.clicks) + 1)]
        start = len(keys) - 1
        while start > 0 and keys[start] not in self._answers:
            start -= 1
        answer: _Answer | None = self._answers.get(keys[start])
        for count in range(start + (answer is not None), len(keys)):
            part = replace(prompts, clicks=prompts.clicks[:count])
            if not _answerable(part):
                continue
            answer = self._next(part, answer)
            self._answers[keys[count]] = answer
            while len(self._answers) > KEPT_ANSWERS:
                self._answers.popitem(last=False)
        if answer is None:
            raise ToolError("Click on the object first, or draw a box around it.")
        return answer

    def _next(self, prompts: Prompts, before: _Answer | None) -> _Answer:
        """Answer in the view of the answer before if that still fits, else on the whole picture and then enlarged."""
        mask, window = (None, self._whole) if before is None else (before.mask(), before.view.window)
        if before is None and prompts.mask is not None:
            mask = prompts.mask
        if before is not None and window != self._whole and self._fits(before.view, prompts):
            answer = self._ask(before.view, prompts, mask, window, before.sizes)
            if not answer.view.cuts_off(answer.cuts[0]):
                return answer
        answer = self._ask(self._base, prompts, mask, window, hypotheses.SIZES)
        nodes = answer.cuts[0]
        closer = self._closer(self._base.graph.paint(nodes), prompts)
        if closer is None:
            return answer
        view = self._view(closer)
        share = float(self._base.graph.area[nodes].sum() / self._base.graph.area.sum())
        part = view.graph.labels.size / view.total
        sizes = tuple(min(0.9, size * share / part) for size in ENLARGED_SIZES)
        return self._ask(view, prompts, mask, window, sizes)

    def _fits(self, view: _View, prompts: Prompts) -> bool:
        needed = (*prompts.positive, *(click.point for click in prompts.clicks[-1:]))
        return all(view.holds(point) for point in needed)

    def _closer(self, mask: BoolArray, prompts: Prompts) -> Window | None:
        """The window to look at more closely for a working mask on the whole picture; None if that gains nothing."""
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        points = [*prompts.positive, *(click.point for click in prompts.clicks[-1:])]
        scale = self._base.scale
        if rows.size:
            points += [(columns[0] / scale, rows[0] / scale), ((columns[-1] + 1) / scale, (rows[-1] + 1) / scale)]
        box = Box.around(_clamped(point, self._width, self._height) for point in points)
        if prompts.box is not None:
            box = box.united(prompts.box.clipped(self._width, self._height))
        grown = box.grown(MARGIN * max(box.width, box.height) + MARGIN_PX)
        down, across = grown.pixels(self._width, self._height)
        window = (across.start, down.start, across.stop, down.stop)
        enlarged = min(WORKING_SIDE / max(window[2] - window[0], window[3] - window[1]), MOST_ENLARGED)
        return window if enlarged > WORTH_ENLARGING * scale else None

    def _ask(
        self, view: _View, prompts: Prompts, mask: BoolArray | None, window: Window, sizes: tuple[float, ...]
    ) -> _Answer:
        """Cut in one view and rank; ``mask`` is the answer before at source size within ``window``."""
        graph = view.graph
        inside = view.regions(prompts.positive)
        outside = np.setdiff1d(view.regions(prompts.negative), inside)
        if prompts.box is not None:
            outside = np.union1d(outside, np.setdiff1d(self._outside(view, prompts.box), inside))
        before = None if mask is None else view.lower(mask, window)
        if before is not None and not before.any():
            before = None
        first = view.at(prompts.positive[0]) if prompts.positive else self._middle(view, prompts, before)
        last = prompts.clicks[-1] if prompts.clicks else Click(0, 0)
        at = view.at(last.point) if prompts.clicks else first
        ask = Ask(inside, outside, first, at, last.positive, view.total, before)
        cuts = self._cuts(graph, ask, prompts, sizes)
        different = list({cut.tobytes(): cut for cut in cuts}.values())
        scores = hypotheses.rank(graph, different, ask)
        if prompts.box is not None:
            scores = scores + [_tightness(view, cut, prompts.box) for cut in different]
        order = np.argsort(-scores, kind="stable")
        return _Answer(view, _varied(graph, [different[k] for k in order]), sizes)

    def _cuts(self, graph: RegionGraph, ask: Ask, prompts: Prompts, sizes: tuple[float, ...]) -> list[BoolArray]:
        if ask.before is not None and not prompts.clicks:
            return hypotheses.snapped(graph, ask)
        cuts: list[BoolArray] = []
        if prompts.box is not None:
            cuts += hypotheses.inside_box(graph, ask, BOX_SHARES)
        elif len(ask.inside) and prompts.mask is None:
            cuts += hypotheses.around_clicks(graph, ask, sizes)
        return cuts + hypotheses.around_answer(graph, ask)

    def _outside(self, view: _View, box: Box) -> Nodes:
        """The regions of a view that lie mostly outside a box."""
        rows, columns = box.pixels(self._width, self._height)
        y0, x0 = view.at((columns.start, rows.start))
        y1, x1 = view.at((columns.stop - 1, rows.stop - 1))
        within = np.zeros(view.graph.labels.shape, dtype=np.float32)
        within[y0 : y1 + 1, x0 : x1 + 1] = 1
        return np.flatnonzero(~view.graph.choose(within)).astype(np.int64)

    def _middle(self, view: _View, prompts: Prompts, before: BoolArray | None) -> tuple[int, int]:
        """Where the object probably is when nobody clicked on it: the middle of the box, or the inmost of the shape."""
        if before is None:
            return view.at(prompts.box.centre if prompts.box is not None else (self._width / 2, self._height / 2))
        depth = cv2.distanceTransform(view.graph.paint(before).astype(np.uint8), cv2.DIST_L2, 3)
        row, column = np.unravel_index(int(np.argmax(depth)), depth.shape)
        return int(row), int(column)

    def _finished(self, view: _View, cut: BoolArray, prompts: Prompts) -> BoolArray:
        """A cut at source size with every promise kept: clicks, box, parts, specks and pinholes. (H, W) bool."""
        x0, y0, x1, y1 = view.window
        mask = np.zeros((self._height, self._width), dtype=bool)
        mask[y0:y1, x0:x1] = view.lift(view.graph.paint(cut))
        if prompts.box is not None:
            rows, columns = prompts.box.pixels(self._width, self._height)
            mask[: rows.start] = mask[rows.stop :] = False
            mask[:, : columns.start] = mask[:, columns.stop :] = False
        stamp(mask, prompts.clicks)
        drop_parts(mask, prompts)
        for click in prompts.clicks:
            mask[pixel_of(click.point, self._width, self._height)] = click.positive
        return mask


def _answerable(prompts: Prompts) -> bool:
    return bool(prompts.positive) or prompts.box is not None or prompts.mask is not None


def _clamped(point: Point, width: int, height: int) -> Point:
    row, column = pixel_of(point, width, height)
    return column + 0.5, row + 0.5


def _tightness(view: _View, cut: BoolArray, box: Box) -> float:
    """How well a cut fills a box from side to side, in units of the ranking."""
    rows, columns = np.nonzero(view.graph.paint(cut))
    if rows.size == 0:
        return -10.0
    found = Box(columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    (y0, x0), (y1, x1) = view.at((box.x0, box.y0)), view.at((box.x1 - 1, box.y1 - 1))
    meant = Box(x0, y0, x1 + 1, y1 + 1)
    both = found.united(meant).area
    return 6.0 * (found.area + meant.area - both) / both if both else 0.0


def _varied(graph: RegionGraph, cuts: list[BoolArray]) -> tuple[BoolArray, ...]:
    """The first cut, and the first after it that is clearly smaller and clearly larger."""
    best = cuts[0]
    size = float(graph.area[best].sum())
    chosen = {0: best}
    for cut in cuts[1:]:
        other = float(graph.area[cut].sum())
        overlap = float(graph.area[cut & best].sum()) / max(float(graph.area[cut | best].sum()), 1.0)
        side = -1 if other < size else 1
        if overlap < OTHER and other > 0 and side not in chosen:
            chosen[side] = cut
    return tuple(chosen.values())
