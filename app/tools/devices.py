"""Which device networks run on, and why."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Device:
    """``name`` is a torch device string; ``reason`` a sentence for the status bar."""

    name: str
    reason: str


def pick() -> Device:
    """CUDA, then Apple's MPS, then the CPU. Imports torch: only ever called where networks are about to run."""
    import torch

    if torch.cuda.is_available():
        return Device("cuda:0", f"GPU: {torch.cuda.get_device_name(0)}")
    if torch.backends.mps.is_available():
        return Device("mps", "GPU: Apple Metal")
    if torch.version.cuda is None:
        return Device("cpu", "CPU: this torch was built without GPU support")
    return Device("cpu", "CPU: no GPU that torch can use was found")
