from __future__ import annotations

from dataclasses import replace

import pytest

from app.core import edits, labelling
from app.core.annotation import Attribute, BoxGeometry, KeypointsGeometry, PointGeometry, Shape
from app.core.document import Document
from app.core.errors import InputError
from app.core.geometry import Box
from app.core.labels import AttributeSpec, ChoiceSpec, FlagSpec, Label, LabelList, NumberSpec, Skeleton, TextSpec

SPECS = (
    TextSpec("plate", required=True),
    NumberSpec("doors", 0, 6, 1, default=4),
    NumberSpec("load", 0.0, None, 0.1),
    ChoiceSpec("side", ("left", "right")),
    FlagSpec("parked", default=False),
)
CAR = Label("car", "#102030", 1, ("auto", "Voiture"), "vehicle", ("box", "polygon"), SPECS)
LABELS = LabelList(
    (
        Label("vehicle", "#000000"),
        CAR,
        Label("bus", "#000001", 2, parent="vehicle", attributes=(TextSpec("plate"), TextSpec("line"))),
        Label("minibus", "#000002", parent="bus"),
        Label("tree", "#000003", 0, ("auto",)),
    )
)
BOX = BoxGeometry(Box(0, 0, 4, 4))


def car(**attributes: Attribute) -> Shape:
    return Shape(BOX, "car", attributes={"plate": "B 1", **attributes})


def documents() -> list[Document]:
    one = Document(
        "a.png", shapes=(car(side="left", found="abc"), Shape(BOX, "bus"), Shape(BOX, "tree")), labels=("car",)
    )
    return [one, Document("b.png", shapes=(Shape(BOX, "tree"),)), Document("c.png", labels=("car", "tree"))]


def test_that_labels_are_found_by_name_alias_and_key() -> None:
    assert LABELS.named("AUTO") is CAR  # the first of two that have it
    assert LABELS.named("voiture") is CAR
    assert LABELS.named("lorry") is None
    assert LABELS.for_key(1) is CAR
    assert LABELS.for_key(9) is None
    named_auto = LabelList((*LABELS.labels, Label("Auto", "#000004")))
    assert named_auto.named("auto") == Label("Auto", "#000004")  # a name goes before an alias


def test_that_the_hierarchy_is_walked_and_a_ring_of_parents_ends() -> None:
    assert [x.name for x in LABELS.children("vehicle")] == ["car", "bus"]
    assert [x.name for x in LABELS.descendants("vehicle")] == ["car", "bus", "minibus"]
    assert LABELS.ancestors("minibus") == ("bus", "vehicle")
    ring = LabelList((Label("a", "", parent="b"), Label("b", "", parent="a")))
    assert [x.name for x in ring.descendants("a")] == ["b"]
    assert ring.ancestors("a") == ("b",)


@pytest.mark.parametrize(
    ("attributes", "words"),
    [
        ({}, None),
        ({"doors": 3, "load": 0.3, "side": "left", "parked": True, "unheard": 5}, None),
        ({"plate": None}, "asks for plate"),
        ({"plate": ""}, "asks for plate"),
        ({"plate": 5}, "5 is not a text"),
        ({"doors": 7}, "7 is more than 6"),
        ({"doors": -1}, "-1 is less than 0"),
        ({"doors": 2.5}, "steps of 1"),
        ({"doors": True}, "yes is not a number"),
        ({"doors": float("nan")}, "not a number"),
        ({"side": "top"}, '"top" is not one of left, right'),
        ({"parked": 1}, "1 is neither yes nor no"),
    ],
)
def test_that_attributes_are_checked_against_the_label(attributes: dict[str, Attribute], words: str | None) -> None:
    problems = LABELS.problems(car(**attributes))
    assert len(problems) == (words is not None)
    assert words is None or (words in problems[0] and problems[0].endswith("."))


def test_that_kinds_and_missing_labels_are_told() -> None:
    assert LABELS.problems(replace(car(), geometry=PointGeometry(((1.0, 1.0),)))) == (
        "A point cannot be car: it takes box or polygon.",
    )
    assert LABELS.problems(Shape(BOX, "lorry")) == ("There is no label lorry.",)
    assert CAR.defaults() == {"doors": 4, "parked": False}


def test_that_keypoints_are_counted_against_the_skeleton() -> None:
    person = Label("person", "#000000", skeleton=Skeleton(("head", "hand"), ((0, 1),)))
    joints = KeypointsGeometry(((1.0, 1.0), (2.0, 2.0), (3.0, 3.0)), (2, 2, 0))
    assert person.problems(Shape(joints, "person")) == ("person has 2 joints, this shape 3.",)
    assert person.problems(Shape(replace(joints, points=joints.points[:2], visibility=(2, 0)), "person")) == ()


