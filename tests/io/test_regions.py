"""Reading in parts, against tifffile's own reading of the whole."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.errors import InputError
from app.core.geometry import Box
from app.core.huge import HugeImage
from app.core.sources import Image
from app.io import images, regions

WIDTH, HEIGHT = 2300, 1500
LAYOUTS: dict[str, dict[str, Any]] = {
    "strips": {"rowsperstrip": 7},
    "one strip": {"rowsperstrip": HEIGHT},
    "tiles": {"tile": (256, 128)},
    "deflate": {"rowsperstrip": 16, "compression": "zlib", "predictor": True},
    "LZW": {"rowsperstrip": 5, "compression": "lzw", "predictor": True},
    "LZW tiles": {"tile": (64, 64), "compression": "lzw"},
    "deflate tiles": {"tile": (256, 256), "compression": "zlib"},
    "zstd": {"rowsperstrip": 30, "compression": "zstd"},
}


@cache
def textured(height: int = HEIGHT, width: int = WIDTH, channels: int = 3, dtype: Any = np.uint8) -> np.ndarray:
    """(H, W) or (H, W, C), every place unlike the others."""
    rows, columns = np.mgrid[0:height, 0:width]
    waves = [np.sin(rows / (9 + 7 * c)) + np.cos(columns / (13 + 5 * c)) + columns / width for c in range(channels)]
    values = np.stack(waves, axis=2)
    values = (values - values.min()) / np.ptp(values)
    pixels = values.astype(dtype) if np.dtype(dtype).kind == "f" else (values * np.iinfo(dtype).max).astype(dtype)
    return pixels[:, :, 0] if channels == 1 else pixels


def write(path: Path, pixels: np.ndarray, **options: Any) -> Path:
    kind = "rgb" if pixels.ndim == 3 else "minisblack"
    tifffile.imwrite(path, pixels, **{"photometric": kind, "metadata": None, **options})
    return path


def write_levels(path: Path, pixels: np.ndarray, as_subifds: bool, **options: Any) -> Path:
    with tifffile.TiffWriter(path) as file:
        options = {"photometric": "rgb", "tile": (128, 128), "metadata": None, **options}
        file.write(pixels, **options, **({"subifds": 2} if as_subifds else {}))
        for shrink in (2, 4):
            small = cv2.resize(
                pixels, (-(-pixels.shape[1] // shrink), -(-pixels.shape[0] // shrink)), interpolation=cv2.INTER_AREA
            )
            file.write(small, subfiletype=1, **options)
    return path


def whole(path: Path) -> np.ndarray:
    with tifffile.TiffFile(path) as file:
        return np.asarray(file.pages.first.asarray())


WINDOWS = ((0, 0, WIDTH, HEIGHT), (2000, 1300, 2300, 1500), (17, 33, 18, 34), (120, 250, 700, 600))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    ("channels", "dtype"), [(3, np.uint8), (1, np.uint8), (3, np.uint16), (1, np.float32), (4, np.uint8)]
)
def test_that_windows_hold_what_the_whole_file_holds(tmp_path: Path, layout: str, channels: int, dtype: Any) -> None:
    more = {"extrasamples": ["unassalpha"]} if channels == 4 else {}
    path = write(tmp_path / "a.tif", textured(channels=channels, dtype=dtype), **LAYOUTS[layout], **more)
    expected, reader = whole(path), regions.open_regions(path)
    assert reader.size == (WIDTH, HEIGHT) and reader.dtype == dtype and reader.channels == channels
    for x0, y0, x1, y1 in WINDOWS:
        np.testing.assert_array_equal(reader.read(0, (x0, y0, x1, y1)), expected[y0:y1, x0:x1])


@pytest.mark.parametrize("order", ["<", ">"])
def test_that_planes_that_lie_apart_and_both_byte_orders_are_read(tmp_path: Path, order: str) -> None:
    for n, options in enumerate(({}, {"compression": "zlib", "predictor": True}, {"tile": (64, 64)})):
        planes = np.moveaxis(textured(dtype=np.uint16), 2, 0)
        path = tmp_path / f"{n}.tif"
        tifffile.imwrite(path, planes, photometric="rgb", planarconfig="separate", byteorder=order, **options)
        reader = regions.open_regions(path)
        np.testing.assert_array_equal(reader.read(0, (100, 200, 900, 777)), textured(dtype=np.uint16)[200:777, 100:900])


def test_that_jpeg_tiles_come_out_as_rgb(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", textured(), tile=(256, 256), compression="jpeg")
    reader = regions.open_regions(path)
    np.testing.assert_array_equal(reader.read(0, (300, 100, 1900, 1400)), whole(path)[100:1400, 300:1900])
    assert np.abs(reader.read(0, (0, 0, 500, 500)).astype(int) - textured()[:500, :500]).mean() < 3


def test_that_palette_bilevel_and_inverted_pictures_are_shown_as_pillow_shows_them(tmp_path: Path) -> None:
    import PIL.Image

    gray = textured(channels=1)
    ramp = np.stack([np.arange(256), np.arange(256)[::-1], np.full(256, 90)]).astype(np.uint16) * 257
    tifffile.imwrite(
        tmp_path / "palette.tif", gray, photometric="palette", colormap=ramp, rowsperstrip=9, compression="lzw"
    )
    tifffile.imwrite(tmp_path / "white.tif", gray, photometric="miniswhite", rowsperstrip=9)
    tifffile.imwrite(tmp_path / "one bit.tif", gray > 120, photometric="minisblack", rowsperstrip=9)
    for file in sorted(tmp_path.iterdir()):
        pixels = np.asarray(PIL.Image.open(file))
        expected = images.read(file).pixels
        found = regions.open_regions(file).read(0, (500, 400, 2300, 1500))
        np.testing.assert_array_equal(found, expected[400:1500, 500:2300], err_msg=f"{file.name} {pixels.dtype}")


@pytest.mark.parametrize("as_subifds", [True, False])
@pytest.mark.parametrize("orientation", [1, 6])
def test_that_smaller_copies_in_the_file_are_used_as_they_are(
    tmp_path: Path, as_subifds: bool, orientation: int
) -> None:
    tag = (274, "H", 1, orientation, True)
    path = write_levels(tmp_path / "a.tif", textured(1501, 2303), as_subifds, extratags=[tag])
    reader = regions.open_regions(path)
    assert [round(s.step_x) for s in reader.levels[:3]] == [1, 2, 4]
    with tifffile.TiffFile(path) as file:
        pages = file.pages.first.pages if as_subifds else [file.pages[1], file.pages[2]]
        for level, page in zip((1, 2), list(pages), strict=True):
            expected = np.rot90(page.asarray(), -1) if orientation == 6 else page.asarray()
            size = reader.levels[level]
            np.testing.assert_array_equal(reader.read(level, (0, 0, size.width, size.height)), expected)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("layout", ["deflate", "tiles"])
def test_that_every_orientation_is_turned_upright_at_every_scale(tmp_path: Path, orientation: int, layout: str) -> None:
    tag = (274, "H", 1, orientation, True)
    path = write(tmp_path / "a.tif", textured(), extratags=[tag], **LAYOUTS[layout])
    upright = images.read(path).pixels
    reader = regions.open_regions(path)
    assert reader.size == (upright.shape[1], upright.shape[0])
    for level, size in enumerate(reader.levels):
        x0, y0, x1, y1 = size.width // 3, size.height // 4, size.width // 3 + 90, size.height // 4 + 60
        part = reader.read(level, (x0, y0, x1, y1))
        step = round(size.step_x)
        left, top = round(size.x + x0 * step), round(size.y + y0 * step)
        source = upright[top : top + 60 * step, left : left + 90 * step]
        expected = cv2.resize(source, (90, 60), interpolation=cv2.INTER_AREA)
        assert np.abs(part.astype(int) - expected).max() <= 1, f"level {level}"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_that_a_file_without_copies_is_sketched_and_then_averaged(
    tmp_path: Path, layout: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(regions, "OVERVIEW_FROM", 1000)
    path = write(tmp_path / "a.tif", textured(), **LAYOUTS[layout])
    reader = regions.open_regions(path, overview_side=700)
    exact = cv2.resize(textured(), (575, 375), interpolation=cv2.INTER_AREA)
    in_pieces = "tile" in LAYOUTS[layout] or layout == "zstd"  # no single rows can be decoded
    sketch = reader.coarse(575, seconds=0 if in_pieces else 10)
    assert sketch.shape == exact.shape
    assert sketch.any()
    assert in_pieces or np.abs(sketch.astype(int) - exact).mean() < 25
    rough = next(n for n, size in enumerate(reader.levels) if size.step_x == 4)
    assert reader.is_rough(rough) and not reader.is_rough(0)
    before = reader.version
    while reader.refine():
        pass
    assert reader.version > before and not reader.is_rough(rough)
    np.testing.assert_allclose(reader.coarse(575).astype(int), exact, atol=1)


def test_that_a_sketch_of_tiles_without_time_shows_something_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(regions, "OVERVIEW_FROM", 1000)
    path = write(tmp_path / "a.tif", np.full((1500, 2300, 3), 77, np.uint8), tile=(64, 64), compression="zlib")
    reader = regions.open_regions(path)
    overview = reader._overview
    assert overview is not None
    overview.step()
    assert (overview.pixels == 77).all()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_that_any_window_of_any_level_is_the_mean_of_its_source(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "a.tif"
    if not path.exists():
        write(path, textured(), rowsperstrip=11, compression="zlib")
    reader = regions.open_regions(path)
    level = data.draw(st.integers(0, len(reader.levels) - 1))
    size, step = reader.levels[level], round(reader.levels[level].step_x)
    x0, y0 = data.draw(st.integers(0, WIDTH // step - 1)), data.draw(st.integers(0, HEIGHT // step - 1))
    x1, y1 = data.draw(st.integers(x0 + 1, WIDTH // step)), data.draw(st.integers(y0 + 1, HEIGHT // step))
    assert x1 <= size.width and y1 <= size.height
    source = textured()[y0 * step : y1 * step, x0 * step : x1 * step].astype(np.float64)
    means = source.reshape(y1 - y0, step, x1 - x0, step, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(reader.read(level, (x0, y0, x1, y1)), means, atol=0.51)
    reader.close()


def test_that_damaged_and_cut_off_files_are_refused_by_name(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", textured(), rowsperstrip=16, compression="zlib")
    data = path.read_bytes()
    (tmp_path / "cut.tif").write_bytes(data[: len(data) // 2])
    (tmp_path / "no header.tif").write_bytes(b"II*\0" + b"\xff" * 60)
    for name in ("cut.tif", "no header.tif"):
        with pytest.raises(InputError, match=name):
            regions.open_regions(tmp_path / name)
    with tifffile.TiffFile(path) as file:
        middle = int(file.pages.first.dataoffsets[40])
    (tmp_path / "holed.tif").write_bytes(data[:middle] + b"\x07" * 300 + data[middle + 300 :])
    reader = regions.open_regions(tmp_path / "holed.tif")
    reader.read(0, (0, 0, 100, 100))
    with pytest.raises(InputError, match=r"holed\.tif is damaged"):
        reader.read(0, (0, 630, 100, 700))


def test_that_what_cannot_be_read_in_parts_says_why_and_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "cmyk.tif"
    tifffile.imwrite(path, textured(channels=4), photometric="separated")
    with pytest.raises(regions.NotInPartsError, match=r"cmyk\.tif .*SEPARATED.* Save it as a tiled TIFF"):
        regions.open_regions(path)


def test_that_the_header_decides_what_is_read_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.tif", textured(), tile=(256, 256))
    assert isinstance(images.open_picture(path)[0], Image)
    monkeypatch.setenv("FOVEA_IMAGE_MEMORY", "8000000")
    assert images.is_huge(path)
    picture, notes = images.open_picture(path)
    assert isinstance(picture, HugeImage) and notes == ()
    assert (picture.width, picture.height, picture.channels) == (WIDTH, HEIGHT, 3)
    assert images.probe(path) == (WIDTH, HEIGHT)
    thumbnail = images.thumbnail(path, 96)
    expected = cv2.resize(textured(), (96, 63), interpolation=cv2.INTER_AREA)
    assert thumbnail.shape == expected.shape and np.abs(thumbnail.astype(int) - expected).mean() < 8


def test_that_a_huge_picture_in_another_format_names_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images.save(tmp_path / "a.png", textured())
    monkeypatch.setenv("FOVEA_IMAGE_MEMORY", "8000000")
    with pytest.raises(InputError, match=r"a\.png .* save the picture as a tiled TIFF"):
        images.open_picture(tmp_path / "a.png")


def test_that_a_cut_out_maps_back_to_the_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.tif", textured(), tile=(256, 256))
    monkeypatch.setenv("FOVEA_IMAGE_MEMORY", "8000000")
    picture, _ = images.open_picture(path)
    assert isinstance(picture, HugeImage)
    fine = picture.cutout(Box(1000.4, 500.2, 1400.6, 900.9))
    assert fine.place.to_source((0.0, 0.0)) == (1000.0, 500.0)
    np.testing.assert_array_equal(fine.image.pixels, textured()[500:901, 1000:1401])
    rough = picture.cutout(Box(1000, 500, 1400, 900), at_most=10_000)
    assert rough.image.width == 100 and rough.place.step_x == 4
