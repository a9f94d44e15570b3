"""Cutting what is selected along a line."""

from __future__ import annotations

from app.ui.viewers.gestures.polyline import PolylineGesture


class KnifeGesture(PolylineGesture):
    """Draws the line; see `VertexGesture`. What is selected stays so: it is cut with Enter or a double click."""

    usage = "Draw a line across the selected shapes, from outside to outside. Enter or a double click cuts."
