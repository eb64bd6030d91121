"""Grad-CAM: against its closed form, and on evidence whose place is known."""

import threading

import pytest
import tiny
import torch
from torch import nn

from medmeta_core.explanation import grad_cam
from medmeta_core.methods import METHODS, Classifier


class Brightness(nn.Module):
    """Two feature maps, the picture and its negative, averaged over places."""

    def __init__(self) -> None:
        super().__init__()
        self.maps = nn.Conv2d(3, 2, 1, bias=False)
        self.maps.weight.data = torch.tensor([[1.0, 0, 0], [-1.0, 0, 0]])[..., None, None]

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        return self.maps(pixels).mean((2, 3))


def _bright_or_dark() -> Classifier:
    embedding, head = Brightness(), nn.Linear(2, 2, bias=False)
    head.weight.data = torch.tensor([[4.0, 0.0], [0.0, 4.0]])
    return Classifier(("bright", "dark"), embedding, head, embedding.maps, embedding)


def _spot() -> torch.Tensor:
    pixels = torch.zeros(3, 8, 8)
    pixels[:, 2, 5] = 1.0
    return pixels


def test_for_a_linear_head_over_mean_features_the_map_is_the_closed_form() -> None:
    explanation = grad_cam(_bright_or_dark(), _spot(), "bright")
    # Score above mean = (4 m0 - 4 m1) / 2, weights ±2 / 64; at the spot 2/64 * 1 + 2/64 * 1.
    assert explanation.peak == pytest.approx(4 / 64)
    assert explanation.heat_map[2, 5] == pytest.approx(1)
    assert explanation.heat_map[0, 0] == pytest.approx(0, abs=1e-6)


def test_a_condition_without_evidence_has_an_empty_map_and_no_peak() -> None:
    explanation = grad_cam(_bright_or_dark(), _spot(), "dark")
    assert explanation.peak == 0
    assert explanation.heat_map.max() == 0


@pytest.mark.parametrize("name", list(METHODS))
def test_every_method_can_be_explained(name: str) -> None:
    classifier = METHODS[name].make(tiny.backbone()).fit(tiny.support())
    pixels = tiny.stripes(1, 3, seed=8)[0]
    for condition in classifier.conditions:
        explanation = grad_cam(classifier, pixels, condition)
        assert explanation.heat_map.shape == (32, 32)
        assert 0 <= explanation.heat_map.min() <= explanation.heat_map.max() <= 1
        assert explanation.condition == condition
    assert any(grad_cam(classifier, pixels, c).peak > 0 for c in classifier.conditions)


def test_two_users_do_not_see_each_other() -> None:
    classifier = METHODS["prototypical"].make(tiny.backbone()).fit(tiny.support())
    pictures = [tiny.stripes(1, 3 + k, seed=k)[0] for k in range(6)]
    alone = [grad_cam(classifier, picture, "condition 0").peak for picture in pictures]
    together: list[float] = [0.0] * 6

    def work(i: int) -> None:
        for _ in range(3):
            together[i] = grad_cam(classifier, pictures[i], "condition 0").peak

    threads = [threading.Thread(target=work, args=(i,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == pytest.approx(alone)


def test_no_hook_stays_on_the_network() -> None:
    classifier = METHODS["prototypical"].make(tiny.backbone()).fit(tiny.support())
    grad_cam(classifier, tiny.stripes(1, 3, seed=8)[0], "condition 0")
    assert not any(
        module._forward_hooks or module._forward_pre_hooks
        for module in classifier.network.modules()
    )
