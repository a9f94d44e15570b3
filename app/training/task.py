"""The click network as a training task of pytorch-lightning."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytorch_lightning as lightning
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import DataLoader, Dataset

from app.nets.click_input import STRIDE
from app.nets.click_net import ClickNet
from app.nets.finder import Found, idea
from app.training import simulation
from app.training.augment import Rng
from app.training.config import Config, Optimiser
from app.training.loss import answer_loss
from app.training.samples import ROUNDS, STEP, Sample, generator
from app.training.simulation import State

Batch = dict[str, Any]
"""``picture`` (B, 3, S, S) uint8, ``truth`` (B, 1, S, S) uint8, ``samples`` as they were made."""


PRETRAINED = ("trunk.", "finder.")
"""How the names of the network's parts begin that come from YOLO."""


def rate_factor(step: int, how: Optimiser) -> float:
    """The share of the full learning rate at a step: warm-up, then constant, then a straight line to zero.

    As nothing before the cool-down depends on how long the run is, a run can be prolonged (Hägele et al., "Scaling laws
    and compute-optimal training beyond fixed training durations", NeurIPS 2024).
    """
    rise = (step + 1) / how.warmup if step < how.warmup else 1.0
    fall = (how.steps - step) / how.cooldown if how.cooldown and step > how.steps - how.cooldown else 1.0
    return max(0.0, min(rise, fall))


def averaging(decay: float) -> Callable[[Any, Any, Any], None]:
    """The exponential average of torch, but for the first steps over fewer of them, lest the untrained weights stay in
    it for thousands of steps."""

    def average(kept: Any, present: Any, count: Any) -> None:
        now = min(decay, (1 + int(count)) / (10 + int(count)))
        get_ema_multi_avg_fn(now)(kept, present, count)

    return average


