"""Gaussian blur."""

from __future__ import annotations

from typing import Annotated

import cv2
import numpy as np
from pydantic import Field

from app.core.layers import ImageLayer
from app.core.sources import Image
from app.tools.contract import Job, Params, Ui, tool


class GaussianParams(Params):
    sigma: Annotated[float, Field(ge=0, le=100), Ui("px", step=0.1)] = 2.0
    """Standard deviation of the Gaussian; 0 leaves the picture as it is."""


@tool("fundamentals.gaussian", title="Gaussian blur", chapter="6.1", live=True)
def gaussian(image: Image, p: GaussianParams, job: Job) -> tuple[ImageLayer]:
    """Smooth the picture with a Gaussian (`cv2.GaussianBlur`, kernel size from sigma, borders reflected).

    Every channel and dtype is kept; the alpha channel is smoothed like the others.
    """
    if p.sigma == 0:
        return (ImageLayer(image.pixels, "blurred"),)
    blurred = cv2.GaussianBlur(image.pixels, (0, 0), sigmaX=p.sigma, borderType=cv2.BORDER_REFLECT_101)
    # OpenCV drops the last axis of a (H, W, 1) picture.
    return (ImageLayer(np.asarray(blurred).reshape(image.pixels.shape), "blurred"),)
