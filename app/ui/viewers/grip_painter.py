"""Paints the handles of a selected shape: white with a dark edge, so that they show on any picture."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from app.core.annotation import Geometry, KeypointsGeometry
from app.core.geometry import Box, FloatArray, Point
from app.core.transform import handles
from app.core.vertices import rings_of
from app.ui.viewers.grips import (
    Grip,
    OnEdge,
    edge_marks,
    joints,
    place_of,
    resize_handles,
    turn_handle,
)
from app.ui.viewers.transform import Size, ViewTransform

HALF = 4.0
"""Half a handle's side in view pixels."""

DOT = 3.5
MARK = 2.5
CROWDED = 10.0
"""Vertices nearer to each other than this on screen are shown around the pointer only."""

AROUND = 90.0
MOST = 600
"""The most vertices and marks that are painted."""

EDGE = QColor(0, 0, 0, 235)
FACE = QColor("#ffffff")
HELD = QColor("#1b86e8")
FAINT = QColor(255, 255, 255, 215)


def paint_grips(
    painter: QPainter,
    geometry: Geometry,
    view: ViewTransform,
    picture: Size,
    held: Grip | None = None,
    pointer: Point | None = None,
) -> None:
    """The handles, points and marks of one shape; ``held`` is the one under the pointer (a source place), in blue."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    if turning := turn_handle(geometry, view.scale, picture):
        _paint_stem(painter, view.to_view(turning[1]), view.to_view(turning[0]))
        _dot(painter, view.to_view(turning[0]), DOT + 1)
    for at in resize_handles(geometry, view.scale).values():
        _square(painter, view.to_view(at))
    _paint_marks(painter, geometry, view, pointer)
    _paint_points(painter, geometry, view, pointer)
    if isinstance(geometry, KeypointsGeometry):
        for at, seen in joints(geometry):
            if seen == 0:
                _cross(painter, view.to_view(at))
    if held is not None and (place := place_of(geometry, held, view.scale, picture)) is not None:
        _dot(painter, view.to_view(place), (MARK if isinstance(held, OnEdge) else DOT) + 2, HELD)


def _paint_marks(painter: QPainter, geometry: Geometry, view: ViewTransform, pointer: Point | None) -> None:
    marks = [at for _, at in edge_marks(geometry, view.scale)]
    if marks:
        for x, y in _seen(np.array(marks), view, pointer, painter):
            _dot(painter, (x, y), MARK, FAINT)


def _paint_points(painter: QPainter, geometry: Geometry, view: ViewTransform, pointer: Point | None) -> None:
    if isinstance(geometry, KeypointsGeometry):
        return  # joints are drawn as dots already
    for ring in rings_of(geometry):
        for x, y in _seen(np.asarray(ring, dtype=np.float64).reshape(-1, 2), view, pointer, painter):
            _square(painter, (x, y), HALF - 0.5)


def _seen(points: FloatArray, view: ViewTransform, pointer: Point | None, painter: QPainter) -> list[list[float]]:
    """The points that are in view, in view pixels; where they stand too close, those around the pointer alone."""
    placed = points * view.scale + (view.dx, view.dy)
    area = painter.viewport()
    ratio = painter.device().devicePixelRatioF()
    inside = ((placed >= -HALF) & (placed <= (area.width() / ratio + HALF, area.height() / ratio + HALF))).all(axis=1)
    apart = np.hypot(*(np.roll(placed, -1, axis=0) - placed).T)
    if len(placed) > 3 and float(np.median(apart)) < CROWDED:
        if pointer is None:
            return []
        inside &= np.hypot(*(placed - view.to_view(pointer)).T) <= AROUND
    found: list[list[float]] = placed[inside][:MOST].tolist()
    return found


def paint_band(painter: QPainter, box: Box, fill: QColor | None = None) -> None:
    """A dashed two-toned rectangle in view pixels, readable on any picture."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    area = QRectF(box.x0, box.y0, box.width, box.height)
    painter.fillRect(area, fill or QColor(255, 255, 255, 28))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(0, 0, 0, 200), 1.5))
    painter.drawRect(area)
    painter.setPen(QPen(QColor(255, 255, 255), 1.5, Qt.PenStyle.DashLine))
    painter.drawRect(area)


def paint_frame(painter: QPainter, frame: Geometry, view: ViewTransform, boxes: FloatArray | None = None) -> None:
    """A frame around several shapes, dashed; and the boxes ((N, 4, 2), source pixels) of shapes that are not shown."""
    corners = np.array([list(handles(frame)[name]) for name in ("nw", "ne", "se", "sw")])
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if boxes is not None:
        _paint_quads(painter, boxes * view.scale + (view.dx, view.dy))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    for colour, width, style in (
        (EDGE, 3.0, Qt.PenStyle.SolidLine),
        (FACE, 1.5, Qt.PenStyle.DashLine),
    ):
        painter.setPen(QPen(colour, width, style))
        placed = (corners * view.scale + (view.dx, view.dy)).tolist()
        painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in placed]))


def _paint_quads(painter: QPainter, quads: FloatArray) -> None:
    """Many boxes that lie askew, (N, 4, 2) in view pixels: plain lines, because dashes take a hundred times as long."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    sides = np.concatenate([quads, np.roll(quads, -1, axis=1)], axis=2).reshape(-1, 4)
    lines = [QLineF(*side) for side in sides.tolist()]
    for colour, aside in (("#000000", 1.0), ("#ffffff", -1.0)):
        painter.translate(aside, aside)
        painter.setPen(QPen(QColor(colour), 1))
        painter.drawLines(lines)


def _square(painter: QPainter, at: Point, half: float = HALF) -> None:
    painter.setPen(QPen(EDGE, 1.5))
    painter.setBrush(FACE)
    painter.drawRect(QRectF(at[0] - half, at[1] - half, 2 * half, 2 * half))


def _dot(painter: QPainter, at: Point, radius: float, face: QColor = FACE) -> None:
    if face is HELD:
        painter.setPen(QPen(EDGE, 3.5))
        painter.drawEllipse(QPointF(*at), radius, radius)
        painter.setPen(QPen(FACE, 1.5))
    else:
        painter.setPen(QPen(EDGE, 1.25))
    painter.setBrush(face)
    painter.drawEllipse(QPointF(*at), radius, radius)


def _cross(painter: QPainter, at: Point) -> None:
    """A joint that is not given: where it would be."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in ((EDGE, 3.5), (FACE, 1.5)):
        painter.setPen(QPen(colour, width))
        painter.drawLine(QPointF(at[0] - 4, at[1] - 4), QPointF(at[0] + 4, at[1] + 4))
        painter.drawLine(QPointF(at[0] - 4, at[1] + 4), QPointF(at[0] + 4, at[1] - 4))


def _paint_stem(painter: QPainter, start: Point, end: Point) -> None:
    for colour, width in ((EDGE, 3.5), (FACE, 1.5)):
        painter.setPen(QPen(colour, width))
        painter.drawLine(QPointF(*start), QPointF(*end))
