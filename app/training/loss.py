"""What is minimised: the normalised focal loss and a soft Dice loss, both on logits."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def focal(logits: Tensor, truth: Tensor, alpha: float = 0.5, gamma: float = 2.0) -> Tensor:
    """The normalised focal loss of each picture, (B,); ``logits`` and ``truth`` (0 or 1) are (B, 1, H, W) float32.

    The weights of the focal loss (Lin et al., ICCV 2017) are divided by their mean, which keeps the gradient from
    fading as the answers get better (Sofiiuk et al., "AdaptIS", ICCV 2019). The divisor carries no gradient.
    """
    entropy = functional.binary_cross_entropy_with_logits(logits, truth, reduction="none")
    right = torch.exp(-entropy)
    side = alpha * truth + (1 - alpha) * (1 - truth)
    weight = (1 - right).pow(gamma)
    mean = weight.detach().mean(dim=(1, 2, 3), keepdim=True)
    return (side * weight * entropy / (mean + 1e-6)).mean(dim=(1, 2, 3))


def dice(logits: Tensor, truth: Tensor) -> Tensor:
    """One minus the soft Dice coefficient of each picture, (B,) (Milletari et al., "V-Net", 3DV 2016)."""
    probability = torch.sigmoid(logits)
    both = (probability * truth).sum(dim=(1, 2, 3))
    total = probability.sum(dim=(1, 2, 3)) + truth.sum(dim=(1, 2, 3))
    return 1 - (2 * both + 1) / (total + 1)


def click_loss(logits: Tensor, truth: Tensor) -> Tensor:
    """The mean over pictures of both, a number; ``logits`` are enlarged to the size of ``truth``."""
    full = functional.interpolate(logits, size=truth.shape[-2:], mode="bilinear", align_corners=False).float()
    return (focal(full, truth) + dice(full, truth)).mean()
