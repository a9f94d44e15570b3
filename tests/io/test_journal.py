"""Undo and redo across restarts: the history in the project file."""

from __future__ import annotations

import random
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core import edits, ordering, review
from app.core.annotation import BoxGeometry, MaskGeometry, Shape
from app.core.document import Comment, Document, LabelList
from app.core.dump import canonical_bytes
from app.core.geometry import Box
from app.core.history import Change, History
from app.core.masks import Rle
from app.io.deltas import OutdatedError, packed, unpacked
from app.io.document_rows import write_document
from app.io.project import ProjectStore, StepLostError
from tests.strategies import documents, label_lists


class Editor:
    """A project and its history without a window: written, then remembered, as the session does it."""

    def __init__(self, folder: Path | str) -> None:
        self.folder = folder
        self._open()

    def _open(self) -> None:
        self.store = ProjectStore.open(self.folder)
        self.history = self.store.history()

    def restart(self) -> None:
        self.store.close()
        self._open()

    def edit(self, change: Change) -> None:
        whole = self.history.merged(change)
        if whole is None:
            self.store.apply(change)
        else:
            self.store.apply_more(change, whole, self.history.done[-1].key)
        self.history.push(change, self.store.last_step, self.store.journal.oldest)

    def edit_document(
        self, path: str, edit: Callable[[Document], Document], name: str = "edit", key: str | None = None
    ) -> None:
        before = self.store.document(path)
        self.edit(Change(name, ((before, edit(before)),), merge_key=key))

    def undo(self) -> bool:
        change = self.history.undo()
        if change is not None:
            self.store.take_back(change, self.history.undone[-1].key)
        return change is not None

    def redo(self) -> bool:
        change = self.history.redo()
        if change is not None:
            self.store.do_again(change, self.history.done[-1].key)
        return change is not None

    @property
    def dump(self) -> bytes:
        return canonical_bytes((d for d in self.store.documents() if d != Document(d.path)), self.store.labels())


@pytest.fixture
def editor(tmp_path: Path) -> Iterator[Editor]:
    made = Editor(tmp_path)
    yield made
    made.store.close()


def box(x: float = 0.0, label: str = "cat") -> Shape:
    return Shape(BoxGeometry(Box(x, 0.0, x + 5, 5.0)), label)


def add(*new: Shape) -> Callable[[Document], Document]:
    return lambda document: edits.add_shapes(document, new)


def scribble(editor: Editor, statement: str) -> None:
    """What another program does to the file behind Fovea's back."""
    editor.store.close()
    database = sqlite3.connect(editor.store.file)
    database.execute(statement)
    database.commit()
    database.close()
    editor._open()


@settings(max_examples=100, deadline=None)
@given(documents(), documents(), label_lists, label_lists, st.randoms())
def test_that_a_packed_step_is_the_step(
    first: Document, second: Document, old: LabelList, new: LabelList, chance: random.Random
) -> None:
    """Also when shapes of the first stay in the second, in any order, changed or not."""
    mixed = [*second.shapes, *(replace(s, label="x") if chance.random() < 0.3 else s for s in first.shapes)]
    chance.shuffle(mixed)
    second = replace(second, path="moved/b.png", shapes=tuple(mixed))
    change = Change("edit", ((first, second),), (old, new))
    data = packed(change, 1 << 30)
    assert data is not None
    with tempfile.TemporaryDirectory() as folder, ProjectStore.open(folder) as store:  # as it comes from a file
        store.apply(Change("all", ((Document(first.path), first), (Document(second.path), second))))
        now, then = store.document(first.path), store.document(second.path)
    assert unpacked(data, "edit", False, lambda path: now, old).documents == ((first, second),)
    back = unpacked(data, "edit", True, lambda path: then, new)
    assert back.documents == ((second, first),)
    assert back.labels == (change.inverse().labels if old != new else None)


def test_that_a_step_holds_what_it_changed_and_not_the_pile() -> None:
    pile = replace(Document("a.png"), shapes=tuple(box(float(i)) for i in range(10_000)))
    one = edits.change_shapes(pile, [pile.shapes[5000].id], lambda s: replace(s, label="dog"))
    raised = ordering.to_front(pile, [pile.shapes[3].id])
    ends = edits.change_shapes(pile, [pile.shapes[0].id, pile.shapes[-1].id], lambda s: replace(s, hidden=True))
    for after in (one, raised, ends):
        data = packed(Change("edit", ((pile, after),)), 1 << 30)
        assert data is not None
        assert len(data) < 1000
        assert unpacked(data, "", True, lambda path, now=after: now, LabelList()).documents == ((after, pile),)


