"""`python -m app tools` and `python -m app run TOOL SOURCE`."""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from app.core import paths
from app.core.errors import InputError
from app.core.geometry import Box
from app.core.prompts import Click, Prompts
from app.core.sources import Image, Prompted, Source
from app.io import images, results
from app.io.preferences import Preferences
from app.tools import describe, devices
from app.tools.catalog import Catalog, load_catalog
from app.tools.contract import Params, Tool
from app.tools.memo import Memo
from app.tools.models import ModelPool
from app.tools.runner import LocalJob, Result, run
from app.tools.weights import Weights


def register(cli: typer.Typer) -> None:
    cli.command("tools")(tools_command)
    loose = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
    cli.command("run", context_settings=loose, add_help_option=False)(run_command)


def tools_command(
    as_json: Annotated[
        bool, typer.Option("--json", help="Ids, titles, chapters and parameter schemas as JSON.")
    ] = False,
) -> None:
    """List the tools."""
    catalog = open_catalog()
    if as_json:
        listed = [describe.schema(t) for _, tools in catalog.by_chapter() for t in tools]
        broken = [{"name": b.name, "error": b.reason} for b in catalog.broken]
        print(json.dumps({"tools": listed, "broken": broken}, indent=1))
        return
    for chapter, tools in catalog.by_chapter():
        print(f"Chapter {chapter}")
        for tool in tools:
            print(f"  {tool.id:<26} {tool.title}")


def run_command(context: typer.Context) -> int:
    """Run a tool on a picture: `run TOOL SOURCE [--name value ...] [-o OUT] [--layers DIR] [--json]`."""
    words = list(context.args)
    if not words or words[0].startswith("-"):
        print("usage: python -m app run TOOL SOURCE [--name value ...] [-o OUT] [--layers DIR] [--json]")
        return 0 if words in (["-h"], ["--help"]) else 2
    catalog = open_catalog()
    tool = catalog.find(words[0])
    parser = _parser(tool)
    try:
        given = parser.parse_args(words[1:])
    except SystemExit as stop:  # argparse has printed what is wrong, or the help
        return int(stop.code or 0)
    try:
        params = _params(tool, given)
    except ValidationError as error:
        for name, sentence in describe.explain(error).items():
            print(f"{'--' + name.replace('_', '-') + ': ' if name else ''}{sentence}", file=sys.stderr)
        return 2
    return _run(catalog, tool, params, given)


def open_catalog() -> Catalog:
    """All tools; what could not be loaded is said on stderr."""
    catalog = load_catalog(folders=(paths.user_plugin_dir(),))
    for broken in catalog.broken:
        print(f"The plugin {broken.name} could not be loaded: {broken.reason}", file=sys.stderr)
    return catalog


def local_job(catalog: Catalog) -> LocalJob:
    """A job in this process, on the best device there is, with progress on a terminal's stderr."""
    weights = Weights()
    pool = ModelPool(weights.require, lambda: devices.pick().name)
    return LocalJob(pool, Memo(), catalog.find, _progress if sys.stderr.isatty() else None)


def _progress(fraction: float | None, text: str) -> None:
    print(f"\r{text or 'working'} {'' if fraction is None else f'{fraction:4.0%}'}\033[K", end="", file=sys.stderr)


def _parser(tool: Tool) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(f"python -m app run {tool.id}", description=tool.help, allow_abbrev=False)
    parser.add_argument("SOURCE", help="a picture file")
    parser.add_argument("-o", "--output", metavar="OUT", help="write the first layer here, by suffix")
    parser.add_argument("--layers", metavar="DIR", help="write every layer, intermediate ones too, into this folder")
    parser.add_argument("--json", action="store_true", help="print a machine-readable summary")
    if tool.source is Prompted:
        parser.add_argument("--point", type=_point, action="append", default=[], metavar="X,Y", help="on the object")
        parser.add_argument(
            "--negative", type=_point, action="append", default=[], metavar="X,Y", help="off the object"
        )
        parser.add_argument("--box", type=_box, metavar="X1,Y1,X2,Y2", help="around the object")
    for field in describe.fields(tool.params):
        _add_option(parser, field)
    return parser


