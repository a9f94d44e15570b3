"""What a benchmark gives: times, beside what they are compared with."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Figure:
    """One line of the report. ``value`` and ``p95`` are in ``unit``; ``against`` is what ``reference`` measured on the
    same work in the same run; ``within`` says whether ``budget`` is kept (None: there is none)."""

    benchmark: str
    what: str
    value: float
    unit: str = "ms"
    p95: float | None = None
    count: int = 1
    against: str = ""
    reference: float | None = None
    budget: str = ""
    within: bool | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        return None if not self.reference else self.value / self.reference

    def plain(self) -> dict[str, Any]:
        numbers = {k: round(v, 3) if isinstance(v, float) else v for k, v in dataclasses.asdict(self).items()}
        return numbers | {"ratio": None if self.ratio is None else round(self.ratio, 3)}


def median(values: Sequence[float]) -> float:
    return float(np.median(values))


def percentile(values: Sequence[float], of_100: float) -> float:
    return float(np.percentile(values, of_100))


def milliseconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def in_turn(works: Sequence[Callable[[], object]], rounds: int) -> list[list[float]]:
    """Times of several works in ms, taken turn about so that a noisy moment meets all of them."""
    for work in works:
        work()
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for times, work in zip(taken, works, strict=True):
            times.append(milliseconds(work))
    return taken
