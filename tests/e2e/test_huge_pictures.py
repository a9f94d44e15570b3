"""Pictures too large for memory in the window; the limit is lowered, so that small files take the same way."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from app.core.annotation import MaskGeometry
from app.core.huge import HugeImage
from app.core.sources import Image
from app.io import regions
from tests.driving import Driver, until

WIDTH, HEIGHT = 3000, 2000
DISC = (2600, 1700, 60)
"""x, y, radius."""


def pixels(dtype: type = np.uint8) -> np.ndarray:
    """(H, W, 3): a slope with texture, and a bright disc at the lower right."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    red = 40 + 30 * np.sin(columns / 25) * np.cos(rows / 31)
    out = np.stack([red, columns * 90 / WIDTH, rows * 90 / HEIGHT], axis=2)
    x, y, radius = DISC
    out[(rows - y) ** 2 + (columns - x) ** 2 < radius**2] = (235, 200, 60)
    return (out * (1 if dtype is np.uint8 else 200)).astype(dtype)


def write_pyramid(path: Path, picture: np.ndarray) -> None:
    options = {"photometric": "rgb", "tile": (256, 256), "metadata": None, "compression": "zlib"}
    with tifffile.TiffWriter(path) as file:
        file.write(picture, subifds=2, **options)
        for shrink in (2, 4):
            file.write(picture[::shrink, ::shrink], subfiletype=1, **options)


def write_striped(path: Path, picture: np.ndarray) -> None:
    options = {"photometric": "rgb", "rowsperstrip": 16, "metadata": None, "compression": "zlib", "predictor": True}
    tifffile.imwrite(path, picture, **options)


@pytest.fixture
def lowered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOVEA_IMAGE_MEMORY", "12000000")
    monkeypatch.setattr(regions, "OVERVIEW_FROM", 1000)
    monkeypatch.setattr(regions, "OVERVIEW_SIDE", 800)


