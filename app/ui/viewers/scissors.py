"""The live-wire's arithmetic: the path along edges from a seed to any point near it. Without Qt.

Mortensen and Barrett, "Interactive segmentation with intelligent scissors" (1998), by OpenCV's `IntelligentScissorsMB`
with the settings of its tutorial. Its map of paths costs about 2 us a pixel, so it is made of a reduced window only.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from app.core.geometry import Box, FloatArray, Point
from app.core.sources import as_rgb8
from app.ui.viewers.transform import Size

PIXELS = 48_000
"""About how many pixels a window has: a map takes 60 to 100 ms, on a worker's thread."""

CANNY = 32, 100
GRADIENT_LIMIT = 200.0


@dataclass(frozen=True)
class ScissorsWindow:
    """A part of a picture, reduced: its top-left source pixel, its size and that of the source part, in pixels."""

    x: int
    y: int
    width: int
    height: int
    columns: int
    rows: int

    @classmethod
    def around(cls, seed: Point, others: tuple[Point, ...], scale: float, size: Size) -> ScissorsWindow:
        """A window that holds the seed in its middle and the other points well inside, as far as the picture goes.

        It is as fine as the view (``scale`` view pixels a source pixel), and coarser only if the points lie far apart.
        """
        step = max(1.0, 1.0 / scale)
        half = math.sqrt(PIXELS) / 2 * step
        box = Box.around((seed, *others)).grown(half / 4).united(Box.around([seed]).grown(half))
        rows, columns = box.pixels(int(size[0]), int(size[1]))
        w, h = columns.stop - columns.start, rows.stop - rows.start
        step = max(step, math.sqrt(w * h / PIXELS))
        return cls(columns.start, rows.start, w, h, max(round(w / step), 1), max(round(h / step), 1))

    @property
    def box(self) -> Box:
        return Box(self.x, self.y, self.x + self.width, self.y + self.height)

    def holds(self, point: Point) -> bool:
        """Whether a path to that point can be told."""
        return self.x <= point[0] <= self.x + self.width and self.y <= point[1] <= self.y + self.height

    def reduced(self, point: Point) -> tuple[int, int]:
        """The (column, row) of the reduced window under a source point, clamped into it."""
        column = math.floor((point[0] - self.x) * self.columns / self.width)
        row = math.floor((point[1] - self.y) * self.rows / self.height)
        return min(max(column, 0), self.columns - 1), min(max(row, 0), self.rows - 1)

    def source(self, pixels: NDArray[Any]) -> FloatArray:
        """The centres of (N, 2) columns and rows of the reduced window, in source pixels."""
        scale = np.array([self.width / self.columns, self.height / self.rows])
        return np.asarray((pixels + 0.5) * scale + (self.x, self.y), dtype=np.float64)


class Wire:
    """Paths from one seed within a window; made on a worker's thread, asked on the window's."""

    def __init__(self, pixels: NDArray[Any], levels: tuple[float, float], window: ScissorsWindow, seed: Point) -> None:
        """``pixels`` is (H, W) or (H, W, C) of any dtype that an `Image` holds; ``levels`` are its black and white."""
        self.window, self.seed = window, seed
        part = pixels[window.y : window.y + window.height, window.x : window.x + window.width]
        if part.ndim == 3:
            part = part[:, :, :3] if part.shape[2] >= 3 else part[:, :, 0]
        if part.shape[:2] != (window.rows, window.columns):
            part = cv2.resize(part, (window.columns, window.rows), interpolation=cv2.INTER_AREA)
        self._tool = cv2.segmentation.IntelligentScissorsMB()
        self._tool.setEdgeFeatureCannyParameters(*CANNY)
        self._tool.setGradientMagnitudeMaxLimit(GRADIENT_LIMIT)
        self._tool.applyImage(as_rgb8(part, *levels))
        self._tool.buildMap(window.reduced(seed))

    def path_to(self, point: Point) -> list[Point]:
        """The path from the seed to a point of the window, both ends as they were given. Well under a millisecond."""
        contour = self._tool.getContour(self.window.reduced(point))
        middle = self.window.source(np.asarray(contour).reshape(-1, 2))[1:-1]
        return [self.seed, *((float(x), float(y)) for x, y in middle), point]
