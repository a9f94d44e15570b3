"""Scenes of backups and pictures that are missing."""

from __future__ import annotations

import os
from pathlib import Path

from tests.scenes.base import Scene, save, start


def _kept(theme: str):
    """A folder of two pictures with a shape on one of them."""
    from app.core.annotation import BoxGeometry, Shape
    from app.core.geometry import Box
    from app.io.samples import sample_folder
    from tests.driving import until

    folder = Path(os.environ["FOVEA_HOME"]) / "pictures"
    folder.mkdir()
    for name in ("coffee.png", "cat.png"):
        (folder / name).write_bytes((sample_folder() / name).read_bytes())
    driver = start(theme, path=folder)
    until(lambda: driver.window.files.model.rowCount() == 2)
    driver.press("files.list", driver.row("coffee.png"))
    driver.wait_for_picture("coffee.png")
    driver.session.keep([Shape(BoxGeometry(Box(230, 90, 400, 250)), "cup")], "Put")
    return driver, folder


def restore(file: Path, theme: str = "light") -> None:
    from app.io import backups
    from tests.driving import until

    driver, folder = _kept(theme)
    backups.daily(folder / "project.fovea", folder)
    driver.window.actions_["file.restore"].trigger()
    tree = driver.dialog("backups").tree
    until(lambda: tree.topLevelItemCount() > 0)
    tree.setCurrentItem(tree.topLevelItem(0))
    save(driver, file, "backups")


def restore_dark(file: Path) -> None:
    restore(file, "dark")


def restore_empty(file: Path) -> None:
    from tests.driving import until

    driver, _ = _kept("light")
    driver.window.actions_["file.restore"].trigger()
    words = driver.dialog("backups").words
    until(lambda: "no backup" in words.text())
    save(driver, file, "backups")


def missing_picture(file: Path, theme: str = "light") -> None:
    """A picture that has shapes was moved away."""
    from tests.driving import until

    driver, folder = _kept(theme)
    driver.press("files.list", driver.row("cat.png"))
    driver.wait_for_picture("cat.png")
    (folder / "coffee.png").rename(folder.parent / "coffee.png")
    driver.session.open(folder)
    until(lambda: "not in" in driver.window.notices.text, 30)
    save(driver, file)


def missing_picture_dark(file: Path) -> None:
    missing_picture(file, "dark")


SCENES: tuple[Scene, ...] = (
    restore,
    restore_dark,
    restore_empty,
    missing_picture,
    missing_picture_dark,
)
