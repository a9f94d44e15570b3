"""Training samples: sample number n of a run is a function of the seed and n alone.

So a run that was broken off goes on with the very samples that it would have seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from app.core.errors import InputError
from app.core.geometry import BoolArray
from app.training import augment, simulation
from app.training.augment import Rng
from app.training.config import Config
from app.training.pack import Pack
from app.training.simulation import State

FEWEST_PIXELS = 24
TRIES = 20
SAMPLE, ROUNDS, STEP = range(3)
"""What a generator is for: each purpose draws its own numbers."""


def generator(seed: int, purpose: int, number: int) -> Rng:
    """The generator of sample or step ``number``."""
    return np.random.default_rng([seed, purpose, number])


@dataclass(frozen=True, eq=False)
class Sample:
    """``picture`` (S, S, 3) uint8 RGB, ``truth`` (S, S) bool, and the first prompts."""

    number: int
    picture: NDArray[np.uint8] = field(repr=False)
    truth: BoolArray = field(repr=False)
    state: State


class Draw:
    """Draws objects as the data's own notes advise: the data set with probability ~ sqrt(pictures) (times what is in
    ``emphasis``), then the picture, then the object with probability ~ sqrt(area). Else nuclei, facade parts and roofs
    would be most of what is seen. Raises `InputError` for an emphasis on what is not there."""

    def __init__(self, pack: Pack, emphasis: Mapping[str, float] | None = None) -> None:
        self._groups: dict[str, list[int]] = {}
        for number, entry in enumerate(pack.entries):
            self._groups.setdefault(entry.dataset, []).append(number)
        if not self._groups:
            raise InputError(f"The pack in {pack.folder} holds no pictures.")
        self._pack = pack
        self._names = sorted(self._groups)
        emphasis = emphasis or {}
        if unknown := sorted(emphasis.keys() - self._groups.keys()):
            raise InputError(f"The pack in {pack.folder} holds no data set named {', '.join(unknown)}.")
        weights = np.array([len(self._groups[name]) ** 0.5 * emphasis.get(name, 1.0) for name in self._names])
        self._chances = weights / weights.sum()

    def __call__(self, rng: Rng) -> tuple[int, int]:
        """(picture number, object value)."""
        group = self._groups[self._names[int(rng.choice(len(self._names), p=self._chances))]]
        number = int(group[int(rng.integers(len(group)))])
        objects = self._pack.entries[number].objects
        weights = np.sqrt([max(share, 1e-6) for _, share in objects])
        return number, objects[int(rng.choice(len(objects), p=weights / weights.sum()))][0]


class Maker:
    """Makes samples by number."""

    def __init__(self, pack: Pack, config: Config) -> None:
        self._pack, self._config, self._draw = pack, config, Draw(pack, config.data.emphasis)

    def __call__(self, number: int) -> Sample:
        """Raises `InputError` if `TRIES` objects in a row are too small to be seen."""
        rng = generator(self._config.seed, SAMPLE, number)
        side = self._config.data.side
        for _ in range(TRIES):
            picture, value = self._draw(rng)
            truth = self._pack.truth(picture, value)
            if not truth.any():
                continue
            part = rng.random() < self._config.data.parts
            view = self._view(rng, truth, part)
            seen = view.mask(truth)
            covered = int(np.count_nonzero(seen))
            if FEWEST_PIXELS <= covered <= 0.95 * side * side:
                shade = int(rng.integers(0, 256)) if rng.random() < 0.5 else 114
                pixels = view.picture(self._pack.picture(picture), (shade, shade, shade))
                state = simulation.coarse(rng, seen) if part else simulation.begin(rng, seen, self._config.clicks)
                return Sample(number, augment.recolour(rng, pixels), seen, state)
        raise InputError(f"No object of the pack in {self._pack.folder} is large enough to train on.")

    def _view(self, rng: Rng, truth: BoolArray, part: bool) -> augment.View:
        side, box = self._config.data.side, simulation.bounds(truth)
        if part:
            return augment.choose_part(rng, simulation.on_outline(rng, truth), box, side)
        return augment.choose_view(rng, (truth.shape[0], truth.shape[1]), box, side, self._config.data.closer)
