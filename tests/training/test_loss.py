"""The loss falls as answers get better."""

from __future__ import annotations

import pytest
import torch

from app.training.loss import answer_loss, click_loss, dice, focal
from app.training.task import averaging


def test_that_a_right_answer_costs_less_than_a_wrong_one() -> None:
    truth = torch.zeros(2, 1, 16, 16)
    truth[:, :, 4:12, 4:12] = 1
    right, unsure, wrong = ((truth * 2 - 1) * k for k in (8.0, 0.0, -8.0))
    for loss in (focal, dice):
        values = [float(loss(logits, truth).mean()) for logits in (right, unsure, wrong)]
        assert values[0] < values[1] < values[2]
        assert values[0] < 0.05
    assert float(dice(right, truth).max()) == pytest.approx(0, abs=0.01)


def test_that_answers_of_half_size_are_enlarged_and_gradients_flow() -> None:
    truth = (torch.rand(1, 1, 16, 16) > 0.5).float()
    logits = torch.zeros(1, 1, 8, 8, requires_grad=True)
    click_loss(logits, truth).mean().backward()
    assert logits.grad is not None
    assert float(logits.grad.abs().sum()) > 0


def test_that_the_focal_loss_is_normalised() -> None:
    """Dividing by the mean weight keeps easy pictures from losing their gradient: see AdaptIS, equation 4."""
    truth = torch.ones(1, 1, 4, 4)
    logits = torch.full((1, 1, 4, 4), 2.0)
    entropy = torch.log1p(torch.exp(torch.tensor(-2.0)))
    assert float(focal(logits, truth)) == pytest.approx(float(0.5 * entropy), rel=1e-3)


def test_that_of_the_other_readings_nearly_only_the_nearest_learns() -> None:
    truth = torch.zeros(1, 1, 16, 16)
    truth[..., 4:12, 4:12] = 1
    half = torch.nn.functional.avg_pool2d(truth, 2)
    right = half * 2 - 1
    answer = torch.cat([right, right, -right], dim=1).requires_grad_()
    answer_loss(answer, torch.zeros(1, 1, 4, 4), truth).backward()
    alone = torch.cat([right, -right]).requires_grad_()
    click_loss(alone, half.repeat(2, 1, 1, 1)).sum().backward()
    assert answer.grad is not None
    assert alone.grad is not None
    near, far = (float(answer.grad[0, k].abs().sum() / alone.grad[k - 1].abs().sum()) for k in (1, 2))
    assert near > 15 * far > 0


def test_that_the_average_forgets_the_first_weights_soon() -> None:
    from torch.optim.swa_utils import AveragedModel

    network = torch.nn.Linear(1, 1, bias=False)
    averaged = AveragedModel(network, multi_avg_fn=averaging(0.999))
    torch.nn.init.zeros_(network.weight)
    averaged.update_parameters(network)
    torch.nn.init.ones_(network.weight)
    for _ in range(100):
        averaged.update_parameters(network)
    assert float(averaged.module.weight.detach()) > 0.9  # 0.1 with a decay of 0.999 from the start
