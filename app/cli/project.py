"""`import` and `export`: annotations into and out of a project. Reports go to stdout, what was lost to stderr."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class MaskStyle(StrEnum):
    """How regions are written."""

    auto = "auto"
    rle = "rle"
    polygon = "polygon"


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
    format_id: Annotated[str, typer.Option("--format", help="coco.")] = "coco",
    masks: Annotated[
        MaskStyle,
        typer.Option(
            help="Regions as run lengths (rle), as polygons (holes are filled), or rle only with holes (auto)."
        ),
    ] = MaskStyle.auto,
) -> None:
    """Write a project's annotations as DIR/annotations.json."""
    from app.io import transfer

    report = transfer.export(project, out_dir, format_id, masks.value)
    for loss in report.losses:
        typer.echo(f"lost: {loss}", err=True)
    typer.echo(f"{report.annotations:,} annotations of {report.documents:,} pictures are in {report.file}.")


def register(app: typer.Typer) -> None:
    """Put both commands on the program's command line."""
    app.command("import")(import_command)
    app.command("export")(export_command)
