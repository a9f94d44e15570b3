"""Labels are renamed, merged and deleted in all pictures; what reaches into others is said and asked first."""

from __future__ import annotations

from dataclasses import replace

from app.core.annotation import BoxGeometry, Shape
from app.core.geometry import Box
from app.core.history import Change
from app.core.labels import Label, LabelList
from tests.driving import Driver


def fill(window: Driver) -> None:
    """A cat and a dog on the first picture, a cat on the second, which is shown in the end."""
    box = BoxGeometry(Box(20, 20, 70, 70))
    window.session.keep([Shape(box, "cat"), Shape(box, "dog")], "Put")
    window.key("D")
    window.wait_for_picture("a2.png")
    window.session.keep([Shape(box, "cat")], "Put")


def retitle(window: Driver, old: str, new: str) -> None:
    """Type another name into the list of labels."""
    rows = window.window.labels.list
    rows.setFocus()
    rows.setCurrentItem(rows.item_of(old))
    window.key("F2")
    window.type(new)
    window.key("Return")


def names(window: Driver, path: str) -> list[str]:
    assert window.session.store is not None
    return [s.label for s in window.session.store.document(path).shapes]


def test_that_a_label_is_renamed_in_all_pictures_as_one_step(window: Driver) -> None:
    fill(window)
    retitle(window, "cat", "lion")
    assert names(window, "a1.png") == ["lion", "dog"] and names(window, "a2.png") == ["lion"]
    assert "cat" not in window.session.labels
    window.session.undo()
    assert names(window, "a1.png") == ["cat", "dog"] and names(window, "a2.png") == ["cat"]


def test_that_the_name_of_another_label_asks_whether_the_two_are_merged(window: Driver) -> None:
    fill(window)
    retitle(window, "cat", "dog")
    assert window.window.notices.text == "Merge cat into dog: 2 shapes in 2 images."
    assert names(window, "a1.png") == ["cat", "dog"], "nothing is done before the answer"
    assert [item.text(0) for item in window.window.labels.list.items()] == ["cat", "dog"]
    window.press("notices.action")
    assert names(window, "a1.png") == ["dog", "dog"] and names(window, "a2.png") == ["dog"]
    label = window.session.labels.named("cat")
    assert label is not None and label.name == "dog", "the old name means the label from now on"
    window.session.undo()
    assert names(window, "a2.png") == ["cat"]


def test_that_deleting_a_label_asks_only_if_other_pictures_have_its_shapes(window: Driver) -> None:
    fill(window)
    window.session.choose_label("cat")
    window.press("labels.delete")
    assert "Delete label cat: 2 shapes in 2 images." in window.window.notices.text
    window.press("notices.close")
    assert "cat" in window.session.labels
    window.press("labels.delete")
    window.session.keep([Shape(BoxGeometry(Box(1, 1, 9, 9)), "cat")], "Put")
    window.press("notices.action")
    assert names(window, "a1.png") == ["dog"] and names(window, "a2.png") == [], "shapes that came since go too"
    window.session.undo()
    window.key("A")
    window.wait_for_picture("a1.png")
    window.session.choose_label("dog")
    window.press("labels.delete")
    assert names(window, "a1.png") == ["cat"] and "dog" not in window.session.labels


def test_that_an_alias_typed_as_a_new_label_means_the_label_it_belongs_to(window: Driver) -> None:
    window.session.add_label("dog")
    before = window.session.labels
    aliased = LabelList((Label("cat", "#e69f00", 2, ("Katze",)), *before.labels))
    window.session.edit(Change("Labels", (), (before, aliased)))
    window.key("N")
    window.type("katze")
    window.key("Return")
    assert window.session.current_label == "cat" and "katze" not in window.session.labels
    window.key("1")
    assert window.session.current_label == "dog"
    window.key("2")
    assert window.session.current_label == "cat"


def test_that_an_alias_typed_as_a_label_s_name_asks_whether_the_two_are_merged(window: Driver) -> None:
    fill(window)
    before = window.session.labels
    aliased = LabelList(tuple(replace(x, aliases=("Hund",)) if x.name == "dog" else x for x in before))
    window.session.edit(Change("Labels", (), (before, aliased)))
    retitle(window, "cat", "hund")
    assert window.window.notices.text == "Merge cat into dog: 2 shapes in 2 images."