def random_edit(chance: random.Random, document: Document) -> Document:
    ids = [s.id for s in document.shapes]
    some = chance.sample(ids, min(len(ids), chance.randrange(1, 4)))
    match chance.randrange(7):
        case 0 | 1:
            mask = Shape(MaskGeometry(Rle(2, 3, 2, 2, b"04")), "dog")
            return edits.add_shapes(document, [box(chance.random()), mask][: chance.randrange(1, 3)])
        case 2:
            return edits.remove_shapes(document, some)
        case 3:
            return edits.relabel(document, some, chance.choice("abc"))
        case 4:
            return chance.choice([ordering.to_front, ordering.to_back])(document, some)
        case 5:
            return review.add_comment(document, Comment(str(chance.random()), point=(1.5, 2.0)))
    return review.judge(document, chance.choice(["done", "rejected"]), "why", "Ada")


@pytest.mark.parametrize("seed", range(6))
def test_that_undo_and_redo_go_on_after_every_restart(editor: Editor, seed: int) -> None:
    chance = random.Random(seed)
    dumps = [editor.dump]
    for n in range(60):
        if chance.random() < 0.25:
            for _ in range(chance.randrange(4)):
                editor.undo()
                assert editor.dump == dumps[editor.history.position]
            editor.redo()
            assert editor.dump == dumps[editor.history.position]
        if chance.random() < 0.2:
            editor.restart()
        labels = editor.store.labels()
        path = chance.choice(["a.png", "b.png"])
        before = editor.store.document(path)
        after = edits.add_label(labels, str(n)) if chance.random() < 0.3 else labels
        del dumps[editor.history.position + 1 :]
        change = Change(str(n), ((before, random_edit(chance, before)),), (labels, after))
        editor.edit(change)
        dumps.append(editor.dump)
    names = editor.history.names
    editor.restart()
    assert editor.history.names == names
    for wanted in dumps[-2::-1]:
        assert editor.undo()
        assert editor.dump == wanted
        if chance.random() < 0.1:
            editor.restart()
    assert not editor.undo()
    for wanted in dumps[1:]:
        assert editor.redo()
        assert editor.dump == wanted
        if chance.random() < 0.1:
            editor.restart()
    assert not editor.redo()


def test_that_a_drag_is_one_step_after_a_restart(editor: Editor) -> None:
    editor.edit_document("a.png", add(box(0)))
    start = editor.dump
    for x in range(5):
        geometry = BoxGeometry(Box(x, 0.0, x + 5.5, 5.0))
        change = lambda s, g=geometry: replace(s, geometry=g)  # noqa: E731
        editor.edit_document("a.png", lambda d, c=change: edits.change_shapes(d, [d.shapes[0].id], c), "Move", "drag")
    end = editor.dump
    editor.restart()
    assert editor.history.names == ("edit", "Move")
    assert editor.undo()
    assert editor.dump == start
    assert editor.redo()
    assert editor.dump == end


def test_that_a_new_step_after_a_restart_forgets_what_was_undone(editor: Editor) -> None:
    for name in ("one", "two", "three"):
        editor.edit_document("a.png", add(box()), name)
    editor.undo()
    editor.restart()
    assert editor.history.redo_name == "three"
    editor.edit_document("a.png", add(box()), "four")
    editor.restart()
    assert editor.history.names == ("one", "two", "four")
    assert editor.history.redo_name is None


def test_that_a_jump_reaches_steps_of_an_earlier_day(editor: Editor) -> None:
    dumps = [editor.dump]
    for _ in range(5):
        editor.edit_document("a.png", add(box()))
        dumps.append(editor.dump)
    editor.restart()
    for position in (1, 4, 0, 5):
        for change in editor.history.jump(position):
            for before, after in change.documents:
                assert editor.store.document(before.path) == before
                database = editor.store._database
                assert database is not None
                write_document(database, before, after)
        assert editor.dump == dumps[position]


def test_that_the_oldest_steps_are_forgotten(editor: Editor) -> None:
    editor.store.journal.limit_bytes = 5_000
    for n in range(60):
        editor.edit_document("a.png", add(box(float(n))), str(n))
    editor.restart()
    names = editor.history.names
    assert 3 < len(names) < 30
    assert names == tuple(str(n) for n in range(60 - len(names), 60))
    while editor.undo():
        pass
    assert len(editor.store.document("a.png").shapes) == 60 - len(names)
    editor.store.journal.limit_steps = 2
    editor.edit_document("a.png", add(box()), "x")
    editor.edit_document("a.png", add(box()), "y")
    editor.edit_document("a.png", add(box()), "z")
    editor.restart()
    assert editor.history.names == ("y", "z")