def test_that_a_rename_reaches_shapes_images_and_children_as_one_step() -> None:
    edit = labelling.to_rename(LABELS, "car", " lorry ").over(documents())
    assert (edit.shapes, edit.images, len(edit.documents), edit.problem_count) == (1, 2, 2, 0)
    assert edit.sentence == "Rename car to lorry: 1 shape in 2 images."
    change = edit.change()
    assert change.documents[0][1].shapes[0] == replace(change.documents[0][0].shapes[0], label="lorry")
    assert change.documents[0][1].shapes[1] is change.documents[0][0].shapes[1]
    assert change.documents[1][1].labels == ("lorry", "tree")
    children = labelling.to_rename(LABELS, "bus", "coach").labels[1].get("minibus")
    assert children is not None and children.parent == "coach"
    for new, words in (("tree", "Merge"), (" ", "needs a name")):
        with pytest.raises(InputError, match=words):
            labelling.to_rename(LABELS, "car", new)


def test_that_merging_keeps_shared_attributes_and_tells_what_no_longer_fits() -> None:
    edit = labelling.to_merge(LABELS, ["bus", "tree"], "car").over(documents())
    assert (edit.shapes, len(edit.documents), edit.problem_count) == (3, 3, 3)
    assert {p.sentence for p in edit.problems} == {"car asks for plate, which is not given."}
    after = edit.labels[1]
    merged, minibus = after.get("car"), after.get("minibus")
    assert merged is not None and merged.aliases == ("auto", "Voiture", "bus", "tree") and merged.parent == "vehicle"
    assert minibus is not None and minibus.parent == "car"
    assert edit.documents[2][1].labels == ("car",)
    assert edit.documents[0][1].shapes[1].attributes == {"doors": 4, "parked": False}


def test_that_a_deleted_label_takes_its_shapes_or_gives_them_to_another() -> None:
    gone = labelling.to_delete(LABELS, "car").over(documents())
    assert [len(after.shapes) for _, after in gone.documents] == [2, 0]
    assert gone.documents[1][1].labels == ("tree",)
    given = labelling.to_delete(LABELS, "bus", instead="tree").over(documents())
    assert given.documents[0][1].shapes[1].label == "tree"
    orphan = given.labels[1].get("minibus")
    assert orphan is not None and orphan.parent == "vehicle"
    kept = labelling.to_delete(LABELS, "tree", keep_shapes=True).over(documents())
    assert kept.documents == () and kept.problem_count == 2
    assert kept.problems[0].sentence == "There is no label tree."


def asking(name: str, attributes: tuple[AttributeSpec, ...]) -> labelling.LabelEdit:
    label = LABELS.get(name)
    assert label is not None
    return labelling.to_revise(LABELS, name, replace(label, attributes=attributes)).over(documents())


def test_that_other_attributes_are_previewed_and_change_no_shape() -> None:
    edit = asking("bus", (TextSpec("line", required=True),))
    assert edit.documents == () and edit.shapes == 0
    assert [p.sentence for p in edit.problems] == ["bus asks for line, which is not given."]
    assert edit.problems[0].document == "a.png"
    assert "1 shape would no longer fit" in edit.sentence
    same = asking("car", SPECS)
    assert same.problem_count == 0 and same.change().empty
    with pytest.raises(InputError, match="cannot be below"):
        labelling.to_revise(LABELS, LABELS.labels[0].name, replace(LABELS.labels[0], parent="minibus"))


def test_that_values_go_with_an_attribute_that_gets_another_name() -> None:
    first, *others = SPECS
    edit = asking("car", (replace(first, name="number"), *others))
    assert edit.sentence.startswith("Change label car, plate is now number: ")
    before, after = (
        [s for d in pair for s in d.shapes if s.label == "car"] for pair in zip(*edit.documents, strict=True)
    )
    assert edit.shapes == sum("plate" in s.attributes for s in before) > 0
    for old, new in zip(before, after, strict=True):
        assert list(new.attributes.values()) == list(old.attributes.values())
        assert "plate" not in new.attributes
    swapped = asking("car", (*others, first))
    assert swapped.shapes == 0  # another order is no other name
    number = replace(others[0], name="number")
    assert asking("car", (number, *others)).shapes == 0  # nor is another kind in its place


def test_that_a_label_moves_among_those_beside_it() -> None:
    names = [label.name for label in LABELS]
    beside = [label.name for label in LABELS if label.parent == "vehicle"]
    moved = labelling.to_move(LABELS, beside[1], -1)
    assert [x.name for x in moved.labels[1] if x.parent == "vehicle"] == [beside[1], beside[0], *beside[2:]]
    assert sorted(x.name for x in moved.labels[1]) == sorted(names)
    assert labelling.to_move(moved.labels[1], beside[1], 1).labels[1] == LABELS
    assert labelling.to_move(LABELS, beside[0], -1).over(()).change().empty
    with pytest.raises(InputError, match="no label"):
        labelling.to_move(LABELS, "nobody", 1)


def test_that_relabelling_keeps_what_the_new_label_also_has() -> None:
    shape = car(doors=2, found="abc")
    document = edits.relabel(Document("a.png", shapes=(shape,)), [shape.id], "bus", LABELS)
    assert document.shapes[0].label == "bus"
    assert document.shapes[0].attributes == {"plate": "B 1", "found": "abc"}
    assert edits.relabel(document, [shape.id], "car").shapes[0].attributes == {"plate": "B 1", "found": "abc"}
