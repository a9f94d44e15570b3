from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, ValidationError, model_validator

from app.core.layers import ImageLayer, MaskLayer
from app.core.sources import Image
from app.tools.contract import DeclarationError, Job, Params, Ui, tool
from app.tools.describe import explain, fields, schema


class Example(Params):
    low: Annotated[int, Field(ge=0, le=10), Ui("px", label="From")] = 2
    """Where it starts."""
    high: Annotated[float, Field(gt=0, le=20)] = 4.0
    mode: Annotated[Literal["a", "b"], Ui(titles={"a": "First"})] = "a"
    flag: bool = False

    @model_validator(mode="after")
    def _in_order(self) -> Example:
        if self.low > self.high:
            raise ValueError("from must not be above to")
        return self


def works(image: Image, p: Example, job: Job) -> tuple[ImageLayer, MaskLayer]:
    """Does nothing."""
    raise AssertionError


def test_that_annotations_are_the_declaration() -> None:
    declared = tool("x.works", title="Works", chapter="0")(works)
    assert declared.source is Image
    assert declared.params is Example
    assert declared.returns == (ImageLayer, MaskLayer)
    assert declared.help == "Does nothing."
    assert schema(declared)["parameters"]["properties"]["low"]["maximum"] == 10


def test_that_fields_carry_bounds_units_choices_and_help() -> None:
    low, high, mode, flag = fields(Example)
    assert (low.kind, low.low, low.high, low.unit, low.label, low.help) == (
        "int",
        0,
        10,
        "px",
        "From",
        "Where it starts.",
    )
    assert (high.kind, high.default) == ("float", 4.0)
    assert mode.choices == ("a", "b")
    assert mode.title_of("a") == "First"
    assert flag.kind == "bool"


def test_that_unknown_names_and_values_out_of_range_are_explained_by_field() -> None:
    with pytest.raises(ValidationError) as caught:
        Example(low=99, colour="red")  # type: ignore[call-arg]
    assert set(explain(caught.value)) == {"low", "colour"}


def test_that_a_rule_between_fields_is_explained_without_a_field() -> None:
    with pytest.raises(ValidationError) as caught:
        Example(low=9, high=3)
    assert explain(caught.value) == {"": "from must not be above to"}


def no_help(image: Image, p: Example, job: Job) -> tuple[ImageLayer]:
    raise AssertionError


def no_tuple(image: Image, p: Example, job: Job) -> ImageLayer:
    """Returns a bare layer."""
    raise AssertionError


def no_job(image: Image, p: Example) -> tuple[ImageLayer]:
    """Takes two."""
    raise AssertionError


def wrong_source(image: int, p: Example, job: Job) -> tuple[ImageLayer]:
    """Takes a number."""
    raise AssertionError


def no_layers(image: Image, p: Example, job: Job) -> tuple[int]:
    """Returns numbers."""
    raise AssertionError


@pytest.mark.parametrize("function", [no_help, no_tuple, no_job, wrong_source, no_layers])
def test_that_a_wrong_declaration_is_refused_when_the_plugin_is_loaded(function: Any) -> None:
    with pytest.raises(DeclarationError):
        tool("x.wrong", title="Wrong", chapter="0")(function)
