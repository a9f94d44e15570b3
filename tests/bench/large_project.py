"""A project of 100,000 pictures and 1,000,000 shapes: opening it, going from picture to picture, filters, edits.

Made through the store as an import would make it, once: it is kept in the temporary folder for the next run.
"""

from __future__ import annotations

import os
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from app.core import edits
from app.core.annotation import BoxGeometry, PolygonGeometry, Shape
from app.core.document import Document, LabelList
from app.core.filtering import Filter
from app.core.geometry import Box
from app.core.history import Change
from app.core.sources import Image
from app.io import images, survey
from app.io.project import ProjectStore
from app.io.schema import SCHEMA_VERSION
from app.ui.main_window import MainWindow
from app.ui.opening import make_app, make_window
from tests.bench.figures import Figure, median, milliseconds, percentile
from tests.bench.many_files import make_folder
from tests.bench.windows import Frames, live, wait_until

PICTURES = int(os.environ.get("FOVEA_BENCH_FILES", "100000"))
SHAPES_EACH, LABELS, BATCH, SWITCHES, FEW = 10, 20, 500, 150, 200
RARE = "rare"
POSES = ("front", "side", "back")
FILTERS = (
    Filter(labels=("label 0",), min_score=0.5),
    Filter(labels=("label 0", "label 1"), states=("in_work",)),
    Filter(attribute="pose", value="front"),
    Filter(attribute="pose", value="back", labels=(RARE,)),
    Filter(min_score=0.25, max_score=0.75),
    Filter(author="detection.yolo"),
    Filter(author=""),
    Filter(states=("done",)),
    Filter(text="seen 17"),
    Filter(open_comments=True),
)
OPENING_MS, SWITCH_MS, FILTER_MS = 2000.0, 100.0, 200.0


def make_project(folder: Path, pictures: int) -> float:
    """Seconds that it took to write the shapes."""
    chance, labels = random.Random(0), LabelList()
    for n in range(LABELS):
        labels = edits.add_label(labels, f"label {n}")
    labels = edits.add_label(labels, RARE)
    started = time.perf_counter()
    with ProjectStore.open(folder) as store:
        store.apply(Change("Labels", (), (LabelList(), labels)))
        for first in range(0, pictures, BATCH):
            new = (_document(n, chance) for n in range(first, min(first + BATCH, pictures)))
            store.apply(Change(f"Import {first}", tuple((Document(d.path), d) for d in new)))
    return time.perf_counter() - started


def _document(number: int, chance: random.Random) -> Document:
    shapes = []
    for n in range(SHAPES_EACH):
        x, y, size = chance.random() * 500, chance.random() * 400, 20 + chance.random() * 60
        label = (
            RARE
            if number % 1000 == 0 and n == 0
            else f"label {min(chance.randrange(LABELS), chance.randrange(LABELS))}"
        )
        more = {
            "attributes": {"pose": chance.choice(POSES), "note": f"seen {chance.randrange(200)}"} if n % 3 == 0 else {},
            "score": chance.random() if n % 4 == 0 else None,
            "author": "detection.yolo" if n % 4 == 0 else "",
        }
        if n % 2:
            corners = ((x, y), (x + size, y + 3), (x + size - 4, y + size), (x - 3, y + size))
            shapes.append(Shape(PolygonGeometry((corners,)), label, **more))
        else:
            shapes.append(Shape(BoxGeometry(Box(x, y, x + size, y + size)), label, **more))
    return Document(f"picture {number:06}.jpg", 640, 480, shapes=tuple(shapes), state="in_work")


def measure() -> list[Figure]:
    folder = Path(tempfile.gettempdir()) / f"fovea-large-project-{SCHEMA_VERSION}-{PICTURES}"
    figures: list[Figure] = []
    if not (folder / "made").exists():
        folder.mkdir(exist_ok=True)
        make_folder(folder, PICTURES)
        seconds = make_project(folder, PICTURES)
        (folder / "made").touch()
        shapes = PICTURES * SHAPES_EACH
        figures = [
            Figure("large project", f"{_what()}: written", seconds * 1000, note=f"{shapes / seconds:,.0f} shapes/s")
        ]
    return [*figures, *_window(folder), *_store(folder)]


def _what() -> str:
    return f"project of {PICTURES:,} pictures, {PICTURES * SHAPES_EACH:,} shapes"


