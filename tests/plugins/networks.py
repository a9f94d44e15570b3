"""Real network classes with random weights, small enough for a test, saved as the files that people have."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def save_yolo(path: Path, config: str, width: float, seed: int = 0) -> Path:
    """A checkpoint as ultralytics saves it, of ``config`` (``yolov8n.yaml``) made narrow, with lively answers."""
    from plugins._shared import yolo  # noqa: F401  isort: skip  (it sets ultralytics' environment)
    import torch
    from ultralytics.nn.tasks import DetectionModel, SegmentationModel, yaml_model_load

    torch.manual_seed(seed)
    declared = yaml_model_load(config)
    declared["scales"] = {"n": [0.33, width, 1024]}
    kind = SegmentationModel if "-seg" in config else DetectionModel
    module: Any = kind(declared, ch=3, nc=80, verbose=False)
    head = module.model[-1]
    for name in ("cv3", "one2one_cv3"):
        for branch in getattr(head, name, None) or ():
            torch.nn.init.normal_(branch[-1].weight, std=1.0)
            torch.nn.init.constant_(branch[-1].bias, -3.0)
    for branch in getattr(head, "cv4", None) or ():
        torch.nn.init.normal_(branch[-1].weight, std=1.0)
        torch.nn.init.normal_(branch[-1].bias, std=1.0)
    for norm in (m for m in module.modules() if isinstance(m, torch.nn.BatchNorm2d)):
        torch.nn.init.uniform_(norm.weight, 0.8, 1.6)
        torch.nn.init.normal_(norm.bias, std=0.4)
    module.names = {i: f"class {i}" for i in range(80)}
    module.task = "segment" if "-seg" in config else "detect"
    torch.save({"model": module, "train_args": {"task": module.task}}, path)
    return path


def small_sam(seed: int = 0) -> Any:
    """Meta's own classes, one narrow layer deep; input 1024 and logits 256 as in the published models."""
    import torch
    from segment_anything.modeling import ImageEncoderViT, MaskDecoder, PromptEncoder, Sam, TwoWayTransformer

    torch.manual_seed(seed)
    dim = 32
    encoder = ImageEncoderViT(
        img_size=1024, patch_size=16, embed_dim=16, depth=1, num_heads=2, out_chans=dim, qkv_bias=True, window_size=14
    )
    prompts = PromptEncoder(
        embed_dim=dim, image_embedding_size=(64, 64), input_image_size=(1024, 1024), mask_in_chans=16
    )
    decoder = MaskDecoder(
        num_multimask_outputs=3,
        transformer=TwoWayTransformer(depth=1, embedding_dim=dim, mlp_dim=32, num_heads=2),
        transformer_dim=dim,
        iou_head_depth=2,
        iou_head_hidden_dim=32,
    )
    network = Sam(image_encoder=encoder, prompt_encoder=prompts, mask_decoder=decoder).eval()
    with torch.no_grad():
        network.image_encoder.pos_embed.normal_(std=0.5)
        for parameter in network.mask_decoder.parameters():
            parameter.mul_(2.0)
    return network
