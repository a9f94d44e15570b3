"""Pictures too large for memory: read in parts, each at the scale that is wanted.

A tool takes an `Image`, whose pixels are in memory; of a `HugeImage` it can be given a `Cutout`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from app.core.annotation import BoxGeometry, MaskGeometry
from app.core.geometry import Box, Point
from app.core.masks import Rle, encode_crop
from app.core.prompts import Prompts
from app.core.sources import Image

PixelWindow = tuple[int, int, int, int]
"""Columns x0..x1 and rows y0..y1 of a level, right and bottom exclusive."""

CUTOUT_PIXELS = 4_000_000


@dataclass(frozen=True, slots=True)
class LevelSize:
    """A scale at which a picture can be read: ``width`` x ``height`` pixels, the one in column i covering the source
    from ``x + i * step_x`` on (likewise rows)."""

    width: int
    height: int
    step_x: float
    step_y: float
    x: float = 0.0
    y: float = 0.0


class Regions(Protocol):
    """What reads parts of a picture (`app.io.regions` has one for TIFF files)."""

    @property
    def levels(self) -> tuple[LevelSize, ...]:
        """The scales, the finest first; level 0 is the picture itself."""

    @property
    def dtype(self) -> np.dtype[Any]: ...

    @property
    def channels(self) -> int: ...

    @property
    def in_rows(self) -> bool:
        """Whether whole rows are stored together: reading a wide window costs what a narrow one does."""

    @property
    def version(self) -> int:
        """Goes up when coarse levels have become better."""

    def refine(self) -> bool:
        """Do a little of the work that makes coarse levels better; false when there is none left."""

    def is_rough(self, level: int) -> bool:
        """Whether `refine` can still change this level."""

    def read(self, level: int, window: PixelWindow) -> NDArray[Any]:
        """(h, w) or (h, w, C) pixels as in `Image`; the window must lie inside the level. Raises InputError."""


@dataclass(frozen=True, eq=False)
class HugeImage:
    """A picture that is never in memory whole, after EXIF orientation. ``coarse`` is a small copy of all of it, with
    the dtype and channels of `Image`; ``name`` is what the person calls it."""

    regions: Regions = field(repr=False)
    coarse: NDArray[Any] = field(repr=False)
    name: str = ""

    @property
    def width(self) -> int:
        return self.regions.levels[0].width

    @property
    def height(self) -> int:
        return self.regions.levels[0].height

    @property
    def channels(self) -> int:
        return self.regions.channels

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.regions.dtype

    def cutout(self, box: Box, at_most: int = CUTOUT_PIXELS) -> Cutout:
        """The part of the picture in a box (source pixels), at the finest scale at which it has ``at_most`` pixels.

        Raises InputError where the file cannot be read, ValueError for a box off the picture.
        """
        box = box.clipped(self.width, self.height)
        if box.area <= 0:
            raise ValueError("the box lies off the picture")
        levels = self.regions.levels
        fitting = (i for i, s in enumerate(levels) if box.area / (s.step_x * s.step_y) <= at_most)
        index = next(fitting, len(levels) - 1)
        size = levels[index]
        x0, x1 = _span(box.x0, box.x1, size.x, size.step_x, size.width)
        y0, y1 = _span(box.y0, box.y1, size.y, size.step_y, size.height)
        left, top = size.x + x0 * size.step_x, size.y + y0 * size.step_y
        place = Place(left, top, size.step_x, size.step_y, x1 - x0, y1 - y0)
        return Cutout(Image(self.regions.read(index, (x0, y0, x1, y1)), self.name), place)


def _span(first: float, last: float, origin: float, step: float, count: int) -> tuple[int, int]:
    """The pixels of a level that a range of the source touches."""
    start = min(max(math.floor((first - origin) / step), 0), count - 1)
    return start, min(max(math.ceil((last - origin) / step), start + 1), count)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a cut-out of ``width`` x ``height`` pixels lies: its top-left corner in source pixels, and how many of them
    one of its pixels covers."""

    x: float
    y: float
    step_x: float
    step_y: float
    width: int
    height: int

    @property
    def box(self) -> Box:
        """What it covers, in source pixels."""
        return Box(self.x, self.y, *self.to_source((self.width, self.height)))

    def holds(self, prompts: Prompts) -> bool:
        """Whether every click lies in the cut-out, and part of the box."""
        box = prompts.box
        meets = box is None or (
            box.x0 < self.box.x1 and box.x1 > self.box.x0 and box.y0 < self.box.y1 and box.y1 > self.box.y0
        )
        return meets and all(self.box.contains(click.point) for click in prompts.clicks)

    def to_source(self, point: Point) -> Point:
        return self.x + point[0] * self.step_x, self.y + point[1] * self.step_y

    def from_source(self, point: Point) -> Point:
        return (point[0] - self.x) / self.step_x, (point[1] - self.y) / self.step_y

    def prompts_from_source(self, prompts: Prompts) -> Prompts:
        """The same prompts in the cut-out's own pixels; a mask (which would be of the whole picture) is dropped."""
        clicks = []
        for click in prompts.clicks:
            x, y = self.from_source(click.point)
            clicks.append(replace(click, x=x, y=y))
        box = prompts.box
        if box is not None:
            box = Box(*self.from_source((box.x0, box.y0)), *self.from_source((box.x1, box.y1)))
        return replace(prompts, clicks=tuple(clicks), box=box, mask=None)

    def rle_to_source(self, rle: Rle) -> Rle:
        """A mask of the cut-out as pixels of the source: each of its pixels becomes those whose centres it covers."""
        columns = _centres(rle.x, rle.width, self.x, self.step_x)
        rows = _centres(rle.y, rle.height, self.y, self.step_y)
        j = np.clip(np.floor((columns + 0.5 - self.x) / self.step_x).astype(np.intp) - rle.x, 0, rle.width - 1)
        i = np.clip(np.floor((rows + 0.5 - self.y) / self.step_y).astype(np.intp) - rle.y, 0, rle.height - 1)
        return encode_crop(rle.crop()[np.ix_(i, j)], int(columns[0]), int(rows[0]))

    def geometry_to_source(self, geometry: BoxGeometry | MaskGeometry) -> BoxGeometry | MaskGeometry:
        """What a tool found in the cut-out, in source pixels."""
        if isinstance(geometry, MaskGeometry):
            return MaskGeometry(self.rle_to_source(geometry.rle))
        return BoxGeometry(self.box_to_source(geometry.box))

    def box_to_source(self, box: Box) -> Box:
        return Box(*self.to_source((box.x0, box.y0)), *self.to_source((box.x1, box.y1)))


def _centres(first: int, count: int, origin: float, step: float) -> NDArray[np.int64]:
    """The source pixels whose centres lie in ``count`` pixels of a cut-out from ``first`` on."""
    start = math.ceil(origin + first * step - 0.5)
    return np.arange(start, max(math.ceil(origin + (first + count) * step - 0.5), start + 1))


@dataclass(frozen=True, eq=False)
class Cutout:
    """A part of a huge picture as an `Image` of its own, and where it lies."""

    image: Image
    place: Place
