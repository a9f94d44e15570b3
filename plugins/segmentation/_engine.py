"""The seam between the click-to-segment tool and what segments.

An engine opens an image once and answers prompts against it many times; whatever it can compute from the picture alone
(an embedding, superpixels) belongs into `open`. Engines know nothing of windows, files or processes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from app.core.layers import MaskLayer
from app.core.prompts import Prompts


class ClickSession(Protocol):
    """One image, ready to be asked."""

    def predict(self, prompts: Prompts) -> tuple[MaskLayer, ...]:
        """One to three candidate masks in source pixels, the best first.

        The classical engine and Fovea's own network keep every positive click inside and every negative click outside
        of each candidate; what Segment Anything answers is not bent to that. Raises `ToolError` when the prompts cannot
        be answered (no positive click, no box and no mask).
        """
        ...


@runtime_checkable
class FineSession(ClickSession, Protocol):
    """A session whose masks are coarser than the picture, and that can look at an outline closely."""

    def outlined(self, prompts: Prompts, going: Callable[[], object] = lambda: None) -> MaskLayer:
        """The mask with its outline looked at closely: of the candidate among the answers to these prompts whose logits
        they hold, else of the best. ``going`` is called between looks and may raise to stop."""
        ...
