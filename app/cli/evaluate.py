"""`python -m app evaluate clicks`: how many clicks an engine needs, on objects that people have outlined."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from app.core.layers import MaskLayer
from app.core.prompts import Prompts
from app.core.sources import Image, Prompted
from app.evaluation.clicks import Predict
from app.evaluation.report import Open

evaluate = typer.Typer(help="Measure an engine.", no_args_is_help=True)
PLAIN = "grabcut"
TOOL = "segmentation.click"


def register(cli: typer.Typer) -> None:
    cli.add_typer(evaluate, name="evaluate")


@evaluate.callback()
def _group() -> None:
    """Keeps `clicks` a verb of its own while it is the only one."""


@evaluate.command("clicks")
def clicks_command(
    engine: Annotated[
        list[str] | None, typer.Option(help="Repeatable: an engine of click-to-segment, or grabcut (the yardstick).")
    ] = None,
    dataset: Annotated[
        list[str] | None, typer.Option("--set", help="Repeatable: val, grabcut, gsc_voc_matting, davis, ...")
    ] = None,
    cap: Annotated[int, typer.Option(min=5, help="The most clicks an object gets.")] = 20,
    out: Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write the rows as JSON.")] = None,
    store: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Keep finished objects here; a run goes on from it.")
    ] = None,
) -> None:
    """Click every object of a data set with every engine and print the table (docs/clicks.md says how)."""
    from app.evaluation import clickset, report

    sets = dataset or ["val"]
    for name in sets:
        clickset.read(name)  # an unknown or absent one is refused before anything runs
    openers = {name: _opener(name) for name in engine or [PLAIN, "classical"]}
    report.main(openers, sets, cap, out, store)


def _opener(engine: str) -> Open:
    """What opens a picture for an engine, through the tool that the window and the command line use."""
    from app.cli.tools import local_job, open_catalog
    from app.evaluation import report
    from app.tools.describe import explain
    from app.tools.runner import run

    if engine == PLAIN:
        return report.open_plain_grabcut
    catalog = open_catalog()
    tool = catalog.find(TOOL)
    try:
        params = tool.params.model_validate({"engine": engine})
    except ValidationError as error:
        raise typer.BadParameter(f"{engine}: {'; '.join(explain(error).values())}, or {PLAIN}") from error
    job = local_job(catalog)

    def opener(image: Image) -> Predict:
        run(tool, Prompted(image, Prompts()), params, job)

        def predict(prompts: Prompts) -> list[MaskLayer]:
            layers = run(tool, Prompted(image, prompts), params, job).layers
            return [layer for layer in layers if isinstance(layer, MaskLayer)]

        return predict

    return opener
