"""How large a round brush is: radii in source pixels. Without Qt."""

from __future__ import annotations

FIRST = 12.0
"""The radius when a brush is first used, in view pixels."""

SMALLEST, LARGEST = 0.71, 4000.0
"""A smaller brush could touch no pixel's centre."""

NOTCH = 1.15
LIGHTEST = 0.1
"""The part of the radius that the lightest touch of a pen gives."""


def first(scale: float) -> float:
    """The radius to begin with, at ``scale`` view pixels for a source pixel."""
    return _within(FIRST / scale)


def notched(radius: float, steps: int) -> float:
    """The radius after so many notches of the wheel, positive for larger."""
    return _within(radius * NOTCH**steps)


def pressed(radius: float, pressure: float) -> float:
    """What a pen paints with, pressed so hard (0..1; a mouse presses with 1)."""
    return max(radius * (LIGHTEST + (1 - LIGHTEST) * pressure), SMALLEST)


def _within(radius: float) -> float:
    return min(max(radius, SMALLEST), LARGEST)
