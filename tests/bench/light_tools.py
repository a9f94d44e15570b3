"""Tools without a network through the runner, against the same OpenCV call by itself, at 12 MP."""

from __future__ import annotations

import cv2

from app.core.sources import Image
from app.tools.catalog import load_catalog
from app.tools.memo import Memo
from app.tools.models import ModelPool
from app.tools.runner import LocalJob, run
from app.tools.weights import Weights
from tests.bench.figures import Figure, in_turn, median, percentile
from tests.bench.pictures import SIZES, photograph

ROUNDS = 25
SHARE, EXTRA_MS = 0.10, 3.0


def measure() -> list[Figure]:
    catalog = load_catalog()
    pixels = photograph(*SIZES["12 MP"])
    gray = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    job = LocalJob(ModelPool(Weights().require, "cpu"), Memo())
    calls = {
        "Canny, colour": (
            "fundamentals.canny",
            pixels,
            {"low": 50, "high": 150},
            lambda: cv2.Canny(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), 50, 150),
        ),
        "Canny, gray": ("fundamentals.canny", gray, {"low": 50, "high": 150}, lambda: cv2.Canny(gray, 50, 150)),
        "Gaussian, colour": (
            "fundamentals.gaussian",
            pixels,
            {"sigma": 2.0},
            lambda: cv2.GaussianBlur(pixels, (0, 0), 2.0),
        ),
    }
    figures = []
    for what, (tool_id, array, given, raw) in calls.items():
        tool, image = catalog.find(tool_id), Image(array)
        params = tool.params(**given)
        assert image.key
        ours, theirs = in_turn([lambda t=tool, i=image, p=params: run(t, i, p, job), raw], ROUNDS)
        over = median(ours) - median(theirs)
        kept = over <= SHARE * median(theirs) + EXTRA_MS
        budget = f"at most {SHARE:.0%} + {EXTRA_MS:.0f} ms more"
        figures.append(
            Figure(
                "light tools",
                f"{what}, 12 MP",
                median(ours),
                "ms",
                percentile(ours, 95),
                ROUNDS,
                "the OpenCV call alone",
                median(theirs),
                budget,
                kept,
            )
        )
    return figures
