"""The loss falls as answers get better."""

from __future__ import annotations

import pytest
import torch

from app.training.loss import answer_loss, click_loss, dice, focal


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
    half = torch.nn.functional.avg_pool2d(truth, 2) * 2 - 1
    answer = torch.cat([half, half, -half], dim=1).requires_grad_()
    answer_loss(answer, torch.zeros(1, 1, 4, 4), truth).backward()
    assert answer.grad is not None
    near, far = (float(answer.grad[:, k].abs().sum()) for k in (1, 2))
    assert far > 0
    assert near < far  # it is right already; the other is so wrong that its tenth still moves it
