"""Writing pixels: which library writes which format. Imported when the first picture is saved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.core.errors import InputError

Writer = Callable[[Path], None]


def writer(path: Path, pixels: NDArray[Any]) -> Writer:
    """What writes these pixels by the path's suffix; raises InputError where the format cannot hold them."""
    if pixels.dtype == np.bool_:
        pixels = pixels.astype(np.uint8) * 255
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[:, :, 0]
    if pixels.ndim not in (2, 3) or 0 in pixels.shape:
        raise InputError(f"{path} was not written: an image is (H, W) or (H, W, C), not {pixels.shape}.")
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    match path.suffix.lower():
        case ".png":
            return _png(path, np.ascontiguousarray(pixels), channels)
        case ".jpg" | ".jpeg":
            return _jpeg(path, np.ascontiguousarray(pixels), channels)
        case ".tif" | ".tiff":
            return _tiff(np.ascontiguousarray(pixels), channels)
        case suffix:
            raise InputError(f"{path} was not written: '{suffix}' is none of .png, .jpg and .tif.")


def _png(path: Path, pixels: NDArray[Any], channels: int) -> Writer:
    if pixels.dtype not in (np.uint8, np.uint16) or channels > 4:
        raise InputError(
            f"{path} was not written: a PNG holds 8 or 16 bits and up to four channels, "
            f"not {pixels.dtype} with {channels}. Save it as .tif."
        )

    def write(file: Path) -> None:
        import imagecodecs

        file.write_bytes(imagecodecs.png_encode(pixels))

    return write


def _jpeg(path: Path, pixels: NDArray[Any], channels: int) -> Writer:
    if pixels.dtype != np.uint8 or channels not in (1, 3):
        raise InputError(
            f"{path} was not written: a JPEG holds 8-bit gray or RGB without transparency, "
            f"not {pixels.dtype} with {channels} channels. Save it as .png or .tif."
        )

    def write(file: Path) -> None:
        from PIL import Image

        Image.fromarray(pixels).save(file, format="JPEG", quality=95, subsampling=0)

    return write


def _tiff(pixels: NDArray[Any], channels: int) -> Writer:
    def write(file: Path) -> None:
        import tifffile

        colour: dict[str, Any] = {"photometric": "rgb" if channels in (3, 4) else "minisblack"}
        if channels > 1:
            colour["planarconfig"] = "contig"
        if channels in (2, 4):
            colour["extrasamples"] = ["unassalpha"]
        tifffile.imwrite(file, pixels, compression="zlib", metadata=None, **colour)

    return write
