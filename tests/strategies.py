"""What hypothesis draws from: shapes of every kind, documents, label lists."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from app.core.annotation import (
    BoxGeometry,
    EllipseGeometry,
    Geometry,
    KeypointsGeometry,
    MaskGeometry,
    PointGeometry,
    PolygonGeometry,
    PolylineGeometry,
    RotatedBoxGeometry,
    Shape,
)
from app.core.document import Comment, Document, Review
from app.core.geometry import Box
from app.core.labels import AttributeSpec, ChoiceSpec, FlagSpec, Label, LabelList, NumberSpec, Skeleton, TextSpec
from app.core.masks import encode

coordinates = st.floats(0, 60, allow_nan=False, width=32)
points = st.tuples(coordinates, coordinates)
names = st.text(min_size=1, max_size=8).filter(lambda s: s.strip() == s)
bool_masks = hnp.arrays(np.bool_, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=12))
masks = bool_masks.filter(lambda m: bool(m.any()))


@st.composite
def keypoints(draw: st.DrawFn) -> KeypointsGeometry:
    count = draw(st.integers(1, 5))
    where = tuple(draw(st.lists(points, min_size=count, max_size=count)))
    seen = tuple(draw(st.lists(st.integers(0, 2), min_size=count, max_size=count)))
    return KeypointsGeometry(where, seen, tuple(f"joint {i}" for i in range(count)), ((0, count - 1),))


geometries: st.SearchStrategy[Geometry] = st.one_of(
    st.builds(BoxGeometry, st.builds(Box.spanning, points, points)),
    st.builds(RotatedBoxGeometry, points, coordinates, coordinates, st.floats(-180, 180)),
    st.builds(PolygonGeometry, st.lists(st.lists(points, min_size=3, max_size=6).map(tuple), max_size=3).map(tuple)),
    masks.map(lambda m: MaskGeometry(encode(m))),  # type: ignore[arg-type]
    st.builds(PolylineGeometry, st.lists(points, min_size=2, max_size=5).map(tuple)),
    st.builds(PointGeometry, st.lists(points, min_size=1, max_size=4).map(tuple)),
    st.builds(EllipseGeometry, points, coordinates, coordinates, st.floats(-180, 180)),
    keypoints(),
)
attributes = st.dictionaries(names, st.none() | st.booleans() | st.integers(-(2**53), 2**53) | names, max_size=3)
shapes = st.builds(
    Shape,
    geometry=geometries,
    label=names,
    attributes=attributes,
    score=st.none() | st.floats(0, 1),
    author=st.sampled_from(["", "segmentation.click", "coco"]),
    group=st.none() | names,
    track=st.none() | st.integers(0, 2**40),
    locked=st.booleans(),
    hidden=st.booleans(),
)
numbers = st.none() | st.floats(-1e6, 1e6) | st.integers(-1000, 1000)
specs: st.SearchStrategy[AttributeSpec] = st.one_of(
    st.builds(TextSpec, names, st.none() | names, st.booleans(), st.booleans()),
    st.builds(NumberSpec, names, numbers, numbers, numbers, numbers, st.booleans(), st.booleans()),
    st.builds(ChoiceSpec, names, st.lists(names, max_size=3).map(tuple), st.none() | names, st.booleans()),
    st.builds(FlagSpec, names, st.none() | st.booleans(), st.booleans(), st.booleans()),
)
labels = st.builds(
    Label,
    name=names,
    colour=st.just("#102030"),
    key=st.none() | st.integers(0, 9),
    aliases=st.lists(names, max_size=2).map(tuple),
    parent=st.none() | names,
    kinds=st.lists(st.sampled_from(["box", "mask", "polygon"]), max_size=2, unique=True).map(tuple),
    attributes=st.lists(specs, max_size=3).map(tuple),
    skeleton=st.none() | st.builds(Skeleton, st.tuples(names, names), st.just(((0, 1),))),
)
label_lists = st.lists(labels, max_size=4, unique_by=lambda label: label.name).map(lambda x: LabelList(tuple(x)))
comments = st.builds(
    Comment,
    text=st.text(max_size=20),
    author=names,
    time=st.just("2026-11-25T12:00:00+00:00"),
    point=st.none() | points,
    shape=st.none() | names,
    resolved=st.booleans(),
)
reviews = st.builds(Review, st.text(max_size=20), names, st.just("2026-11-25T12:00:00+00:00"))


def documents(path: str = "a.png") -> st.SearchStrategy[Document]:
    return st.builds(
        Document,
        path=st.just(path),
        width=st.just(64),
        height=st.just(64),
        content_hash=st.just("00"),
        shapes=st.lists(shapes, max_size=5).map(tuple),
        state=st.sampled_from(["new", "in_work", "done", "rejected"]),
        labels=st.lists(names, max_size=2, unique=True).map(tuple),
        comments=st.lists(comments, max_size=2).map(tuple),
        review=st.none() | reviews,
    )
