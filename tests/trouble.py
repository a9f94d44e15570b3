"""Tools that misbehave, as a person's own plugin file: installed where the worker process finds them too."""

from __future__ import annotations

from pathlib import Path

SOURCE = '''
import os
import signal
import time
from typing import Annotated

import numpy as np
from pydantic import Field

from app.core.layers import BoxesLayer, ImageLayer, MaskLayer, TableLayer, TextLayer
from app.core.masks import Rle
from app.core.sources import Image
from app.tools.contract import Job, ModelSpec, Params, ToolError, tool

tries = []


class P(Params):
    number: Annotated[int, Field(ge=0, le=100)] = 0


def heavy(p):
    return (ModelSpec("nothing", lambda path, device: None),)


@tool("own.echo", title="Echo", chapter="9", models=heavy)
def echo(image: Image, p: P, job: Job) -> tuple[ImageLayer | MaskLayer | BoxesLayer | TableLayer | TextLayer, ...]:
    """Returns one layer of each kind."""
    boxes = np.array([[1, 2, 3, 4]], np.float32)
    return (
        ImageLayer(image.pixels[::-1].copy()),
        MaskLayer(np.asarray(image.pixels[..., 0] > 100), score=0.5, logits=np.ones((2, 2), np.float32)),
        BoxesLayer(boxes, ("cat",), np.array([0.25], np.float32), (Rle(1, 2, 2, 2, b"04"),)),
        TableLayer(("a", "b"), ((1, "x"), (None, 2.5))),
        TextLayer(f"number {p.number} pid {os.getpid()}"),
    )


@tool("own.dies", title="Dies", chapter="9", models=heavy)
def dies(image: Image, p: P, job: Job) -> tuple[TextLayer]:
    """Takes its process down."""
    os.kill(os.getpid(), signal.SIGKILL)
    return (TextLayer(""),)


@tool("own.bug", title="Bug", chapter="9", models=heavy)
def bug(image: Image, p: P, job: Job) -> tuple[TextLayer]:
    """Has a bug."""
    raise ValueError("a bug of its own")


@tool("own.light_bug", title="Light bug", chapter="9")
def light_bug(image: Image, p: P, job: Job) -> tuple[TextLayer]:
    """Has a bug, without a network."""
    raise ValueError("a bug of its own")


@tool("own.refuses", title="Refuses", chapter="9", models=heavy)
def refuses(image: Image, p: P, job: Job) -> tuple[TextLayer]:
    """Says no."""
    raise ToolError("This picture is too gray.")


@tool("own.deaf", title="Deaf", chapter="9", models=heavy)
def deaf(image: Image, p: P, job: Job) -> tuple[TextLayer]:
    """Stays in one native call and hears nothing."""
    job.progress(0.5, "deep inside")
    time.sleep(60)
    return (TextLayer(""),)


@tool("own.endless", title="Endless", chapter="9", models=heavy)
def endless(image: Image, p: P, job: Job) -> tuple[TextLayer]:
    """Goes on until it is called off."""
    while True:
        time.sleep(0.005)
        job.progress(0.25, f"number {p.number}")


@tool("own.slow", title="Slow", chapter="9", live=True)
def slow(image: Image, p: P, job: Job) -> tuple[TextLayer]:
    """Takes a tenth of a second in this process."""
    time.sleep(0.1)
    return (TextLayer(str(p.number)),)


@tool("own.stuck", title="Stuck", chapter="9")
def stuck(image: Image, p: P, job: Job) -> tuple[TextLayer]:
    """Stays in one native call of eight seconds, in this process."""
    time.sleep(8)
    return (TextLayer(""),)


@tool("own.full", title="Full", chapter="9", models=heavy)
def full(image: Image, p: P, job: Job) -> tuple[TextLayer]:
    """Runs out of memory the first time."""
    tries.append(1)
    if len(tries) == 1:
        raise MemoryError
    return (TextLayer(f"try {len(tries)}"),)
'''


def install(home: Path) -> Path:
    """Write the plugin into the person's plugin folder below ``home``."""
    folder = home / "data" / "plugins"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "trouble.py").write_text(SOURCE, encoding="utf-8")
    return folder
