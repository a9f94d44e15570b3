"""Everything in a project in one stable, JSON-able form: for comparing, hashing and storing."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from typing import Any

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
from app.core.labels import AttributeSpec, Label, LabelList


def canonical(documents: Iterable[Document], labels: LabelList) -> dict[str, Any]:
    """All of it as plain lists, texts and numbers. Documents come by path; the order of shapes, comments and labels
    means something and stays. Equal projects have equal dumps, to the last bit of a coordinate."""
    ordered = sorted(documents, key=lambda document: document.path)
    return {"labels": [plain_label(x) for x in labels.labels], "documents": [plain_document(d) for d in ordered]}


def canonical_bytes(documents: Iterable[Document], labels: LabelList) -> bytes:
    """`canonical` as JSON in UTF-8, with sorted keys and no spaces."""
    plain = canonical(documents, labels)
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), default=_scalar).encode()


def plain_document(document: Document) -> dict[str, Any]:
    return {
        "path": document.path,
        "size": [document.width, document.height],
        "content_hash": document.content_hash,
        "state": document.state,
        "labels": list(document.labels),
        "review": plain_review(document.review),
        "comments": [plain_comment(comment) for comment in document.comments],
        "shapes": [plain_shape(shape) for shape in document.shapes],
    }


def plain_shape(shape: Shape) -> dict[str, Any]:
    geometry = plain_geometry(shape.geometry)
    if isinstance(shape.geometry, MaskGeometry):
        geometry["counts"] = shape.geometry.rle.counts.decode("ascii")
    return {
        "id": shape.id,
        "kind": shape.kind,
        "label": shape.label,
        "geometry": geometry,
        "attributes": dict(shape.attributes),
        "score": shape.score,
        "author": shape.author,
        "group": shape.group,
        "track": shape.track,
        "locked": shape.locked,
        "hidden": shape.hidden,
    }


def plain_geometry(geometry: Geometry) -> dict[str, Any]:
    """The geometry in plain values; of a mask only where its box lies, its runs are the caller's to add."""
    match geometry:
        case BoxGeometry(box):
            return {"box": list(box.as_tuple())}
        case RotatedBoxGeometry(centre, width, height, angle):
            return {"centre": list(centre), "size": [width, height], "angle": angle}
        case PolygonGeometry(rings):
            return {"rings": rings}
        case MaskGeometry(rle):
            return {"crop": [rle.x, rle.y, rle.width, rle.height]}
        case PolylineGeometry(points) | PointGeometry(points):
            return {"points": points}
        case EllipseGeometry(centre, rx, ry, angle):
            return {"centre": list(centre), "radii": [rx, ry], "angle": angle}
        case KeypointsGeometry():
            return {
                "points": geometry.points,
                "visibility": list(geometry.visibility),
                "names": list(geometry.names),
                "edges": geometry.edges,
                "box": list(geometry.box.as_tuple()) if geometry.box else None,
            }


def plain_label(label: Label) -> dict[str, Any]:
    skeleton = label.skeleton
    return {
        "name": label.name,
        "colour": label.colour,
        "key": label.key,
        "aliases": list(label.aliases),
        "parent": label.parent,
        "kinds": list(label.kinds),
        "attributes": [plain_spec(spec) for spec in label.attributes],
        "skeleton": skeleton and {"joints": list(skeleton.joints), "edges": [list(e) for e in skeleton.edges]},
    }


def plain_spec(spec: AttributeSpec) -> dict[str, Any]:
    return {"kind": spec.kind, **dataclasses.asdict(spec)}


def plain_comment(comment: Comment) -> dict[str, Any]:
    return dataclasses.asdict(comment)


def plain_review(review: Review | None) -> dict[str, Any] | None:
    return None if review is None else dataclasses.asdict(review)


def _scalar(value: Any) -> Any:
    """numpy's numbers, which json does not know, as Python's."""
    return value.item()
