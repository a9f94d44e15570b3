"""`python -m app models list|fetch|import|verify`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from app.io import downloads
from app.tools.weights import Found, ModelEntry, Weights, size_text

models = typer.Typer(help="The networks' weights: what there is, fetch, import, verify.", no_args_is_help=True)


def register(cli: typer.Typer) -> None:
    cli.add_typer(models, name="models")


@models.command("list")
def list_command(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """Every model: what it is for, its size and licence, and whether its file is here."""
    weights = Weights()
    found = {entry.id: weights.find(entry.id) for entry in weights.entries.values()}
    if as_json:
        print(json.dumps([_row(entry, found[entry.id]) for entry in weights.entries.values()], indent=1))
        return
    for entry in weights.entries.values():
        have = found[entry.id]
        state = f"{have.origin}, {have.state}" if have else "not here"
        print(f"{entry.id:<12} {entry.title:<34} {entry.task:<38} {size_text(entry.bytes):>12}  {entry.licence}")
        print(f"{'':<12} {state}{f': {have.path}' if have else ''}")


def _row(entry: ModelEntry, found: Found | None) -> dict[str, object]:
    row: dict[str, object] = entry.model_dump()
    row["present"] = found is not None
    if found:
        row |= {"path": str(found.path), "origin": found.origin, "state": found.state, "sha256_of_file": found.sha256}
    return row


@models.command("fetch")
def fetch_command(model_id: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """Download a model's weights; goes on where an earlier try stopped."""
    weights = Weights()
    if found := weights.find(model_id):
        print(f"{model_id} is here already: {found.path} ({found.state})")
        return
    found = downloads.fetch(weights, model_id, _progress if sys.stderr.isatty() else None)
    print(f"{model_id}: {found.path} ({found.state}, sha256 {found.sha256})")


def _progress(done: int, total: int | None) -> None:
    print(f"\r{size_text(done)} of {size_text(total)}\033[K", end="", file=sys.stderr)


@models.command("import")
def import_command(
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    model_id: Annotated[str, typer.Option("--as", metavar="ID", help="Which model of the list the file is.")],
    unverified: Annotated[bool, typer.Option(help="Take a file whose hash is not the listed one.")] = False,
) -> None:
    """Copy a file that you have into Fovea's weights folder."""
    found = Weights().import_file(file, model_id, unverified)
    print(f"{model_id}: {found.path} ({found.state}, sha256 {found.sha256})")


@models.command("verify")
def verify_command(model_id: Annotated[str | None, typer.Argument(metavar="[ID]")] = None) -> int:
    """Hash the files that are here again; status 1 when one is not what it should be."""
    from app.core.errors import FoveaError

    weights, bad = Weights(), 0
    for each in [model_id] if model_id else list(weights.entries):
        try:
            found = weights.verify(each)
        except FoveaError as error:
            bad = 1
            print(error, file=sys.stderr)
            continue
        if found or model_id:
            print(f"{each}: {f'{found.path} ({found.state})' if found else 'not here'}")
    return bad
