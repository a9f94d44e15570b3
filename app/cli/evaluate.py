"""`python -m app evaluate`: how good an engine is."""

from __future__ import annotations

import typer

evaluate = typer.Typer(help="Measure an engine.", no_args_is_help=True)


def register(cli: typer.Typer) -> None:
    cli.add_typer(evaluate, name="evaluate")
