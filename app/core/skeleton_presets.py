"""Skeletons that many data sets share, ready to be taken for a label. Edges are pairs of indices into the joints."""

from __future__ import annotations

from app.core.labels import Skeleton
from app.core.skeletons import COCO_PERSON

_FINGERS = ("thumb", "index", "middle", "ring", "little")
_ANIMAL_JOINTS = (
    *("left_eye", "right_eye", "nose", "neck", "root_of_tail", "left_shoulder", "left_elbow", "left_front_paw"),
    *("right_shoulder", "right_elbow", "right_front_paw", "left_hip", "left_knee", "left_back_paw"),
    *("right_hip", "right_knee", "right_back_paw"),
)
_ANIMAL_EDGES = (
    *((0, 1), (0, 2), (1, 2), (2, 3), (3, 4), (3, 5), (5, 6), (6, 7), (3, 8), (8, 9), (9, 10)),
    *((4, 11), (11, 12), (12, 13), (4, 14), (14, 15), (15, 16)),
)

PRESETS: dict[str, Skeleton] = {
    "Person, 17 joints (COCO)": COCO_PERSON,
    # The wrist, then four joints a finger from its root to its tip, as OpenPose and MediaPipe count them.
    "Hand, 21 joints": Skeleton(
        ("wrist", *(f"{finger}_{n}" for finger in _FINGERS for n in range(1, 5))),
        tuple(
            edge
            for root in range(1, 21, 4)
            for edge in ((0, root), (root, root + 1), (root + 1, root + 2), (root + 2, root + 3))
        ),
    ),
    "Face, 5 points": Skeleton(
        ("left_eye", "right_eye", "nose", "left_mouth", "right_mouth"), ((0, 1), (0, 2), (1, 2), (2, 3), (2, 4), (3, 4))
    ),
    # AP-10K (Yu et al., 2021)
    "Animal, 17 joints (AP-10K)": Skeleton(_ANIMAL_JOINTS, _ANIMAL_EDGES),
}
"""By the name that a person chooses them by."""
