"""Decoders behind `images`: Pillow for most, tifffile for deep TIFFs, imagecodecs for 16-bit PNGs.

Imported when the first picture is read, never before the window paints.
"""

from __future__ import annotations

import io
import logging
import struct
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from app.core.errors import InputError
from app.io.memory import human, limit_bytes

# Pillow's own bomb check knows a fixed number of pixels; `_check_memory` asks the machine, before anything is decoded.
PIL.Image.MAX_IMAGE_PIXELS = None
# What both say about damaged files line by line is said once, in the InputError or the note.
warnings.filterwarnings("ignore", module=r"PIL\.")
logging.getLogger("tifffile").setLevel(logging.CRITICAL)

_BYTES_PER_PIXEL = {"1": 1, "L": 1, "P": 3, "LA": 2, "I;16": 2, "I;16B": 2, "I": 4, "F": 4, "RGB": 3}


def decode(path: Path, memory_limit: int | None = None) -> tuple[NDArray[Any], list[str]]:
    """Upright pixels as `images` describes them, and notes. Raises InputError."""
    limit = limit_bytes() if memory_limit is None else memory_limit
    try:
        if is_tiff(path):
            return _decode_tiff(path, limit)
        return _decode_pillow(path, limit)
    except InputError:
        raise
    except MemoryError as error:
        raise InputError(
            f"{path} needs more memory than there is. Close other programs or use a smaller copy."
        ) from error
    except FileNotFoundError as error:
        raise InputError(f"{path} is not there any more. It may have been moved or deleted.") from error
    except Exception as error:  # damaged files make decoders raise anything: struct.error, KeyError, SyntaxError, ...
        raise InputError(_cannot(path, error)) from error


def size(path: Path) -> tuple[int, int]:
    """(width, height) after orientation, from the header. Raises InputError."""
    try:
        with PIL.Image.open(path) as image:
            # Pillow reports TIFF sizes after orientation, all others before it.
            turned = image.format != "TIFF" and _orientation(image, path) >= 5
            return (image.height, image.width) if turned else (image.width, image.height)
    except Exception as error:  # as in `decode`
        if is_tiff(path):
            found = _tiff_size(path)
            if found:
                return found
        raise InputError(_cannot(path, error)) from error


def small_rgb(path: Path, side: int) -> NDArray[np.uint8] | None:
    """An upright (h, w, 3) uint8 RGB reduction; None where only `decode` gives the right tones. Raises InputError."""
    try:
        with PIL.Image.open(path) as image:
            deep = image.mode in ("I", "F", "CMYK", "LAB") or image.mode.startswith("I;16")
            if deep or image.format == "TIFF" or _png_is_deep(path, image):
                return None
            turn = _orientation(image, path)
            image.draft("RGB", (side, side))
            _check_memory(path, image.width, image.height, 4, limit_bytes())
            _load(image, path)
            flat = _plain(image, [])  # what there is to say is said when the picture itself is opened
            rgb = flat if flat.mode == "RGB" else flat.convert("RGB")
            if max(rgb.size) > side:
                rgb.thumbnail((side, side), reducing_gap=2.0)
            return np.ascontiguousarray(turned(np.asarray(rgb), turn))
    except InputError:
        raise
    except Exception:  # as in `decode`, which knows a few more ways in
        return None


def shrunk(rgb: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 made smaller so that its longer side is at most ``side``."""
    image = PIL.Image.fromarray(rgb)
    image.thumbnail((side, side), reducing_gap=2.0)
    return np.asarray(image)


def shrunk_pixels(pixels: NDArray[Any], side: int) -> NDArray[Any]:
    """(H, W) or (H, W, C) pixels of any of `Image`'s dtypes, averaged so that the longer side is at most ``side``."""
    import cv2  # not at the top: the window paints before OpenCV is loaded

    longer = max(pixels.shape[:2])
    if longer <= side:
        return pixels
    size = max(1, round(pixels.shape[1] * side / longer)), max(1, round(pixels.shape[0] * side / longer))
    small = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))
    return small.reshape(small.shape[0], small.shape[1], *pixels.shape[2:])