def _window(folder: Path) -> list[Figure]:
    frames, app = Frames(), make_app()
    with tempfile.TemporaryDirectory() as empty:
        window = make_window(app, Path(empty))
        loaded: list[float] = []
        window.tools_loaded.connect(lambda: loaded.append(1))
        window.resize(1600, 1000)
        window.show()
        wait_until(lambda: bool(loaded), 120)
    picture = Image(np.full((480, 640, 3), 90, np.uint8), "a picture that costs nothing to decode")
    images.open_picture = lambda path: (picture, ())  # type: ignore[assignment]
    thumbnail = images.thumbnail
    images.thumbnail = lambda path, side: np.full((side * 3 // 4, side, 3), 90, np.uint8)
    seen: list[float] = []

    def on_frame(view: object) -> None:
        if window.session.picture is not None:
            seen.append(time.perf_counter())

    frames.painted = on_frame
    with tempfile.TemporaryDirectory() as small:
        make_folder(Path(small), FEW)
        make_project(Path(small), FEW)
        few = _visit(window, seen, Path(small), FEW)
        many = _visit(window, seen, folder, PICTURES)
        images.thumbnail = thumbnail
        decoded = _visit(window, seen, folder, PICTURES).jumps
    window.close()
    note = f"{many.returned:.0f} ms of it held the window up"
    figures = [_figure("opened, first picture and its shapes painted", many.opening, OPENING_MS, note=note)]
    for what, mine, small_ones in (
        ("the next picture and its shapes painted, decoding left out", many.steps, few.steps),
        ("any other picture and its shapes painted, decoding left out", many.jumps, few.jumps),
    ):
        beside = f"the same with {FEW} pictures, just before (p95 {percentile(small_ones, 95):.0f} ms)"
        figure = _figure(what, median(mine), SWITCH_MS, percentile(mine, 95), len(mine))
        figures.append(replace(figure, against=beside, reference=median(small_ones)))
    read = _figure("the document read and the panels told, of that", median(many.own), None, percentile(many.own, 95))
    what = "any other picture while the thumbnails that come into view with it are decoded"
    figures.append(_figure(what, median(decoded), None, percentile(decoded, 95), len(decoded)))
    return [*figures, replace(read, count=len(many.own))]


@dataclass
class _Visit:
    """ms until the first picture was painted, until `open` returned, until the next one (and any other) was painted,
    and until `go_to` returned."""

    opening: float = 0.0
    returned: float = 0.0
    steps: list[float] = field(default_factory=list)
    jumps: list[float] = field(default_factory=list)
    own: list[float] = field(default_factory=list)


def _visit(window: MainWindow, seen: list[float], folder: Path, count: int) -> _Visit:
    """Open a project and go from picture to picture."""
    visit, listed = _Visit(), list[float]()
    window.files.listed.connect(lambda: listed.append(1))
    seen.clear()
    started = time.perf_counter()
    window.open(folder / "project.fovea")
    visit.returned = (time.perf_counter() - started) * 1000
    wait_until(lambda: bool(seen), 120)
    visit.opening = (seen[0] - started) * 1000
    wait_until(lambda: bool(listed), 120)
    live(3)

    def switched(go: Callable[[], object]) -> float:
        seen.clear()
        before = time.perf_counter()
        go()
        visit.own.append((time.perf_counter() - before) * 1000)
        wait_until(lambda: bool(seen), 30, every_ms=1)
        return (seen[0] - before) * 1000

    visit.steps = [switched(lambda: window.files.step(1)) for _ in range(SWITCHES)]
    shown = [
        f"picture {n:06}.jpg" for n in random.Random(1).sample(range(SWITCHES + 1, count), min(SWITCHES, count // 8))
    ]
    visit.jumps = [switched(lambda path=path: window.session.go_to(path)) for path in shown]  # type: ignore[misc]
    return visit


def _store(folder: Path) -> list[Figure]:
    opening = milliseconds(lambda: ProjectStore.open(folder).close())
    with ProjectStore.open(folder) as store:
        common = [milliseconds(lambda: store.paths("label 0")) for _ in range(9)]
        rare = [milliseconds(lambda: store.paths(RARE)) for _ in range(9)]
        counts = [milliseconds(store.label_counts) for _ in range(9)]
        history = milliseconds(lambda: store.history())
        store_file = store.file
        statistics = [milliseconds(lambda: _asked(store_file, survey.statistics)) for _ in range(9)]
        edit = []
        for n in range(50):
            before = store.document(f"picture {n * 37 % PICTURES:06}.jpg")
            after = edits.change_shapes(
                before, [before.shapes[3].id], lambda s: s.__class__(s.geometry, "label 1", s.id)
            )
            edit.append(milliseconds(lambda b=before, a=after: store.apply(Change("Relabel", ((b, a),)))))
        found, few, size = len(store.paths("label 0")), len(store.paths(RARE)), store.file.stat().st_size
    filters = [_filtered(store_file, wanted) for wanted in FILTERS]
    note = f"the file has {size / 2**20:,.0f} MiB"
    return [
        _figure("the store alone opened and closed", opening, note=note),
        _figure(f"filter by a label on {found:,} of them", median(common), FILTER_MS, percentile(common, 95), 9),
        _figure(f"filter by a label on {few:,} of them", median(rare), FILTER_MS, percentile(rare, 95), 9),
        *filters,
        _figure("statistics (on a thread)", median(statistics), p95=percentile(statistics, 95), count=9),
        _figure("shapes counted by label", median(counts), p95=percentile(counts, 95), count=9),
        _figure("names of the history read", history),
        _figure("an edit of one shape written, with its step", median(edit), p95=percentile(edit, 95), count=50),
    ]


def _asked(file: Path, question: Callable[[sqlite3.Connection], Any]) -> Any:
    """As the window asks on a thread: with a connection of its own."""
    with survey.reading(file) as database:
        return question(database)


def _filtered(file: Path, wanted: Filter) -> Figure:
    """A filter, from nothing to the set of paths."""
    taken = [milliseconds(lambda: _asked(file, lambda database: survey.find(database, wanted))) for _ in range(9)]
    found = _asked(file, lambda database: survey.find(database, wanted))
    count = len(found.listed if found.listed is not None else found.hits)
    what = f"filter (on a thread): {wanted.words()}: {count:,} of them"
    return _figure(what, median(taken), FILTER_MS, percentile(taken, 95), 9)


def _figure(
    what: str, value: float, budget: float | None = None, p95: float | None = None, count: int = 1, note: str = ""
) -> Figure:
    words = "" if budget is None else f"{'p95 ' if p95 is not None else ''}under {budget:,.0f} ms"
    within = None if budget is None else (value if p95 is None else p95) < budget
    return Figure(
        "large project", f"{_what()}: {what}", value, "ms", p95, count, budget=words, within=within, note=note
    )
