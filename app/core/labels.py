"""Labels: the classes of a project, what each asks of its shapes, and how they hang together. Frozen values."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

from app.core.annotation import Attribute, KeypointsGeometry, Shape

LABEL_COLOURS = ("#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7", "#8dd3c7", "#bebada")
"""Okabe and Ito's palette (2008), told apart with any kind of colour vision, and two lighter ones to go on with."""

_STEP_SLACK = 1e-6
"""How far off a step a number may be, in steps: 0.3 is no whole number of 0.1 to a computer."""


@dataclass(frozen=True)
class TextSpec:
    """An attribute that is any text. ``shown`` puts its value beside the shape on the picture."""

    kind: ClassVar[str] = "text"
    name: str
    default: str | None = None
    required: bool = False
    shown: bool = False

    def problem(self, value: Attribute) -> str | None:
        """What is wrong with a value that is not None, without a full stop; None for a good one."""
        return None if isinstance(value, str) else f"{_said(value)} is not a text"


@dataclass(frozen=True)
class NumberSpec:
    """An attribute that is a number between ``minimum`` and ``maximum`` (both allowed, None for no bound).

    With a ``step``, values are whole steps away from the minimum (from 0 where there is none).
    """

    kind: ClassVar[str] = "number"
    name: str
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    default: float | None = None
    required: bool = False
    shown: bool = False

    def problem(self, value: Attribute) -> str | None:
        """See `TextSpec.problem`."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            return f"{_said(value)} is not a number"
        if self.minimum is not None and value < self.minimum:
            return f"{value:g} is less than {self.minimum:g}"
        if self.maximum is not None and value > self.maximum:
            return f"{value:g} is more than {self.maximum:g}"
        if self.step:
            steps = (value - (self.minimum or 0.0)) / self.step
            if abs(steps - round(steps)) > _STEP_SLACK:
                return f"{value:g} is not a whole number of steps of {self.step:g}"
        return None


@dataclass(frozen=True)
class ChoiceSpec:
    """An attribute that is one of a few texts."""

    kind: ClassVar[str] = "choice"
    name: str
    choices: tuple[str, ...]
    default: str | None = None
    required: bool = False
    shown: bool = False

    def problem(self, value: Attribute) -> str | None:
        """See `TextSpec.problem`."""
        if value in self.choices and isinstance(value, str):
            return None
        return f"{_said(value)} is not one of {', '.join(self.choices)}"


@dataclass(frozen=True)
class FlagSpec:
    """An attribute that is yes or no."""

    kind: ClassVar[str] = "flag"
    name: str
    default: bool | None = None
    required: bool = False
    shown: bool = False

    def problem(self, value: Attribute) -> str | None:
        """See `TextSpec.problem`."""
        return None if isinstance(value, bool) else f"{_said(value)} is neither yes nor no"


AttributeSpec = TextSpec | NumberSpec | ChoiceSpec | FlagSpec


@dataclass(frozen=True)
class Skeleton:
    """The joints of a keypoints label, by name, and the bones as pairs of indices into them."""

    joints: tuple[str, ...]
    edges: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Label:
    """A class of objects.

    ``colour`` is #rrggbb; ``key`` the digit that gives it, where it has one; ``aliases`` other names that mean it
    (imports, other languages); ``parent`` the name of the label above it; ``kinds`` the kinds of geometry that its
    shapes may have, all where empty; ``attributes`` what is asked of each shape; ``skeleton`` the joints of its
    keypoints.
    """

    name: str
    colour: str
    key: int | None = None
    aliases: tuple[str, ...] = ()
    parent: str | None = None
    kinds: tuple[str, ...] = ()
    attributes: tuple[AttributeSpec, ...] = ()
    skeleton: Skeleton | None = None

    def attribute(self, name: str) -> AttributeSpec | None:
        return next((spec for spec in self.attributes if spec.name == name), None)

    def defaults(self) -> dict[str, Attribute]:
        """The attributes that a new shape starts with."""
        return {spec.name: spec.default for spec in self.attributes if spec.default is not None}

    def refusal(self, kind: str) -> str | None:
        """Why no shape may be of that kind, without a full stop; None where it may."""
        if not self.kinds or kind in self.kinds:
            return None
        return f"{self.name} takes {_listed(self.kinds)} only, not {_spoken(kind)}"

    def missing(self, attributes: Mapping[str, Attribute]) -> tuple[str, ...]:
        """The names of the required attributes that are not given."""
        return tuple(s.name for s in self.attributes if s.required and attributes.get(s.name) in (None, ""))

    def problems(self, shape: Shape) -> tuple[str, ...]:
        """A sentence for each thing in which a shape is not what this label asks. Attributes that the label does not
        know are none: imports bring them."""
        found = []
        if self.kinds and shape.kind not in self.kinds:
            found.append(f"A {_spoken(shape.kind)} cannot be {self.name}: it takes {_listed(self.kinds)}.")
        if self.skeleton and isinstance(shape.geometry, KeypointsGeometry):
            given, wanted = len(shape.geometry.points), len(self.skeleton.joints)
            if given != wanted:
                found.append(f"{self.name} has {wanted} joints, this shape {given}.")
        for spec in self.attributes:
            value = shape.attributes.get(spec.name)
            if value is None or value == "":
                if spec.required:
                    found.append(f"{self.name} asks for {spec.name}, which is not given.")
            elif reason := spec.problem(value):
                found.append(f"{spec.name} of {self.name}: {reason}.")
        return tuple(found)


@dataclass(frozen=True)
class LabelList:
    """The labels of a project, in the person's order."""

    labels: tuple[Label, ...] = field(default=())

    @cached_property
    def _by_name(self) -> dict[str, Label]:
        return {label.name: label for label in reversed(self.labels)}

    @cached_property
    def _by_any_name(self) -> dict[str, Label]:
        """By name or alias without regard to case; a name goes before an alias."""
        found: dict[str, Label] = {}
        for label in self.labels:
            found.setdefault(label.name.casefold(), label)
        for label in self.labels:
            for alias in label.aliases:
                found.setdefault(alias.casefold(), label)
        return found

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def __iter__(self) -> Iterator[Label]:
        return iter(self.labels)

    def get(self, name: str) -> Label | None:
        return self._by_name.get(name)

    def named(self, name: str) -> Label | None:
        """The label of that name, or else the one that has it as an alias; case does not matter."""
        return self._by_name.get(name) or self._by_any_name.get(name.strip().casefold())

    def aliased(self, name: str) -> Label | None:
        """The label that has the name as an alias; None where it is a label's own name. Case does not matter."""
        found = self.named(name)
        return found if found is not None and found.name.casefold() != name.strip().casefold() else None

    def for_key(self, digit: int) -> Label | None:
        """The label that a digit key gives."""
        return next((label for label in self.labels if label.key == digit), None)

    def colour_of(self, name: str) -> str:
        """The label's colour; a stable one of the palette for a name that is not in the list."""
        label = self.get(name)
        return label.colour if label else LABEL_COLOURS[sum(name.encode()) % len(LABEL_COLOURS)]

    def children(self, name: str) -> tuple[Label, ...]:
        """The labels right below one, in the list's order."""
        return tuple(label for label in self.labels if label.parent == name)

    def descendants(self, name: str) -> tuple[Label, ...]:
        """All labels below one, each right before those below it; a ring of parents ends where it began."""
        found: dict[str, Label] = {}
        waiting = list(reversed(self.children(name)))
        while waiting:
            label = waiting.pop()
            if label.name != name and label.name not in found:
                found[label.name] = label
                waiting += reversed(self.children(label.name))
        return tuple(found.values())

    def ancestors(self, name: str) -> tuple[str, ...]:
        """The names above a label, the nearest first; a ring of parents ends where it began."""
        found: list[str] = []
        label = self.get(name)
        while label and label.parent and label.parent != name and label.parent not in found:
            found.append(label.parent)
            label = self.get(label.parent)
        return tuple(found)

    def refusal(self, kind: str, name: str) -> str | None:
        """Why no shape of that kind may have the label; None where it may, or where there is no such label yet."""
        label = self.get(name)
        return label.refusal(kind) if label is not None else None

    def problems(self, shape: Shape) -> tuple[str, ...]:
        """A sentence for each thing in which a shape is not what its label asks."""
        label = self.get(shape.label)
        if label is None:
            return (f"There is no label {shape.label}.",)
        return label.problems(shape)


def _said(value: Attribute) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f'"{value}"' if isinstance(value, str) else str(value)


def _spoken(kind: str) -> str:
    return kind.replace("_", " ")


def _listed(kinds: tuple[str, ...]) -> str:
    words = [_spoken(kind) for kind in kinds]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
