"""Pictures of the window while shapes are drawn and held by hand; `screenshots` takes them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from tests.scenes.base import Scene, Size, editing, save, start

FULL, LOW = (1280, 800), (1280, 720)


def _on_coffee(theme: str, size: Size) -> Any:
    driver = start(theme, size)
    driver.press("files.list", driver.row("coffee.png"))
    driver.wait_for_picture("coffee.png")
    driver.session.add_label("cup")
    return driver


def _skeleton(theme: str, size: Size, file: Path) -> None:
    """A person half set: one joint hidden, the next one named beside the pointer."""
    from app.core.geometry import Box
    from app.core.skeletons import COCO_PERSON, posed
    from tests.driving import RIGHT

    driver = _on_coffee(theme, size)
    driver.session.add_label("person")
    driver.key("K")
    driver.press("notices.action")
    places = posed(COCO_PERSON, Box(200, 20, 420, 380))
    for i, place in enumerate(places[:9]):
        driver.click(*place, *([RIGHT] if i == 4 else []))
    driver.hover(*places[9])
    save(driver, file)


def _snapping(theme: str, size: Size, file: Path) -> None:
    """A polygon beside another one: the border that is offered, the mark, the choices in the strip."""
    from app.core.annotation import PolygonGeometry, Shape

    driver = _on_coffee(theme, size)
    ring = ((160.0, 60.0), (330.0, 50.0), (360.0, 120.0), (345.0, 210.0), (300.0, 290.0), (170.0, 280.0))
    driver.session.keep([Shape(PolygonGeometry((ring,)), "cup")], "Put")
    driver.session.add_label("table")
    driver.window.editing.aids.set_snapping(True)
    driver.window.editing.aids.set_overlap("new")
    driver.key("P")
    driver.click(480, 300)
    driver.click(500, 80)
    driver.click(332, 52)
    driver.hover(302, 288)
    save(driver, file)


def _many(theme: str, size: Size, outlines: bool = False) -> Any:
    """Four shapes of several kinds, all selected."""

    driver, shapes = editing(theme, size)
    if outlines:
        driver.key("Shift+G")
    driver.session.select([shapes[i].id for i in (0, 2, 3, 5)])
    return driver


def _frame(theme: str, size: Size, file: Path) -> None:
    """Several shapes with their frame, the pointer at a corner."""

    driver = _many(theme, size)
    driver.hover(575, 361)
    save(driver, file)


def _turning(theme: str, size: Size, file: Path) -> None:
    """The frame being turned, with the angle."""
    from PySide6.QtTest import QTest

    from tests.driving import LEFT, NONE

    driver = _many(theme, size)
    frame = driver.window.view.select_gesture._hold.frame()
    from app.ui.viewers.grips import turn_handle

    turning = turn_handle(frame, driver.window.view.transform.scale, (600, 400))
    (x, y), _ = turning
    QTest.mousePress(driver.window.windowHandle(), LEFT, NONE, driver._on_picture(x, y))
    driver._move(driver._on_picture(x + 30, y + 5), LEFT)
    driver._move(driver._on_picture(x + 60, y + 10), LEFT)
    save(driver, file)


def _outlines(theme: str, size: Size, file: Path) -> None:
    """Thin outlines without fills."""

    driver = _many(theme, size, outlines=True)
    driver.session.select(())
    driver.hover(150, 100)
    save(driver, file)


def _scenes(name: str, make: Callable[[str, Size, Path], None]) -> dict[str, Scene]:
    return {
        name: partial(make, "light", FULL),
        f"{name}_dark": partial(make, "dark", LOW),
        f"{name}_scale_2": partial(make, "light", LOW),
    }


SCENES: dict[str, Scene] = {
    **_scenes("skeleton", _skeleton),
    **_scenes("snapping", _snapping),
    **_scenes("frame", _frame),
    **_scenes("turning", _turning),
    **_scenes("outlines", _outlines),
}