def test_that_a_step_too_large_to_keep_can_be_undone_until_the_end(editor: Editor) -> None:
    editor.edit_document("a.png", add(box()), "small")
    editor.store.journal.limit_bytes = 3000
    editor.edit_document("a.png", add(*(box(float(i)) for i in range(500))), "large")
    editor.edit_document("a.png", add(box()), "after")
    assert editor.history.names == ("small", "large", "after")
    for _ in range(3):
        assert editor.undo()
    assert editor.store.document("a.png").shapes == ()
    for count in (1, 501, 502):
        assert editor.redo()
        assert len(editor.store.document("a.png").shapes) == count
    editor.restart()
    assert editor.history.names == ("after",)
    assert editor.undo()
    assert len(editor.store.document("a.png").shapes) == 501


def test_that_steps_that_memory_has_no_room_for_are_read_from_the_file(editor: Editor) -> None:
    editor.history.limit_bytes = 3_000
    dumps = [editor.dump]
    for n in range(30):
        editor.edit_document("a.png", add(box(float(n))), str(n))
        dumps.append(editor.dump)
    assert len(editor.history.done) == 30
    assert sum(step.change is not None for step in editor.history.done) < 10
    for wanted in dumps[-2::-1]:
        assert editor.undo()
        assert editor.dump == wanted


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE shapes SET label = 'dog' WHERE z = 1.0",
        "DELETE FROM shapes WHERE z = 0.0",
        "UPDATE shapes SET z = 9.0 WHERE z = 0.0",
        "UPDATE documents SET state = 'done'",
        "INSERT INTO shapes (document, id, z, kind, label, geometry, attributes, author) "
        "SELECT document, 'new', 7.0, kind, label, geometry, attributes, author FROM shapes WHERE z = 0.0",
    ],
)
def test_that_a_step_whose_document_changed_since_is_refused_in_a_sentence(editor: Editor, statement: str) -> None:
    editor.edit_document("b.png", add(box()), "first")
    editor.edit_document("a.png", lambda d: edits.set_state(edits.add_shapes(d, [box(1.0), box(2.0)]), "rejected"))
    editor.edit_document("b.png", add(box()), "last")
    scribble(editor, statement)
    seen = list[bytes]()

    def undo_all() -> None:
        for _ in range(3):
            seen.append(editor.dump)
            editor.undo()

    with pytest.raises(
        StepLostError, match=r"cannot be undone: .* has been changed since by another program.*forgotten"
    ):
        undo_all()
    dump = seen[-1]
    assert editor.dump == dump
    editor.store.forget_steps(done=True)
    editor.restart()
    assert editor.history.undo_name is None


def test_that_a_step_that_makes_no_sense_is_refused(editor: Editor) -> None:
    editor.edit_document("a.png", add(box()), "Add")
    scribble(editor, "UPDATE step_contents SET data = x'00'")
    with pytest.raises(StepLostError, match="Add cannot be undone"):
        editor.undo()
    assert editor.history.position == 1


def test_that_a_packed_step_does_not_fit_another_document() -> None:
    data = packed(Change("x", ((Document("a"), replace(Document("a"), state="done")),)), 1000)
    assert data is not None
    with pytest.raises(OutdatedError, match="a has been changed since"):
        unpacked(data, "x", True, Document, LabelList())


def test_that_a_history_without_a_file_forgets_what_it_has_no_room_for() -> None:
    history, document = History(limit_bytes=2_000), Document("a.png")
    for n in range(20):
        after = edits.add_shapes(document, [box(float(n))])
        history.push(Change(str(n), ((document, after),)))
        document = after
    assert 1 <= len(history.done) < 5


def test_that_the_size_and_hash_of_a_picture_survive_undoing_what_was_done_before_they_were_known(
    editor: Editor,
) -> None:
    editor.edit_document("a.png", add(box()))
    before = editor.store.document("a.png")
    known = replace(before, width=64, height=48, content_hash="beef")
    editor.store.apply(Change("size", ((before, known),)))
    editor.undo()
    assert editor.store.document("a.png") == Document("a.png", 64, 48, "beef")


def test_that_label_counts_are_kept_up(editor: Editor) -> None:
    chance = random.Random(1)
    for _ in range(80):
        editor.edit_document(chance.choice("ab"), lambda d: random_edit(chance, d))
        if chance.random() < 0.3:
            editor.undo()
        counted: dict[str, int] = {}
        for document in editor.store.documents():
            for shape in document.shapes:
                counted[shape.label] = counted.get(shape.label, 0) + 1
        assert editor.store.label_counts() == counted
