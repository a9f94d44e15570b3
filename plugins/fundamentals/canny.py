"""Canny's edge detector."""

from __future__ import annotations

from typing import Annotated, Any, Self

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from app.core.layers import ImageLayer, MaskLayer
from app.core.sources import Image, to_uint8, value_range
from app.tools.contract import Job, Params, Ui, tool


class CannyParams(Params):
    low: Annotated[float, Field(ge=0, le=2000), Ui("gray/px", step=1)] = 50
    """Gradient above which a pixel that touches an edge belongs to it."""
    high: Annotated[float, Field(ge=0, le=2000), Ui("gray/px", step=1)] = 150
    """Gradient above which a pixel is an edge by itself."""
    sigma: Annotated[float, Field(ge=0, le=50), Ui("px", step=0.1)] = 0.0
    """Standard deviation of the Gaussian that smooths the picture first; 0 for none."""
    window_low: Annotated[float | None, Ui(label="Window from")] = None
    """Source value that counts as black; empty for 0 in 8-bit pictures and the lowest value in others."""
    window_high: Annotated[float | None, Ui(label="Window to")] = None
    """Source value that counts as white; empty for 255 in 8-bit pictures and the highest value in others."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.low > self.high:
            raise ValueError("low must not be above high")
        if self.window_low is not None and self.window_high is not None and self.window_low >= self.window_high:
            raise ValueError("the window must go from a smaller to a larger value")
        return self


@tool("fundamentals.canny", title="Canny edges", chapter="6.1", live=True, stages=("gray", "gradient"))
def canny(image: Image, p: CannyParams, job: Job) -> tuple[MaskLayer | ImageLayer, ...]:
    """Find edges as thin lines: smooth, take the gradient, keep its ridges, and link them between two thresholds.

    `cv2.Canny` with aperture 3 and the L1 gradient on luminance gray (0.299 R + 0.587 G + 0.114 B); without smoothing
    and window it gives exactly that on 8-bit pictures. After J. Canny, "A Computational Approach to Edge Detection",
    PAMI 8(6), 1986.
    """
    gray = _gray8(image.pixels, p.window_low, p.window_high)
    if p.sigma > 0:
        gray = np.asarray(cv2.GaussianBlur(gray, (0, 0), sigmaX=p.sigma), dtype=np.uint8)
    edges = cv2.Canny(gray, p.low, p.high, apertureSize=3, L2gradient=False)
    layers: list[MaskLayer | ImageLayer] = [MaskLayer(np.asarray(edges, dtype=bool), "edges")]
    if job.wants("gray"):
        layers.append(ImageLayer(gray, "gray"))
    if job.wants("gradient"):
        layers.append(ImageLayer(_gradient(gray), "gradient"))
    return tuple(layers)


def _gray8(pixels: NDArray[Any], low: float | None, high: float | None) -> NDArray[np.uint8]:
    """Luminance gray, (H, W) uint8, through the window where there is one or the dtype asks for it."""
    colour = pixels if pixels.ndim == 2 else pixels[:, :, 0] if pixels.shape[2] < 3 else pixels[:, :, :3]
    if low is not None or high is not None or colour.dtype != np.uint8:
        first, last = value_range(colour)
        colour = to_uint8(colour, first if low is None else low, last if high is None else high)
    if colour.ndim == 2:
        return np.ascontiguousarray(colour, dtype=np.uint8)
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(colour), cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def _gradient(gray: NDArray[np.uint8]) -> NDArray[np.float32]:
    """L1 Sobel gradient, (H, W) float32 in gray levels per pixel, scaled as the thresholds are."""
    dx = cv2.Sobel(gray, cv2.CV_32F, 1, 0, ksize=3)
    dy = cv2.Sobel(gray, cv2.CV_32F, 0, 1, ksize=3)
    return np.asarray(np.abs(dx) + np.abs(dy), dtype=np.float32)