class ClickTask(lightning.LightningModule):
    """A step: clicks are simulated on the network's own mistakes without gradient, then it is trained on one more look.

    ``averaged`` holds the exponential average of the weights; both are in the checkpoint.
    """

    def __init__(self, config: Config, make: Callable[[int], Sample] | None = None) -> None:
        super().__init__()
        self.config, self._make = config, make
        part = config.network
        self.network = ClickNet(part.width, part.fused, part.fine)
        if config.channels_last:
            self.network.to(memory_format=torch.channels_last)
        self.averaged = AveragedModel(self.network, multi_avg_fn=averaging(config.optimiser.average), use_buffers=True)
        self.averaged.requires_grad_(False)

    def training_step(self, batch: Batch, number: int) -> dict[str, Tensor]:
        picture = batch["picture"].float() / 255
        if self.config.channels_last:
            picture = picture.contiguous(memory_format=torch.channels_last)
        truth = batch["truth"].float()
        found = self.network.finder(picture)
        states = self._clicked(picture, batch["samples"], Found(*(part.detach() for part in found)))
        prompts = self._maps(states, picture)
        first = idea(found, prompts)
        # What is learnt through the answer would pull the finder towards what only this set of pictures holds.
        answer = self.network.look(picture, prompts, first.detach())
        loss = answer_loss(answer, first[:, :1], truth)
        with torch.no_grad():
            half = functional.max_pool2d(truth, 2) > 0.5
            found = answer[:, :1] > 0
            both, either = (found & half).sum((1, 2, 3)), (found | half).sum((1, 2, 3))
        return {"loss": loss, "iou": (both / either.clamp(min=1)).mean()}

    def transfer_batch_to_device(self, batch: Batch, device: torch.device, dataloader_idx: int) -> Batch:
        """The pictures travel; the samples' prompts stay where clicks are simulated."""
        return {**batch, **{name: batch[name].to(device, non_blocking=True) for name in ("picture", "truth")}}

    def _clicked(self, picture: Tensor, samples: list[Sample], found: Found) -> list[State]:
        """The samples' prompts after a drawn number of rounds of answers and clicks."""
        seed, how = self.config.seed, self.config.clicks
        states = [sample.state for sample in samples]
        rngs = [generator(seed, ROUNDS, sample.number) for sample in samples]
        rounds = int(generator(seed, STEP, samples[0].number).integers(0, how.rounds + 1))
        self.network.eval()
        states = self._glimpsed(picture, states, rngs)
        for _ in range(rounds):
            with torch.no_grad():
                prompts = self._maps(states, picture)
                answers = as_probabilities(self.network.look(picture, prompts, idea(found, prompts)), picture)
            states = [
                simulation.go_on(rng, state, sample.truth, answer, how.again)
                for rng, state, sample, answer in zip(rngs, states, samples, answers, strict=True)
            ]
        self._learn()
        return [
            State(state.clicks, state.box) if state.clicks and rng.random() < how.forget else state
            for rng, state in zip(rngs, states, strict=True)
        ]

    @torch.no_grad()
    def _glimpsed(self, picture: Tensor, states: list[State], rngs: list[Rng]) -> list[State]:
        """Some of the states with what the network answers when it sees the view from farther off."""
        share = self.config.clicks.glimpse
        chosen = [
            i
            for i, (state, rng) in enumerate(zip(states, rngs, strict=True))
            if state.previous is None and rng.random() < share
        ]
        side = picture.shape[-1] // 2 // STRIDE * STRIDE
        if not chosen or not side:
            return states
        small = functional.interpolate(picture[chosen], size=(side, side), mode="area")
        prompts = self._maps([states[i].scaled(side / picture.shape[-1]) for i in chosen], small)
        answers = as_probabilities(self.network(small, prompts), picture)
        seen = dict(zip(chosen, answers, strict=True))
        return [State(s.clicks, s.box, seen[i]) if i in seen else s for i, s in enumerate(states)]

    def _learn(self) -> None:
        self.network.train()
        if self.config.optimiser.hold_statistics:
            for name, part in self.network.named_modules():
                if isinstance(part, nn.BatchNorm2d) and name.startswith(PRETRAINED):
                    part.eval()

    @staticmethod
    def _maps(states: list[State], picture: Tensor) -> Tensor:
        size = (picture.shape[-2], picture.shape[-1])
        return torch.from_numpy(simulation.stacked(states, size)).to(picture.device)

    def average(self) -> None:
        """Take the present weights into the averaged ones."""
        self.averaged.update_parameters(self.network)

    def configure_optimizers(self) -> Any:
        how = self.config.optimiser
        rates = {"trunk.": how.trunk_rate, "finder.": how.finder_rate}
        groups: dict[tuple[float, bool], list[nn.Parameter]] = {}
        for name, parameter in self.network.named_parameters():
            if not parameter.requires_grad:
                continue
            rate = next((value for start, value in rates.items() if name.startswith(start)), how.rate)
            groups.setdefault((rate, parameter.ndim > 1), []).append(parameter)
        settings = [
            {
                "params": parameters,
                "lr": rate,
                "weight_decay": how.decay if matrix else 0.0,
            }
            for (rate, matrix), parameters in groups.items()
        ]
        optimiser = torch.optim.AdamW(settings)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: rate_factor(step, how))
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def train_dataloader(self) -> Any:
        assert self._make is not None
        data = self.config.data
        return DataLoader(
            Numbered(self._make),
            batch_sampler=_Steps(lambda: self.trainer.global_step, data.batch),
            num_workers=data.workers,
            persistent_workers=data.workers > 0,
            collate_fn=collated,
        )


class Numbered(Dataset[Sample]):
    """Samples by number, without end."""

    def __init__(self, make: Callable[[int], Sample]) -> None:
        self._make = make

    def __getitem__(self, number: int) -> Sample:
        return self._make(number)


class _Steps:
    """The sample numbers of each batch, from the step where training stands."""

    def __init__(self, step: Callable[[], int], batch: int) -> None:
        self._step, self._batch = step, batch

    def __iter__(self) -> Iterator[list[int]]:
        first = self._step() * self._batch
        while True:
            yield list(range(first, first + self._batch))
            first += self._batch


def collated(samples: list[Sample]) -> Batch:
    pictures = np.stack([sample.picture.transpose(2, 0, 1) for sample in samples])
    truths = np.stack([sample.truth[None] for sample in samples]).astype(np.uint8)
    return {"picture": torch.from_numpy(pictures), "truth": torch.from_numpy(truths), "samples": samples}


def as_probabilities(answer: Tensor, picture: Tensor) -> NDArray[np.float32]:
    """(B, H, W) float32: the likeliest readings of an answer at the size of the view."""
    logits = answer[:, :1].float()
    full = functional.interpolate(logits, size=picture.shape[-2:], mode="bilinear", align_corners=False)
    return np.asarray(torch.sigmoid(full[:, 0]).cpu().numpy(), dtype=np.float32)
