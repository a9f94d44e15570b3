"""A folder of small pictures, and windows on it that are driven by mouse and keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.io import memory
from app.io.preferences import Preferences
from tests import trouble
from tests.driving import Driver, make_folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_folder(tmp_path / "pictures")


@pytest.fixture
def start(qtbot, home: Path) -> Iterator[Callable[..., Driver]]:
    """Opens windows, and closes them in the end."""
    opened: list[Driver] = []

    def begin(path: Path | None = None, picture: str = "a1.png", **more: object) -> Driver:
        Preferences().set("theme", "light")
        driver = Driver(path, **more)
        opened.append(driver)
        if picture:
            driver.wait_for_picture(picture)
        return driver

    yield begin
    for driver in opened:
        if driver.open:
            driver.close()
    # Every window loads the click network anew: what hundreds of them leave to the C library makes gigabytes.
    memory.give_back()


@pytest.fixture
def window(start: Callable[..., Driver], folder: Path) -> Driver:
    """A window on three pictures, the first one shown, ready for clicks."""
    return start(folder)


@pytest.fixture
def troubled(start: Callable[..., Driver], folder: Path, home: Path) -> Driver:
    """The same with the tools that misbehave."""
    trouble.install(home)
    return start(folder)
