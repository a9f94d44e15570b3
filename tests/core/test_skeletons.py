"""Default proportions of skeletons, and key points of joints that were set."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.geometry import Box
from app.core.labels import Skeleton
from app.core.skeletons import COCO_PERSON, keypoints, posed, proportions

SIZE = (640.0, 480.0)


@st.composite
def skeletons(draw: st.DrawFn) -> Skeleton:
    n = draw(st.integers(1, 12))
    joint = st.integers(0, n - 1)
    edges = draw(st.lists(st.tuples(joint, joint), max_size=15))
    return Skeleton(tuple(f"joint {i}" for i in range(n)), tuple(edges))


def test_that_coco_s_person_is_upright_with_the_left_side_on_the_viewer_s_right() -> None:
    assert len(COCO_PERSON.joints) == 17 and len(COCO_PERSON.edges) == 19
    at = dict(zip(COCO_PERSON.joints, posed(COCO_PERSON, Box(0, 0, 100, 200)), strict=True))
    assert at["nose"][1] < at["left_shoulder"][1] < at["left_hip"][1] < at["left_knee"][1] < at["left_ankle"][1]
    for part in ("eye", "ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle"):
        assert at[f"left_{part}"][0] > 50 > at[f"right_{part}"][0]
    named = {frozenset((COCO_PERSON.joints[a], COCO_PERSON.joints[b])) for a, b in COCO_PERSON.edges}
    assert frozenset(("left_elbow", "left_wrist")) in named and frozenset(("nose", "left_eye")) in named


@given(skeletons())
def test_that_a_skeleton_stands_in_its_box_with_no_two_joints_at_one_place(skeleton: Skeleton) -> None:
    points = posed(skeleton, Box(10, 20, 110, 220))
    assert len(points) == len(skeleton.joints) == len(set(points))
    assert all(10 <= x <= 110 and 20 <= y <= 220 for x, y in points)
    bones = [(a, b) for a, b in skeleton.edges if a != b]
    rows = proportions(skeleton)[:, 1]
    assert all(abs(rows[a] - rows[b]) * len(set(rows.tolist())) < 1.001 for a, b in bones), (
        "bones join neighbouring rows"
    )


@given(skeletons(), st.data())
def test_that_joints_keep_their_places_and_what_is_missing_is_not_given(
    skeleton: Skeleton, data: st.DataObject
) -> None:
    place = st.tuples(st.floats(0, SIZE[0]), st.floats(0, SIZE[1]))
    joint = st.one_of(st.none(), st.tuples(place, st.sampled_from([1, 2])))
    joints = data.draw(st.lists(joint, max_size=len(skeleton.joints)))
    made = keypoints(skeleton, joints, SIZE)
    assert made.names == skeleton.joints and made.edges == skeleton.edges
    assert len(made.points) == len(made.visibility) == len(skeleton.joints)
    for i, wanted in enumerate([*joints, *[None] * (len(skeleton.joints) - len(joints))]):
        assert made.visibility[i] == (wanted[1] if wanted else 0)
        if wanted:
            assert made.points[i] == wanted[0]
        assert 0 <= made.points[i][0] <= SIZE[0] and 0 <= made.points[i][1] <= SIZE[1]


def test_that_missing_joints_stand_where_the_others_suggest() -> None:
    box = Box(100, 50, 200, 400)
    whole = posed(COCO_PERSON, Box(100, 50, 450, 400))  # scaled evenly, so that it can be found again exactly
    joints = [(p, 2) if i % 3 else None for i, p in enumerate(whole)]
    made = keypoints(COCO_PERSON, joints, SIZE)
    assert np.allclose(made.points, whole, atol=1e-6)
    assert made.bounds().y1 <= box.y1
    assert made.visibility == tuple(2 if i % 3 else 0 for i in range(17))
    alone = keypoints(COCO_PERSON, [((320.0, 100.0), 2)], SIZE)
    assert alone.points[0] == (320.0, 100.0) and alone.points[15][1] == pytest.approx(100 + 0.89 * 120)
