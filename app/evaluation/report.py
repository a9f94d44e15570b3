"""Clicks engines through data sets and writes the tables of docs/clicks.md.

Engines come in as a mapping from a name to what opens a picture, so that this room need not know who offers them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from app.core.prompts import Click
from app.core.sources import Image
from app.evaluation.clicks import Predict, Run, Summary, click_through, plain_grabcut, summarise
from app.evaluation.clickset import Case, read

Open = Callable[[Image], Predict]
"""Opens a picture and returns what answers prompts about it."""

STOP_AT = 0.90
AT_LEAST = 5


@dataclass(frozen=True, slots=True)
class Row:
    """One engine on one data set."""

    engine: str
    dataset: str
    cap: int
    summary: Summary


def open_plain_grabcut(image: Image) -> Predict:
    """The yardstick as an engine."""
    return plain_grabcut(image.rgb8())


def evaluate(
    engines: Mapping[str, Open],
    datasets: Sequence[str],
    cap: int = 20,
    root: Path | None = None,
    store: Path | None = None,
    cases: Callable[[str], list[Case]] | None = None,
) -> Iterator[Row]:
    """Click every object of every data set with every engine and yield a row as each pair is done.

    Clicking stops at an IoU of 0.90, but not before the fifth click; ``cap`` is the most clicks per object. ``store``
    names a file of JSON lines that finished objects are appended to and taken from again: a long run that was broken
    off goes on where it was. ``cases`` replaces the reader (`clickset.read`). Progress goes to stderr.
    """
    done = _stored(store, cap)
    for dataset in datasets:
        objects = cases(dataset) if cases else read(dataset, root)
        for engine, opener in engines.items():
            runs: list[Run] = []
            opened: tuple[str, Predict] | None = None
            for number, case in enumerate(objects, start=1):
                key = (engine, dataset, case.name)
                if key not in done:
                    if opened is None or opened[0] != case.picture:
                        opened = case.picture, opener(case.image())
                    done[key] = click_through(opened[1], *case.truth(), clicks=cap, stop_at=STOP_AT, at_least=AT_LEAST)
                    _append(store, cap, key, done[key])
                runs.append(done[key])
                _progress(engine, dataset, number, len(objects), runs)
            if runs:
                yield Row(engine, dataset, cap, summarise(runs, cap))


def _progress(engine: str, dataset: str, number: int, total: int, runs: Sequence[Run]) -> None:
    after5 = sum(run.after(5) for run in runs) / len(runs)
    end = "\n" if number == total else ""
    print(
        f"\r{engine} on {dataset}: {number}/{total}, IoU after 5 clicks {after5:.3f}",
        end=end,
        file=sys.stderr,
        flush=True,
    )


def _append(store: Path | None, cap: int, key: tuple[str, str, str], run: Run) -> None:
    if store is not None:
        with store.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps({"cap": cap, "key": key, "run": asdict(run)}) + "\n")


def _stored(store: Path | None, cap: int) -> dict[tuple[str, str, str], Run]:
    """Finished objects of an earlier run with the same cap."""
    found: dict[tuple[str, str, str], Run] = {}
    if store is not None and store.exists():
        for line in store.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row["cap"] == cap:
                engine, dataset, name = row["key"]
                found[engine, dataset, name] = _run(row["run"])
    return found


def _run(values: dict[str, Any]) -> Run:
    return Run(
        tuple(values["ious"]),
        tuple(values["boundary_ious"]),
        tuple(values["seconds"]),
        tuple(Click(**click) for click in values["clicks"]),
    )


COLUMNS = (
    ("IoU@1", "iou1", ".3f"),
    ("IoU@3", "iou3", ".3f"),
    ("IoU@5", "iou5", ".3f"),
    ("boundary IoU@5", "boundary5", ".3f"),
    ("NoC@85", "noc85", ".2f"),
    ("NoC@90", "noc90", ".2f"),
    ("not reached 85/90", "", ""),
    ("worse clicks", "worse", ".1%"),
    ("s/click", "seconds", ".2f"),
)


def markdown(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    heads = ("data set", "engine", "objects", *(name for name, _, _ in COLUMNS))
    lines = ["| " + " | ".join(heads) + " |", "|---|---" + "|---:" * (len(heads) - 2) + "|"]
    for row in rows:
        values = asdict(row.summary)
        cells = [row.dataset, row.engine, str(row.summary.objects)]
        for _, field_name, form in COLUMNS:
            both = f"{row.summary.failed85}/{row.summary.failed90}"
            cells.append(format(values[field_name], form) if field_name else both)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main(
    engines: Mapping[str, Open],
    datasets: Sequence[str],
    cap: int = 20,
    out: Path | None = None,
    store: Path | None = None,
    root: Path | None = None,
) -> list[Row]:
    """Evaluate, print the Markdown table on stdout and write the rows as JSON to ``out``."""
    rows = list(evaluate(engines, datasets, cap, root, store))
    print(markdown(rows))
    if out is not None:
        content = {"cap": cap, "stop_at": STOP_AT, "rows": [asdict(row) for row in rows]}
        out.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return rows
