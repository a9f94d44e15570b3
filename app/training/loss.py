"""What is minimised: the normalised focal loss and a soft Dice loss, both on logits."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

INSTANCE_SHARE, OTHERS_SHARE = 0.3, 0.2
MEAN_SHARE = 0.1  # what readings learn that are not the nearest, lest one never wins


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
    """Both together for each picture, (B,); ``logits`` (B, 1, h, w) are enlarged to the size of ``truth``."""
    full = logits.float()
    if full.shape[-2:] != truth.shape[-2:]:
        full = functional.interpolate(full, size=truth.shape[-2:], mode="bilinear", align_corners=False)
    return focal(full, truth) + dice(full, truth)


def answer_loss(answer: Tensor, instance: Tensor, truth: Tensor) -> Tensor:
    """What a look of the click network is trained with, a number.

    The best reading counts whole. Of the others in ``answer`` (B, R, h, w) almost only the nearest learns from a
    picture, so that they come to differ (Guzman-Rivera et al., "Multiple choice learning", NeurIPS 2012; SAM does the
    same). ``instance`` (B, 1, h', w') is the finder's idea: its heads learn what was clicked.
    """
    best, *others = answer.split(1, dim=1)
    total = click_loss(best, truth) + INSTANCE_SHARE * click_loss(instance, _reduced(truth, instance))
    if others:
        half = _reduced(truth, answer)
        losses = torch.stack([click_loss(reading, half) for reading in others])
        nearest, mean = losses.min(dim=0).values, losses.mean(dim=0)
        total = total + OTHERS_SHARE * ((1 - MEAN_SHARE) * nearest + MEAN_SHARE * mean)
    return total.mean()


def _reduced(truth: Tensor, like: Tensor) -> Tensor:
    """The truth at the size of another map: most of a pixel decides. Cheaper than to enlarge what is only helped by."""
    return (functional.adaptive_avg_pool2d(truth, (like.shape[-2], like.shape[-1])) > 0.5).float()
