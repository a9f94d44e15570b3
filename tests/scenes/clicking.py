"""Scenes of the main job: the first start, prompting, drawing, naming."""

from __future__ import annotations

from pathlib import Path

from tests.scenes.base import Scene, save, start


def first_start(file: Path) -> None:
    save(start(), file)


def prompting(file: Path, theme: str = "light", size: tuple[int, int] = (1280, 800)) -> None:
    driver = _prompted(theme, size)
    save(driver, file)


def _prompted(theme: str = "light", size: tuple[int, int] = (1280, 800)):
    from tests.driving import RIGHT, until

    driver = start(theme, size)
    driver.press("files.list", driver.row("coffee.png"))
    driver.wait_for_picture("coffee.png")
    driver.drag((150, 60), (445, 345))
    until(driver.answered)
    driver.click(500, 60, RIGHT)
    until(driver.answered)
    return driver


def prompting_dark(file: Path) -> None:
    prompting(file, "dark")


def prompting_1280x720(file: Path) -> None:
    prompting(file, "dark", (1280, 720))


def prompting_scale_2(file: Path) -> None:
    prompting(file, "light", (1280, 720))


def polygon(file: Path, theme: str = "light", size: tuple[int, int] = (1280, 800)) -> None:
    """A polygon in progress, with the line to the pointer."""
    from tests.driving import until

    driver = start(theme, size)
    driver.press("files.list", driver.row("coffee.png"))
    driver.wait_for_picture("coffee.png")
    until(lambda: driver.window.segmenter is not None)
    driver.press("column.gesture.ellipse")
    driver.drag((120, 320), (240, 390))
    driver.type("spoon")
    driver.key("Return")
    driver.press("column.gesture.polygon")
    for x, y in ((160, 110), (190, 70), (250, 52), (330, 48), (400, 66), (428, 110)):
        driver.click(x, y)
    driver.hover(420, 190)
    save(driver, file)


def polygon_dark(file: Path) -> None:
    polygon(file, "dark", (1280, 720))


def polygon_scale_2(file: Path) -> None:
    polygon(file, "light", (1280, 720))


def polygon_dark_scale_2(file: Path) -> None:
    polygon(file, "dark", (1280, 720))


def drawing_box(file: Path) -> None:
    """A box with its guides; a mask painted with the brush stands beside it."""
    driver = start("light", (1280, 720))
    driver.press("files.list", driver.row("coffee.png"))
    driver.wait_for_picture("coffee.png")
    driver.key("B")
    driver.hover(300, 200)
    driver.key("]")
    driver.drag((130, 330), (220, 380))
    driver.key("Return")
    driver.type("spoon")
    driver.key("Return")
    driver.key("R")
    driver.click(150, 50)
    driver.hover(445, 345)
    save(driver, file)


def wand(file: Path) -> None:
    from tests.driving import until

    driver = start("dark", (1280, 720))
    driver.press("files.list", driver.row("coffee.png"))
    driver.wait_for_picture("coffee.png")
    driver.key("U")
    driver.click(300, 150)
    until(lambda: driver.window.drawing.gesture.ready)
    save(driver, file)


def named(file: Path, theme: str = "light") -> None:
    driver = _prompted(theme)
    driver.key("Return")
    driver.type("cup")
    driver.key("Return")
    driver.keep(560, 300)
    save(driver, file)


def naming(file: Path) -> None:
    driver = _prompted()
    driver.key("Return")
    save(driver, file)


SCENES: tuple[Scene, ...] = (
    first_start,
    prompting,
    prompting_dark,
    prompting_1280x720,
    prompting_scale_2,
    polygon,
    polygon_dark,
    polygon_scale_2,
    polygon_dark_scale_2,
    drawing_box,
    wand,
    naming,
    named,
)
