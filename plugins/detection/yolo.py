"""YOLO detection."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from app.core.layers import BoxesLayer
from app.core.sources import Image
from app.tools.contract import Job, ModelSpec, Params, Ui, tool

ModelId = Literal["yolov8n", "yolov8n-seg", "yolo11n", "yolo11n-seg", "yolo26n"]
TITLES = {
    "yolov8n": "YOLOv8 nano",
    "yolov8n-seg": "YOLOv8 nano, masks",
    "yolo11n": "YOLO11 nano",
    "yolo11n-seg": "YOLO11 nano, masks",
    "yolo26n": "YOLO26 nano",
}
WITHOUT_SUPPRESSION = frozenset({"yolo26n"})


class YoloParams(Params):
    model: Annotated[ModelId, Ui(titles=TITLES)] = "yolov8n"
    """Which network looks at the picture."""
    confidence: Annotated[float, Field(ge=0, le=1), Ui(step=0.01, follows=True)] = 0.25
    """Detections with a lower score are left out. Follows at once: the network is not run again."""
    iou: Annotated[float, Field(ge=0, le=1), Ui(label="Overlap (IoU)", step=0.01, follows=True)] = 0.7
    """Of two boxes of one class that overlap more than this, the weaker is dropped."""
    most: Annotated[int, Field(ge=1, le=1000), Ui(label="At most", follows=True)] = 300
    """How many detections to keep, the strongest first."""
    size: Annotated[int, Field(ge=64, le=2048, multiple_of=32), Ui("px", label="Network input", step=32)] = 640
    """Long side of the picture as the network sees it."""

    def inapplicable(self) -> Mapping[str, str]:
        if self.model in WITHOUT_SUPPRESSION:
            return {"iou": f"{TITLES[self.model]} gives final boxes: it has no suppression step to set."}
        return {}


def _load(path: Path, device: str) -> Any:
    from plugins._shared import yolo as adapter

    return adapter.load(path, device)


def _spec(p: YoloParams) -> ModelSpec:
    return ModelSpec(p.model, _load)


@tool("detection.yolo", title="YOLO detection", chapter="6.3", models=lambda p: (_spec(p),))
def yolo(image: Image, p: YoloParams, job: Job) -> tuple[BoxesLayer]:
    """Find objects of 80 everyday classes (COCO): a box, a label, a score, and masks where the network has them.

    The picture is letter-boxed to the network's input, as ultralytics does it; boxes come back in source pixels.
    """
    network = job.model(_spec(p))

    from plugins._shared import yolo as adapter

    job.progress(None, "looking")
    key = ("detection.yolo", p.model, p.size, image.key)
    raw = job.memo(key, lambda: adapter.predict(network, image.rgb8(), p.size))
    job.progress(0.9, "picking")
    found = adapter.pick(network, raw, p.confidence, p.iou, p.most)
    labels = tuple(network.names[int(c)] for c in found.classes)
    return (BoxesLayer(found.boxes, labels, found.scores, found.masks, "detections"),)
