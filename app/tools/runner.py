"""Runs a tool: checks what goes in, drives generators, checks what comes out, remembers how it was made."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from app.core.layers import Layer
from app.core.sources import Image, Prompted, Source
from app.tools.contract import Cancelled, Job, ModelSpec, Params, Tool, ToolError
from app.tools.memo import Memo
from app.tools.models import ModelPool

T = TypeVar("T")
Report = Callable[[float | None, str], None]
"""Called with a fraction (None for unknown) and words."""
Partial = Callable[[tuple[Layer, ...]], None]


@dataclass(frozen=True)
class Provenance:
    """How a result was made, as plain data."""

    tool: str
    version: int
    params: Mapping[str, Any]
    source_key: str
    weights: Mapping[str, str]
    device: str
    children: tuple[Provenance, ...] = ()


@dataclass(frozen=True, eq=False)
class Result:
    """The layers of a finished run. ``seconds`` is wall time; ``notices`` what the tool wanted said."""

    tool: Tool
    source: Source
    params: Params
    layers: tuple[Layer, ...]
    seconds: float
    weights: Mapping[str, str] = field(default_factory=dict)
    device: str = "cpu"
    notices: tuple[str, ...] = ()
    children: tuple[Provenance, ...] = ()

    def provenance(self) -> Provenance:
        """Made on demand, because the source's key is a hash of all its pixels."""
        params = self.params.model_dump(mode="json")
        key = self.source.key
        return Provenance(self.tool.id, self.tool.version, params, key, dict(self.weights), self.device, self.children)


class LocalJob:
    """The `Job` of a run in this process.

    ``stop`` is asked on every `progress`; ``wanted`` are the optional stages that somebody will look at, None for all.
    """

    def __init__(
        self,
        pool: ModelPool,
        memo: Memo,
        find: Callable[[str], Tool] | None = None,
        on_progress: Callable[[float | None, str], None] | None = None,
        stop: Callable[[], bool] = lambda: False,
        wanted: frozenset[str] | None = frozenset(),
    ) -> None:
        self._pool, self._memo, self._find = pool, memo, find
        self._on_progress, self._stop, self._wanted = on_progress, stop, wanted
        self.notices: list[str] = []
        self.weights: dict[str, str] = {}
        self.used_device = "cpu"
        self.children: list[Provenance] = []

    def want_all(self) -> None:
        """Every optional stage will be looked at."""
        self._wanted = None

    @property
    def device(self) -> str:
        return self._pool.device

    def progress(self, fraction: float | None = None, text: str = "") -> None:
        if self._stop():
            raise Cancelled
        if self._on_progress:
            self._on_progress(fraction, text)

    def model(self, spec: ModelSpec) -> Any:
        self.progress(None, "loading the model")
        leased = self._pool.get(spec)
        self.weights[spec.id] = leased.sha256
        if leased.device != "cpu":
            self.used_device = leased.device
        self.progress()
        return leased.network

    def memo(self, key: Hashable, make: Callable[[], T]) -> T:
        return self._memo.get(key, make)

    def wants(self, stage: str) -> bool:
        return self._wanted is None or stage in self._wanted

    def notice(self, text: str) -> None:
        if text not in self.notices:
            self.notices.append(text)

    def run(self, tool_id: str, source: Source, params: Mapping[str, Any]) -> tuple[Layer, ...]:
        if self._find is None:
            raise ToolError(f"{tool_id} cannot be run from here.")
        tool = self._find(tool_id)
        result = run(tool, source, tool.params(**params), self)
        self.children.append(result.provenance())
        return result.layers


def run(tool: Tool, source: Source, params: Params, job: Job, on_partial: Partial | None = None) -> Result:
    """Run a tool on a source.

    A tool that yields hands each tuple to ``on_partial``; the last one is the result. Raises `ToolError` for a source
    that the tool does not take, `Cancelled`, and whatever the tool raises; TypeError when the tool returns something
    that it did not declare.
    """
    source = adapt(tool, source)
    started = time.perf_counter()
    job.progress()
    answer = tool.function(source, params, job)
    if isinstance(answer, Iterator):
        layers: Any = ()
        for layers in answer:
            _check(tool, layers)
            if on_partial:
                on_partial(layers)
            job.progress()
    else:
        layers = answer
        _check(tool, layers)
    seconds = time.perf_counter() - started
    local = job if isinstance(job, LocalJob) else None
    return Result(
        tool=tool,
        source=source,
        params=params,
        layers=layers,
        seconds=seconds,
        weights=dict(local.weights) if local else {},
        device=local.used_device if local else "cpu",
        notices=tuple(local.notices) if local else (),
        children=tuple(local.children) if local else (),
    )


def coalesced(report: Report, every_s: float = 1 / 30) -> Report:
    """Progress at most so often, except that new words always pass: the next call may be long, and silent."""
    last, said = 0.0, ""

    def maybe(fraction: float | None, text: str) -> None:
        nonlocal last, said
        now = time.monotonic()
        if text != said or now - last >= every_s:
            last, said = now, text
            report(fraction, text)

    return maybe


def adapt(tool: Tool, source: Source) -> Source:
    """The source as the tool takes it: a prompted image serves a tool that takes an image."""
    if isinstance(source, tool.source):
        return source
    if tool.source is Image and isinstance(source, Prompted):
        return source.image
    raise ToolError(f"{tool.title} needs {_WORDS[tool.source]}; it was given {_WORDS[type(source)]}.")


_WORDS: dict[type, str] = {Image: "a picture", Prompted: "a picture with clicks or a box"}


def _check(tool: Tool, layers: Any) -> None:
    if not isinstance(layers, tuple) or not layers:
        raise TypeError(f"{tool.id} must return a tuple of layers, and returned {type(layers).__name__}")
    for layer in layers:
        if type(layer) not in tool.returns and layer.name not in tool.stages:
            raise TypeError(f"{tool.id} returned a {type(layer).__name__}, which it does not declare")
    main = [x for x in layers if x.name not in tool.stages]
    if not tool.variadic and len(main) != len(tool.returns):
        raise TypeError(f"{tool.id} returned {len(main)} layers and declares {len(tool.returns)}")
