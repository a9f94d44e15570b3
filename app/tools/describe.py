"""What a parameter looks like to whoever builds a panel, a command line or a schema from it."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import annotated_types
from pydantic import ValidationError

from app.tools.contract import Params, Tool, Ui

Kind = Literal["bool", "int", "float", "choice", "text"]


@dataclass(frozen=True)
class Field:
    """One parameter. ``low``/``high`` are inclusive bounds or None; ``choices`` the values of a choice."""

    name: str
    kind: Kind
    default: Any
    label: str
    help: str
    unit: str
    low: float | None
    high: float | None
    step: float | None
    choices: tuple[Any, ...]
    titles: Mapping[str, str]
    preference: str | None
    follows: bool

    def title_of(self, value: Any) -> str:
        return self.titles.get(str(value), str(value))


def fields(params: type[Params]) -> tuple[Field, ...]:
    """The parameters of a tool in the order of their declaration."""
    return tuple(_field(name, info) for name, info in params.model_fields.items())


def _field(name: str, info: Any) -> Field:
    ui = next((m for m in info.metadata if isinstance(m, Ui)), Ui())
    low: Any = None
    high: Any = None
    for m in info.metadata:
        low = m.ge if isinstance(m, annotated_types.Ge) else m.gt if isinstance(m, annotated_types.Gt) else low
        high = m.le if isinstance(m, annotated_types.Le) else m.lt if isinstance(m, annotated_types.Lt) else high
    kind, choices = _kind(name, info.annotation)
    label = ui.label or name.replace("_", " ").capitalize()
    help_text = info.description or ""
    return Field(
        name=name,
        kind=kind,
        default=info.default,
        label=label,
        help=help_text,
        unit=ui.unit,
        low=low,
        high=high,
        step=ui.step,
        choices=choices,
        titles=ui.titles,
        preference=ui.preference,
        follows=ui.follows,
    )


def _kind(name: str, annotation: Any) -> tuple[Kind, tuple[Any, ...]]:
    origin = typing.get_origin(annotation)
    if origin is Literal:
        return "choice", typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        inner = [a for a in typing.get_args(annotation) if a is not type(None)]
        if len(inner) == 1:
            return _kind(name, inner[0])
    kinds: dict[Any, Kind] = {bool: "bool", int: "int", float: "float", str: "text"}
    if annotation in kinds:
        return kinds[annotation], ()
    raise TypeError(f"parameter {name}: no panel can be made for {annotation}")


def explain(error: ValidationError) -> dict[str, str]:
    """Field name -> sentence for each thing that is wrong; the empty name is for rules between fields."""
    out: dict[str, str] = {}
    for item in error.errors():
        name = str(item["loc"][0]) if item["loc"] else ""
        message = item["msg"].removeprefix("Value error, ")
        out[name] = f"{out[name]}; {message}" if name in out else message
    return out


def schema(tool: Tool) -> dict[str, Any]:
    """The tool as plain data, parameters as JSON schema."""
    return {
        "id": tool.id,
        "title": tool.title,
        "chapter": tool.chapter,
        "version": tool.version,
        "live": tool.live,
        "source": tool.source.__name__,
        "returns": [t.__name__ for t in tool.returns],
        "stages": list(tool.stages),
        "help": tool.help,
        "parameters": tool.params.model_json_schema(),
    }
