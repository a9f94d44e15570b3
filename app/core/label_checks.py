"""What is wrong with a label that is being edited, field by field, before it is put into the list. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable

from app.core.labels import AttributeSpec, ChoiceSpec, Label, LabelList, NumberSpec, Skeleton

Problems = dict[str, str]
"""A sentence by the field that it belongs beside."""


def label_problems(labels: LabelList, name: str, draft: Label) -> Problems:
    """What speaks against putting ``draft`` in the place of the label ``name``: by ``name``, ``aliases``, ``key``,
    ``parent``, ``skeleton`` and ``attributes`` (of the first of them that has something; see `spec_problems`)."""
    others = [label for label in labels if label.name != name]
    found: Problems = {}
    _put(found, "name", _name_problem(others, draft.name))
    _put(found, "aliases", _alias_problem(others, draft))
    holder = next((x.name for x in others if draft.key is not None and x.key == draft.key), None)
    _put(found, "key", f"{draft.key} is the key of {holder}." if holder is not None else None)
    below = {name, *(x.name for x in labels.descendants(name))}
    ring = draft.parent == name or draft.parent in below
    _put(found, "parent", f"{draft.parent} is {name} itself or below it." if draft.parent and ring else None)
    _put(found, "skeleton", skeleton_problem(draft.skeleton))
    for number, spec in enumerate(draft.attributes):
        wrong = spec_problems(spec, (s.name for n, s in enumerate(draft.attributes) if n != number))
        if wrong:
            _put(found, "attributes", f"{spec.name or 'An attribute'}: {next(iter(wrong.values()))}")
            break
    return found


def spec_problems(spec: AttributeSpec, others: Iterable[str]) -> Problems:
    """What is wrong with an attribute beside others of these names: by ``name``, ``choices``, ``minimum``, ``maximum``,
    ``step`` and ``default``."""
    found: Problems = {}
    if not spec.name:
        found["name"] = "An attribute needs a name."
    elif spec.name in set(others):
        found["name"] = f"There are two attributes called {spec.name}."
    if isinstance(spec, ChoiceSpec):
        if not spec.choices:
            found["choices"] = "Name the choices, with commas between them."
        elif len(set(spec.choices)) < len(spec.choices):
            found["choices"] = "A choice is there twice."
    if isinstance(spec, NumberSpec):
        if spec.minimum is not None and spec.maximum is not None and spec.minimum > spec.maximum:
            found["maximum"] = f"{spec.maximum:g} is less than the minimum, {spec.minimum:g}."
        if spec.step is not None and spec.step <= 0:
            found["step"] = "A step is more than 0."
    if spec.default is not None and not found and (reason := spec.problem(spec.default)):
        found["default"] = f"{reason[:1].upper()}{reason[1:]}."
    return found


def skeleton_problem(skeleton: Skeleton | None) -> str | None:
    """What is wrong with a skeleton."""
    if skeleton is None:
        return None
    if not all(skeleton.joints):
        return "A joint needs a name."
    twice = next((name for name in skeleton.joints if skeleton.joints.count(name) > 1), None)
    if twice is not None:
        return f"There are two joints called {twice}."
    if any(a == b or not (0 <= a < len(skeleton.joints) and 0 <= b < len(skeleton.joints)) for a, b in skeleton.edges):
        return "A bone goes from one joint to another."
    return None


def _put(found: Problems, field: str, sentence: str | None) -> None:
    if sentence:
        found[field] = sentence


def _name_problem(others: Iterable[Label], name: str) -> str | None:
    if not name:
        return "A label needs a name."
    for label in others:
        if label.name == name:
            return f"There is a label called {name} already. Merge the two instead."
        if name.casefold() in (alias.casefold() for alias in label.aliases):
            return f"{name} is another name of {label.name}: take it away there first."
    return None


def _alias_problem(others: Iterable[Label], draft: Label) -> str | None:
    own = [alias.casefold() for alias in draft.aliases]
    if draft.name.casefold() in own:
        return f"{draft.name} is the name itself."
    if len(set(own)) < len(own):
        return "An alias is there twice."
    for label in others:
        for alias in draft.aliases:
            if alias.casefold() in (label.name.casefold(), *(a.casefold() for a in label.aliases)):
                return f"{alias} means {label.name} already."
    return None
