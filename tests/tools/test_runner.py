from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from app.core.layers import ImageLayer, Layer, MaskLayer, TextLayer
from app.core.prompts import Prompts
from app.core.sources import Image, Prompted
from app.tools.contract import Cancelled, Job, ModelSpec, Params, ToolError, tool
from app.tools.memo import Memo
from app.tools.models import ModelPool
from app.tools.runner import LocalJob, run
from app.tools.weights import Weights


class Nothing(Params):
    count: int = 3


@tool("t.steps", title="Steps", chapter="0")
def steps(image: Image, p: Nothing, job: Job) -> Iterator[tuple[TextLayer]]:
    """Yields as it goes."""
    for i in range(p.count):
        yield (TextLayer(f"step {i}"),)


@tool("t.liar", title="Liar", chapter="0")
def liar(image: Image, p: Nothing, job: Job) -> tuple[MaskLayer]:
    """Returns what it does not declare."""
    return (ImageLayer(image.pixels),)  # type: ignore[return-value]


@tool("t.staged", title="Staged", chapter="0", stages=("half",))
def staged(image: Image, p: Nothing, job: Job) -> tuple[TextLayer | ImageLayer, ...]:
    """Has an optional step."""
    return (TextLayer("done"), ImageLayer(image.pixels, "half")) if job.wants("half") else (TextLayer("done"),)


@tool("t.prompted", title="Prompted", chapter="0")
def prompted(source: Prompted, p: Nothing, job: Job) -> tuple[TextLayer]:
    """Wants clicks."""
    return (TextLayer("ok"),)


@tool("t.parent", title="Parent", chapter="0")
def parent(image: Image, p: Nothing, job: Job) -> tuple[TextLayer]:
    """Runs another tool."""
    (last,) = job.run("t.steps", image, {"count": 2})
    assert isinstance(last, TextLayer)
    return (TextLayer(f"child said {last.text}"),)


def local(stop: bool = False, wanted: frozenset[str] | None = frozenset()) -> LocalJob:
    find = {"t.steps": steps}.__getitem__
    return LocalJob(ModelPool(Weights().require, "cpu"), Memo(), find, stop=lambda: stop, wanted=wanted)


def test_that_a_yielding_tool_shows_each_step_and_returns_the_last(picture: Image) -> None:
    seen: list[tuple[Layer, ...]] = []
    result = run(steps, picture, Nothing(), local(), seen.append)
    assert [layers[0].text for layers in seen if isinstance(layers[0], TextLayer)] == ["step 0", "step 1", "step 2"]
    assert result.layers == seen[-1]


def test_that_an_undeclared_result_is_a_bug_not_an_answer(picture: Image) -> None:
    with pytest.raises(TypeError, match=r"t\.liar"):
        run(liar, picture, Nothing(), local())


def test_that_optional_steps_come_only_when_they_are_wanted(picture: Image) -> None:
    assert len(run(staged, picture, Nothing(), local()).layers) == 1
    assert len(run(staged, picture, Nothing(), local(wanted=frozenset({"half"}))).layers) == 2
    assert len(run(staged, picture, Nothing(), local(wanted=None)).layers) == 2


def test_that_a_stopped_run_raises_cancelled(picture: Image) -> None:
    with pytest.raises(Cancelled):
        run(steps, picture, Nothing(), local(stop=True))


def test_that_a_prompted_picture_serves_a_tool_that_takes_pictures_but_not_the_other_way(picture: Image) -> None:
    assert run(steps, Prompted(picture, Prompts()), Nothing(), local()).layers
    with pytest.raises(ToolError, match="picture with clicks"):
        run(prompted, picture, Nothing(), local())


def test_that_a_tool_run_by_a_tool_is_kept_in_the_provenance(picture: Image) -> None:
    result = run(parent, picture, Nothing(), local())
    provenance = result.provenance()
    assert provenance.tool == "t.parent"
    assert [c.tool for c in provenance.children] == ["t.steps"]
    assert provenance.source_key == picture.key == provenance.children[0].source_key


def test_that_the_model_pool_loads_once_and_drops_the_least_used(tmp_path: object) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path))

    class Found:
        def __init__(self, name: str) -> None:
            self.path, self.sha256 = folder / name, name
            self.path.write_bytes(b"x" * 60)

    loads: list[str] = []

    def spec(name: str) -> ModelSpec:
        return ModelSpec(name, lambda path, device: loads.append(path.name) or object())

    pool = ModelPool(Found, "cpu", limit_bytes=130)
    first = pool.get(spec("a")).network
    assert pool.get(spec("a")).network is first
    pool.get(spec("b"))
    pool.get(spec("a"))
    pool.get(spec("c"))
    pool.get(spec("a"))
    assert loads == ["a", "b", "c"]
    pool.get(spec("b"))
    assert loads == ["a", "b", "c", "b"]


def test_that_the_memo_is_bounded_in_bytes_and_keeps_what_was_used_last() -> None:
    memo = Memo(limit_bytes=2500)
    made: list[str] = []

    def make(name: str) -> np.ndarray:
        made.append(name)
        return np.zeros(1000, np.uint8)

    for name in ("a", "b", "a", "c", "a", "b"):
        memo.get(name, lambda name=name: make(name))
    assert made == ["a", "b", "c", "b"]
    assert memo.used_bytes <= 2500