def _add_option(parser: argparse.ArgumentParser, field: describe.Field) -> None:
    flag = "--" + field.name.replace("_", "-")
    text = f"{field.help} (default {field.default}{' ' + field.unit if field.unit else ''})".replace("%", "%%")
    names = [flag] if "_" not in field.name else [flag, "--" + field.name]
    options: dict[str, Any] = {"dest": f"param_{field.name}", "default": None, "help": text}
    if field.kind == "bool":
        parser.add_argument(*names, action=argparse.BooleanOptionalAction, **options)
    elif field.kind == "choice":
        by_text = {str(c): c for c in field.choices}
        options["metavar"] = "{" + ",".join(by_text) + "}"
        parser.add_argument(*names, type=lambda s: by_text.get(s, s), **options)
    else:
        kind = {"int": int, "float": float, "text": str}[field.kind]
        parser.add_argument(*names, type=kind, metavar=field.kind.upper(), **options)


def _numbers(text: str, count: int) -> list[float]:
    try:
        values = [float(v) for v in text.split(",")]
    except ValueError:
        values = []
    if len(values) != count or not all(map(math.isfinite, values)):
        raise argparse.ArgumentTypeError(f"{text!r} is not {count} numbers with commas between them")
    return values


def _point(text: str) -> tuple[float, float]:
    """A pixel's centre for whole numbers, else the very point."""
    x, y = (v + 0.5 if v == int(v) else v for v in _numbers(text, 2))
    return x, y


def _box(text: str) -> Box:
    x0, y0, x1, y1 = _numbers(text, 4)
    if x0 >= x1 or y0 >= y1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a box: left, top, right, bottom")
    return Box(x0, y0, x1, y1)


def _params(tool: Tool, given: argparse.Namespace) -> Params:
    preferences, values = Preferences(), {}
    for field in describe.fields(tool.params):
        value = getattr(given, f"param_{field.name}")
        if value is None and field.preference:
            value = preferences.get(field.preference)
        if value is not None:
            values[field.name] = value
    return tool.params(**values)


def _source(tool: Tool, image: Image, given: argparse.Namespace) -> Source:
    if tool.source is not Prompted:
        return image
    clicks = [Click(x, y) for x, y in given.point] + [Click(x, y, False) for x, y in given.negative]
    for click in clicks:
        if not (0 <= click.x <= image.width and 0 <= click.y <= image.height):
            raise InputError(
                f"The point {click.x - 0.5:g},{click.y - 0.5:g} is outside of {image.name}, "
                f"which has {image.width} x {image.height} pixels."
            )
    box = given.box
    if box and not (box.x0 < image.width and box.y0 < image.height and box.x1 > 0 and box.y1 > 0):
        raise InputError(
            f"The box {box.x0:g},{box.y0:g},{box.x1:g},{box.y1:g} is outside of {image.name}, "
            f"which has {image.width} x {image.height} pixels."
        )
    return Prompted(image, Prompts(tuple(clicks), box))


def _run(catalog: Catalog, tool: Tool, params: Params, given: argparse.Namespace) -> int:
    if tool.source is Prompted and not (given.point or given.box):
        print(f"{tool.id} needs at least one --point X,Y or a --box X1,Y1,X2,Y2.", file=sys.stderr)
        return 2
    image, notes = images.read_with_notes(Path(given.SOURCE))
    for note in notes:
        print(f"{given.SOURCE}: {note}", file=sys.stderr)
    job = local_job(catalog)
    if given.layers:
        job.want_all()
    result = run(tool, _source(tool, image, given), params, job)
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    for notice in result.notices:
        print(notice, file=sys.stderr)
    written: list[str] = []
    if given.output:
        written.append(str(results.write_layer(Path(given.output), result.layers[0])))
    if given.layers:
        written += [str(p) for p in results.write_layers(Path(given.layers), result.layers)]
    _report(result, written, given.json)
    return 0


def _report(result: Result, written: list[str], as_json: bool) -> None:
    shown = result.params.model_dump(mode="json")
    if as_json:
        provenance = result.provenance()
        summary = {
            "tool": result.tool.id,
            "version": result.tool.version,
            "source": result.source.name,
            "source_key": provenance.source_key,
            "parameters": shown,
            "device": result.device,
            "weights": dict(result.weights),
            "seconds": round(result.seconds, 4),
            "notices": list(result.notices),
            "layers": [results.summary(layer) for layer in result.layers],
            "written": written,
        }
        print(json.dumps(summary, indent=1, ensure_ascii=False))
        return
    chosen = ", ".join(f"{k} {v}" for k, v in shown.items() if v is not None)
    print(f"{result.tool.title} ({chosen}): {results.describe(result.layers[0])} in {result.seconds:.2f} s")
    for path in written:
        print(f"wrote {path}")
