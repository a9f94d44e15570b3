"""What clicks select where shapes lie on each other and belong together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.core.annotation import BoxGeometry, Shape
from app.core.geometry import Box
from app.core.selecting import picked, with_groups

BOX = BoxGeometry(Box(0, 0, 10, 10))


def shape(name: str, group: str | None = None, hidden: bool = False) -> Shape:
    return Shape(BOX, "a", name, group=group, hidden=hidden)


PILE = [shape("small", "g"), shape("middle"), shape("large", "g"), shape("alone", "lonely")]
GROUPS = {"g": frozenset({"small", "large", "elsewhere"}), "lonely": frozenset({"alone"})}


def click(under: list[Shape], selection: frozenset[str] = frozenset(), **how: bool) -> frozenset[str] | None:
    return picked(under, selection, GROUPS.__getitem__, **how)


def test_that_clicks_at_one_place_go_through_groups_their_members_and_what_lies_below() -> None:
    seen, selection = [], frozenset[str]()
    for again in (False, True, True, True, True, True):
        found = click(PILE, selection, again=again)
        assert found is not None
        selection = found
        seen.append(selection)
    assert seen == [GROUPS["g"], {"small"}, {"middle"}, {"large"}, {"alone"}, GROUPS["g"]]


def test_that_a_click_elsewhere_inside_a_selected_group_takes_the_member() -> None:
    assert click([PILE[2]], GROUPS["g"]) == {"large"}
    assert click([PILE[2]], frozenset({"small"})) == {"large"}, "one is inside the group already"
    assert click([PILE[2]], frozenset({"middle"})) == GROUPS["g"]
    assert click([PILE[2]], GROUPS["g"] | {"middle"}) == GROUPS["g"]


@given(st.sets(st.sampled_from(["small", "middle", "large", "alone", "elsewhere"])))
def test_that_alone_never_takes_a_group_and_nothing_is_nothing(selection: set[str]) -> None:
    for again in (False, True):
        found = click(PILE, frozenset(selection), again=again, alone=True)
        assert found is not None and len(found) == 1
    assert click([], frozenset(selection)) is None


def test_that_a_band_takes_whole_groups_but_nothing_hidden() -> None:
    shapes = [*PILE, shape("unseen", "g", hidden=True)]
    assert with_groups(shapes, ["large"]) == {"small", "large"}
    assert with_groups(shapes, ["middle"]) == {"middle"}
