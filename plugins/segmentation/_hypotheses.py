"""What the person may have meant: a pool of cuts of different size, and a formula that ranks them.

One click says where an object is, not how large. So the engine cuts at several sizes, and ranks what comes out by what
can be seen of each cut: contrast along its outline, how deep the click lies in it, how much it agrees with the others,
how little it undoes of the answer before (compare Carreira and Sminchisescu, "CPMC", PAMI 2012, for many cuts and a
ranking). The location term is the log ratio of geodesic distances from the clicks (Price, Morse and Cohen, "Geodesic
Graph Cut", CVPR 2010).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from app.core.geometry import BoolArray, FloatArray
from plugins.segmentation._ranking import CORRECTED, FIRST
from plugins.segmentation._regions import Nodes, RegionGraph

SIZES = (0.003, 0.008, 0.02, 0.05, 0.1, 0.2, 0.38)
"""Shares of the picture that an object may have."""
REACHES = (0.004, 0.02, 0.06, 0.15, 0.35)
"""Shares of the picture that a correction may change."""
COLOUR_WEIGHTS = (1.0, 0.4)
LOCATION_CLIP = 2.0
STRONG, WEAK = 5.0, 0.7  # outline strengths are clipped at, and called weak below; the picture's mean is 1
NEAR = 0.02  # softens the log of distances near the seeds


@dataclass(frozen=True, eq=False)
class Ask:
    """The prompts on a region graph.

    ``inside`` and ``outside`` are the regions under the clicks; ``first`` and ``last`` the working pixel (row, column)
    of the first positive (or else a guess at the middle of the object) and of the last click; ``before`` the (n,)
    answer that is being corrected; ``total`` the working pixels that the whole picture would have at this scale.
    """

    inside: Nodes
    outside: Nodes
    first: tuple[int, int]
    last: tuple[int, int]
    last_positive: bool
    total: float
    before: BoolArray | None = field(default=None, repr=False)


def around_clicks(graph: RegionGraph, ask: Ask, sizes: Sequence[float]) -> list[BoolArray]:
    """Cuts of about each size (share of the graph's picture), (n,) bool each, from the clicks alone."""
    near, far = graph.distance(ask.inside), graph.distance(ask.outside)
    cuts: list[BoolArray] = []
    for size in sizes:
        reach = graph.level(near, size)
        location = -np.log((near + NEAR * reach) / (np.minimum(far, reach) + NEAR * reach))
        core = (near <= graph.level(near, size / 2)).astype(np.float64)
        core[ask.outside] = 0
        beyond = (near > graph.level(near, min(0.9, 1.5 * size))).astype(np.float64)
        cuts += _grown(graph, ask, np.clip(location, -LOCATION_CLIP, LOCATION_CLIP), core, beyond)
    return cuts


def inside_box(graph: RegionGraph, ask: Ask, shares: Sequence[float]) -> list[BoolArray]:
    """Cuts that fill about each share of what is not yet ``outside``, (n,) bool each: for a box without a click."""
    depth = graph.distance(ask.outside)
    room = np.ones(graph.n, dtype=bool)
    room[ask.outside] = False
    free = float(graph.area[room].sum()) / float(graph.area.sum())
    cuts: list[BoolArray] = []
    for share in shares:
        edge = graph.level(depth, 1 - share * free)
        location = np.log((depth + NEAR * edge) / ((1 + NEAR) * edge))
        core = ((depth >= edge) & room).astype(np.float64)
        cuts += _grown(graph, ask, np.clip(location, -LOCATION_CLIP, LOCATION_CLIP), core, (~room).astype(np.float64))
    return cuts


def _grown(graph: RegionGraph, ask: Ask, location: FloatArray, core: FloatArray, beyond: FloatArray) -> list[BoolArray]:
    """Two rounds of cut and colour model for each weight of colour against location."""
    guess = graph.evidence(core, beyond)
    cuts: list[BoolArray] = []
    for weight in COLOUR_WEIGHTS:
        cut = graph.cut(location + weight * guess, ask.inside, ask.outside)
        inside = graph.tidy(cut, ask.inside, ask.outside) if len(ask.inside) else cut
        evidence = graph.evidence(inside.astype(np.float64), (~inside).astype(np.float64))
        cut = graph.cut(location + weight * evidence, ask.inside, ask.outside)
        cuts.append(graph.tidy(cut, ask.inside, ask.outside))
    return cuts


def around_answer(graph: RegionGraph, ask: Ask) -> list[BoolArray]:
    """Cuts that change the answer before near the last click, reaching differently far, (n,) bool each."""
    if ask.before is None:
        return []
    before = ask.before.copy()
    before[ask.inside], before[ask.outside] = True, False
    evidence = graph.evidence(before.astype(np.float64), (~before).astype(np.float64))
    kept = np.where(before, 1.0, -1.0)
    distance = graph.distance(np.array([graph.labels[ask.last]]))
    order = np.argsort(distance)
    changeable = np.cumsum((graph.area * (before != ask.last_positive))[order]) / graph.area.sum()
    cuts: list[BoolArray] = []
    for share in REACHES:
        if share > 1.5 * changeable[-1]:
            break
        reach = max(float(distance[order[min(graph.n - 1, int(np.searchsorted(changeable, share)))]]), 1e-4)
        apart = np.clip(np.log((distance + NEAR * reach) / reach), -LOCATION_CLIP, LOCATION_CLIP)
        wanted = -apart if ask.last_positive else apart
        location = np.where(apart < 0, wanted, kept * 1.5 * np.minimum(apart, 1.5))
        cut = graph.cut(location + 0.5 * evidence + 0.3 * kept, ask.inside, ask.outside)
        cuts.append(graph.tidy(cut, ask.inside, ask.outside))
    return cuts


def snapped(graph: RegionGraph, ask: Ask) -> list[BoolArray]:
    """The shape that is being refined, moved to the edges near it: loosely and tightly, (n,) bool each."""
    if ask.before is None:
        return []
    evidence = graph.evidence(ask.before.astype(np.float64), (~ask.before).astype(np.float64))
    kept = np.where(ask.before, 1.0, -1.0)
    return [
        graph.tidy(graph.cut(hold * kept + 0.5 * evidence, ask.inside, ask.outside), ask.inside, ask.outside)
        for hold in (1.5, 0.6)
    ]


def rank(graph: RegionGraph, cuts: Sequence[BoolArray], ask: Ask) -> FloatArray:
    """A score per cut, (k,): only their order means something."""
    table = FIRST if ask.before is None else CORRECTED
    mean, spread, weight = (np.asarray(column) for column in zip(*table.values(), strict=True))
    return np.asarray(np.clip((features(graph, cuts, ask) - mean) / spread, -4, 4) @ weight)


def features(graph: RegionGraph, cuts: Sequence[BoolArray], ask: Ask) -> FloatArray:
    """What is seen of each cut, (k, features) in the order of the tables in `_ranking`."""
    chosen = np.asarray(cuts, dtype=np.float64)
    shared = (chosen * graph.area) @ chosen.T
    size = np.diag(shared)
    overlap = shared / np.maximum(size[:, None] + size[None] - shared, 1e-6)
    agreement = (overlap.sum(axis=1) - 1) / max(len(cuts) - 1, 1)
    rows = []
    for index, cut in enumerate(cuts):
        pixels = max(float(size[index]), 1.0)
        share = float(np.log(pixels / ask.total + 1e-6))
        row = [share, share * share / 10, float(agreement[index])]
        row += _outline(graph, cut, pixels) + _shape(graph, cut, pixels, ask) + _colours(graph, cut)
        rows.append(row + (_change(graph, cut, pixels, ask) if ask.before is not None else []))
    return np.asarray(rows)


def _outline(graph: RegionGraph, cut: BoolArray, pixels: float) -> list[float]:
    """Mean strength, weak share, share on the picture's border, compactness, and mean strength of edges inside."""
    strength = np.minimum(graph.strength, STRONG)
    crossed, within = cut[graph.i] != cut[graph.j], cut[graph.i] & cut[graph.j]
    length = graph.length[crossed]
    around = float(length.sum()) + 1e-6
    border = float(graph.rim[cut].sum())
    return [
        float((length * strength[crossed]).sum()) / around,
        float(length[strength[crossed] < WEAK].sum()) / around,
        border / (around + border),
        4 * float(np.sqrt(pixels)) / (around + border),
        float((graph.length[within] * strength[within]).sum()) / (float(graph.length[within].sum()) + 1e-6),
    ]


def _shape(graph: RegionGraph, cut: BoolArray, pixels: float, ask: Ask) -> list[float]:
    """How deep the first click lies, against the deepest point and against the size; the latter for the deepest point;
    how far the click lies from the centroid; how much of its bounding box the cut fills."""
    mask = graph.paint(cut)
    depth = _depth(mask)
    side = float(np.sqrt(pixels))
    weight = graph.area * cut
    x, y = float((graph.x * weight).sum()) / pixels, float((graph.y * weight).sum()) / pixels
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    box = (rows[-1] - rows[0] + 1) * (columns[-1] - columns[0] + 1) if rows.size else 1
    deepest, here = float(depth.max()), float(depth[ask.first])
    apart = float(np.hypot(x - ask.first[1], y - ask.first[0])) / side
    return [here / (deepest + 1e-6), here / side, deepest / side, apart, pixels / float(box)]


def _colours(graph: RegionGraph, cut: BoolArray) -> list[float]:
    """Chi-square distance of the object's colours from the background's, of the object's from the ring around it, and
    of those just inside from those just outside the outline."""
    crossed = np.flatnonzero(cut[graph.i] != cut[graph.j])
    first_in = cut[graph.i[crossed]]
    inner, outer = np.zeros(graph.n), np.zeros(graph.n)
    inner[np.where(first_in, graph.i[crossed], graph.j[crossed])] = 1
    outer[np.where(first_in, graph.j[crossed], graph.i[crossed])] = 1
    object_, ring = graph.palette(cut.astype(np.float64)), graph.palette(outer)
    return [
        _chi_square(object_, graph.palette((~cut).astype(np.float64))),
        _chi_square(object_, ring),
        _chi_square(graph.palette(inner), ring),
    ]


def _change(graph: RegionGraph, cut: BoolArray, pixels: float, ask: Ask) -> list[float]:
    """IoU with the answer before; what changed away from the last click, against the size; how deep that click lies in
    what changed around it; and how large that change is."""
    before = ask.before if ask.before is not None else np.zeros(graph.n, dtype=bool)
    changed = cut != before
    parts = graph.parts(changed)
    here = changed & (parts == parts[graph.labels[ask.last]])
    area, changed_here = graph.area, float(graph.area[here].sum())
    elsewhere = float(area[changed].sum()) - changed_here
    depth = _depth(graph.paint(here))
    return [
        float(area[cut & before].sum()) / (float(area[cut | before].sum()) + 1e-6),
        elsewhere / (pixels + float(area[before].sum())),
        float(depth[ask.last]) / (float(depth.max()) + 1e-6),
        changed_here / (pixels + 1),
    ]


def _chi_square(a: FloatArray, b: FloatArray) -> float:
    return float(((a - b) ** 2 / (a + b + 1e-9)).sum()) / 2


def _depth(mask: BoolArray) -> NDArray[np.float32]:
    """Distance to the nearest pixel outside an (h, w) mask; the picture's border counts as outside."""
    padded = np.pad(mask, 1).astype(np.uint8)
    return np.asarray(cv2.distanceTransform(padded, cv2.DIST_L2, 3)[1:-1, 1:-1], dtype=np.float32)
