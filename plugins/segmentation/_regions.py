"""A picture as a graph of small regions, and the cuts, distances and colour models that are computed on it.

Regions are watershed basins of a gradient that sees colour edges and edges between textures. They are small (some 1,500
of them cover a picture of 320 x 240), so that any object is nearly a union of them, while a minimum cut over them takes
hundredths of a second where one over pixels takes half a second.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

# Heavy libraries at the top: this module is itself imported with the first session only.
import cv2
import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray
from scipy.sparse import csgraph
from skimage.segmentation import watershed

from app.core.geometry import BoolArray, FloatArray

Nodes = NDArray[np.int64]
"""Indices of regions."""
Floats32 = NDArray[np.float32]

WORDS = 48  # colours in the picture's own palette
WORD_SPREAD = 7.0  # Lab units over which two palette colours count as alike
GRADIENT_SCALES = ((1.0, 1.0), (2.0, 0.6))  # (sigma in px, weight) of the colour gradients
TEXTURE_SCALE, TEXTURE_WEIGHT, TEXTURE_DIMS = 3.0, 1.0, 10
EDGE_DECAY = 1.0  # a cut through strength s costs exp(-s / EDGE_DECAY) a pixel
SPACE_COST, EDGE_COST = 0.6, 0.05  # geodesic length: share of the diagonal walked against edges crossed
GRID = 8  # px: a smooth area is split into regions about this far apart
SMOOTHNESS = 6.0
MOST_EVIDENCE = 3.0  # clip of the colour log ratio, in nats
HOLE_SHARE = 0.15  # enclosed background up to this share of the object is filled
CAPACITY_UNIT = 20.0  # integer capacities per unit of energy
CAPACITY_SURE = 2e8


@dataclass(frozen=True, eq=False)
class RegionGraph:
    """The regions of a picture of (h, w) working pixels and how they touch.

    ``labels`` (h, w) int32 gives the region of each pixel, ``pixel`` (n,) one flat pixel index of each
    region; ``area``, ``x``, ``y`` (n,) the pixels and centroid of each, ``rim`` (n,) its pixels on the picture's
    border. Edge k joins regions ``i[k] < j[k]`` along ``length[k]`` pixel
    sides of mean gradient ``strength[k]`` (mean over the picture: 1). ``counts`` is the sparse (n, words) table of
    palette colours and ``colours`` its transpose, ``alike`` (words, words) their similarity.
    ``paths`` holds the geodesic length of each edge; ``layout`` is the pattern of the flow network of `cut`, whose
    values say which of its capacities goes where.
    """

    labels: NDArray[np.int32] = field(repr=False)
    pixel: Nodes = field(repr=False)
    area: FloatArray = field(repr=False)
    x: FloatArray = field(repr=False)
    y: FloatArray = field(repr=False)
    rim: FloatArray = field(repr=False)
    i: Nodes = field(repr=False)
    j: Nodes = field(repr=False)
    length: FloatArray = field(repr=False)
    strength: FloatArray = field(repr=False)
    counts: sparse.csr_matrix = field(repr=False)
    colours: sparse.csr_matrix = field(repr=False)
    alike: Floats32 = field(repr=False)
    paths: sparse.csr_matrix = field(repr=False)
    layout: sparse.csr_matrix = field(repr=False)

    @property
    def n(self) -> int:
        return len(self.area)

    def paint(self, nodes: BoolArray) -> BoolArray:
        """A (n,) choice of regions as an (h, w) mask."""
        return np.asarray(nodes[self.labels])

    def choose(self, mask: Floats32) -> BoolArray:
        """The regions that an (h, w) mask (0..1) covers by more than half, (n,) bool."""
        return np.asarray(np.bincount(self.labels.ravel(), mask.ravel(), self.n) / self.area > 0.5)

    def distance(self, seeds: Nodes) -> FloatArray:
        """Geodesic distance of every region from the nearest seed, (n,): infinite without seeds."""
        if len(seeds) == 0:
            return np.full(self.n, np.inf)
        return np.asarray(csgraph.dijkstra(self.paths, directed=False, indices=seeds, min_only=True))

    def level(self, distance: FloatArray, share: float) -> float:
        """The distance within which that share of the picture lies."""
        order = np.argsort(distance)
        covered = np.cumsum(self.area[order]) / self.area.sum()
        return max(float(distance[order[min(self.n - 1, int(np.searchsorted(covered, share)))]]), 1e-4)

    def palette(self, weight: FloatArray) -> FloatArray:
        """The colours of weighted regions as a smoothed histogram that sums to one, (words,)."""
        histogram = self.colours @ weight
        smooth = self.alike @ histogram
        return np.asarray(smooth / max(float(smooth.sum()), 1e-9), dtype=np.float64)

    def evidence(self, inside: FloatArray, outside: FloatArray) -> FloatArray:
        """Mean log ratio of object to background colour per region, (n,), from two weightings of regions."""
        floor = 0.1 / len(self.alike)
        ratio = np.log((self._blurred(inside) + floor) / (self._blurred(outside) + floor))
        clipped = np.clip(ratio, -MOST_EVIDENCE, MOST_EVIDENCE)
        return np.asarray(self.counts @ clipped) / self.area

    def _blurred(self, weight: FloatArray) -> FloatArray:
        histogram = self.colours @ weight
        return np.asarray(self.alike @ (histogram / max(float(histogram.sum()), 1e-9)), dtype=np.float64)

    def cut(self, gain: FloatArray, inside: Nodes, outside: Nodes) -> BoolArray:
        """The minimum cut: (n,) bool, true on the object.

        ``gain`` (n,) is what a pixel of each region gains by being object (in nats); regions of ``inside`` and
        ``outside`` are fixed. Boykov and Jolly (ICCV 2001) on regions instead of pixels.
        """
        n = self.n
        total = self.area * gain
        source, sink = np.maximum(total, 0), np.maximum(-total, 0)
        source[inside], sink[inside] = CAPACITY_SURE, 0
        source[outside], sink[outside] = 0, CAPACITY_SURE
        sides = SMOOTHNESS * self.length * np.exp(-self.strength / EDGE_DECAY)
        weights = np.concatenate([sides, sides, source, sink]) * CAPACITY_UNIT
        capacity = np.minimum(weights, CAPACITY_SURE).astype(np.int32)[self.layout.data]
        graph = sparse.csr_matrix((capacity, self.layout.indices, self.layout.indptr), shape=(n + 2, n + 2))
        rest = graph - csgraph.maximum_flow(graph, n, n + 1).flow
        rest.data = np.maximum(rest.data, 0)
        rest.eliminate_zeros()
        reached = np.zeros(n + 2, dtype=bool)
        reached[csgraph.breadth_first_order(rest, n, return_predecessors=False)] = True
        return reached[:n]

    def parts(self, nodes: BoolArray) -> NDArray[np.int32]:
        """Connected parts of the chosen regions, (n,) labels from one; zero outside the choice."""
        # On pixels: several times faster than on the graph. Over corners too, as a region may hang together by one.
        painted = self.paint(nodes).astype(np.uint8)
        labels = cv2.connectedComponents(painted, connectivity=8, ltype=cv2.CV_32S)[1]
        return np.asarray(labels.ravel()[self.pixel], dtype=np.int32)

    def tidy(self, nodes: BoolArray, inside: Nodes, outside: Nodes) -> BoolArray:
        """Keep the parts with a region of ``inside`` (all without any); fill small holes that hold no ``outside``."""
        nodes = nodes.copy()
        nodes[outside], nodes[inside] = False, True
        if len(inside):
            parts = self.parts(nodes)
            nodes &= np.isin(parts, parts[inside])
        empty = ~nodes
        parts = self.parts(empty)
        size = np.bincount(parts, self.area * empty, self.n)
        open_ = np.bincount(parts, self.rim * empty, self.n)
        hole = (size > 0) & (open_ == 0) & (size < HOLE_SHARE * float((self.area * nodes).sum()))
        hole[parts[outside]] = False
        return np.asarray(nodes | (empty & hole[parts]))


def build(pixels: NDArray[np.uint8]) -> RegionGraph:
    """The region graph of (h, w, 3) uint8 RGB pixels of working size."""
    lab = cv2.cvtColor(np.ascontiguousarray(pixels, dtype=np.float32) / np.float32(255), cv2.COLOR_RGB2LAB)
    # Filtered, because grain would make regions of its own.
    smooth: Floats32 = np.asarray(cv2.bilateralFilter(lab, 5, 12, 2), dtype=np.float32)
    words, alike = _palette(smooth)
    gradient = _gradient(smooth, words, alike)
    flood: Callable[..., NDArray[np.int32]] = watershed
    labels = np.asarray(flood(gradient, _markers(gradient)), dtype=np.int32) - 1
    return _graph(labels, gradient, words, alike)


def _markers(gradient: Floats32) -> NDArray[np.int32]:
    """Where regions start: the gradient's minima, and points of a coarse grid that are far from any minimum, so that a
    smooth area is split too and a weak outline through it can be followed."""
    seeds = (gradient <= cv2.erode(gradient, np.ones((3, 3), np.uint8))).astype(np.uint8)
    lonely = cv2.distanceTransform(1 - seeds, cv2.DIST_L2, 3) > 0.6 * GRID
    grid = np.zeros_like(seeds)
    grid[GRID // 2 :: GRID, GRID // 2 :: GRID] = 1
    return np.asarray(cv2.connectedComponents(seeds | (grid & lonely), connectivity=8)[1], dtype=np.int32)


def _palette(lab: Floats32) -> tuple[NDArray[np.int64], Floats32]:
    """The picture's own palette: (h, w) index of each pixel's colour, and (words, words) similarity of the colours."""
    pixels = lab.reshape(-1, 3)
    sample = pixels[np.random.default_rng(0).choice(len(pixels), min(len(pixels), 4000), replace=False)]
    centres = np.unique(sample, axis=0)
    if len(centres) > WORDS:
        cv2.setRNGSeed(0)  # k-means draws from OpenCV's global generator: equal pictures must get equal answers
        criteria = (cv2.TERM_CRITERIA_COUNT + cv2.TERM_CRITERIA_EPS, 10, 0.5)
        labels = np.zeros((len(sample), 1), np.int32)
        found = cv2.kmeans(np.ascontiguousarray(sample), WORDS, labels, criteria, 1, cv2.KMEANS_PP_CENTERS)[2]
        centres = np.asarray(found, dtype=np.float32)
    nearest = ((centres**2).sum(axis=1)[None] - 2 * pixels @ centres.T).argmin(axis=1)
    apart = ((centres[:, None] - centres[None]) ** 2).sum(axis=-1)
    return nearest.reshape(lab.shape[:2]), np.exp(-apart / (2 * WORD_SPREAD**2)).astype(np.float32)


def _gradient(lab: Floats32, words: NDArray[np.int64], alike: Floats32) -> Floats32:
    """Edge strength per pixel, (h, w) float32, mean about one.

    Colour gradients at two scales, and the gradient of the local palette histogram, which is small inside a texture and
    large between two. The histogram is embedded in the leading eigenvectors of the palette's similarity first.
    """
    values, vectors = np.linalg.eigh(alike)
    dims = min(TEXTURE_DIMS, len(values))
    embedded = (vectors[:, -dims:] * np.sqrt(np.maximum(values[-dims:], 0))).astype(np.float32)[words]
    terms = [(_structure(lab, sigma), weight) for sigma, weight in GRADIENT_SCALES]
    terms.append((_structure(embedded, TEXTURE_SCALE), TEXTURE_WEIGHT))
    total = sum(weight for _, weight in terms)
    gradient = np.zeros(lab.shape[:2], np.float32)
    for term, weight in terms:
        gradient += np.float32(weight / total) * term / np.float32(float(term.mean()) + 1e-6)
    return gradient


def _structure(channels: Floats32, sigma: float) -> Floats32:
    """Largest rate of change over all channels of (h, w, c), by the structure tensor (Di Zenzo 1986)."""
    shape = channels.shape[:2]
    xx, yy, xy = np.zeros(shape, np.float32), np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    for c in range(channels.shape[2]):
        blurred = cv2.GaussianBlur(np.ascontiguousarray(channels[:, :, c]), (0, 0), sigma)
        dx = cv2.Sobel(blurred, cv2.CV_32F, 1, 0, ksize=3)
        dy = cv2.Sobel(blurred, cv2.CV_32F, 0, 1, ksize=3)
        xx, yy, xy = xx + dx * dx, yy + dy * dy, xy + dx * dy
    larger = (xx + yy) / 2 + np.sqrt(((xx - yy) / 2) ** 2 + xy * xy)
    return np.sqrt(np.maximum(larger, 0)).astype(np.float32)


def _graph(labels: NDArray[np.int32], gradient: Floats32, words: NDArray[np.int64], alike: Floats32) -> RegionGraph:
    height, width = labels.shape
    flat = labels.ravel()
    n = int(flat.max()) + 1
    area = np.bincount(flat, minlength=n).astype(np.float64)
    rows, columns = np.mgrid[:height, :width]
    x, y = np.bincount(flat, columns.ravel(), n) / area, np.bincount(flat, rows.ravel(), n) / area
    rim = np.zeros(n)
    for side in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        rim += np.bincount(side, minlength=n)
    counts = sparse.csr_matrix((np.ones(flat.size), (flat, words.ravel())), shape=(n, len(alike)))
    i, j, length, strength = _contacts(labels, gradient, n)
    apart = np.hypot(x[i] - x[j], y[i] - y[j]) / np.hypot(height, width)
    steps = np.maximum(SPACE_COST * apart + EDGE_COST * np.minimum(strength, 6.0) ** 1.5, 1e-6)
    paths = sparse.csr_matrix((steps, (i, j)), shape=(n, n))
    pixel = np.zeros(n, dtype=np.int64)
    pixel[flat] = np.arange(flat.size)
    return RegionGraph(
        labels, pixel, area, x, y, rim, i, j, length, strength, counts, counts.T.tocsr(), alike, paths, _layout(i, j, n)
    )


def _layout(i: Nodes, j: Nodes, n: int) -> sparse.csr_matrix:
    """The flow network of n regions, a source n and a sink n + 1: both ways along each edge, then from the source to
    each region, then from each region to the sink. Made once: building it costs as much as the flow."""
    nodes = np.arange(n)
    start = np.concatenate([i, j, np.full(n, n), nodes])
    end = np.concatenate([j, i, nodes, np.full(n, n + 1)])
    layout = sparse.csr_matrix((np.arange(len(start)), (start, end)), shape=(n + 2, n + 2))
    layout.sort_indices()
    return layout


def _contacts(labels: NDArray[np.int32], gradient: Floats32, n: int) -> tuple[Nodes, Nodes, FloatArray, FloatArray]:
    """Pairs of touching regions, how many pixel sides they share, and the mean gradient along them."""
    first = np.concatenate([labels[:, :-1].ravel(), labels[:-1].ravel()]).astype(np.int64)
    second = np.concatenate([labels[:, 1:].ravel(), labels[1:].ravel()]).astype(np.int64)
    across = np.maximum(gradient[:, :-1], gradient[:, 1:]).ravel()
    down = np.maximum(gradient[:-1], gradient[1:]).ravel()
    values = np.concatenate([across, down])
    between = first != second
    first, second, values = first[between], second[between], values[between]
    pairs, where = np.unique(np.minimum(first, second) * n + np.maximum(first, second), return_inverse=True)
    length = np.bincount(where, minlength=len(pairs)).astype(np.float64)
    strength = np.bincount(where, values, len(pairs)) / np.maximum(length, 1)
    return pairs // n, pairs % n, length, strength