@pytest.fixture(params=["pyramid", "striped"])
def window(lowered: None, start: Callable[..., Driver], tmp_path: Path, request: pytest.FixtureRequest) -> Driver:
    """A window on a huge picture and a small one."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    {"pyramid": write_pyramid, "striped": write_striped}[request.param](folder / "a.tif", pixels())
    cv2.imwrite(str(folder / "b.png"), np.full((60, 80, 3), 90, np.uint8))
    return start(folder, "a.tif")


def wheel(driver: Driver, x: float, y: float, notches: int) -> None:
    view = driver.window.view
    at = QPointF(*view.transform.to_view((x, y)))
    event = QWheelEvent(
        at,
        view.mapToGlobal(at),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, event)
    QApplication.processEvents()


def go_to_corner(driver: Driver) -> None:
    """Zoom in at the disc, as far as one to one, and wait until everything is sharp."""
    view = driver.window.view
    wheel(driver, DISC[0], DISC[1], 12)
    driver.window.view.setFocus()
    driver.key("Shift+F")
    assert view.zoom == pytest.approx(1.0)
    until(lambda: view.settled)


def test_that_a_huge_picture_is_shown_whole_and_sharp_at_a_far_corner(window: Driver) -> None:
    view = window.window.view
    assert isinstance(window.session.picture, HugeImage)
    until(lambda: view.settled)
    shown, expected = view.grab_view(), pixels()
    for x, y in ((500, 400), (2600, 1700), (1500, 1900)):
        place = QPointF(*view.transform.to_view((x, y))).toPoint()
        colour = shown.pixelColor(place)
        assert np.abs(np.array([colour.red(), colour.green(), colour.blue()]) - expected[y, x]).max() < 12
    go_to_corner(window)
    shown = view.grab_view()
    for x, y in ((2600, 1700), (2599, 1622), (2700, 1800), (2560, 1792), (2559, 1791)):
        place = QPointF(*view.transform.to_view((x + 0.5, y + 0.5)))
        colour = shown.pixelColor(int(place.x()), int(place.y()))
        near = expected[y - 1 : y + 2, x - 1 : x + 2].reshape(-1, 3).astype(int)  # the view may lie between two pixels
        found = np.array([colour.red(), colour.green(), colour.blue()])
        assert (found >= near.min(axis=0) - 1).all()
        assert (found <= near.max(axis=0) + 1).all()


def test_that_the_status_bar_reads_true_values_at_every_zoom(window: Driver) -> None:
    expected = pixels()
    for _ in range(2):
        for x, y in ((2600, 1700), (2500, 1650)):
            window.hover(x + 0.5, y + 0.5)
            at = window.window.view._readout
            assert at is not None
            red, green, blue = (int(v) for v in expected[at.y, at.x])
            text = f"{at.x}, {at.y}  R {red} G {green} B {blue}  uint8"
            until(lambda text=text: window.window.status.pixel_text == text)
        go_to_corner(window)


def test_that_tools_say_why_they_cannot_run_and_run_on_the_part_that_is_seen(window: Driver) -> None:
    window.select_tool("fundamentals.canny")
    panel = window.window.tools.panel("fundamentals.canny")
    assert panel is not None
    assert "3000 x 2000 pixels) is too large for memory" in panel.status.text()
    go_to_corner(window)
    window.key("Shift+W")
    until(lambda: window.session.cutout is not None and bool(window.window.stack.items))
    item = window.window.stack.items[0]
    assert item.place is not None
    edges = np.argwhere(item.layer.mask)
    x, y, radius = DISC
    distances = np.hypot(edges[:, 1] + 0.5 + item.place.x - x, edges[:, 0] + 0.5 + item.place.y - y)
    assert np.median(np.abs(distances - radius)) < 2


def test_that_a_click_in_the_part_that_is_seen_keeps_a_mask_in_full_coordinates(window: Driver) -> None:
    window.key("S")
    assert "too large for memory" in window.window.notices.text
    go_to_corner(window)
    window.key("Shift+W")
    until(lambda: window.session.image is not None)
    window.key("S")
    window.keep(DISC[0], DISC[1])
    geometry = window.shapes[0].geometry
    assert isinstance(geometry, MaskGeometry)
    assert geometry.area() == pytest.approx(np.pi * DISC[2] ** 2, rel=0.05)
    assert geometry.bounds().centre == pytest.approx((DISC[0], DISC[1]), abs=3)


def test_that_switching_away_lets_go_of_the_picture_and_coming_back_shows_it_again(window: Driver) -> None:
    view = window.window.view
    until(lambda: view.settled)
    assert len(view._tiled.store) > 0
    assert isinstance(window.session.picture, HugeImage)
    reader = weakref.ref(window.session.picture.regions)
    window.key("PgDown")
    window.wait_for_picture("b.png")
    assert isinstance(window.session.picture, Image)
    assert len(view._tiled.store) == 0
    assert window.session.cutout is None
    until(lambda: reader() is None)
    window.key("PgUp")
    window.wait_for_picture("a.tif")
    until(lambda: view.settled)


def test_that_16_bits_are_shown_through_the_range_of_the_whole_picture(
    lowered: None, start: Callable[..., Driver], tmp_path: Path
) -> None:
    write_striped(tmp_path / "deep.tif", pixels(np.uint16))
    window = start(tmp_path, "deep.tif")
    view = window.window.view
    low, high = view.window_level
    assert low < 3000
    assert high > 40_000
    go_to_corner(window)
    window.hover(DISC[0] + 0.5, DISC[1] + 0.5)
    until(lambda: window.window.status.pixel_text.endswith("R 47000 G 40000 B 12000  uint16"))
    before = view.grab_view()
    view.set_window(0, 20_000)
    until(lambda: view.settled)
    assert view.grab_view() != before


def test_that_a_damaged_part_is_told_by_name_and_the_rest_is_shown(
    lowered: None, start: Callable[..., Driver], tmp_path: Path
) -> None:
    write_pyramid(tmp_path / "holed.tif", pixels())
    with tifffile.TiffFile(tmp_path / "holed.tif") as file:
        page = file.pages.first
        across = -(-WIDTH // 256)
        tile = DISC[1] // 256 * across + DISC[0] // 256
        offset, count = page.dataoffsets[tile], page.databytecounts[tile]
    data = bytearray((tmp_path / "holed.tif").read_bytes())
    data[offset : offset + count] = b"\x07" * count
    (tmp_path / "holed.tif").write_bytes(data)
    window = start(tmp_path, "holed.tif")
    wheel(window, DISC[0], DISC[1], 12)
    until(lambda: "holed.tif is damaged" in window.window.notices.text)
