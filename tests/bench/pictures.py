"""Pictures to measure on: generated, with edges and texture like a photograph's."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

SIZES = {"1 MP": (866, 1155), "12 MP": (3000, 4000)}


def photograph(height: int, width: int, seed: int = 1) -> np.ndarray:
    """(H, W, 3) uint8: smooth ground, a few hundred objects, sensor noise."""
    rng = np.random.default_rng(seed)
    ground = cv2.resize(
        rng.integers(60, 190, (12, 16, 3)).astype(np.uint8), (width, height), interpolation=cv2.INTER_CUBIC
    )
    for _ in range(300):
        at = (int(rng.integers(width)), int(rng.integers(height)))
        axes = (int(rng.integers(width // 100, width // 14)), int(rng.integers(height // 100, height // 14)))
        colour = tuple(int(c) for c in rng.integers(0, 256, 3))
        cv2.ellipse(ground, at, axes, float(rng.integers(180)), 0, 360, colour, -1, cv2.LINE_AA)
    noise = rng.normal(0, 4, ground.shape).astype(np.float32)
    return np.clip(ground + noise, 0, 255).astype(np.uint8)


def objects(height: int, width: int, count: int) -> list[tuple[float, float]]:
    """Places to click, spread over the middle of a picture."""
    rng = np.random.default_rng(4)
    return [(float(rng.uniform(0.2, 0.8) * width), float(rng.uniform(0.2, 0.8) * height)) for _ in range(count)]


def write(folder: Path, height: int, width: int) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{width}x{height}.jpg"
    cv2.imwrite(str(path), photograph(height, width), [cv2.IMWRITE_JPEG_QUALITY, 92])
    return path
