"""`python -m app train`: train the networks that Fovea ships. docs/training.md says how."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Annotated

import typer

from app.core import paths
from app.core.errors import InputError

if TYPE_CHECKING:
    from app.training.pack import Pack

train = typer.Typer(help="Train a network of Fovea's own.", no_args_is_help=True)
RunOption = Annotated[Path | None, typer.Option("--run", metavar="DIR", help="The run's folder.")]


def register(cli: typer.Typer) -> None:
    cli.add_typer(train, name="train")


@train.command("click-net")
def click_net_command(
    config: Annotated[Path | None, typer.Option(metavar="FILE", help="A TOML file; default: the one shipped.")] = None,
    run: RunOption = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run (the newest, without --run).")] = False,
    minutes: Annotated[
        float | None, typer.Option(min=0, help="Stop after so many minutes; it can go on later.")
    ] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Batches in all, in place of the file's.")] = None,
    data: Annotated[Path | None, typer.Option(metavar="DIR", help="Packs made by `train pack`.")] = None,
) -> None:
    """Train the click network; Ctrl+C or a file `stop` in the run's folder ends it with a checkpoint."""
    from app.training import config as configs
    from app.training.run_folder import RunFolder

    folder = _folder(run, resume)
    again = resume and config is None
    told = RunFolder(folder).config() if again else configs.read(config or configs.default_file())
    if steps is not None:
        how = told.optimiser.model_copy(update={"steps": steps})
        told = told.model_copy(update={"optimiser": configs.Optimiser.model_validate(how.model_dump())})
    loop = _loop()
    training, validation = _packs(data)
    typer.echo(f"Run: {folder}", err=True)
    limit = None if minutes is None else minutes * 60
    finished = loop.train(told, RunFolder(folder), training, validation, resume, limit, _say)
    _say("finished" if finished else f"stopped; go on with: python -m app train click-net --resume --run {folder}")


@train.command("pack")
def pack_command(
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="Where the packs go.")],
    quality: Annotated[
        int | None, typer.Option(min=1, max=100, help="Encode pictures again as JPEG of that quality, to be smaller.")
    ] = None,
) -> None:
    """Pack the training and validation pictures for a machine that has neither them nor the test sets."""
    for pack in _make_packs(output, quality):
        size = (pack.folder / "pack.bin").stat().st_size / 1e6
        _say(f"{pack.folder}: {len(pack.entries)} pictures, {size:.1f} MB")


@train.command("export")
def export_command(run: RunOption = None) -> None:
    """Write the weights of a run's last checkpoint (the averaged ones), finished or not."""
    from app.training.run_folder import RunFolder

    loop = _loop()
    folder = RunFolder(_folder(run, resume=True))
    for file in loop.export(folder, loop.restore(folder)):
        _say(str(file))


@train.command("ship")
def ship_command(run: RunOption = None) -> None:
    """Put the weights of a run's last checkpoint among Fovea's resources, with a record of what made them."""
    from app.training.run_folder import RunFolder
    from app.training.ship import ship

    loop = _loop()
    folder = RunFolder(_folder(run, resume=True))
    exported = next((f for f in loop.export(folder, loop.restore(folder)) if f.suffix == ".zip"), None)
    if exported is None:
        raise InputError("What ships is ONNX: install the dependency group `train` to write it.")
    _say(str(ship(folder, exported, paths.resource_dir())))


def _say(text: str) -> None:
    typer.echo(text, err=True)


def _loop() -> ModuleType:
    """The training loop, or a sentence where its library is not installed."""
    try:
        from app.training import loop
    except ModuleNotFoundError as error:
        raise InputError(
            f"Training takes the package {error.name}, which is not installed: add the dependency group `train` "
            f"(uv sync --group train, or see docs/training.md)."
        ) from error
    return loop


def _folder(run: Path | None, resume: bool) -> Path:
    if run is not None:
        return run
    home = paths.user_data_dir() / "training"
    if not resume:
        return home / f"click-net-{datetime.now():%Y%m%d-%H%M%S}"
    known = sorted(p for p in home.glob("click-net-*") if (p / "last.ckpt").exists())
    if not known:
        raise InputError(f"There is no run in {home} to go on with; name its folder (--run).")
    return known[-1]


def _packs(folder: Path | None) -> tuple[Pack, Pack]:
    """The packs in a folder, or those made from the shared data (made now, if that has not been done)."""
    from app.io import shards
    from app.training import pack

    if folder is not None:
        return pack.open_pack(folder / "train"), pack.open_pack(folder / "val")
    root = shards.shared_root() / "clickset"
    try:
        home = paths.user_cache_dir() / "training" / pack.source_key(root)
    except OSError as error:
        raise InputError(f"The training pictures are not in {root}: {error}. Set FOVEA_SHARED.") from error
    try:
        return pack.open_pack(home / "train"), pack.open_pack(home / "val")
    except InputError:
        _say("packing the training pictures (once)")
        return _make_packs(home, None)


def _make_packs(folder: Path, quality: int | None) -> tuple[Pack, Pack]:
    from app.io import shards
    from app.training import pack

    root = shards.shared_root() / "clickset"
    guard = pack.guard_against_tests(root)
    training, validation = (pack.write(root / part, folder / part, guard, quality) for part in ("train", "val"))
    return training, validation