def tiff_bytes(path: Path) -> int | None:
    """How many bytes the pixels of a TIFF file's first page take, from its header; None for another file, and for a
    header that cannot be read."""
    import tifffile

    if not is_tiff(path):
        return None
    try:
        with tifffile.TiffFile(path) as tif:
            page = tif.pages.first
            return int(page.imagewidth * page.imagelength * page.samplesperpixel * max(8, page.bitspersample) // 8)
    except Exception:  # as in `decode`, which says what is wrong
        return None


def _cannot(path: Path, error: BaseException) -> str:
    if isinstance(error, PIL.UnidentifiedImageError):
        return (
            f"{path} is no picture that Fovea can read, or its header is damaged. "
            "Check what the file is; PNG, JPEG, TIFF, WebP, AVIF, BMP and GIF are read."
        )
    if isinstance(error, PermissionError):
        return f"{path} cannot be read: you have no right to. Change its permissions."
    return f"{path} is damaged and cannot be read ({_first_line(error)}). Copy or download it again."


def _first_line(error: BaseException) -> str:
    text = str(error).strip().splitlines()
    return text[0][:120] if text else type(error).__name__


def _check_memory(path: Path, width: int, height: int, bytes_per_pixel: float, limit: int | None) -> None:
    """Twice the pixels are needed: the decoder's buffer and the array made from it."""
    need = int(width * height * bytes_per_pixel * 2)
    if limit is not None and need > limit:
        raise InputError(
            f"{path} is {width} x {height} pixels and needs {human(need)} of memory; {human(limit)} can be used. "
            "Close other programs, or save the picture as a tiled TIFF, which is read in parts."
        )


# --- Pillow ---------------------------------------------------------------------------------------------------------


def _decode_pillow(path: Path, limit: int | None) -> tuple[NDArray[Any], list[str]]:
    notes: list[str] = []
    with PIL.Image.open(path) as image:
        if _png_is_deep(path, image):
            return _deep_png(path, image, limit)
        _check_memory(path, image.width, image.height, _BYTES_PER_PIXEL.get(image.mode, 4), limit)
        _check_plausible(path, image)
        turn = _orientation(image, path)
        frames = getattr(image, "n_frames", 1)
        if frames > 1 and image.format != "MPO":  # an MPO's second picture is a preview or depth map of the first
            notes.append(f"It has {frames} frames; the first is shown.")
        cut = _load(image, path)
        if cut:
            notes.append(cut)
        pixels = _pixels(image, notes)
    return np.ascontiguousarray(turned(pixels, turn)), notes


def _check_plausible(path: Path, image: PIL.Image.Image) -> None:
    """Deflate shrinks at most 1032 times: a small PNG that claims to be huge is no reason to fill the memory."""
    if image.format == "PNG" and image.width * image.height // 8 > path.stat().st_size * 1100 + (1 << 20):
        raise InputError(
            f"{path} claims {image.width} x {image.height} pixels but is far too short to hold them: it is damaged."
        )


def _load(image: PIL.Image.Image, path: Path) -> str | None:
    """Decode in place; a file that ends early keeps the rows that were there, and the sentence about it is returned.

    Not Pillow's LOAD_TRUNCATED_IMAGES: that switch is global, and another thread may be reading at the same time.
    """
    try:
        image.load()
        return None
    except (OSError, SyntaxError) as error:
        if not _ends_early(error):
            raise
        if image.format in ("JPEG", "MPO"):
            _reload_with_end(image, path)
        else:
            image.tile = []  # type: ignore[attr-defined]  # what has been decoded so far is in image.im
            image.load()
        if all(low == high for low, high in _extrema(image)):
            raise  # nothing but the filling
        return "The file ends early: only the readable part is shown. Copy or download it again."


def _extrema(image: PIL.Image.Image) -> tuple[tuple[float, float], ...]:
    found: Any = image.getextrema()
    return found if isinstance(found[0], tuple) else (found,)


def _ends_early(error: BaseException) -> bool:
    text = str(error).lower()
    return "truncated" in text or "broken data stream" in text or "unrecognized data stream" in text


def _reload_with_end(image: PIL.Image.Image, path: Path) -> None:
    """With an end marker put on, libjpeg fills what is missing with gray and shows the progressive scans there are."""
    with PIL.Image.open(io.BytesIO(path.read_bytes() + b"\xff\xd9" * 64), formats=["JPEG"]) as whole:
        if whole.size != image.size:
            whole.draft(image.mode, image.size)
        whole.load()
        image.im = whole.im
        image.tile = []  # type: ignore[attr-defined]


def _plain(image: PIL.Image.Image, notes: list[str]) -> PIL.Image.Image:
    """Any 8-bit mode as L, LA, RGB or RGBA; transparency that is marked rather than stored becomes an alpha channel."""
    mode, marked = image.mode, "transparency" in image.info
    if mode in ("RGB", "L") and not marked:
        return image
    if mode in ("LA", "RGBA"):
        return image
    if mode == "1":
        return image.convert("L")
    if mode == "L":
        return image.convert("LA")
    if mode in ("P", "PA", "RGB", "RGBa", "RGBX"):
        return image.convert("RGBA" if marked or mode in ("PA", "RGBa") else "RGB")
    if mode == "La":
        return image.convert("LA")
    if mode in ("CMYK", "LAB"):
        return _through_profile(image, notes)
    return image.convert("RGB")


def _through_profile(image: PIL.Image.Image, notes: list[str]) -> PIL.Image.Image:
    """CMYK and Lab as sRGB. Pillow has already turned Adobe's inverted CMYK round."""
    from PIL import ImageCms

    embedded = image.info.get("icc_profile")
    srgb = ImageCms.createProfile("sRGB")
    try:
        if image.mode == "LAB":
            return ImageCms.profileToProfile(image, ImageCms.createProfile("LAB"), srgb, outputMode="RGB") or image
        if embedded:
            profile = ImageCms.ImageCmsProfile(io.BytesIO(embedded))
            return ImageCms.profileToProfile(image, profile, srgb, outputMode="RGB") or image
    except (ImageCms.PyCMSError, OSError):
        notes.append("Its colour profile is damaged; its colours are shown without it and may be off.")
    return image.convert("RGB")


def _pixels(image: PIL.Image.Image, notes: list[str]) -> NDArray[Any]:
    if image.mode.startswith("I;16"):
        return np.asarray(image).astype(np.uint16)
    if image.mode == "I":
        values = np.asarray(image)
        if values.min() >= 0 and values.max() <= 65535 and image.format == "PPM":
            return values.astype(np.uint16)
        return _narrowed(values, notes)
    if image.mode == "F":
        return np.asarray(image, dtype=np.float32)
    return np.asarray(_plain(image, notes))


def _orientation(image: PIL.Image.Image, path: Path) -> int:
    """The EXIF (or XMP) orientation, 1..8; 1 where there is none or it makes no sense."""
    try:
        # Not image.getexif(): for a PNG that decodes the whole picture to find a late chunk.
        exif = PIL.Image.Image.getexif(image)
        value = exif.get(0x0112)
        if value is None and image.format == "PNG" and (late := _late_png_exif(path)):
            exif.load(late)
            value = exif.get(0x0112)
    except Exception:  # damaged EXIF is no reason not to show the picture
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def turned(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Rows and columns put upright, by the table of the EXIF standard (tag 0x0112)."""
    match orientation:
        case 2:
            return pixels[:, ::-1]
        case 3:
            return pixels[::-1, ::-1]
        case 4:
            return pixels[::-1]
        case 5:
            return pixels.swapaxes(0, 1)
        case 6:
            return np.rot90(pixels, -1)
        case 7:
            return pixels[::-1, ::-1].swapaxes(0, 1)
        case 8:
            return np.rot90(pixels, 1)
        case _:
            return pixels


def _late_png_exif(path: Path) -> bytes | None:
    """EXIF that stands after the pixels of a PNG: an eXIf chunk, or ImageMagick's hexadecimal text."""
    from PIL import PngImagePlugin

    with path.open("rb") as file:
        file.seek(8)
        while len(head := file.read(8)) == 8:
            length, kind = struct.unpack(">I4s", head)
            if kind == b"eXIf":
                return b"Exif\x00\x00" + file.read(length)
            if kind in (b"zTXt", b"tEXt") and length < PngImagePlugin.MAX_TEXT_CHUNK:
                found = _raw_profile(kind, file.read(length))
                if found:
                    return found
                length = 0
            file.seek(length + 4, io.SEEK_CUR)
    return None


def _raw_profile(kind: bytes, chunk: bytes) -> bytes | None:
    import zlib

    key, _, value = chunk.partition(b"\x00")
    if key.lower() not in (b"raw profile type exif", b"raw profile type app1"):
        return None
    text = zlib.decompressobj().decompress(value[1:], 1 << 20) if kind == b"zTXt" else value
    return bytes.fromhex(b"".join(text.split(b"\n")[3:]).decode("ascii"))


# --- PNG with 16 bits per sample ------------------------------------------------------------------------------------


def _png_is_deep(path: Path, image: PIL.Image.Image) -> bool:
    """Whether a PNG has 16 bits in several channels, which Pillow would cut to 8."""
    if image.format != "PNG" or image.mode in ("1", "L", "P", "I;16"):
        return False
    with path.open("rb") as file:
        header = file.read(26)
    return len(header) == 26 and header[24] == 16


def _deep_png(path: Path, image: PIL.Image.Image, limit: int | None) -> tuple[NDArray[Any], list[str]]:
    import imagecodecs

    _check_memory(path, image.width, image.height, 8, limit)
    turn = _orientation(image, path)
    pixels = np.asarray(imagecodecs.png_decode(path.read_bytes()))
    return np.ascontiguousarray(turned(pixels, turn)), []


# --- TIFF -----------------------------------------------------------------------------------------------------------


def is_tiff(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def _tiff_size(path: Path) -> tuple[int, int] | None:
    import tifffile

    try:
        with tifffile.TiffFile(path) as tif:
            page = tif.pages.first
            turned = _tiff_turn(page) >= 5
            return (page.imagelength, page.imagewidth) if turned else (page.imagewidth, page.imagelength)
    except Exception:  # as in `decode`: the caller says what is wrong
        return None


def _decode_tiff(path: Path, limit: int | None) -> tuple[NDArray[Any], list[str]]:
    """8 bits and less by Pillow (palettes, CMYK, Lab, odd compressions), deeper ones by tifffile."""
    import tifffile

    try:
        with tifffile.TiffFile(path) as tif:
            page = tif.pages.first
            if page.bitspersample > 8 or page.samplesperpixel > 4:
                _check_memory(
                    path, page.imagewidth, page.imagelength, page.samplesperpixel * page.bitspersample / 8, limit
                )
                return _tiff_page(page, len(tif.pages))
    except InputError:
        raise
    except Exception:  # as in `decode`; Pillow may know better, and if not its error is told
        pass
    with PIL.Image.open(path) as image:
        _check_memory(path, image.width, image.height, _BYTES_PER_PIXEL.get(image.mode, 4), limit)
        frames = getattr(image, "n_frames", 1)
        notes = [f"It has {frames} pages; the first is shown."] if frames > 1 else []
        cut = _load(image, path)  # Pillow turns TIFFs upright by itself
        return np.ascontiguousarray(_pixels(image, notes)), notes + ([cut] if cut else [])


def _tiff_page(page: Any, count: int) -> tuple[NDArray[Any], list[str]]:
    notes = [f"It has {count} pages; the first is shown."] if count > 1 else []
    pixels = np.asarray(page.asarray())
    if pixels.ndim == 3 and page.planarconfig == 2 and page.samplesperpixel == pixels.shape[0]:
        pixels = np.moveaxis(pixels, 0, 2)
    if pixels.ndim not in (2, 3):
        raise ValueError(f"its first page has {pixels.ndim} dimensions")
    if page.photometric == 0 and pixels.dtype.kind == "u":  # white is zero
        pixels = np.iinfo(pixels.dtype).max - pixels
    if pixels.dtype not in (np.uint8, np.uint16, np.float32):
        pixels = _narrowed(pixels, notes)
    native = pixels.astype(pixels.dtype.newbyteorder("="), copy=False)
    return np.ascontiguousarray(turned(native, _tiff_turn(page))), notes


def _tiff_turn(page: Any) -> int:
    tag = page.tags.get(274)
    return int(tag.value) if tag is not None and tag.value in range(1, 9) else 1


def _narrowed(pixels: NDArray[Any], notes: list[str]) -> NDArray[np.float32]:
    """Other dtypes as float32, with a note where digits can get lost."""
    if pixels.dtype.itemsize > 2 and pixels.dtype != np.float32:
        notes.append(f"Its {pixels.dtype} values are held as float32.")
    return pixels.astype(np.float32)
