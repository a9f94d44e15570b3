"""A tool is one function; its annotations are its declaration.

    class CannyParams(Params):
        low: Annotated[float, Field(ge=0, le=500), Ui("gray/px")] = 50

    @tool("fundamentals.canny", title="Canny edges", chapter="6.1", live=True)
    def canny(image: Image, p: CannyParams, job: Job) -> tuple[MaskLayer]: ...

The panel, the command line, the validation and the recipe are made from that and from nothing else.
"""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict

from app.core.errors import FoveaError
from app.core.layers import LAYER_TYPES, Layer
from app.core.sources import Image, Prompted, Source

T = TypeVar("T")


class ToolError(FoveaError):
    """The tool cannot do this; the message is a sentence for the person, shown where the tool was started."""


class Cancelled(Exception):
    """The person, or a newer request, has called this run off. Raised by `Job.progress`; tools let it pass."""


class DeclarationError(TypeError):
    """A tool's annotations do not say what they must; raised when the plugin is loaded."""


class Params(BaseModel):
    """Base of every tool's parameters: frozen, and unknown names are refused.

    Field names are the names on the command line and in recipes: renaming one is a new tool version. The text after a
    field (a string literal below it) is its help.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    def inapplicable(self) -> Mapping[str, str]:
        """Fields that mean nothing with the other values as they are, with the reason that the panel shows."""
        return {}


@dataclass(frozen=True)
class Ui:
    """How a parameter is shown. ``titles`` names the choices of a Literal; ``preference`` is the key of a personal
    setting that stands in for the default (see `app.io.preferences`). ``follows`` marks a field that costs next to
    nothing to change once the tool has run (a threshold on a remembered answer): the result follows its slider."""

    unit: str = ""
    label: str = ""
    step: float | None = None
    titles: Mapping[str, str] = field(default_factory=dict)
    preference: str | None = None
    follows: bool = False


@dataclass(frozen=True)
class ModelSpec:
    """A network that a tool needs: its id in ``resources/models.toml`` and how to load its file.

    ``load(path, device)`` gives the ready network; ``device`` is a torch device string ("cpu", "cuda:0", "mps").
    Nothing is loaded until `Job.model` is called. A ``light`` network is small and quick on any processor and needs
    neither torch nor a process of its own: it is loaded for the processor even where there is a GPU.
    """

    id: str
    load: Callable[[Path, str], Any]
    light: bool = False


class Job(Protocol):
    """What a running tool may ask for."""

    @property
    def device(self) -> str:
        """The torch device string that networks run on here."""
        ...

    def progress(self, fraction: float | None = None, text: str = "") -> None:
        """Say how far the work is (0..1, None for unknown). Raises `Cancelled` when the run has been called off."""
        ...

    def model(self, spec: ModelSpec) -> Any:
        """The one loaded network of that spec. Raises `WeightsMissing` when its file is not there."""
        ...

    def memo(self, key: Hashable, make: Callable[[], T]) -> T:
        """Something computed once and kept while there is room (an embedding, raw detections)."""
        ...

    def wants(self, stage: str) -> bool:
        """Whether anybody will look at an optional intermediate layer of that name."""
        ...

    def notice(self, text: str) -> None:
        """Tell the person something that is not an error (a fallback that was taken)."""
        ...

    def run(self, tool_id: str, source: Source, params: Mapping[str, Any]) -> tuple[Layer, ...]:
        """Run another tool; it is kept in the provenance."""
        ...


Models = Callable[[Any], tuple[ModelSpec, ...]]


@dataclass(frozen=True, eq=False)
class Tool:
    """A declared tool. Made by `tool`, found by the catalog."""

    id: str
    title: str
    chapter: str
    version: int
    live: bool
    function: Callable[..., Any]
    source: type[Source]
    params: type[Params]
    returns: tuple[type[Layer], ...]
    variadic: bool
    stages: tuple[str, ...]
    models: Models
    help: str

    def needs(self, params: Params) -> tuple[ModelSpec, ...]:
        """The networks that a run with these parameters would ask for; where there are any it runs in the process."""
        return self.models(params)


def _no_models(_: Any) -> tuple[ModelSpec, ...]:
    return ()


def tool(
    id: str,
    *,
    title: str,
    chapter: str,
    version: int = 1,
    live: bool = False,
    stages: tuple[str, ...] = (),
    models: Models = _no_models,
) -> Callable[[Callable[..., Any]], Tool]:
    """Declare a function as a tool.

    ``live`` says that it is cheap enough to run on every tick of a slider. ``stages`` names optional intermediate
    layers, returned after the main ones and computed only when `Job.wants` them. ``models`` says which networks a run
    with given parameters needs. Raises `DeclarationError` when the annotations are not source, Params, Job and a tuple
    of layers (or an iterator of such tuples).
    """

    def declare(function: Callable[..., Any]) -> Tool:
        source, params = _inputs(id, function)
        returns, variadic = _outputs(id, function)
        text = inspect.cleandoc(function.__doc__ or "")
        if not text:
            raise DeclarationError(f"{id}: a tool's docstring is its help; this one has none")
        return Tool(
            id, title, chapter, version, live, function, source, params, returns, variadic, stages, models, text
        )

    return declare


def _inputs(id: str, function: Callable[..., Any]) -> tuple[type[Source], type[Params]]:
    hints = typing.get_type_hints(function)
    names = list(inspect.signature(function).parameters)
    if len(names) != 3 or any(n not in hints for n in names):
        raise DeclarationError(f"{id}: a tool takes (source, params, job), all annotated")
    source, params, job = (hints[n] for n in names)
    if source not in (Image, Prompted):
        raise DeclarationError(f"{id}: {source} is not a source that tools can take")
    if not (isinstance(params, type) and issubclass(params, Params)):
        raise DeclarationError(f"{id}: the second argument must be a subclass of Params")
    if job is not Job:
        raise DeclarationError(f"{id}: the third argument must be a Job")
    return source, params


def _outputs(id: str, function: Callable[..., Any]) -> tuple[tuple[type[Layer], ...], bool]:
    result = typing.get_type_hints(function).get("return")
    if typing.get_origin(result) is not None and typing.get_origin(result) is not tuple:
        inner = typing.get_args(result)  # Iterator[tuple[...]] of a tool that yields
        result = inner[0] if inner else None
    if typing.get_origin(result) is not tuple:
        raise DeclarationError(f"{id}: a tool returns a tuple of layers, not {result}")
    args = typing.get_args(result)
    variadic = len(args) == 2 and args[1] is Ellipsis
    kinds = _flat(args[:1] if variadic else args)
    if not kinds or any(k not in LAYER_TYPES for k in kinds):
        raise DeclarationError(f"{id}: {result} is not made of layers")
    return tuple(kinds), variadic


def _flat(args: Iterable[Any]) -> list[Any]:
    out: list[Any] = []
    for a in args:
        union = typing.get_origin(a) in (typing.Union, types.UnionType)
        out += _flat(typing.get_args(a)) if union else [a]
    return out
