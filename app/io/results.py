"""Writing what a tool returned: masks as 8-bit 0/255, boxes and tables as JSON or CSV by suffix."""

from __future__ import annotations

import csv
import io
import json
from functools import singledispatch
from pathlib import Path
from typing import Any

import numpy as np

from app.core.errors import FoveaError
from app.core.layers import BoxesLayer, ImageLayer, LabelMapLayer, Layer, MaskLayer, TableLayer, TextLayer
from app.io import images
from app.io.atomic import replacing

PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp")


def write_layer(path: Path, layer: Layer) -> Path:
    """Write one layer at source size; raises FoveaError when its kind and the suffix do not go together."""
    _write(layer, path)
    return path


def write_layers(folder: Path, layers: tuple[Layer, ...]) -> list[Path]:
    """Write every layer into a folder under its own name; a second layer of one name gets a number."""
    out: list[Path] = []
    for layer in layers:
        stem = "".join(c if c.isalnum() or c in "-_" else "_" for c in layer.name)
        path = folder / (stem + suffix_of(layer))
        number = 2
        while path in out:
            path = folder / f"{stem}_{number}{suffix_of(layer)}"
            number += 1
        out.append(write_layer(path, layer))
    return out


def suffix_of(layer: Layer) -> str:
    """The suffix that keeps the layer whole."""
    if isinstance(layer, ImageLayer) and layer.pixels.dtype.kind == "f":
        return ".tif"
    return {BoxesLayer: ".json", TableLayer: ".csv", TextLayer: ".txt"}.get(type(layer), ".png")


@singledispatch
def _write(layer: Any, path: Path) -> None:
    raise FoveaError(f"A {type(layer).__name__} cannot be written to a file.")


@_write.register
def _(layer: ImageLayer, path: Path) -> None:
    _need(path, PICTURES, "a picture")
    images.save(path, layer.pixels)


@_write.register
def _(layer: MaskLayer, path: Path) -> None:
    _need(path, PICTURES, "a mask")
    images.save(path, layer.mask.astype(np.uint8) * np.uint8(255))


@_write.register
def _(layer: LabelMapLayer, path: Path) -> None:
    _need(path, PICTURES, "a label map")
    small = layer.labels.max(initial=0) < 256
    images.save(path, layer.labels.astype(np.uint8 if small else np.uint16))


@_write.register
def _(layer: BoxesLayer, path: Path) -> None:
    rows = [
        (label, round(float(score), 6), *(round(float(v), 3) for v in box))
        for label, score, box in zip(layer.labels, layer.scores, layer.boxes, strict=True)
    ]
    _write_rows(path, ("label", "score", "x0", "y0", "x1", "y1"), rows, "boxes")


@_write.register
def _(layer: TableLayer, path: Path) -> None:
    _write_rows(path, layer.columns, list(layer.rows), "a table")


@_write.register
def _(layer: TextLayer, path: Path) -> None:
    _need(path, (".txt", ".md"), "text")
    _write_bytes(path, layer.text.encode())


def _write_rows(path: Path, columns: tuple[str, ...], rows: list[tuple[Any, ...]], what: str) -> None:
    _need(path, (".json", ".csv"), what)
    if path.suffix.lower() == ".json":
        data = [dict(zip(columns, row, strict=True)) for row in rows]
        _write_bytes(path, json.dumps(data, indent=1, ensure_ascii=False).encode())
        return
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(rows)
    _write_bytes(path, text.getvalue().encode())


def _write_bytes(path: Path, data: bytes) -> None:
    with replacing(path) as temporary:
        temporary.write_bytes(data)


def _need(path: Path, suffixes: tuple[str, ...], what: str) -> None:
    if path.suffix.lower() not in suffixes:
        raise FoveaError(f"{path}: {what} is written as {', '.join(suffixes)}; give the file one of these endings.")


def summary(layer: Layer) -> dict[str, Any]:
    """A layer as plain data for a machine-readable report."""
    out: dict[str, Any] = {"name": layer.name, "kind": type(layer).__name__}
    if isinstance(layer, ImageLayer):
        out |= {"shape": list(layer.pixels.shape), "dtype": str(layer.pixels.dtype)}
    elif isinstance(layer, MaskLayer):
        out |= {"shape": list(layer.mask.shape), "pixels": int(np.count_nonzero(layer.mask)), "score": layer.score}
    elif isinstance(layer, BoxesLayer):
        out["count"] = len(layer.labels)
    elif isinstance(layer, TableLayer):
        out |= {"columns": list(layer.columns), "rows": len(layer.rows)}
    return out


def describe(layer: Layer) -> str:
    """A layer in a few words."""
    if isinstance(layer, MaskLayer):
        return f"{layer.name} of {int(np.count_nonzero(layer.mask))} pixels"
    if isinstance(layer, BoxesLayer):
        return f"{len(layer.labels)} {layer.name}"
    if isinstance(layer, ImageLayer):
        height, width = layer.pixels.shape[:2]
        return f"{layer.name}, {width} x {height}"
    if isinstance(layer, TableLayer):
        return f"{layer.name} of {len(layer.rows)} rows"
    return layer.name
