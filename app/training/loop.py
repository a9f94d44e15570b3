"""Runs a training task with pytorch-lightning, watches it, and writes its folder."""

from __future__ import annotations

import logging
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytorch_lightning as lightning
import torch
from pytorch_lightning.callbacks import Callback

from app.core.errors import InputError
from app.nets import click_net, click_onnx
from app.tools.weights import Weights, sha256_of
from app.training import validate
from app.training.config import Config
from app.training.pack import Pack
from app.training.run_folder import RunFolder, write_json
from app.training.samples import Maker, Sample
from app.training.task import ClickTask

PAUSE_LOOK = 2.0  # s
Say = Callable[[str], None]


@dataclass(eq=False)
class Watch(Callback):
    """Rows, validation, checkpoints, pause and stop, after every step.

    ``limit`` is how many seconds this start may train. A signal (SIGINT, SIGTERM) stops like a file ``stop``: after the
    step in hand, with a checkpoint.
    """

    folder: RunFolder
    config: Config
    targets: list[validate.Object]
    say: Say
    limit: float | None = None
    stopped: bool = False
    _started: float = field(default=0.0, init=False)
    _before: float = field(default=0.0, init=False)
    _since: list[tuple[float, float]] = field(default_factory=list, init=False)
    _row_time: float = field(default=0.0, init=False)
    _handlers: dict[int, Any] = field(default_factory=dict, init=False)

    def on_train_start(self, trainer: lightning.Trainer, task: lightning.LightningModule) -> None:
        self._started = self._row_time = time.monotonic()
        self._before = float(self.folder.state()["seconds"])
        self._say_state("running", trainer.global_step)
        for number in (signal.SIGINT, signal.SIGTERM):
            try:
                self._handlers[number] = signal.signal(number, self._on_signal)
            except ValueError:  # not in the main thread: files still stop it
                return

    def on_train_end(self, trainer: lightning.Trainer, task: lightning.LightningModule) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def _on_signal(self, number: int, frame: object) -> None:
        self.stopped = True

    def on_train_batch_end(
        self, trainer: lightning.Trainer, task: lightning.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        assert isinstance(task, ClickTask)
        task.average()
        step, how, steps = trainer.global_step, self.config.watching, self.config.optimiser.steps
        self._since.append((float(outputs["loss"]), float(outputs["iou"])))
        if step % how.rows == 0 or step == steps:
            self._row(trainer, step)
        if step % how.validate_every == 0 or step == steps:
            self._validate(task, step)
        if step == steps - self.config.optimiser.cooldown:
            self._save(trainer, self.folder.steady)
        if step % how.checkpoint_every == 0 or step == steps:
            self._save(trainer, self.folder.last)
            self._say_state("running", step)
        if self.folder.asked("pause"):
            self._pause(trainer, step)
        late = self.limit is not None and time.monotonic() - self._started > self.limit
        if (late or self.stopped or self.folder.asked("stop")) and step < steps:
            self._save(trainer, self.folder.last)
            self.stopped = trainer.should_stop = True

    def seconds(self) -> float:
        """Trained so far, over all starts."""
        return self._before + time.monotonic() - self._started

    def _row(self, trainer: lightning.Trainer, step: int) -> None:
        now, batch = time.monotonic(), self.config.data.batch
        loss, iou = (sum(column) / len(self._since) for column in zip(*self._since, strict=True))
        speed = len(self._since) * batch / max(now - self._row_time, 1e-9)
        rate = float(trainer.optimizers[0].param_groups[-1]["lr"])
        self.folder.add_row(
            {
                "step": step,
                "samples": step * batch,
                "seconds": self.seconds(),
                "rate": rate,
                "loss": loss,
                "iou": iou,
                "per_second": speed,
            }
        )
        self.say(f"step {step}: loss {loss:.3f}, IoU {iou:.3f}, {speed:.1f} samples/s")
        self._since.clear()
        self._row_time = now

    def _validate(self, task: ClickTask, step: int) -> None:
        if not self.targets:
            return
        sheet = self.folder.samples / f"step-{step:06d}.jpg"
        found = validate.validate(task.averaged.module, self.targets, task.device, sheet, self.config.watching.pictures)
        self.folder.add_row(
            {"step": step, "samples": step * self.config.data.batch, "seconds": self.seconds(), **found}
        )
        self.say(f"step {step}: validation IoU " + ", ".join(f"{v:.3f} ({k[3:]})" for k, v in found.items()))
        self._row_time = time.monotonic()

    def _pause(self, trainer: lightning.Trainer, step: int) -> None:
        self._save(trainer, self.folder.last)
        self._say_state("paused", step)
        self.say(f"paused at step {step}; remove {self.folder.path / 'pause'} to go on")
        while self.folder.asked("pause") and not (self.stopped or self.folder.asked("stop")):
            time.sleep(PAUSE_LOOK)
        self._say_state("running", step)
        self._row_time = time.monotonic()

    def _save(self, trainer: lightning.Trainer, file: Path) -> None:
        """A checkpoint that is whole or not there."""
        part = file.with_name(file.name + ".part")
        trainer.save_checkpoint(part)
        part.replace(file)

    def _say_state(self, state: str, step: int) -> None:
        self.folder.set_state(state, step, self.config.optimiser.steps, self.seconds())


@dataclass(frozen=True, slots=True)
class Start:
    """Where a start begins: a checkpoint and its step, or nothing and 0."""

    checkpoint: Path | None = None
    step: int = 0


def start_of(folder: RunFolder, config: Config) -> Start:
    """Where a run that was broken off goes on: at its last checkpoint, or before its cool-down if it is prolonged.

    Raises `InputError` where there is no checkpoint.
    """
    if not folder.last.exists():
        raise InputError(f"There is no checkpoint in {folder.path} to go on from.")
    old = folder.config().optimiser
    step = _step_of(folder.last)
    if config.optimiser.steps != old.steps and step > old.steps - old.cooldown and folder.steady.exists():
        return Start(folder.steady, _step_of(folder.steady))
    return Start(folder.last, step)


def _step_of(checkpoint: Path) -> int:
    content = torch.load(checkpoint, map_location="cpu", weights_only=True, mmap=True)
    return int(content["global_step"])


def train(
    config: Config,
    folder: RunFolder,
    pack: Pack,
    validation: Pack | None = None,
    resume: bool = False,
    limit: float | None = None,
    say: Say = print,
    make: Callable[[int], Sample] | None = None,
) -> bool:
    """Train until the steps are done (True) or it is stopped (False); everything is in the run's folder.

    ``limit`` is the most seconds of this start. ``make`` stands in for the pack's samples. Raises `InputError` where a
    run is to be begun in a folder that has one, or gone on with where there is none.
    """
    if folder.last.exists() and not resume:
        raise InputError(f"There is a run in {folder.path} already; go on with it (--resume) or name another folder.")
    start = start_of(folder, config) if resume else Start()
    logging.getLogger("pytorch_lightning").setLevel(logging.WARNING)
    lightning.seed_everything(config.seed, verbose=False)
    if config.threads:
        torch.set_num_threads(config.threads)
    task = ClickTask(config, make or Maker(pack, config))
    facts = {"data": pack.about, "validation": validation.about if validation else None}
    if not resume:
        facts["trunk"] = _trunk(task, config)
    folder.path.mkdir(parents=True, exist_ok=True)
    folder.begin(config, start.step, facts)
    how = config.watching
    targets = validate.objects(validation, how.validation_objects, how.validation_side) if validation else []
    watch = Watch(folder, config, targets, say, limit)
    _trainer(config, folder, watch).fit(task, ckpt_path=start.checkpoint, weights_only=True)
    step = int(task.trainer.global_step)
    finished = not watch.stopped
    folder.set_state("finished" if finished else "stopped", step, config.optimiser.steps, watch.seconds())
    if finished:
        export(folder, task)
    return finished


def _trainer(config: Config, folder: RunFolder, watch: Watch) -> lightning.Trainer:
    return lightning.Trainer(
        accelerator="gpu" if torch.cuda.is_available() else "cpu",
        devices=1,
        precision=config.precision,
        max_steps=config.optimiser.steps,
        max_epochs=-1,
        gradient_clip_val=config.optimiser.clip,
        callbacks=[watch],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        default_root_dir=folder.path,
    )


def _trunk(task: ClickTask, config: Config) -> dict[str, str] | None:
    """Load the first weights and say which file they came from."""
    model = config.network.trunk
    if config.network.begin:
        file = Path(config.network.begin)
        if not file.is_file():
            raise InputError(f"{file} is not there. Under [network], begin names a file of weights, or nothing.")
        task.network.load_state_dict(click_net.load(file).state_dict())
        task.averaged.module.load_state_dict(task.network.state_dict())
        return {"model": file.name, "sha256": sha256_of(file)}
    if not model:
        return None
    found = Weights().require(model)
    click_net.load_trunk(task.network, found.path)
    task.averaged.module.load_state_dict(task.network.state_dict())
    return {"model": model, "sha256": found.sha256}


def restore(folder: RunFolder) -> ClickTask:
    """A run's task at its last checkpoint."""
    if not folder.last.exists():
        raise InputError(f"There is no checkpoint in {folder.path}.")
    task = ClickTask(folder.config())
    task.load_state_dict(torch.load(folder.last, map_location="cpu", weights_only=True)["state_dict"])
    return task


def export(folder: RunFolder, task: ClickTask) -> list[Path]:
    """Write the averaged weights as safetensors, and as ONNX where the packages for that are there."""
    network = task.averaged.module.cpu()
    assert isinstance(network, click_net.ClickNet)
    files = [folder.path / "click-net.safetensors"]
    hashes = {files[0].name: click_net.save(network, files[0], {"steps": str(folder.state()["step"])})}
    try:
        files.append(folder.path / "click-net.zip")
        hashes[files[1].name] = click_onnx.export(network, files[1])
    except ImportError:
        files.pop()
    write_json(folder.path / "weights.json", hashes)
    return files
