from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from app.core.errors import InputError
from app.io import images


def gradient(height: int = 12, width: int = 20) -> np.ndarray:
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([x * 12, y * 20, (x + y) * 7], axis=2).astype(np.uint8)


def test_that_importing_the_room_loads_no_slow_library() -> None:
    code = (
        "import sys, app.io.images, app.io.folder, app.io.project; "
        "print([m for m in ('cv2', 'torch', 'scipy', 'PIL', 'tifffile', 'imagecodecs', 'PySide6') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_that_exif_orientation_is_applied_once_as_pillow_does(tmp_path: Path, orientation: int) -> None:
    from PIL import ImageOps

    for suffix in (".png", ".tif", ".webp"):
        path = tmp_path / f"turned{suffix}"
        source = PIL.Image.fromarray(gradient())
        exif = source.getexif()
        exif[0x0112] = orientation
        source.save(path, exif=exif, **({"lossless": True} if suffix == ".webp" else {}))
        with PIL.Image.open(path) as image:
            upright = np.asarray(ImageOps.exif_transpose(image))
        assert np.array_equal(images.read(path).pixels, upright)
        assert images.probe(path) == (upright.shape[1], upright.shape[0])
        assert images.thumbnail(path, 100).shape == upright.shape


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_that_saved_pixels_come_back(tmp_path: Path, dtype: type, channels: int, suffix: str) -> None:
    rng = np.random.default_rng(channels)
    shape = (9, 13) if channels == 1 else (9, 13, channels)
    pixels = rng.integers(0, np.iinfo(dtype).max, shape, dtype=dtype)
    images.save(tmp_path / f"a{suffix}", pixels)
    back = images.read(tmp_path / f"a{suffix}").pixels
    assert back.dtype == dtype
    assert np.array_equal(back, pixels)
    assert [f.name for f in tmp_path.iterdir()] == [f"a{suffix}"]


def test_that_floats_come_back_from_tiff_and_wider_types_say_so(tmp_path: Path) -> None:
    import tifffile

    pixels = np.random.default_rng(0).normal(size=(7, 5)).astype(np.float32)
    images.save(tmp_path / "f.tif", pixels)
    assert np.array_equal(images.read(tmp_path / "f.tif").pixels, pixels)
    tifffile.imwrite(tmp_path / "i.tif", np.arange(35, dtype=np.int32).reshape(7, 5) - 9)
    image, notes = images.read_with_notes(tmp_path / "i.tif")
    assert image.pixels.dtype == np.float32
    assert image.pixels.min() == -9
    assert "int32" in notes[0]


def test_that_masks_are_saved_as_0_and_255(tmp_path: Path) -> None:
    images.save(tmp_path / "m.png", np.array([[True, False]]))
    assert images.read(tmp_path / "m.png").pixels.tolist() == [[255, 0]]


def test_that_a_jpeg_stays_close(tmp_path: Path) -> None:
    images.save(tmp_path / "a.jpg", gradient(64, 20))
    assert np.abs(images.read(tmp_path / "a.jpg").pixels.astype(int) - gradient(64, 20)).mean() < 6


@pytest.mark.parametrize(
    ("name", "pixels"),
    [
        ("a.xyz", np.zeros((2, 2), np.uint8)),
        ("a.jpg", np.zeros((2, 2, 4), np.uint8)),
        ("a.jpg", np.zeros((2, 2), np.uint16)),
        ("a.png", np.zeros((2, 2), np.float32)),
    ],
)
def test_that_what_a_format_cannot_hold_is_refused(tmp_path: Path, name: str, pixels: np.ndarray) -> None:
    with pytest.raises(InputError, match=name):
        images.save(tmp_path / name, pixels)
    assert list(tmp_path.iterdir()) == []


def test_that_a_full_disk_leaves_the_old_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images.save(tmp_path / "a.png", np.zeros((2, 2), np.uint8))

    def full(self: Path, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(InputError, match="disk is full"):
        images.save(tmp_path / "a.png", np.ones((2, 2), np.uint8))
    assert images.read(tmp_path / "a.png").pixels.max() == 0
    assert len(list(tmp_path.iterdir())) == 1


def test_that_palettes_become_colour_and_transparency_an_alpha_channel(tmp_path: Path) -> None:
    image = PIL.Image.fromarray(gradient()).quantize(16)
    image.save(tmp_path / "p.png")
    assert np.array_equal(images.read(tmp_path / "p.png").pixels, np.asarray(image.convert("RGB")))
    image.save(tmp_path / "t.png", transparency=3)
    seen = images.read(tmp_path / "t.png").pixels
    assert seen.shape == (12, 20, 4)
    assert np.array_equal(seen[:, :, 3] == 0, np.asarray(image) == 3)


def test_that_cmyk_without_a_profile_is_neither_inverted_nor_raw(tmp_path: Path) -> None:
    PIL.Image.new("CMYK", (16, 16), (0, 255, 255, 0)).save(tmp_path / "red.jpg")
    red = images.read(tmp_path / "red.jpg").pixels.reshape(-1, 3).mean(axis=0)
    assert red[0] > 240
    assert red[1:].max() < 15
    assert images.thumbnail(tmp_path / "red.jpg", 8)[0, 0, 0] > 240


def test_that_names_in_any_script_work(tmp_path: Path) -> None:
    path = tmp_path / "写真 フォルダ" / "猫 と 犬 (1).png"
    images.save(path, gradient())
    assert np.array_equal(images.read(path).pixels, gradient())
    assert images.read(path).name == str(path)


def _make(path: Path, kind: str) -> None:
    match kind:
        case "empty":
            path.write_bytes(b"")
        case "text":
            path.write_text("hello\n")
        case "folder":
            path.mkdir()
        case "header":
            path.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00")


@pytest.mark.parametrize("kind", ["missing", "empty", "text", "folder", "header"])
@pytest.mark.parametrize("ask", [images.read, images.probe, lambda p: images.thumbnail(p, 64)])
def test_that_bad_files_give_a_sentence_that_names_them(tmp_path: Path, kind: str, ask) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "bad one.png"
    _make(path, kind)
    with pytest.raises(InputError) as caught:
        ask(path)
    assert str(path) in str(caught.value)
    assert str(caught.value).endswith(".")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_that_a_file_without_rights_is_named(tmp_path: Path) -> None:
    images.save(tmp_path / "a.png", gradient())
    (tmp_path / "a.png").chmod(0)
    with pytest.raises(InputError, match="no right"):
        images.read(tmp_path / "a.png")


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".bmp"])
def test_that_the_readable_part_of_a_cut_file_is_shown_with_a_note(tmp_path: Path, suffix: str) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (160, 120, 3), dtype=np.uint8)
    PIL.Image.fromarray(noise).save(tmp_path / f"a{suffix}")
    whole = images.read(tmp_path / f"a{suffix}").pixels
    data = (tmp_path / f"a{suffix}").read_bytes()
    (tmp_path / f"cut{suffix}").write_bytes(data[: len(data) * 6 // 10])
    image, notes = images.read_with_notes(tmp_path / f"cut{suffix}")
    assert "ends early" in notes[0]
    assert image.pixels.shape == whole.shape
    same = (image.pixels == whole).all(axis=(1, 2))
    assert same.mean() > 0.4


def test_that_a_huge_picture_opens_or_names_the_memory(tmp_path: Path) -> None:
    PIL.Image.new("L", (60_000, 40), 7).save(tmp_path / "wide.png")
    assert images.read(tmp_path / "wide.png").width == 60_000
    assert images.thumbnail(tmp_path / "wide.png", 100).shape[1] == 100
    with pytest.raises(InputError, match=r"60000 x 40 pixels and needs 4.8 MB of memory"):
        images.read(tmp_path / "wide.png", memory_limit=1_000_000)


def test_that_a_content_hash_knows_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    (tmp_path / "b").write_bytes(b"1")
    assert images.content_hash(tmp_path / "a") == images.content_hash(tmp_path / "b")
    (tmp_path / "b").write_bytes(b"2")
    assert images.content_hash(tmp_path / "a") != images.content_hash(tmp_path / "b")


@pytest.mark.filterwarnings("ignore:.*:UserWarning:PIL")
def test_that_every_shared_picture_is_read_as_the_references_read_it(shared: Path) -> None:
    """Size after orientation, the mean of the pixels (Pillow, OpenCV or tifffile), and nothing but InputError."""
    expected = json.loads((shared / "EXPECTED" / "images.json").read_text())
    checked = 0
    for name, by in expected.items():
        pillow, path = by.get("pillow", {}), shared / name
        try:
            pixels = images.read(path).pixels
        except InputError as error:
            assert str(path) in str(error)  # noqa: PT017 - either way of ending is right for a broken file
            assert "error" in pillow or "pydicom" in by, name
            continue
        assert images.probe(path) == (pixels.shape[1], pixels.shape[0]), name
        if "upright_size" in pillow:
            assert list(images.probe(path)) == pillow["upright_size"], name
            corner = pixels[:16, :16, :3].reshape(-1, 3).mean(axis=0)
            assert corner == pytest.approx(pillow["upright_top_left_16x16_mean"], abs=0.01), name
        if pillow.get("mode") in ("CMYK", "LAB", "1", "P") or "error" in pillow or "broken" in name:
            continue
        deep = by.get("opencv", {}).get("unchanged") or {}
        if deep.get("dtype") == "uint16":
            assert pixels.dtype == np.uint16, name
        elif "frame0" in pillow and "transparency" not in pillow:
            mean = pixels.reshape(-1, pixels.shape[2] if pixels.ndim == 3 else 1).mean(axis=0)
            assert mean == pytest.approx(pillow["frame0"]["mean"], abs=0.01), name
            checked += 1
    assert checked > 20


def test_that_a_damaged_colour_profile_is_said(tmp_path: Path) -> None:
    file = tmp_path / "cmyk.jpg"
    PIL.Image.new("CMYK", (8, 6), (0, 255, 255, 0)).save(file, icc_profile=b"no profile at all" * 20)
    image, notes = images.read_with_notes(file)
    assert image.pixels.shape == (6, 8, 3)
    assert any("profile is damaged" in note for note in notes)
