"""Click to segment: one tool, several engines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np

from app.core.layers import MaskLayer
from app.core.sources import Image, Prompted
from app.tools.contract import Job, ModelSpec, Params, Ui, tool
from plugins.segmentation._engine import ClickSession, FineSession

EngineId = Literal["click-net", "classical", "sam-vit-b", "sam-vit-l", "sam-vit-h", "mobile-sam"]


@dataclass(frozen=True)
class Engine:
    """How a session is opened on a picture, and the network that it takes, if any."""

    title: str
    open: Callable[[Image, Job, ModelSpec | None], ClickSession]
    spec: ModelSpec | None = None


def _open_classical(image: Image, job: Job, _: ModelSpec | None) -> ClickSession:
    from plugins.segmentation._classical import ClassicalSession

    session: ClickSession = job.memo(("classical", image.key), lambda: ClassicalSession(image.rgb8()))
    return session


def _load_click_net(path: Path, device: str) -> Any:
    from plugins.segmentation import _click_net

    return _click_net.load(path, device)


def _open_click_net(image: Image, job: Job, spec: ModelSpec | None) -> ClickSession:
    from plugins.segmentation import _click_net

    return _click_net.open_session(image, job, spec)


def _load_sam(model_id: str, path: Path, device: str) -> Any:
    from plugins._shared import sam

    return sam.load(model_id, path, device)


def _open_sam(image: Image, job: Job, spec: ModelSpec | None) -> ClickSession:
    assert spec is not None
    network = job.model(spec)

    from plugins._shared import sam

    job.progress(None, "reading the picture")
    embedding = job.memo(("sam", spec.id, image.key), lambda: sam.embed(network, image.rgb8()))
    return sam.SamSession(network, embedding)


def _sam(model_id: str, title: str) -> Engine:
    return Engine(title, _open_sam, ModelSpec(model_id, partial(_load_sam, model_id)))


ENGINES: dict[str, Engine] = {
    "click-net": Engine("Fovea's own network", _open_click_net, ModelSpec("click-net", _load_click_net, light=True)),
    "classical": Engine("Classical (no network)", _open_classical),
    "sam-vit-b": _sam("sam-vit-b", "Segment Anything B"),
    "sam-vit-l": _sam("sam-vit-l", "Segment Anything L"),
    "sam-vit-h": _sam("sam-vit-h", "Segment Anything H"),
    "mobile-sam": _sam("mobile-sam", "MobileSAM"),
}


class ClickParams(Params):
    engine: Annotated[
        EngineId, Ui(titles={k: e.title for k, e in ENGINES.items()}, preference="segmentation.engine")
    ] = "click-net"
    """What turns clicks into a mask. Fovea's own network and the classical engine are always there; the others need
    their weights."""
    outline: Annotated[
        Literal["fine", "quick"],
        Ui(titles={"fine": "Fine", "quick": "Quick"}, preference="segmentation.outline"),
    ] = "fine"
    """Of Fovea's own network: whether the outline of a mask is looked at closely, part by part, when it is kept. That
    takes some tenths of a second; a quick one is as coarse as the answer."""


def _needs(p: ClickParams) -> tuple[ModelSpec, ...]:
    spec = ENGINES[p.engine].spec
    return () if spec is None else (spec,)


@tool("segmentation.click", title="Click to segment", chapter="6.4", models=_needs)
def click(source: Prompted, p: ClickParams, job: Job) -> tuple[MaskLayer, ...]:
    """Turn clicks on an object (and off it), or a box around it, into its mask.

    Gives one to three candidates, the best first. With no prompts the engine only gets ready for the picture, and the
    answer is an empty mask.
    """
    engine = ENGINES[p.engine]
    session = engine.open(source.image, job, engine.spec)
    if source.prompts.empty:
        return (MaskLayer(np.zeros((source.image.height, source.image.width), dtype=bool), "nothing asked"),)
    job.progress(None, "cutting out")
    if p.outline == "quick" or not isinstance(session, FineSession):
        return session.predict(source.prompts)
    others = session.predict(source.prompts)[1:] if source.prompts.logits is None else ()
    fine = session.outlined(source.prompts, lambda: job.progress(None, "looking along the outline"))
    return (fine, *others)
