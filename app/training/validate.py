"""A quick look at how a run is doing: a few clicks on whole validation pictures.

It leaves out the second pass of the engine, so its figures are lower than those of `python -m app evaluate clicks`,
and are there to compare one step of a run with another.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from app.core.geometry import BoolArray
from app.nets import click_input
from app.training import simulation
from app.training.pack import Pack
from app.training.samples import SAMPLE, Draw, generator
from app.training.simulation import State
from app.training.task import as_probabilities

CLICKS = 5
TILE = 256


@dataclass(frozen=True, eq=False)
class Object:
    """A validation object at working size: ``picture`` (H, W, 3) uint8, ``truth`` (H, W) bool."""

    picture: NDArray[np.uint8] = field(repr=False)
    truth: BoolArray = field(repr=False)


def objects(pack: Pack, count: int, side: int) -> list[Object]:
    """Up to ``count`` different objects, the same for every run, at a long side of ``side``."""
    draw, found = Draw(pack), dict[tuple[int, int], Object]()
    for number in range(4 * count):
        key = draw(generator(0, SAMPLE, number))
        if key in found or len(found) == count:
            continue
        pixels, truth = pack.picture(key[0]), pack.truth(*key)
        height, width = click_input.fitted(truth.shape[0], truth.shape[1], side)
        seen = cv2.resize(truth.astype(np.uint8) * np.uint8(255), (width, height), interpolation=cv2.INTER_LINEAR) > 127
        if seen.any():
            way = cv2.INTER_AREA if height < truth.shape[0] else cv2.INTER_LINEAR
            found[key] = Object(np.asarray(cv2.resize(pixels, (width, height), interpolation=way)), np.asarray(seen))
    return list(found.values())


@torch.inference_mode()
def click_through(network: nn.Module, target: Object, device: torch.device) -> tuple[list[float], State]:
    """The IoU after each of `CLICKS` clicks, and the last state."""
    picture = torch.from_numpy(click_input.picture_input(target.picture))[None].to(device)
    size = (target.truth.shape[0], target.truth.shape[1])
    state, mask = State(), np.zeros(size, dtype=bool)
    ious: list[float] = []
    for _ in range(CLICKS):
        click = simulation.click_on_mistake(target.truth, mask)
        if click is None:
            break
        state = State((*state.clicks, click), previous=state.previous)
        maps = torch.from_numpy(state.maps(size))[None].to(device)
        answer = as_probabilities(network(picture, maps), picture)[0]
        mask, state = np.asarray(answer > 0.5), State(state.clicks, previous=answer)
        both, either = int((mask & target.truth).sum()), int((mask | target.truth).sum())
        ious.append(both / max(either, 1))
    return ious + [ious[-1]] * (CLICKS - len(ious)), state


def validate(
    network: nn.Module, targets: list[Object], device: torch.device, sheet: Path | None = None, pictures: int = 0
) -> dict[str, float]:
    """Mean IoU after 1, 3 and 5 clicks; the first ``pictures`` answers are drawn on ``sheet``."""
    was_training = network.training
    network.eval()
    results = [click_through(network, target, device) for target in targets]
    network.train(was_training)
    if sheet is not None and pictures:
        shown = list(zip(targets, results, strict=True))[:pictures]
        _draw(sheet, [_panel(target, state) for target, (_, state) in shown])
    curve = np.array([ious for ious, _ in results])
    return {f"iou{k}": float(curve[:, k - 1].mean()) for k in (1, 3, 5)}


def _panel(target: Object, state: State) -> NDArray[np.uint8]:
    """(TILE, TILE, 3) uint8 RGB: the answer in red, the true outline in yellow, clicks in green and blue."""
    picture = target.picture.copy()
    if state.previous is not None:
        found = state.previous > 0.5
        picture[found] = (picture[found] * 0.6 + np.array([255, 0, 0]) * 0.4).astype(np.uint8)
    outline = cv2.morphologyEx(target.truth.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    picture[outline] = (255, 255, 0)
    for click in state.clicks:
        colour = (0, 255, 0) if click.positive else (0, 0, 255)
        cv2.circle(picture, (int(click.x), int(click.y)), 3, colour, -1)
    panel = np.zeros((TILE, TILE, 3), dtype=np.uint8)
    scale = TILE / max(picture.shape[:2])
    small = cv2.resize(picture, (round(picture.shape[1] * scale), round(picture.shape[0] * scale)))
    panel[: small.shape[0], : small.shape[1]] = small
    return panel


def _draw(file: Path, panels: list[NDArray[np.uint8]]) -> None:
    rows = [np.hstack(panels[i : i + 4]) for i in range(0, len(panels) - len(panels) % 4, 4)] or [np.hstack(panels)]
    content = cv2.imencode(".jpg", cv2.cvtColor(np.vstack(rows), cv2.COLOR_RGB2BGR))[1]
    file.write_bytes(content.tobytes())
