from __future__ import annotations

from dataclasses import replace

import pytest

from app.core.label_checks import label_problems, spec_problems
from app.core.labels import AttributeSpec, ChoiceSpec, FlagSpec, Label, LabelList, NumberSpec, Skeleton, TextSpec
from app.core.skeleton_presets import PRESETS

CAR = Label("car", "#102030", 1, ("auto",), "vehicle")
LABELS = LabelList((Label("vehicle", "#000000"), CAR, Label("sports car", "#000001", 2, ("racer",), "car")))


def test_that_a_good_label_has_no_problems() -> None:
    draft = replace(CAR, name="automobile", key=3, kinds=("box",), attributes=(TextSpec("plate"), FlagSpec("taxi")))
    assert label_problems(LABELS, "car", draft) == {}


@pytest.mark.parametrize(
    ("field", "change", "words"),
    [
        ("name", {"name": ""}, "needs a name"),
        ("name", {"name": "vehicle"}, "Merge the two"),
        ("name", {"name": "Racer"}, "another name of sports car"),
        ("aliases", {"aliases": ("Car",)}, "is the name itself"),
        ("aliases", {"aliases": ("a", "A")}, "twice"),
        ("aliases", {"aliases": ("RACER",)}, "means sports car already"),
        ("key", {"key": 2}, "2 is the key of sports car."),
        ("parent", {"parent": "car"}, "car is car itself or below it."),
        ("parent", {"parent": "sports car"}, "below it"),
        ("skeleton", {"skeleton": Skeleton(("a", "a"))}, "two joints called a"),
        ("skeleton", {"skeleton": Skeleton(("a", ""))}, "needs a name"),
        ("skeleton", {"skeleton": Skeleton(("a", "b"), ((0, 0),))}, "from one joint to another"),
        ("attributes", {"attributes": (TextSpec("a"), NumberSpec("a"))}, "a: There are two attributes called a."),
    ],
)
def test_that_what_is_wrong_is_said_of_the_field_that_it_is_about(
    field: str, change: dict[str, object], words: str
) -> None:
    found = label_problems(LABELS, "car", replace(CAR, **change))  # type: ignore[arg-type]
    assert list(found) == [field] and words in found[field]


@pytest.mark.parametrize(
    ("spec", "field", "words"),
    [
        (TextSpec(""), "name", "needs a name"),
        (ChoiceSpec("a", ()), "choices", "Name the choices"),
        (ChoiceSpec("a", ("x", "x")), "choices", "twice"),
        (ChoiceSpec("a", ("x", "y"), default="z"), "default", '"z" is not one of x, y.'),
        (NumberSpec("a", 3, 2), "maximum", "2 is less than the minimum, 3."),
        (NumberSpec("a", step=0), "step", "more than 0"),
        (NumberSpec("a", 0, 10, default=11), "default", "11 is more than 10."),
    ],
)
def test_that_an_attribute_that_makes_no_sense_says_why(spec: AttributeSpec, field: str, words: str) -> None:
    found = spec_problems(spec, ())
    assert list(found) == [field] and words in found[field]


@pytest.mark.parametrize("name", PRESETS)
def test_that_known_skeletons_hang_together(name: str) -> None:
    skeleton = PRESETS[name]
    assert label_problems(LABELS, "car", replace(CAR, skeleton=skeleton)) == {}
    assert len({frozenset(edge) for edge in skeleton.edges}) == len(skeleton.edges)
    reached = {0}
    for _ in skeleton.joints:
        reached |= {joint for edge in skeleton.edges if reached & set(edge) for joint in edge}
    assert reached == set(range(len(skeleton.joints)))
    assert str(len(skeleton.joints)) in name
