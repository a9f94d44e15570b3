"""What a run is told: one frozen value, written as TOML."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from app.core import paths
from app.core.errors import InputError

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Network(_Part):
    """The settings of `app.nets.click_net.ClickNet`."""

    width: Annotated[float, Field(gt=0, le=1)] = 0.25
    fused: Count = 64
    fine: Count = 32
    trunk: str = "yolo11n-seg"
    """The model (by its id in the model list) whose weights the trunk starts from; empty for random ones."""
    begin: str = ""
    """A file of weights to begin from in place of that: one made by ``train export``, or what ships."""


class Data(_Part):
    side: Annotated[int, Field(ge=32, multiple_of=32)] = 192
    """Pixels: height and width of a training view."""
    batch: Count = 32
    workers: Annotated[int, Field(ge=0)] = 0
    """Processes that prepare views; 0 prepares them in the training process."""
    emphasis: dict[str, Annotated[float, Field(ge=0)]] = {}
    """Data sets that are drawn more (or less) often than by their number of pictures, and so many times."""
    closer: Share = 0.5
    """Share of views around the object, as in the engine's second pass; the others show most of the picture."""
    parts: Share = 0.08
    """Share of views of a part of the outline with a coarse answer, as when a mask is made finer."""


class Clicks(_Part):
    """How clicks are simulated: see `app.training.simulation`."""

    several: Share = 0.4
    """Share of samples that begin with several random clicks in place of one."""
    most: Count = 8
    """The most random clicks of each kind."""
    rounds: Annotated[int, Field(ge=0)] = 3
    """At most so many rounds of clicks on the network's own mistakes; each batch draws 0 to this."""
    box: Share = 0.15
    shape: Share = 0.08
    """Share of samples that begin with a flawed mask, as when a shape is refined."""
    glimpse: Share = 0.3
    """Share of samples that begin with the answer of a look at a smaller view, as in the engine's second look."""
    again: Share = 0.1
    """Chance per round that only the answer goes back, without a new click."""
    forget: Share = 0.1
    """Chance that the answer before is left out of the last look."""


class Optimiser(_Part):
    steps: Count = 12_000
    """Batches in all; a run can be prolonged with a larger number."""
    warmup: Annotated[int, Field(ge=0)] = 200
    cooldown: Annotated[int, Field(ge=0)] = 2_000
    """Last steps, over which the rate falls to zero; before them it is constant, so that a run can be prolonged."""
    rate: Annotated[float, Field(gt=0)] = 1e-3
    trunk_rate: Annotated[float, Field(ge=0)] = 4e-4
    finder_rate: Annotated[float, Field(ge=0)] = 1e-5
    """Of the finder's heads."""
    decay: Annotated[float, Field(ge=0)] = 0.01
    clip: Annotated[float, Field(gt=0)] = 5.0
    average: Annotated[float, Field(ge=0, lt=1)] = 0.999
    """Decay per step of the averaged weights, which are the ones that are kept."""
    hold_statistics: bool = False
    """Keep the pretrained parts' running means and variances of batch normalisation as they were."""

    @model_validator(mode="after")
    def _cooldown_fits(self) -> Optimiser:
        if self.cooldown + self.warmup > self.steps:
            raise ValueError("warm-up and cool-down together are longer than the run")
        return self


class Watching(_Part):
    rows: Count = 50
    """Steps between rows of metrics.csv."""
    validate_every: Count = 1_000
    validation_objects: Count = 120
    validation_side: Annotated[int, Field(ge=32, multiple_of=32)] = 256
    checkpoint_every: Count = 500
    pictures: Annotated[int, Field(ge=0)] = 8
    """Sample pictures that are drawn at each validation."""


class Config(_Part):
    """A whole run. The file of each part's defaults is ``resources/training/click-net.toml``."""

    seed: int = 0
    threads: Annotated[int, Field(ge=0)] = 0
    """CPU threads of torch; 0 leaves that to torch."""
    channels_last: bool = True
    """Lay numbers out channel by channel within a pixel, which is faster on CPUs and newer GPUs."""
    precision: Literal["32-true", "bf16-mixed", "16-mixed"] = "32-true"
    network: Network = Network()
    data: Data = Data()
    clicks: Clicks = Clicks()
    optimiser: Optimiser = Optimiser()
    watching: Watching = Watching()


def default_file() -> Path:
    return paths.resource_dir() / "training" / "click-net.toml"


def read(file: Path) -> Config:
    """The run that a TOML file describes. Raises `InputError` with the first thing that is wrong."""
    try:
        return Config.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{file} is not TOML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{file}: {where}: {first['msg']}") from error
