"""What scenes share: the window on sample pictures, some shapes, and the file that is written."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

Scene = Callable[[Path], None]
Size = tuple[int, int]

COLOURS = (112, 80, 56, 40, 28)
ENOUGH = 140_000
SHARED = Path(os.environ.get("FOVEA_SHARED", Path(__file__).resolve().parents[3] / "shared"))


def start(theme: str = "light", size: tuple[int, int] = (1280, 800), path: Path | None = None):
    from app.io.preferences import Preferences
    from tests.driving import Driver, until

    Preferences().set("theme", theme)
    driver = Driver(path, size)
    if path is None:
        until(lambda: driver.window.view.image is not None)
    return driver


def reduced(full, colours: int):
    """Few colours: those of the theme and the markers as they are, the rest chosen from the picture."""
    from PIL import Image as Pillow
    from PySide6.QtGui import QColor

    from app.core.document import LABEL_COLOURS
    from app.ui.look.theme import DARK, LIGHT

    named = {v for t in (DARK, LIGHT) for v in vars(t).values() if isinstance(v, str)} | set(LABEL_COLOURS)
    own = [channel for name in sorted(named) for channel in QColor(name).getRgb()[:3]]
    chosen = full.quantize(colours).getpalette() or []
    palette = Pillow.new("P", (1, 1))
    palette.putpalette([*chosen[: 3 * colours], *own])
    return full.quantize(palette=palette, dither=Pillow.Dither.NONE)


def save(driver, file: Path, dialog: str = "", over: Callable[[Any], object] | None = None) -> None:
    """Once nothing moves any more: the window, with a dialog over it where one is named."""
    from PIL import Image as Pillow
    from PySide6.QtGui import QPainter
    from PySide6.QtTest import QTest

    from tests.driving import until

    until(lambda: driver.window.view.settled and not driver.window.files.thumbnails.busy)
    QTest.qWait(100)  # layouts settle, the last thumbnail is drawn
    window = driver.window
    shot = window.grab()
    if dialog:
        above = driver.dialog(dialog)
        painter = QPainter(shot)
        painter.fillRect(shot.rect(), "#60000000")
        painter.drawPixmap(window.mapFromGlobal(above.mapToGlobal(above.rect().topLeft())), above.grab())
        painter.end()
    if over is not None:
        painter = QPainter(shot)
        over(painter)
        painter.end()
    shot.save(str(file))
    with Pillow.open(file) as full:
        whole = full.convert("RGB")
    for colours in COLOURS:
        reduced(whole, colours).save(file, optimize=True)
        if file.stat().st_size < ENOUGH:
            break
    driver.close()


def editing(theme: str = "light", size: tuple[int, int] = (1280, 800)):
    """A box, a polygon with a hole, a rotated box, an ellipse, a skeleton and a mask on a picture, nothing selected."""
    import numpy as np

    from app.core import annotation as a
    from app.core.geometry import Box
    from app.core.masks import encode

    driver = start(theme, size)
    driver.press("files.list", driver.row("coffee.png"))
    driver.wait_for_picture("coffee.png")
    rows, columns = np.mgrid[:400, :600]
    blob = ((rows - 130) / 60.0) ** 2 + ((columns - 500) / 75.0) ** 2 < 1
    blob &= ((rows - 130) ** 2 + (columns - 500) ** 2) > 15**2
    rle = encode(blob)
    assert rle is not None
    outer = ((60.0, 40.0), (170.0, 30.0), (200.0, 120.0), (120.0, 170.0), (40.0, 130.0))
    inner = ((100.0, 70.0), (140.0, 70.0), (130.0, 110.0), (105.0, 105.0))
    joints = ((430.0, 300.0), (480.0, 260.0), (520.0, 310.0), (560.0, 350.0))
    shapes = [
        a.Shape(a.BoxGeometry(Box(230, 90, 400, 250)), "cup"),
        a.Shape(a.PolygonGeometry((outer, inner)), "table"),
        a.Shape(a.RotatedBoxGeometry((130, 290), 170, 70, 20), "spoon"),
        a.Shape(a.EllipseGeometry((320, 320), 70, 40, 0), "saucer"),
        a.Shape(a.KeypointsGeometry(joints, (2, 1, 0, 2), ("a", "b", "c", "d"), ((0, 1), (1, 2), (2, 3))), "pose"),
        a.Shape(a.MaskGeometry(rle), "shadow"),
    ]
    driver.session.keep(shapes, "Put")
    driver.key("V")
    driver.session.select(())
    driver.window.view.setFocus()
    return driver, shapes
