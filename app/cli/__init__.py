"""The command line: the same tools and projects without the window. No Qt."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

import app as package
from app.cli import evaluate, models, project, tools, train
from app.core.errors import FoveaError
from app.tools.contract import Cancelled

cli = typer.Typer(
    name="fovea",
    help="Run computer vision on pictures and keep annotations. Without a verb, the window opens.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(value: bool) -> None:
    if value:
        print(f"fovea {package.__version__}")
        raise typer.Exit


@cli.callback()
def _options(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = (
        False
    ),
) -> None: ...


for part in (tools, project, models, evaluate, train):
    part.register(cli)


def main(arguments: list[str]) -> int:
    """Exit status 0; 1 for a refused input, with one sentence on stderr; 2 for wrong usage."""
    try:
        status = cli(arguments, standalone_mode=False)
    except typer.Exit as done:
        return done.exit_code
    except (KeyboardInterrupt, typer.Abort, Cancelled):
        print("Stopped.", file=sys.stderr)
        return 130
    except FoveaError as error:
        print(error, file=sys.stderr)
        return 1
    except Exception as error:
        return _usage(error)
    return status if isinstance(status, int) else 0


def _usage(error: Exception) -> int:
    """Click's usage errors end with status 2; anything else is a bug and keeps its traceback."""
    show = getattr(error, "show", None)
    if show is None:
        raise error
    show()
    return int(getattr(error, "exit_code", 2))
