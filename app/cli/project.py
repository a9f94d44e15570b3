"""`import` and `export`: annotations into and out of a project. Reports go to stdout, what was lost to stderr."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from app.core.document import State


class MaskStyle(StrEnum):
    """How regions are written."""

    auto = "auto"
    rle = "rle"
    polygon = "polygon"


class StateName(StrEnum):
    """Where a picture stands."""

    new = "new"
    in_work = "in_work"
    done = "done"
    rejected = "rejected"


def import_command(
    src: Annotated[Path, typer.Argument(metavar="SRC", help="A file or folder of annotations.")],
    project: Annotated[Path, typer.Option("-o", "--output", metavar="PROJECT", help="A .fovea file or its folder.")],
    format_id: Annotated[
        str | None, typer.Option("--format", help="coco or labelme; found out where it is not given.")
    ] = None,
) -> None:
    """Add annotations to a project, which is made if it is missing. The pictures stay where they are."""
    from app.io import transfer

    report = transfer.import_into(project, src, format_id)
    for note in report.notes:
        typer.echo(f"note: {note}", err=True)
    typer.echo(f"{report.shapes:,} shapes of {report.documents:,} pictures are in {report.project}.")


def export_command(
    project: Annotated[Path, typer.Argument(metavar="PROJECT", help="A .fovea file or its folder.")],
    out_dir: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="The folder to write to.")],
    format_id: Annotated[str, typer.Option("--format", help="coco, or labelme for a file a picture.")] = "coco",
    masks: Annotated[
        MaskStyle,
        typer.Option(
            help="Regions as run lengths (rle), as polygons (holes are filled), or rle only with holes (auto)."
        ),
    ] = MaskStyle.auto,
    label: Annotated[
        list[str] | None, typer.Option(help="Only shapes of this label, and only pictures that have some; repeatable.")
    ] = None,
    state: Annotated[
        list[StateName] | None, typer.Option(help="Only pictures in this state; repeatable for any of several.")
    ] = None,
    with_label: Annotated[
        list[str] | None, typer.Option(help="Only pictures that have this label, with all their shapes; repeatable.")
    ] = None,
    with_attribute: Annotated[
        str, typer.Option(metavar="NAME[=VALUE]", help="Only pictures with a shape that has this attribute.")
    ] = "",
    min_score: Annotated[float | None, typer.Option(help="Only pictures with a shape of at least this score.")] = None,
    max_score: Annotated[float | None, typer.Option(help="Only pictures with a shape of at most this score.")] = None,
    author: Annotated[
        str | None, typer.Option(help='Only pictures with a shape by this author; "" is a person\'s own hand.')
    ] = None,
    text: Annotated[str, typer.Option(help="Only pictures with this in their path, a comment or an attribute.")] = "",
    open_comments: Annotated[bool, typer.Option(help="Only pictures with an open comment.")] = False,
    reviewed: Annotated[
        bool | None, typer.Option("--reviewed/--not-reviewed", help="Only pictures with, or without, a verdict.")
    ] = None,
) -> None:
    """Write the annotations of all pictures, or of those that meet every condition, into DIR."""
    from app.core.filtering import Filter
    from app.io import transfer

    name, _, value = with_attribute.partition("=")
    states: tuple[State, ...] = tuple(s.value for s in state or ())
    wanted = Filter(
        *(text, states, tuple(with_label or ()), name.strip(), value.strip()),
        *(min_score, max_score, author, open_comments, reviewed),
    )
    choice = transfer.Choice(wanted, tuple(label or ()))
    report = transfer.export(project, out_dir, format_id, masks.value, choice=choice)
    for loss in report.losses:
        typer.echo(f"lost: {loss}", err=True)
    typer.echo(f"{report.annotations:,} annotations of {report.documents:,} pictures are in {report.file}.")


def register(app: typer.Typer) -> None:
    """Put both commands on the program's command line."""
    app.command("import")(import_command)
    app.command("export")(export_command)
