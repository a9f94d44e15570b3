"""Skeletons: COCO's person, where joints stand by default, and key points from joints that were set. Pure functions."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np

from app.core.annotation import KeypointsGeometry, Ring
from app.core.geometry import Box, FloatArray, Point
from app.core.labels import Skeleton

_PERSON: dict[str, Point] = {
    "nose": (0.50, 0.08),
    "left_eye": (0.54, 0.05),
    "right_eye": (0.46, 0.05),
    "left_ear": (0.60, 0.07),
    "right_ear": (0.40, 0.07),
    "left_shoulder": (0.68, 0.20),
    "right_shoulder": (0.32, 0.20),
    "left_elbow": (0.86, 0.35),
    "right_elbow": (0.14, 0.35),
    "left_wrist": (0.97, 0.50),
    "right_wrist": (0.03, 0.50),
    "left_hip": (0.61, 0.52),
    "right_hip": (0.39, 0.52),
    "left_knee": (0.63, 0.74),
    "right_knee": (0.37, 0.74),
    "left_ankle": (0.64, 0.97),
    "right_ankle": (0.36, 0.97),
}
"""COCO's joints in their order, and where they stand in the box around somebody who faces the camera."""

# fmt: off
_BONES = (
    (15, 13), (13, 11), (16, 14), (14, 12), (11, 12), (5, 11), (6, 12), (5, 6), (5, 7), (6, 8), (7, 9), (8, 10),
    (1, 2), (0, 1), (0, 2), (1, 3), (2, 4), (3, 5), (4, 6),
)
# fmt: on

COCO_PERSON = Skeleton(tuple(_PERSON), _BONES)
"""The 17 joints and 19 bones of COCO's key points, https://cocodataset.org/#keypoints-2020"""

Joint = tuple[Point, int]
"""Where a joint is, and COCO's visibility (1 hidden, 2 visible)."""


def proportions(skeleton: Skeleton) -> FloatArray:
    """(N, 2) places in the unit square: where the joints stand in a box around the whole by default.

    COCO's persons stand upright. Of other skeletons each joint stands a row below the one that its bone comes from.
    """
    if all(name in _PERSON for name in skeleton.joints):
        return np.array([_PERSON[name] for name in skeleton.joints], dtype=np.float64).reshape(-1, 2)
    rows = _rows(skeleton)
    found = np.zeros((len(skeleton.joints), 2))
    for y, row in enumerate(rows):
        for x, joint in enumerate(row):
            found[joint] = (x + 0.5) / len(row), (y + 0.5) / len(rows)
    return found


def posed(skeleton: Skeleton, box: Box) -> Ring:
    """All joints of a skeleton in their default proportions in a box."""
    placed = proportions(skeleton) * (box.width, box.height) + (box.x0, box.y0)
    return tuple((float(x), float(y)) for x, y in placed)


def keypoints(skeleton: Skeleton, joints: Sequence[Joint | None], size: tuple[float, float]) -> KeypointsGeometry:
    """Key points from the joints that were set, in the skeleton's order; None, and what is missing at the end, is not
    given. Such joints stand where the default proportions put them beside the others, in the picture (width, height),
    to be taken from there later."""
    given = [*joints, *[None] * (len(skeleton.joints) - len(joints))]
    spare = _fitted(proportions(skeleton), given, size)
    points = tuple(j[0] if j is not None else spare[i] for i, j in enumerate(given))
    return KeypointsGeometry(points, tuple(j[1] if j else 0 for j in given), skeleton.joints, skeleton.edges)


def readable(name: str) -> str:
    """A joint's name as it is read: COCO writes left_eye."""
    return name.replace("_", " ")


def _fitted(model: FloatArray, joints: Sequence[Joint | None], size: tuple[float, float]) -> Ring:
    """The default places, scaled evenly and shifted onto the joints that are given (least squares)."""
    known = [i for i, j in enumerate(joints) if j is not None]
    if not known:
        return tuple((float(x) * size[0], float(y) * size[1]) for x, y in model)
    here = np.array([j[0] for j in joints if j is not None], dtype=np.float64)
    base = model[known]
    spread = ((base - base.mean(axis=0)) ** 2).sum()
    scale = min(size) / 4
    if spread > 0:
        found = ((base - base.mean(axis=0)) * (here - here.mean(axis=0))).sum() / spread
        # Somebody upside down gives a negative scale: the size still tells.
        scale = found if found > 0 else float(np.sqrt(((here - here.mean(axis=0)) ** 2).sum() / spread))
    placed = np.clip((model - base.mean(axis=0)) * scale + here.mean(axis=0), 0, size)
    return tuple((float(x), float(y)) for x, y in placed)


def _rows(skeleton: Skeleton) -> list[list[int]]:
    """The joints by how many bones they are away from the first one of what hangs together with them."""
    beside: dict[int, list[int]] = {i: [] for i in range(len(skeleton.joints))}
    for a, b in skeleton.edges:
        if a in beside and b in beside:
            beside[a].append(b)
            beside[b].append(a)
    depth: dict[int, int] = {}
    for first in beside:
        if first in depth:
            continue
        depth[first] = 0
        waiting = deque([first])
        while waiting:
            joint = waiting.popleft()
            for other in beside[joint]:
                if other not in depth:
                    depth[other] = depth[joint] + 1
                    waiting.append(other)
    return [[i for i in beside if depth[i] == row] for row in range(max(depth.values(), default=-1) + 1)]
