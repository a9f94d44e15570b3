"""Networks with random weights, made once; whoever uses one gets it imported into a home of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.tools.weights import Weights
from tests.plugins import networks


@pytest.fixture(scope="session")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Import the libraries of networks with a home that is not the person's."""
    folder = tmp_path_factory.mktemp("libraries")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FOVEA_HOME", str(folder))
        patch.setenv("YOLO_CONFIG_DIR", str(folder / "ultralytics"))
        import torch

        from plugins._shared import yolo  # noqa: F401

        # Tests run side by side: threads that wait for each other's cores cost more than they bring.
        torch.set_num_threads(1)
        yield folder


@pytest.fixture(scope="session")
def checkpoints(libraries: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A small file for each model id that can be imported unverified."""
    folder = tmp_path_factory.mktemp("checkpoints")
    return {
        "yolov8n": networks.save_yolo(folder / "v8.pt", "yolov8n.yaml", 0.0625),
        "yolov8n-seg": networks.save_yolo(folder / "v8seg.pt", "yolov8n-seg.yaml", 0.0625),
        "yolo11n": networks.save_yolo(folder / "v11.pt", "yolo11n.yaml", 0.125),
        "yolo26n": networks.save_yolo(folder / "v26.pt", "yolo26n.yaml", 0.125),
    }


@pytest.fixture
def imported(checkpoints: dict[str, Path], home: Path) -> dict[str, Path]:
    """The same, taken over by the person without a verified hash."""
    for model_id, file in checkpoints.items():
        Weights().import_file(file, model_id, unverified=True)
    return checkpoints
