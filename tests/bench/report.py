"""The figures as a page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

HEAD = """# Benchmarks

Made by `make bench` (`python -m tests.bench`) on {date}: {machine}.

Each benchmark runs in a fresh process with an empty home. What is compared was measured turn about with what it is
compared with, in the same run; a ratio says more than a time. Times are medians (smoothness: the 99th percentile).

| what | value | 95th percentile | runs | beside | it took | ratio | budget | kept |
|---|--:|--:|--:|---|--:|--:|---|---|
"""


def markdown(found: dict[str, Any]) -> str:
    rows = [figure for figures in found["figures"].values() for figure in figures]
    notes = [f"- {r['what']}: {r['note']}." for r in rows if r["note"]]
    lines = [" | ".join(("", *_cells(row), "")).strip() for row in rows]
    text = HEAD.format(date=found["date"], machine=found["machine"]) + "\n".join(lines) + "\n"
    return text + ("\n" + "\n".join(notes) + "\n" if notes else "")


def _cells(row: dict[str, Any]) -> Iterable[str]:
    kept = {True: "yes", False: "**no**", None: ""}[row["within"]]
    yield row["what"]
    yield f"{_number(row['value'])} {row['unit']}"
    yield "" if row["p95"] is None else f"{_number(row['p95'])} {row['unit']}"
    yield str(row["count"])
    yield row["against"]
    yield "" if row["reference"] is None else f"{_number(row['reference'])} {row['unit']}"
    yield "" if row["ratio"] is None else f"{row['ratio']:.2f}"
    yield row["budget"]
    yield kept


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"
