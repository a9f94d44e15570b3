"""How the next picture is seen: fitted and as stored, or as the one before it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Slot

from app.core.huge import HugeImage
from app.core.sources import Image
from app.ui.viewers.display import Window, sample_of
from app.ui.viewers.image_view import ImageView


class KeepView(QObject):
    """Puts pictures into the view. ``place`` keeps zoom and place, ``window`` the values shown as black and white.

    Zoom is kept as a number of screen pixels a picture pixel; where pictures differ in size, what was in the middle is
    the same part of the way across and down. A view that was fitted is fitted again. The window is kept between
    pictures of one type of values. Nothing is kept from one project to another.
    """

    def __init__(self, view: ImageView) -> None:
        super().__init__(view)
        self._view = view
        self.place = self.window = False
        self._root: Path | None = None
        self._shown: tuple[Window, str] | None = None
        view.window_changed.connect(self._note)

    def show(self, picture: Image | HugeImage, root: Path | None) -> None:
        """Show the next picture, of the project in ``root``."""
        going_on, before = root == self._root, self._shown
        self._root = root
        self._view.set_image(picture, keep_view=self.place and going_on)
        if self.window and going_on and before is not None and before[1] == _type(picture):
            self._view.set_window(*before[0])

    @Slot(float, float)
    def _note(self, low: float, high: float) -> None:
        if self._view.image is not None:
            self._shown = (low, high), _type(self._view.image)


def _type(picture: Image | HugeImage) -> str:
    return str(sample_of(picture).dtype)
