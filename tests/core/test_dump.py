"""Any sequence of edits, undone and done again: the canonical dump says that nothing else has changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core import brush, clipping, combine, copying, edits, labelling, ordering, review, transform, vertices
from app.core.annotation import Geometry, KeypointsGeometry, MaskGeometry, Shape
from app.core.carve import carve
from app.core.convert import KINDS, converted
from app.core.document import Comment, Document, LabelList
from app.core.dump import canonical, canonical_bytes
from app.core.errors import InputError
from app.core.history import Change, History
from app.core.labels import Label
from tests.strategies import documents, geometries, label_lists, shapes, specs

Project = dict[str, Document]
NAMES = st.sampled_from(["ant", "bee", "cat"])


def reshaping(data: st.DataObject) -> Callable[[Geometry], Geometry | None]:
    x, y = (data.draw(st.integers(-20, 80)) / 2 for _ in range(2))
    kind = data.draw(
        st.sampled_from([*KINDS, "move", "scale", "rotate", "resize", "clip", "vertex", "brush", "cut", "join"])
    )
    handle, other = data.draw(st.sampled_from(transform.HANDLES)), data.draw(geometries)

    def change(geometry: Geometry) -> Geometry | None:
        match kind:
            case "move":
                return transform.moved(geometry, x, y)
            case "scale":
                return transform.scaled(geometry, (x, y), 1.5, 0.5)
            case "rotate":
                return transform.rotated(geometry, (x, y), 30)
            case "resize":
                return transform.resized(geometry, handle, (x, y))
            case "clip":
                return clipping.clipped(geometry, 40, 40)
            case "vertex" if vertices.rings_of(geometry):
                vertex = vertices.nearest_vertex(geometry, (x, y), 1000) or vertices.Vertex(0, 0)
                if isinstance(geometry, KeypointsGeometry):
                    return vertices.with_visibility_cycled(geometry, vertex.index)
                return vertices.without_vertex(vertices.with_vertex_at(geometry, vertex, (x, y)), vertex)
            case "brush" if isinstance(geometry, MaskGeometry):
                rle = brush.erase(brush.stroke(geometry.rle, [(x, y)], 6), [(x, y + 2)], 3)
                return MaskGeometry(rle) if rle else None
            case "cut":
                return combine.split(geometry, [(x, -100.0), (x, 100.0)])[0]
            case "join":
                return combine.union(geometry, [other]).geometry
            case _ if kind in KINDS:
                return converted(geometry, kind, 64, 64)
        return geometry

    return change


def document_edit(data: st.DataObject, before: Document) -> Document:
    ids = [s.id for s in before.shapes]
    some = data.draw(st.lists(st.sampled_from(ids), unique=True)) if ids else []
    text = data.draw(st.text(max_size=3))
    made: dict[str, Callable[[], Document]] = {
        "add": lambda: edits.add_shapes(before, data.draw(st.lists(shapes, max_size=2))),
        "remove": lambda: edits.remove_shapes(before, some),
        "reshape": lambda: edits.reshape(before, some, reshaping(data)),
        "relabel": lambda: edits.relabel(before, some, data.draw(NAMES)),
        "attributes": lambda: edits.set_attributes(
            before, some, {"n": data.draw(st.sampled_from([1, True, 1.0, None]))}
        ),
        "flags": lambda: edits.set_hidden(edits.set_locked(before, some), some, data.draw(st.booleans())),
        "track": lambda: edits.set_track(before, some, data.draw(st.none() | st.integers(0, 9))),
        "group": lambda: edits.group(before, some) if data.draw(st.booleans()) else edits.ungroup(before, some),
        "order": lambda: data.draw(st.sampled_from([ordering.to_front, ordering.backward]))(before, some),
        "copy": lambda: copying.duplicate(before, some, 3, 3),
        "paste": lambda: copying.paste(before, data.draw(st.lists(shapes, max_size=2))),
        "carve": lambda: carve(before, some, data.draw(st.sampled_from(["new", "others"]))),
        "judge": lambda: review.judge(before, data.draw(st.sampled_from(["done", "rejected", "in_work"])), text),
        "comment": lambda: review.add_comment(before, Comment(text, point=(1.5, 2.0), id=text)),
        "resolve": lambda: review.resolve_comment(before, before.comments[0].id) if before.comments else before,
        "tags": lambda: review.add_image_labels(before, [data.draw(NAMES)]),
    }
    return made[data.draw(st.sampled_from(sorted(made)))]()


def label_edit(data: st.DataObject, project: Project, labels: LabelList) -> Change:
    name = data.draw(st.sampled_from([x.name for x in labels.labels])) if labels.labels else ""
    new = data.draw(NAMES)
    everything = project.values()
    match data.draw(st.sampled_from(["add", "rename", "merge", "delete", "specify"])):
        case "rename":
            return labelling.to_rename(labels, name, new).over(everything).change()
        case "merge":
            return labelling.to_merge(labels, [name], new).over(everything).change()
        case "delete":
            return labelling.to_delete(labels, name).over(everything).change()
        case "specify":
            asked = replace(
                labels.get(name) or Label(name, "#e69f00"), attributes=tuple(data.draw(st.lists(specs, max_size=2)))
            )
            return labelling.to_revise(labels, name, asked).over(everything).change()
        case _:
            return Change("add", (), (labels, edits.add_label(labels, new)))


def any_edit(data: st.DataObject, project: Project, labels: LabelList) -> Change | None:
    """A change; None for one that is refused in words, which is as it should be for things drawn at random."""
    try:
        if data.draw(st.integers(0, 4)) == 0:
            return label_edit(data, project, labels)
        chosen = data.draw(st.lists(st.sampled_from(sorted(project)), min_size=1, unique=True))
        pairs = tuple((project[path], document_edit(data, project[path])) for path in chosen)
        return Change("edit", pairs, merge_key=data.draw(st.none() | st.just("drag")))
    except InputError:
        return None


def applied(project: Project, labels: LabelList, change: Change) -> tuple[Project, LabelList]:
    for before, _ in change.documents:
        assert canonical([project[before.path]], labels) == canonical([before], labels)
    changed = project | {after.path: after for _, after in change.documents}
    return changed, change.labels[1] if change.labels else labels


@settings(max_examples=120, deadline=None)
@given(documents("a.png"), documents("b.png"), label_lists, st.integers(1, 8), st.data())
def test_that_undoing_everything_gives_the_start_and_redoing_it_the_end(
    a: Document, b: Document, labels: LabelList, steps: int, data: st.DataObject
) -> None:
    project: Project = {"a.png": a, "b.png": b}
    history, dumps = History(), [canonical_bytes(project.values(), labels)]
    for _ in range(steps):
        change = any_edit(data, project, labels)
        if change is None or change.empty:
            continue
        project, labels = applied(project, labels, change)
        history.push(change)
        del dumps[len(history.done) :]
        dumps.append(canonical_bytes(project.values(), labels))
        assert change.cost() > 0
    for target in (0, len(history.done), *data.draw(st.lists(st.integers(0, len(history.names)), max_size=3))):
        for change in history.jump(min(target, len(history.names))):
            project, labels = applied(project, labels, change)
        assert canonical_bytes(project.values(), labels) == dumps[history.position]


@given(documents(), label_lists)
def test_that_a_dump_is_json_and_tells_every_field(document: Document, labels: LabelList) -> None:
    dump = json.loads(canonical_bytes([document], labels))
    plain = dump["documents"][0]
    assert set(plain) - {"size"} == set(document.__dataclass_fields__) - {"width", "height"}
    for shape in plain["shapes"]:
        assert set(shape) - {"kind"} == set(Shape.__dataclass_fields__)
    for label, kept in zip(dump["labels"], labels.labels, strict=True):
        assert set(label) == set(kept.__dataclass_fields__)


def test_that_a_dump_tells_apart_what_python_calls_equal() -> None:
    one = Document("a.png", shapes=())
    assert canonical_bytes([one, Document("b.png")], LabelList()) == canonical_bytes(
        [Document("b.png"), one], LabelList()
    )
    assert canonical_bytes([replace(one, width=1)], LabelList()) != canonical_bytes(
        [replace(one, width=True)], LabelList()
    )


@pytest.mark.parametrize("position", [-1, 3])
def test_that_there_is_no_jump_to_where_no_step_is(position: int) -> None:
    history = History()
    for width in (1, 2):
        history.push(Change(str(width), ((Document("a", width), Document("a", width + 1)),)))
    history.undo()
    assert (history.names, history.position) == (("1", "2"), 1)
    with pytest.raises(IndexError):
        history.jump(position)
    assert [c.name for c in history.jump(2)] == ["2"]
    assert history.position == 2


def test_that_a_jump_that_cannot_be_applied_stops_where_it_is() -> None:
    history = History()
    for width in range(5):
        history.push(Change(str(width), ((Document("a", width), Document("a", width + 1)),)))
    for n, _ in enumerate(history.jump(0)):
        if n == 2:  # the third is refused
            history.redo()
            break
    assert history.position == 3
    assert history.names == ("0", "1", "2", "3", "4")
