"""Pictures on disk: reading, probing, thumbnails, saving.

`read` gives the pixels that the file holds, after orientation, in RGB order: 8 and 16 bits stay what they are; palette
pictures become RGB (RGBA where something in them is transparent); 1-bit becomes 0 and 255; 32-bit integers and 64-bit
floats become float32 (exact up to 2**24); CMYK and Lab become RGB through the embedded profile, CMYK without one by the
plain formula (JPEG's inverted Adobe convention is heeded). An RGB picture's own colour profile is not applied: the
numbers are those of the file. Of several frames or pages the first is read. Decoders live in `decoding`; `regions`
reads TIFF files that are too large for memory in parts.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.core.errors import InputError
from app.core.huge import HugeImage
from app.core.sources import Image, as_rgb8
from app.io.memory import whole_bytes

_SUFFIXES = (
    "png apng jpg jpeg jpe jfif mpo tif tiff bmp dib gif webp avif jp2 j2k jpx qoi tga pcx ico "
    "pbm pgm ppm pnm pfm sgi ras dds"
)
IMAGE_SUFFIXES = frozenset(f".{suffix}" for suffix in _SUFFIXES.split())


def is_image_name(name: str) -> bool:
    """Whether a file of that name is taken for a picture, by its suffix."""
    return os.path.splitext(name)[1].lower() in IMAGE_SUFFIXES  # noqa: PTH122 - pathlib costs 100,000 names 0.3 s


def read(path: Path | str, memory_limit: int | None = None) -> Image:
    """The picture in a file; its name is the path. See `read_with_notes`."""
    return read_with_notes(path, memory_limit)[0]


def read_with_notes(path: Path | str, memory_limit: int | None = None) -> tuple[Image, tuple[str, ...]]:
    """The picture in a file, and sentences about what is not as one would think: cut off, more pages, narrowed.

    ``memory_limit`` is how many bytes decoding may take (default: three quarters of what is available, or
    FOVEA_IMAGE_MEMORY). Raises InputError, whose sentence names the file, for whatever cannot be read.
    """
    from app.io import decoding

    path = Path(path)
    _check(path)
    pixels, notes = decoding.decode(path, memory_limit)
    return Image(pixels, str(path)), tuple(notes)


def open_picture(path: Path | str) -> tuple[Image | HugeImage, tuple[str, ...]]:
    """What the window shows of a file: the picture, or for one that is too large for memory a reader of its parts.

    The header decides (`is_huge`). Raises InputError.
    """
    path = Path(path)
    if not is_huge(path):
        return read_with_notes(path)
    from app.io import regions

    try:
        return regions.open_huge(path)
    except regions.NotInPartsError as error:
        try:
            return read_with_notes(path)  # it may still fit into memory
        except InputError:
            raise error from None


def is_huge(path: Path | str) -> bool:
    """Whether a picture is read in parts: a TIFF file that needs more memory whole than `memory.whole_bytes`.
    Raises InputError for a file that is not there, empty or a folder."""
    from app.io import decoding

    path = Path(path)
    _check(path)
    need = decoding.tiff_bytes(path)
    # Twice the pixels: the decoder's buffer and the array made from it.
    return need is not None and need * 2 > whole_bytes()


def probe(path: Path | str) -> tuple[int, int]:
    """(width, height) in pixels after orientation, from the header only. Raises InputError."""
    from app.io import decoding

    path = Path(path)
    _check(path)
    return decoding.size(path)


def thumbnail(path: Path | str, side: int) -> NDArray[np.uint8]:
    """A small upright picture whose longer side is at most ``side``: (h, w, 3) uint8 RGB, no alpha, never enlarged.

    JPEGs are decoded at an eighth to full size, whichever suffices. Raises InputError.
    """
    from app.io import decoding

    path = Path(path)
    if is_huge(path):
        return as_rgb8(_coarse(path, side))
    small = decoding.small_rgb(path, side)
    return small if small is not None else decoding.shrunk(as_rgb8(read(path).pixels), side)


def _coarse(path: Path, side: int) -> NDArray[Any]:
    from app.io import regions

    reader = regions.open_regions(path, overview_side=2 * side)
    try:
        return reader.coarse(side, seconds=0.5)
    finally:
        reader.close()


def content_hash(path: Path | str) -> str:
    """A hash of the file's bytes: 32 hexadecimal digits (BLAKE2b). Raises InputError."""
    path = Path(path)
    _check(path)
    digest = hashlib.blake2b(digest_size=16)
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from error
    return digest.hexdigest()


def save(path: Path | str, pixels: NDArray[Any]) -> None:
    """Write (H, W) or (H, W, C) pixels as PNG, JPEG or TIFF, by the suffix; the file is replaced whole or not at all.

    bool is written as 0 and 255. PNG holds uint8 and uint16, gray to RGBA; JPEG uint8 gray and RGB (quality 95, full
    chroma); TIFF everything. Raises InputError for another suffix, for pixels that the format cannot hold, and
    where the file cannot be written.
    """
    from app.io import encoding
    from app.io.atomic import replacing

    path = Path(path)
    write = encoding.writer(path, pixels)
    with replacing(path) as temporary:
        write(temporary)


def _check(path: Path) -> None:
    """Say plainly what is wrong with a file before a decoder says it in its own way."""
    try:
        status = path.stat()
        if path.is_dir():
            raise InputError(f"{path} is a folder, not a picture. Open it with Open folder.")
        if status.st_size == 0:
            raise InputError(f"{path} is empty (0 bytes). Copy or download it again.")
        with path.open("rb"):
            pass
    except FileNotFoundError as error:
        raise InputError(f"{path} is not there. It may have been moved or deleted.") from error
    except PermissionError as error:
        raise InputError(f"{path} cannot be read: you have no right to. Change its permissions.") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {error}.") from error
