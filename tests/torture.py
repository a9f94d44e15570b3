"""Kills the program in the middle of its work and looks at what is left.

``python -m tests.torture edit FOLDER LOG SEED`` is the program: a session, as the window has one, that makes random
edits for ever and writes down each of them before and after. ``python -m tests.torture [TIMES]`` starts it, kills it at
a random moment, checks the project against what was written down, and so on.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

from app.core import edits, ordering
from app.core.annotation import BoxGeometry, MaskGeometry, Shape
from app.core.document import Document, LabelList
from app.core.dump import canonical_bytes
from app.core.geometry import Box
from app.core.history import Change, History
from app.core.masks import Rle
from app.io.project import ProjectStore

PICTURES = ("a.png", "deep/b.png", "c.png")
DEEP = 15
"""So many steps are undone and redone after each kill, all of them after the last."""


def digest(documents: dict[str, Document], labels: LabelList) -> str:
    there = (d for d in documents.values() if d != Document(d.path))
    return blake2b(canonical_bytes(there, labels), digest_size=8).hexdigest()


def state_of(store: ProjectStore) -> str:
    return digest({d.path: d for d in store.documents()}, store.labels())


# -- the program that is killed


class Program:
    """Makes edits through a session; its log says what each is about to do to the project, and when it is done."""

    def __init__(self, folder: Path, log: Path, seed: int) -> None:
        from PySide6.QtCore import QCoreApplication

        from app.ui.session import Session

        self.app = QCoreApplication([])
        self.session = Session()
        self.session.refused.connect(lambda words: self.write(bug=words))
        self.folder, self.chance, self.log = folder, random.Random(seed), log.open("a", encoding="utf-8")
        self.write(started=seed)
        self.open()

    def write(self, **line: Any) -> None:
        self.log.write(json.dumps(line) + "\n")
        self.log.flush()

    def open(self) -> None:
        assert self.session.open(self.folder)
        self.session.go_to(self.chance.choice(PICTURES))

    def run(self) -> None:
        while True:
            match self.chance.randrange(12):
                case 0 | 1:
                    self.travel(back=True)
                case 2:
                    self.travel(back=False)
                case 3:
                    self.drag()
                case 4 if self.chance.random() < 0.3:
                    self.session.close_project()
                    self.open()
                case 5 if self.chance.random() < 0.5:
                    self.store.checkpoint()
                case 6:
                    self.session.go_to(self.chance.choice(PICTURES))
                case _:
                    self.edit(self.random_change())

    @property
    def store(self) -> ProjectStore:
        assert self.session.store is not None
        return self.session.store

    def edit(self, change: Change, grows: bool = False) -> None:
        documents = {d.path: d for d in self.store.documents()} | {after.path: after for _, after in change.documents}
        labels = change.labels[1] if change.labels else self.session.labels
        self.do("grow" if grows else "edit", digest(documents, labels), lambda: self.session.edit(change))

    def travel(self, back: bool) -> None:
        steps = self.session.history.done if back else self.session.history.undone
        if steps:
            self.do("undo" if back else "redo", None, self.session.undo if back else self.session.redo)

    def do(self, what: str, after: str | None, work: Any) -> None:
        self.write(do=what, after=after)
        work()
        state = state_of(self.store)
        self.write(done=state)
        if after is not None and state != after:
            self.write(bug=f"{what} gave {state}, not {after}")

    def drag(self) -> None:
        document = self.session.document
        assert document is not None
        if not document.shapes:
            return
        moved, key = self.chance.choice(document.shapes).id, str(self.chance.random())
        for n in range(self.chance.randrange(1, 6)):
            where = BoxGeometry(Box(n, self.chance.random(), n + 50, 9.0))
            after = edits.change_shapes(document, [moved], lambda s, g=where: replace(s, geometry=g))
            self.edit(Change("Move", ((document, after),), merge_key=key), grows=n > 0)
            document = after

    def random_change(self) -> Change:
        chance, document, labels = self.chance, self.session.document, self.session.labels
        assert document is not None
        ids = [s.id for s in document.shapes]
        some = chance.sample(ids, min(len(ids), chance.randrange(1, 9)))
        kind = chance.randrange(6) if len(ids) > 3 else 0
        match kind:
            case 0 | 1:
                after = edits.add_shapes(document, [self.shape() for _ in range(chance.choice([1, 1, 2, 40]))])
            case 2:
                after = edits.relabel(document, some, f"relabelled {chance.random()}")
            case 3:
                after = edits.remove_shapes(document, ids[: len(ids) // 2] if len(ids) > 80 else some)
            case 4:
                after = ordering.to_front(edits.group(document, some), some)
            case _:
                other = self.store.document(chance.choice([p for p in PICTURES if p != document.path]))
                both = ((document, edits.group(document, ids)), (other, edits.add_shapes(other, [self.shape()])))
                return Change("both", both, (labels, edits.add_label(labels, f"label {len(labels.labels)}")))
        return Change("one", ((document, after),))

    def shape(self) -> Shape:
        x, y = self.chance.random() * 50, self.chance.random() * 50
        if self.chance.random() < 0.5:
            return Shape(BoxGeometry(Box(x, y, x + 5, y + 5)), "box", score=self.chance.random())
        return Shape(MaskGeometry(Rle(int(x), int(y), 2, 2, b"04")), "mask", attributes={"n": x})


# -- what must be so after a kill


@dataclass
class Log:
    """What the log says of the project: the states that undo and redo lead to, and what was in flight."""

    past: list[str] = field(default_factory=lambda: [digest({}, LabelList())])
    future: list[str] = field(default_factory=list)
    flight: tuple[str, str] | None = None
    done: int = 0

    def read(self, lines: list[str]) -> None:
        for text in lines:
            line = json.loads(text)
            assert "bug" not in line, line["bug"]
            if "do" in line:
                self.flight = line["do"], line["after"] or self._target(line["do"])
            elif "done" in line:
                assert self.flight is not None
                assert line["done"] == self.flight[1], f"{self.flight[0]} did not lead where it should"
                self.land()

    def _target(self, what: str) -> str:
        return self.past[-2] if what == "undo" else self.future[-1]

    def land(self) -> None:
        assert self.flight is not None
        what, state = self.flight
        self.flight = None
        self.done += 1
        match what:
            case "undo":
                self.future.append(self.past.pop())
            case "redo":
                self.past.append(self.future.pop())
            case "edit":
                self.past.append(state)
                self.future.clear()
            case "grow":
                self.past[-1] = state
                self.future.clear()


def check(folder: Path, log: Log, deep: int | None) -> str:
    """Compare a project with its log, and undo and redo in it. Says how the edit in flight ended."""
    with ProjectStore.open(folder) as store:
        assert not store.read_only, store.note
        ended = "nothing in flight"
        state = state_of(store)
        if log.flight is not None:
            ended = "kept" if state == log.flight[1] else "not kept"
            log.land() if ended == "kept" else None
        log.flight = None
        assert state == log.past[-1], "more than the edit in flight is missing"
        history = store.history()
        assert len(history.done) == len(log.past) - 1
        assert len(history.undone) == len(log.future)
        _travel(store, history, log, min(len(history.done), deep or len(history.done)))
    return ended


def _travel(store: ProjectStore, history: History, log: Log, deep: int) -> None:
    forward = len(history.undone)
    for wanted in log.future[::-1]:
        _move(store, history, False, wanted)
    for wanted in [*log.future[1:], *([log.past[-1]] if forward else [])]:
        _move(store, history, True, wanted)
    for wanted in log.past[-2 : -2 - deep : -1]:
        _move(store, history, True, wanted)
    for wanted in log.past[len(log.past) - deep :]:
        _move(store, history, False, wanted)


def _move(store: ProjectStore, history: History, back: bool, wanted: str) -> None:
    change = history.undo() if back else history.redo()
    assert change is not None
    step = (history.undone if back else history.done)[-1]
    (store.take_back if back else store.do_again)(change, step.key)
    assert state_of(store) == wanted, f"{'undo' if back else 'redo'} of {step.name} did not lead where it should"


def torture(place: Path, times: int, seed: int = 0) -> dict[str, int]:
    """Start, kill and check so many times; how the edits in flight ended."""
    chance, folder, file = random.Random(seed), place / "pictures", place / "log"
    folder.mkdir()
    log, read, ends = Log(), 0, dict[str, int]()
    for n in range(times):
        command = [sys.executable, "-m", "tests.torture", "edit", str(folder), str(file), str(seed * 1000 + n)]
        program = subprocess.Popen(command, env={**os.environ, "QT_QPA_PLATFORM": "offscreen"})
        try:
            _let_it_work(program, file, read, chance)
        finally:
            program.send_signal(signal.SIGKILL)
            program.wait()
        lines = file.read_text(encoding="utf-8").split("\n")[:-1]  # the last may have been cut off, or is empty
        log.read(lines[read:])
        read = len(lines)
        file.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        ended = check(folder, log, None if n == times - 1 else DEEP)
        ends[ended] = ends.get(ended, 0) + 1
    ends["edits"] = log.done
    return ends


def _let_it_work(program: subprocess.Popen[bytes], file: Path, read: int, chance: random.Random) -> None:
    """Until it has begun, and then a random while that may end anywhere in an edit, an opening or a closing."""
    while not file.exists() or file.read_bytes().count(b"\n") <= read:
        assert program.poll() is None, "the program ended by itself"
    end = time.perf_counter() + chance.random() * 1.2
    while time.perf_counter() < end:
        assert program.poll() is None, "the program ended by itself"


if __name__ == "__main__":
    if sys.argv[1:2] == ["edit"]:
        Program(Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])).run()
    with tempfile.TemporaryDirectory() as own:
        os.environ["FOVEA_HOME"] = own
        (Path(own) / "work").mkdir()
        print(torture(Path(own) / "work", int(sys.argv[1]) if len(sys.argv) > 1 else 200, seed=random.randrange(1000)))
