"""Segment Anything (Kirillov et al. 2023) through Meta's own package, and MobileSAM (Zhang et al. 2023).

MobileSAM is SAM with TinyViT as its encoder: ultralytics has that encoder, Meta's package everything else, and its
state dict fits the two put together.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from segment_anything import SamPredictor, sam_model_registry
from segment_anything.modeling import MaskDecoder, PromptEncoder, Sam, TwoWayTransformer

from app.core.geometry import BoolArray
from app.core.layers import MaskLayer
from app.core.prompts import Prompts
from app.tools.contract import ToolError

LOW_RES = 256
"""Side of SAM's mask logits, which cover the padded square that the encoder sees."""

BUILDERS = {"sam-vit-b": "vit_b", "sam-vit-l": "vit_l", "sam-vit-h": "vit_h"}


def load(model_id: str, path: Path, device: str) -> Any:
    """The network with its weights (a state dict: nothing else is unpickled), ready on the device."""
    network = build(model_id)
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        network.load_state_dict(state)
    except Exception as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ToolError(f"{path} does not hold the weights of {model_id}: {reason}") from error
    return network.to(device)


def build(model_id: str) -> Any:
    """The network with random weights."""
    network = build_mobile_sam() if model_id == "mobile-sam" else sam_model_registry[BUILDERS[model_id]]()
    return network.eval()


def build_mobile_sam() -> Any:
    """TinyViT-5M encoder with SAM's prompt encoder and mask decoder, as published."""
    from app.nets import offline  # isort: skip  (before ultralytics)
    from ultralytics.models.sam.modules.tiny_encoder import TinyViT

    offline.quieten()

    encoder = TinyViT(
        img_size=1024,
        in_chans=3,
        num_classes=1000,
        embed_dims=(64, 128, 160, 320),
        depths=(2, 2, 6, 2),
        num_heads=(2, 4, 5, 10),
        window_sizes=(7, 7, 14, 7),
        mlp_ratio=4.0,
        drop_rate=0.0,
        drop_path_rate=0.0,
        use_checkpoint=False,
        mbconv_expand_ratio=4.0,
        local_conv_size=3,
        layer_lr_decay=0.8,
    )
    return Sam(
        image_encoder=encoder,
        prompt_encoder=PromptEncoder(
            embed_dim=256, image_embedding_size=(64, 64), input_image_size=(1024, 1024), mask_in_chans=16
        ),
        mask_decoder=MaskDecoder(
            num_multimask_outputs=3,
            transformer=TwoWayTransformer(depth=2, embedding_dim=256, mlp_dim=2048, num_heads=8),
            transformer_dim=256,
            iou_head_depth=3,
            iou_head_hidden_dim=256,
        ),
    )


@dataclass(frozen=True, eq=False)
class Embedding:
    """What the encoder saw in one picture: ``features`` (1, 256, 64, 64), and the sizes (rows, columns) that map
    prompts into its input and masks back."""

    features: Any
    input_size: tuple[int, int]
    source_size: tuple[int, int]


@torch.inference_mode()
def embed(network: Any, rgb: NDArray[np.uint8]) -> Embedding:
    """Run the encoder on a (H, W, 3) uint8 RGB picture. Raises `ToolError` for one too thin to be made small."""
    height, width = rgb.shape[:2]
    if min(height, width) * network.image_encoder.img_size / max(height, width) < 0.5:
        raise ToolError(f"{width} x {height} pixels are too thin for Segment Anything. Take the classical engine.")
    predictor = SamPredictor(network)
    predictor.set_image(rgb)
    return Embedding(predictor.features, predictor.input_size, predictor.original_size)


class SamSession:
    """One embedded picture, asked again and again (`plugins.segmentation._engine.ClickSession`)."""

    def __init__(self, network: Any, embedding: Embedding) -> None:
        self._predictor = SamPredictor(network)
        self._predictor.features = embedding.features
        self._predictor.input_size = embedding.input_size
        self._predictor.original_size = embedding.source_size
        self._predictor.is_image_set = True
        self._embedding = embedding

    @torch.inference_mode()
    def predict(self, prompts: Prompts) -> tuple[MaskLayer, ...]:
        """Candidates, best first: three for a lone click (SAM's whole, part, subpart), else one.

        A click names a pixel: our (x, y) is SAM's (x - 0.5, y - 0.5), to which SAM adds the half again. Box corners are
        handed over as they are, as Meta's examples do with COCO boxes.
        """
        if not prompts.positive and prompts.box is None and prompts.mask is None:
            raise ToolError("Click on the object, or drag a box around it, before telling what does not belong to it.")
        points = (
            np.array([(c.x - 0.5, c.y - 0.5) for c in prompts.clicks], dtype=np.float64) if prompts.clicks else None
        )
        signs = np.array([int(c.positive) for c in prompts.clicks]) if prompts.clicks else None
        box = np.array(prompts.box.as_tuple()) if prompts.box else None
        start = self._starting_logits(prompts)
        ambiguous = len(prompts.clicks) == 1 and box is None and start is None
        masks, scores, logits = self._predictor.predict(points, signs, box, start, multimask_output=ambiguous)
        order = np.argsort(-scores)
        return tuple(
            MaskLayer(masks[i].astype(bool), f"mask {n + 1}", float(scores[i]), logits[i].astype(np.float32))
            for n, i in enumerate(order)
        )

    def _starting_logits(self, prompts: Prompts) -> NDArray[np.float32] | None:
        if prompts.logits is not None:
            return prompts.logits[None]
        if prompts.mask is None:
            return None
        return self.logits_of(prompts.mask)[None]

    def logits_of(self, mask: BoolArray) -> NDArray[np.float32]:
        """A source mask as SAM's mask input, (256, 256) float32: in the padded square, +-10 inside and out."""
        rows, columns = self._embedding.input_size
        scale = LOW_RES / self._predictor.model.image_encoder.img_size
        inner = (max(1, round(columns * scale)), max(1, round(rows * scale)))
        small = cv2.resize(mask.astype(np.float32), inner, interpolation=cv2.INTER_AREA)
        square = np.zeros((LOW_RES, LOW_RES), dtype=np.float32)
        square[: small.shape[0], : small.shape[1]] = small
        return (square * 20 - 10).astype(np.float32)
