from __future__ import annotations

import numpy as np

from app.core.annotation import BoxGeometry, MaskGeometry
from app.core.layers import BoxesLayer, ImageLayer, MaskLayer, TextLayer
from app.core.masks import encode
from app.ui.running.layer_stack import LayerStack, can_be_kept, shapes_of


def image(name: str) -> ImageLayer:
    return ImageLayer(np.zeros((2, 2), np.uint8), name)


def test_that_a_newer_answer_takes_the_older_ones_place_and_keeps_how_it_was_shown(qtbot) -> None:
    stack = LayerStack()
    stack.set_result("a", [image("one")])
    stack.set_result("b", [image("two")])
    stack.show(("a", "one"), visible=False, opacity=0.25)
    stack.set_result("a", [image("one"), image("more")])
    assert [(i.owner, i.layer.name, i.visible, i.opacity) for i in stack.items] == [
        ("b", "two", True, 1.0),
        ("a", "one", False, 0.25),
        ("a", "more", True, 1.0),
    ]
    stack.clear()
    stack.set_result("a", [image("one")])
    assert not stack.items[0].visible


def test_that_detections_become_boxes_or_masks_with_label_and_score() -> None:
    mask = np.zeros((20, 20), dtype=bool)
    mask[5:9, 3:8] = True
    rle = encode(mask)
    assert rle is not None
    boxes = np.array([[3, 5, 8, 9]], np.float32)
    plain = BoxesLayer(boxes, ("cat",), np.array([0.5], np.float32))
    masked = BoxesLayer(boxes, ("cat",), np.array([0.5], np.float32), (rle,))
    (box,) = shapes_of(plain, "detection.yolo")
    (region,) = shapes_of(masked, "detection.yolo")
    assert isinstance(box.geometry, BoxGeometry)
    assert isinstance(region.geometry, MaskGeometry)
    assert (region.label, region.score, region.author) == ("cat", 0.5, "detection.yolo")


def test_that_a_mask_becomes_one_shape_and_an_empty_one_none() -> None:
    assert len(shapes_of(MaskLayer(np.eye(4, dtype=bool)), "x")) == 1
    assert shapes_of(MaskLayer(np.zeros((4, 4), dtype=bool)), "x") == []
    assert shapes_of(TextLayer("words"), "x") == []
    assert not can_be_kept(image("picture"))
