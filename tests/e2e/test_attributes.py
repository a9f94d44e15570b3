"""Attributes, tracks and labels of the picture are edited beside it; labels refuse kinds that they do not take."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QLabel, QLineEdit, QWidget

from app.core.annotation import BoxGeometry, PolygonGeometry, Shape
from app.core.geometry import Box
from app.core.history import Change
from app.core.labels import ChoiceSpec, FlagSpec, Label, LabelList, NumberSpec, TextSpec
from tests.driving import Driver, until

CAR = Label(
    "car",
    "#e69f00",
    1,
    ("auto",),
    kinds=("box", "polygon"),
    attributes=(
        TextSpec("plate", required=True),
        NumberSpec("doors", 0, 6, 1, default=4),
        ChoiceSpec("side", ("left", "right"), shown=True),
        FlagSpec("parked"),
    ),
)
LABELS = LabelList((CAR, Label("tree", "#56b4e9", 2, attributes=(TextSpec("species"),))))
ONE, OTHER = BoxGeometry(Box(20, 20, 70, 70)), BoxGeometry(Box(80, 30, 140, 90))


def put(window: Driver, *shapes: Shape) -> None:
    """Keep shapes under labels that ask for something, and select them all."""
    session = window.session
    session.edit(Change("Labels", (), (session.labels, LABELS)))
    session.keep(shapes, "Put")
    window.key("V")
    session.select_all()
    window.window.view.setFocus()


def field(window: Driver, name: str) -> QWidget:
    return window.find(f"attribute.{name}.edit")


def problem(window: Driver, name: str) -> str:
    label = window.find(f"attribute.{name}.problem")
    assert isinstance(label, QLabel)
    return label.text() if label.isVisible() else ""


def words(window: Driver, name: str) -> str:
    label = window.find(name)
    assert isinstance(label, QLabel)
    return label.text() if label.isVisible() else ""


def test_that_a_key_leads_to_the_first_field_and_enter_back_to_the_picture(window: Driver) -> None:
    put(window, Shape(ONE, "car"))
    window.key("Q")
    assert window.focus == "attribute.plate.edit"
    steps = len(window.session.history.done)
    window.type("B 17")
    assert len(window.session.history.done) == steps, "nothing is written while it is typed"
    window.key("Return")
    assert window.focus == "image_view"
    assert window.shapes[0].attributes["plate"] == "B 17"
    assert len(window.session.history.done) == steps + 1 and window.session.history.undo_name == "Set plate of 1 shape"
    window.key("Ctrl+Z")
    assert "plate" not in window.shapes[0].attributes


def test_that_esc_drops_what_was_typed(window: Driver) -> None:
    put(window, Shape(ONE, "car", attributes={"plate": "B 1"}))
    window.key("Q")
    window.type("nonsense")
    window.key("Esc")
    assert window.focus == "image_view" and window.shapes[0].attributes["plate"] == "B 1"
    edit = field(window, "plate")
    assert isinstance(edit, QLineEdit) and edit.text() == "B 1"


def test_that_the_fields_of_all_kinds_are_reached_by_tab(window: Driver) -> None:
    put(window, Shape(ONE, "car"))
    window.key("Q")
    window.key("Tab")
    assert window.focus == "attribute.doors.edit"
    QTest.keyClick(field(window, "doors"), Qt.Key.Key_Down)
    window.key("Tab")
    assert window.focus == "attribute.side.edit"
    window.type("r")
    window.key("Tab")
    assert window.focus == "attribute.parked.edit"
    window.key("Space")
    assert dict(window.shapes[0].attributes) == {"doors": 3, "side": "right", "parked": True}
    window.key("Tab")
    assert window.focus == "attribute.Track.edit"
    window.type("12")
    window.key("Return")
    assert window.shapes[0].track == 12


def test_that_a_number_out_of_its_range_is_refused_beside_the_field(window: Driver) -> None:
    put(window, Shape(ONE, "car"))
    window.key("Q")
    window.key("Tab")
    window.type("9")
    window.key("Return")
    assert problem(window, "doors") == "9 is more than 6." and window.focus == "attribute.doors.edit"
    assert window.shapes[0].attributes["doors"] == 4
    for _ in range(2):
        QTest.keyClick(field(window, "doors"), Qt.Key.Key_Up)
    assert window.shapes[0].attributes["doors"] == 6
    steps = window.session.history.position
    QTest.keyClick(field(window, "doors"), Qt.Key.Key_Down)
    assert window.session.history.position == steps, "steps of a spin box are one step of the history"
    window.session.undo()
    assert window.shapes[0].attributes["doors"] == 4


def test_that_shapes_that_differ_are_shown_as_mixed_and_set_together(window: Driver) -> None:
    put(
        window,
        Shape(ONE, "car", attributes={"plate": "A", "doors": 2, "side": "left", "parked": True}),
        Shape(OTHER, "car", attributes={"plate": "B", "doors": 5, "parked": False}),
    )
    plate, side, parked = field(window, "plate"), field(window, "side"), field(window, "parked")
    assert isinstance(plate, QLineEdit) and (plate.text(), plate.placeholderText()) == ("", "mixed")
    assert isinstance(side, QComboBox) and side.currentIndex() == -1 and side.placeholderText() == "mixed"
    assert isinstance(parked, QCheckBox) and parked.text() == "mixed"
    window.key("Q")
    window.key("Return")
    assert [s.attributes["plate"] for s in window.shapes] == ["A", "B"], "going through a field changes nothing"
    window.press("attribute.parked.edit")
    assert [s.attributes["parked"] for s in window.shapes] == [True, True]
    window.key("Q")
    window.type("C")
    window.key("Return")
    assert [s.attributes["plate"] for s in window.shapes] == ["C", "C"]
    window.session.undo()
    assert [s.attributes["plate"] for s in window.shapes] == ["A", "B"]


def test_that_of_different_labels_what_all_ask_for_is_shown(window: Driver) -> None:
    put(window, Shape(ONE, "car"), Shape(OTHER, "tree"))
    assert words(window, "attributes.title") == "2 shapes"
    assert "different things" in words(window, "attributes.note")
    window.key("Q")
    assert window.focus == "attribute.Track.edit"


def test_that_a_missing_required_value_is_said_in_both_panels(window: Driver) -> None:
    put(window, Shape(ONE, "car"), Shape(OTHER, "car", attributes={"plate": "B"}))
    assert problem(window, "plate") == "Required: missing in 1 of 2"
    assert words(window, "shapes.count") == "2 shapes, 1 without a required attribute (!)"
    window.session.select([window.shapes[0].id])
    assert problem(window, "plate") == "Required"
    window.key("Q")
    window.type("C")
    window.key("Return")
    assert problem(window, "plate") == "" and words(window, "shapes.count") == "2 shapes"
    window.press("attribute.plate.clear")
    assert problem(window, "plate") == "Required" and "plate" not in window.shapes[0].attributes


def test_that_locked_shapes_stay_as_they_are(window: Driver) -> None:
    put(window, Shape(ONE, "car", attributes={"plate": "A"}), Shape(OTHER, "car", locked=True))
    window.key("Q")
    window.type("C")
    window.key("Return")
    assert [s.attributes.get("plate") for s in window.shapes] == ["C", None]
    assert "1 shape locked" in window.window.notices.text


def test_that_new_shapes_start_with_the_defaults(window: Driver) -> None:
    put(window)
    window.session.choose_label("car")
    window.key("R")
    window.drag((30, 30), (60, 60))
    assert dict(window.shapes[0].attributes) == {"doors": 4}


def test_that_what_an_import_brought_beside_is_shown(window: Driver) -> None:
    put(window, Shape(ONE, "car", attributes={"iscrowd": 1}))
    assert words(window, "attributes.others") == "Also known of it:\niscrowd: 1"


def test_that_the_picture_is_labelled_by_typing(window: Driver) -> None:
    put(window)
    window.key("Q")
    assert window.focus == "image_labels.add"
    for text in ("AUTO", "indoors", "auto"):
        window.type(text)
        QTest.keyClick(QApplication.activePopupWidget() or window.find("image_labels.add"), Qt.Key.Key_Return)
    document = window.session.document
    assert document is not None and document.labels == ("car", "indoors"), "an alias means its label, once"
    assert "indoors" in window.session.labels
    window.press("image_labels.remove.car")
    assert window.session.document is not None and window.session.document.labels == ("indoors",)
    window.session.undo()
    assert window.session.document.labels == ("car", "indoors")
    window.session.undo()
    window.session.undo()
    assert window.session.document.labels == () and "indoors" not in window.session.labels


def test_that_a_label_refuses_to_be_drawn_in_a_kind_that_it_does_not_take(window: Driver) -> None:
    put(window)
    window.session.choose_label("car")
    window.key("O")
    window.drag((30, 30), (60, 60))
    assert window.shapes == ()
    assert window.window.notices.text.startswith("car takes box or polygon only, not ellipse: choose another label")
    window.key("2")
    window.key("Return")
    assert [(s.kind, s.label) for s in window.shapes] == [("ellipse", "tree")], "the drawing was not lost"


def test_that_relabelling_leaves_shapes_of_a_forbidden_kind_and_says_so(window: Driver) -> None:
    put(window)
    window.session.choose_label("tree")
    window.key("O")
    window.drag((30, 30), (60, 60))
    window.key("R")
    window.drag((90, 30), (120, 60))
    window.key("V")
    window.key("Ctrl+A")
    window.key("1")
    assert {(s.kind, s.label) for s in window.shapes} == {("ellipse", "tree"), ("box", "car")}
    assert window.window.notices.text == (
        "Kept the label of 1 shape: car takes box or polygon only, not ellipse. Convert them first (Shape, Convert to)."
    )


def test_that_converting_to_a_forbidden_kind_is_refused(window: Driver) -> None:
    put(window, Shape(PolygonGeometry((((20.0, 20.0), (60.0, 20.0), (40.0, 60.0)),)), "car"))
    before = window.shapes
    window.window.actions_["shape.to_mask"].trigger()
    until(lambda: not window.window.editing.commands.slow.pending)
    assert window.shapes == before
    assert "car takes box or polygon only, not mask" in window.window.notices.text


def test_that_tags_say_what_is_chosen_and_it_is_kept(window: Driver) -> None:
    put(window, Shape(ONE, "car", attributes={"side": "left"}, score=0.5), Shape(OTHER, "tree"))
    window.session.select(())
    view = window.window.view

    def seen() -> bytes:
        image = view.grab_view()
        return bytes(image.constBits())

    until(lambda: view.settled)
    bare = seen()
    window.key("I")
    tagged = seen()
    assert tagged != bare, "every shape with room has a tag"
    window.window.actions_["view.tags_attributes"].trigger()
    assert seen() != tagged
    window.key("Shift+I")
    assert seen() == bare
    assert window.window.preferences.get("tags") == ["everywhere"]
    window.key("Shift+I")
    assert seen() == tagged, "and again what there is at first"
