"""Zoom, place and contrast of one picture for the next."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image as Pillow

from tests.driving import Driver, disc_picture, make_folder


def middle(driver: Driver) -> tuple[float, float]:
    view = driver.window.view
    return view.transform.to_source((view.width() / 2, view.height() / 2))


def test_that_zoom_and_place_are_kept_if_wanted_and_over_restarts(start: Callable[..., Driver], folder: Path) -> None:
    window = start(folder)
    window.wheel(40, 30, 5)
    window.key("D")
    window.wait_for_picture("a2.png")
    assert window.window.view.navigator.fitted, "not unless it is asked for"
    window.window.actions_["view.keep_place"].trigger()
    window.wheel(40, 30, 5)
    before = window.window.view.transform
    window.key("D")
    window.wait_for_picture("a10.png")
    assert window.window.view.transform == before
    window.key("F")
    window.key("A")
    window.wait_for_picture("a2.png")
    assert window.window.view.navigator.fitted, "a picture that is seen whole is followed by one that is seen whole"
    window.close()
    window = start(folder)
    assert window.window.actions_["view.keep_place"].isChecked()
    window.wheel(40, 30, 5)
    before = window.window.view.transform
    window.key("D")
    window.wait_for_picture("a2.png")
    assert window.window.view.transform == before


def test_that_of_a_picture_of_another_size_the_same_part_is_seen_at_the_same_zoom(
    start: Callable[..., Driver], tmp_path: Path
) -> None:
    folder = make_folder(tmp_path / "sizes", ("a1.png",))
    Pillow.fromarray(disc_picture((320, 180))).save(folder / "a2.png")
    window = start(folder)
    window.window.actions_["view.keep_place"].trigger()
    window.wheel(120, 90, 12)
    x, y = middle(window)
    zoom = window.window.view.zoom
    window.key("D")
    window.wait_for_picture("a2.png")
    assert window.window.view.zoom == pytest.approx(zoom)
    assert middle(window) == pytest.approx((x * 2, y * 1.5), abs=0.01)
    window.key("A")
    window.wait_for_picture("a1.png")
    assert middle(window) == pytest.approx((x, y), abs=0.01)


def test_that_another_folder_is_seen_whole(start: Callable[..., Driver], folder: Path, tmp_path: Path) -> None:
    window = start(folder)
    window.window.actions_["view.keep_place"].trigger()
    window.wheel(40, 30, 5)
    window.window.open(make_folder(tmp_path / "more", ("b1.png",)))
    window.wait_for_picture("b1.png")
    assert window.window.view.navigator.fitted


def test_that_contrast_is_kept_between_pictures_of_one_type(start: Callable[..., Driver], tmp_path: Path) -> None:
    folder = tmp_path / "deep"
    folder.mkdir()
    ramp = np.arange(120 * 160, dtype=np.uint16).reshape(120, 160)
    for name, pixels in (("a1.tif", ramp), ("a2.tif", ramp * 3), ("a3.tif", (ramp // 100).astype(np.uint8))):
        tifffile.imwrite(folder / name, pixels)
    window = start(folder, "a1.tif")
    view = window.window.view
    window.key("Ctrl+Shift+L")
    chosen = view.window_level
    window.key("D")
    window.wait_for_picture("a2.tif")
    assert view.window_level == (0.0, 3.0 * (120 * 160 - 1)), "not unless it is asked for"
    window.key("A")
    window.wait_for_picture("a1.tif")
    window.window.actions_["view.keep_window"].trigger()
    window.key("Ctrl+Shift+L")
    window.key("D")
    window.wait_for_picture("a2.tif")
    assert view.window_level == pytest.approx(chosen)
    window.key("D")
    window.wait_for_picture("a3.tif")
    assert view.window_level == (0.0, 255.0), "8 bits are another matter"
