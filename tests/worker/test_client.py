from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app.core.layers import BoxesLayer, ImageLayer, MaskLayer, TableLayer, TextLayer
from app.core.sources import Image
from app.tools.catalog import Catalog, load_catalog
from app.tools.contract import Cancelled
from app.worker.client import CANCEL_S, Refusal, ToolFailed, WorkerClient, WorkerDied
from tests import trouble


@pytest.fixture
def troubles(home: Path) -> Catalog:
    return load_catalog("plugins", (trouble.install(home),))


@pytest.fixture
def client() -> Iterator[WorkerClient]:
    client = WorkerClient()
    yield client
    client.close()


def run(client: WorkerClient, catalog: Catalog, name: str, picture: Image, **more: object):
    tool = catalog.find(name)
    number = more.pop("number", None)
    return client.run(tool, picture, tool.params() if number is None else tool.params(number=number), **more)


def test_that_every_kind_of_layer_comes_back_as_it_was(client: WorkerClient, troubles: Catalog, picture: Image) -> None:
    layers = run(client, troubles, "own.echo", picture).layers
    image, mask, boxes, table, text = layers
    assert isinstance(image, ImageLayer) and np.array_equal(image.pixels, picture.pixels[::-1])
    assert isinstance(mask, MaskLayer) and mask.mask.dtype == bool
    assert np.array_equal(mask.mask, picture.pixels[..., 0] > 100)
    assert mask.score == 0.5 and mask.logits is not None and mask.logits.shape == (2, 2)
    assert isinstance(boxes, BoxesLayer) and boxes.labels == ("cat",) and boxes.masks[0].counts == b"04"
    assert isinstance(table, TableLayer) and table.rows == ((1, "x"), (None, 2.5))
    assert isinstance(text, TextLayer) and f"pid {client.pid}" in text.text and client.pid != os.getpid()


def test_that_results_in_the_process_equal_those_in_this_one(
    client: WorkerClient,
    catalog: Catalog,
    job,
    picture: Image,
) -> None:
    from app.tools.runner import run as run_here

    tool = catalog.find("fundamentals.canny")
    here = run_here(tool, picture, tool.params(), job)
    there = client.run(tool, picture, tool.params(), None)
    for a, b in zip(here.layers, there.layers, strict=True):
        assert a.name == b.name
        field = "mask" if isinstance(a, MaskLayer) else "pixels"
        assert np.array_equal(getattr(a, field), getattr(b, field))
    assert here.provenance() == there.provenance()


def test_that_a_larger_and_then_another_picture_arrive_whole(client: WorkerClient, troubles: Catalog) -> None:
    rng = np.random.default_rng(3)
    for shape in ((4, 5, 3), (300, 200, 3), (30, 20, 3)):
        image = Image(rng.integers(0, 255, shape, dtype=np.uint8))
        layer = run(client, troubles, "own.echo", image).layers[0]
        assert np.array_equal(layer.pixels, image.pixels[::-1])


def test_that_a_sentence_a_bug_and_missing_weights_are_told_apart(
    client: WorkerClient, troubles: Catalog, picture: Image
) -> None:
    with pytest.raises(Refusal, match="too gray"):
        run(client, troubles, "own.refuses", picture)
    with pytest.raises(ToolFailed, match="a bug of its own") as caught:
        run(client, troubles, "own.bug", picture)
    assert "Traceback" in caught.value.traceback
    with pytest.raises(Refusal, match=r"yolov8n\.pt") as missing:
        client.run(troubles.find("detection.yolo"), picture, troubles.find("detection.yolo").params())
    assert missing.value.model_id == "yolov8n"


def test_that_a_process_that_dies_costs_one_answer_and_starts_again(
    client: WorkerClient, troubles: Catalog, picture: Image
) -> None:
    with pytest.raises(WorkerDied, match="signal 9"):
        run(client, troubles, "own.dies", picture)
    assert len(run(client, troubles, "own.echo", picture).layers) == 5


def test_that_killing_the_process_from_outside_is_survived(
    client: WorkerClient, troubles: Catalog, picture: Image
) -> None:
    def kill_when_busy(_: float | None, text: str) -> None:
        if text.startswith("number"):
            assert client.pid is not None
            os.kill(client.pid, signal.SIGKILL)

    with pytest.raises(WorkerDied):
        run(client, troubles, "own.endless", picture, report=kill_when_busy)
    assert len(run(client, troubles, "own.echo", picture).layers) == 5


def test_that_a_process_that_lives_on_without_its_pipe_is_replaced(
    client: WorkerClient, troubles: Catalog, picture: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.worker.client.GONE_S", 0.1)
    run(client, troubles, "own.echo", picture)
    process, connection = client._process, client._connection
    assert process is not None and connection is not None
    os.kill(process.pid, signal.SIGSTOP)
    os.waitpid(process.pid, os.WUNTRACED)  # it stands still from now on, and does not see the pipe close
    connection.close()
    with pytest.raises(WorkerDied):
        run(client, troubles, "own.echo", picture)
    assert process.poll() == -signal.SIGKILL
    assert len(run(client, troubles, "own.echo", picture).layers) == 5


def test_that_a_cancel_is_heard_while_the_tool_runs_and_keeps_the_process(
    client: WorkerClient, troubles: Catalog, picture: Image
) -> None:
    begun = threading.Event()
    with pytest.raises(Cancelled):
        run(client, troubles, "own.endless", picture, report=lambda *_: begun.set(), stop=begun.is_set)
    pid = client.pid
    assert f"pid {pid}" in run(client, troubles, "own.echo", picture).layers[4].text


def test_that_a_tool_that_hears_nothing_is_replaced_after_two_seconds(
    client: WorkerClient, troubles: Catalog, picture: Image
) -> None:
    begun = threading.Event()
    started = time.monotonic()

    def deep_inside(_: float | None, text: str) -> None:
        if text == "deep inside":
            begun.set()

    with pytest.raises(Cancelled):
        run(client, troubles, "own.deaf", picture, report=deep_inside, stop=begun.is_set)
    assert CANCEL_S <= time.monotonic() - started < 30
    assert len(run(client, troubles, "own.echo", picture).layers) == 5


def test_that_running_out_of_memory_makes_room_and_tries_again(
    client: WorkerClient, troubles: Catalog, picture: Image
) -> None:
    assert run(client, troubles, "own.full", picture).layers[0].text == "try 2"


def test_that_the_process_ends_with_the_window(client: WorkerClient, troubles: Catalog, picture: Image) -> None:
    run(client, troubles, "own.echo", picture)
    process = client._process
    assert process is not None
    client._forget()  # the pipe closes, as it does when the window is killed
    assert process.wait(timeout=10) == 0
