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

CAUSES = {
    "first painted window": "the panels for history, review, statistics and attributes cost about 0.1 s (measured turn "
    "about with the state before them), of 0.7 to 0.9 s of imports and 0.2 s for the docks; the icons of the gesture "
    "column take 0.03 to 0.05 s (profiled)",
    "undo of that": "what changed is looked for in all shapes, the list beside the picture is shown anew, and the "
    "grips of the selected polygon are painted: about a third each (profiled)",
    "a slider is dragged": "every answer is a 12 MP mask that the window's thread scans, rasterises and paints (about "
    "30 ms, profiled), and every step restyles all rows of the form (about 4 ms), on cores that OpenCV keeps busy",
    "pictures: p99 gap": "QListView lays out all its rows in one pass, on the window's thread, when the list has grown "
    "and it is asked to scroll or to redraw one row (a scroll took 120 ms at 40,000 rows, profiled)",
    "panning and zooming": "a paint takes 8 to 12 ms of a core (profiled: its run time beside its waiting time); "
    "the rest is waiting: up to 90 ms, measured, for one of two cores that other programs kept busy, and, not "
    "measured but likely, for Python's lock while the thread that decodes, which goes last, waits for a core",
}
"""What profiling found behind figures that are not as they should be, by the words they hold."""
SMOOTH_MS = 50.0


def markdown(found: dict[str, Any]) -> str:
    rows = [figure for figures in found["figures"].values() for figure in figures]
    notes = [f"- {r['what']}: {r['note']}." for r in rows if r["note"]]
    lines = [" | ".join(("", *_cells(row), "")).strip() for row in rows]
    text = HEAD.format(date=found["date"], machine=found["machine"]) + "\n".join(lines) + "\n"
    parts = [text, "\n".join(notes) + "\n" if notes else "", _missed(rows)]
    return "\n".join(part for part in parts if part)


def _missed(rows: list[dict[str, Any]]) -> str:
    """Budgets that are missed (and lists that stutter), by how much and why."""
    lines = []
    for row in rows:
        stutters = "gap" in row["what"] and row["value"] > SMOOTH_MS
        if row["within"] is not False and not stutters:
            continue
        cause = next(
            (why for words, why in CAUSES.items() if words in row["what"]), "the cause has not been looked for"
        )
        budget = row["budget"] or f"p99 under {SMOOTH_MS:.0f} ms would be wanted"
        lines.append(f"- {row['what']}: {_number(row['value'])} {row['unit']} ({budget}): {cause}.")
    return "## What is missed, and why\n\n" + "\n".join(lines) + "\n" if lines else ""


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
