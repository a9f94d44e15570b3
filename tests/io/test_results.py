from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from app.core.errors import FoveaError
from app.core.layers import BoxesLayer, ImageLayer, LabelMapLayer, MaskLayer, TableLayer, TextLayer
from app.io import images, results

BOXES = BoxesLayer(np.array([[1, 2, 30.5, 40]], np.float32), ("cat",), np.array([0.75], np.float32))


def test_that_a_mask_is_written_as_0_and_255_at_its_own_size(tmp_path: Path) -> None:
    mask = np.zeros((7, 9), dtype=bool)
    mask[2:4, 3:8] = True
    results.write_layer(tmp_path / "deep" / "m.png", MaskLayer(mask))
    written = images.read(tmp_path / "deep" / "m.png").pixels
    assert written.dtype == np.uint8
    assert np.array_equal(written, mask * np.uint8(255))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_that_a_picture_keeps_its_depth(tmp_path: Path, dtype: type) -> None:
    pixels = (np.arange(60).reshape(5, 4, 3) * (1 if dtype is np.uint8 else 900)).astype(dtype)
    results.write_layer(tmp_path / "p.png", ImageLayer(pixels))
    assert np.array_equal(images.read(tmp_path / "p.png").pixels, pixels)


def test_that_a_float_picture_is_kept_whole_among_all_layers(tmp_path: Path) -> None:
    pixels = np.linspace(-3, 5, 20, dtype=np.float32).reshape(4, 5)
    (path,) = results.write_layers(tmp_path, (ImageLayer(pixels, "gradient"),))
    assert path.name == "gradient.tif"
    assert np.array_equal(images.read(path).pixels, pixels)


def test_that_boxes_and_tables_follow_the_suffix(tmp_path: Path) -> None:
    results.write_layer(tmp_path / "b.json", BOXES)
    assert json.loads((tmp_path / "b.json").read_text()) == [
        {"label": "cat", "score": 0.75, "x0": 1.0, "y0": 2.0, "x1": 30.5, "y1": 40.0}
    ]
    results.write_layer(tmp_path / "t.csv", TableLayer(("a", "b"), ((1, "x, y"), (None, 2.5))))
    with (tmp_path / "t.csv").open(newline="") as file:
        assert list(csv.reader(file)) == [["a", "b"], ["1", "x, y"], ["", "2.5"]]


def test_that_layers_of_one_name_get_numbers(tmp_path: Path) -> None:
    layers = (TextLayer("one", "same name"), TextLayer("two", "same name"), TextLayer("three", "same name"))
    names = [p.name for p in results.write_layers(tmp_path, layers)]
    assert names == ["same_name.txt", "same_name_2.txt", "same_name_3.txt"]


def test_that_a_label_map_of_many_labels_is_written_in_16_bit(tmp_path: Path) -> None:
    labels = np.array([[0, 700]], np.int32)
    results.write_layer(tmp_path / "l.png", LabelMapLayer(labels))
    assert images.read(tmp_path / "l.png").pixels.tolist() == [[0, 700]]


@pytest.mark.parametrize(("name", "layer"), [("b.png", BOXES), ("m.csv", MaskLayer(np.ones((2, 2), bool)))])
def test_that_a_suffix_that_cannot_hold_the_layer_is_refused_by_name(
    tmp_path: Path, name: str, layer: BoxesLayer | MaskLayer
) -> None:
    with pytest.raises(FoveaError, match=name.replace(".", r"\.")):
        results.write_layer(tmp_path / name, layer)
    assert not (tmp_path / name).exists()
