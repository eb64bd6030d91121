"""Adapting the embedding: only where cross-validation gains by it, and the gain is told."""

import math

import pytest
import tiny
import torch

from medmeta_core.embedding import Backbone, EmbeddingNetwork, ModelCard
from medmeta_core.episodes import SupportSet
from medmeta_core.methods import METHODS, OnBackbone, gated_adaptation
from medmeta_core.methods.film import NORMALISATIONS, last_scales
from medmeta_core.methods.fine_tuning import all_layers
from medmeta_core.methods.gated_adaptation import (
    GatedAdaptation,
    descend,
    folds_of,
    leave_one_out_loss,
)
from medmeta_core.methods.ridge import Ridge


def _alike(n: int = 5) -> SupportSet:
    """Three conditions whose stripes hardly differ, under much noise."""
    generator = torch.Generator().manual_seed(0)
    pixels = torch.cat([tiny.stripes(n, 3 + k, seed=k) for k in range(3)])
    noisy = (pixels + 0.5 * torch.randn(pixels.shape, generator=generator)).clamp(0, 1)
    return SupportSet(noisy, torch.arange(3).repeat_interleave(n), ("flu", "cold", "cough"))


def _residual() -> Backbone:
    torch.manual_seed(0)
    network = EmbeddingNetwork("resnet18", 32).eval().requires_grad_(False)
    return Backbone(ModelCard("residual", "resnet18", 32, "0" * 64), network, torch.zeros(512))


def test_the_left_out_loss_of_the_example_by_hand() -> None:
    right, up = [1.0, 0.0], [0.0, 1.0]
    embeddings = torch.tensor([right, up, up, up], dtype=torch.float64)
    loss = leave_one_out_loss(embeddings, torch.tensor([0, 0, 1, 1]))
    first = math.log(2)  # the other of its condition and the other condition: both at right angles
    second = math.log(1 + math.exp(10))  # its own at a right angle, the other where it is
    others = math.log(1 + math.exp(10 * (math.sqrt(0.5) - 1)))  # the other at half a right angle
    assert loss.item() == pytest.approx((first + second + 2 * others) / 4)


def test_the_only_example_of_a_condition_is_compared_with_itself() -> None:
    embeddings = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]], dtype=torch.float64)
    loss = leave_one_out_loss(embeddings, torch.tensor([0, 1, 1]))
    assert loss.item() == pytest.approx(math.log(1 + math.exp(-10)))


@pytest.mark.parametrize("name", ["film", "fine-tuning"])
def test_with_few_examples_it_is_the_ridge_on_the_frozen_backbone(name: str) -> None:
    support, backbone = tiny.support((4, 4)), tiny.backbone()
    fitted = METHODS[name].make(backbone).fit(support)
    queries = tiny.stripes(2, 5, seed=9)
    assert fitted.settings == {"adapted_rate": 0.0, "adapted_gain": 0.0}
    assert torch.equal(
        fitted.scores(queries), OnBackbone(Ridge(backbone)).fit(support).scores(queries)
    )


def test_where_nothing_can_be_won_nothing_moves() -> None:
    fitted = METHODS["fine-tuning"].make(tiny.backbone()).fit(tiny.support((5, 5)))
    assert fitted.settings["adapted_rate"] == 0.0


def test_where_it_helps_the_gain_is_reported_and_the_backbone_moves() -> None:
    support, backbone = _alike(), tiny.backbone()
    fitted = METHODS["fine-tuning"].make(backbone).fit(support)
    frozen = OnBackbone(Ridge(backbone)).fit(support)
    assert fitted.settings["adapted_rate"] > 0
    assert fitted.settings["adapted_gain"] > 0.1
    assert not torch.allclose(fitted.embed(support.pixels), frozen.embed(support.pixels))


def test_a_rate_that_wins_nothing_over_three_folds_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    adaptations = []

    def counted(*args: object, **kwargs: object) -> object:
        adaptations.append(kwargs)
        return descend(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(gated_adaptation, "descend", counted)
    noise = torch.rand(15, 3, 32, 32, generator=torch.Generator().manual_seed(5))
    support = SupportSet(noise, torch.arange(3).repeat_interleave(5), ("flu", "cold", "cough"))
    chosen = GatedAdaptation(
        tiny.backbone(), all_layers, (1e-9,), 1
    )  # so short that nothing changes
    (fitted,) = chosen.fit_each(support, torch.ones(1, 15, dtype=torch.bool))
    assert fitted.settings["adapted_rate"] == 0.0
    assert len(adaptations) == 3


def test_the_choice_does_not_hang_on_the_order_of_the_examples() -> None:
    support = _alike()
    order = torch.randperm(len(support), generator=torch.Generator().manual_seed(1))
    shuffled = SupportSet(support.pixels[order], support.labels[order], support.conditions)
    folds, again = folds_of(support), folds_of(shuffled)
    assert folds is not None
    assert again is not None
    assert torch.equal(folds[:, order], again)
    settings = [METHODS["film"].make(tiny.backbone()).fit(s).settings for s in (support, shuffled)]
    assert settings[0] == pytest.approx(settings[1])


def test_a_patient_stays_in_one_fold() -> None:
    support = tiny.support((6, 6))
    groups = tuple(f"P{i // 2}" for i in range(12))
    folds = folds_of(SupportSet(support.pixels, support.labels, support.conditions, groups))
    assert folds is not None
    assert torch.equal(folds[:, ::2], folds[:, 1::2])


@pytest.mark.parametrize("backbone", [tiny.backbone(), _residual()], ids=["conv4", "resnet18"])
@pytest.mark.parametrize("part", [last_scales, all_layers])
def test_a_tail_embeds_as_the_whole_network(backbone: Backbone, part: object) -> None:
    pixels = tiny.stripes(3, 5, seed=0)
    tail = part(backbone.network, pixels)  # type: ignore[operator]
    expected = backbone.network(pixels)
    torch.testing.assert_close(tail.network(tail.inputs), expected, atol=1e-5, rtol=1e-4)
    moved = descend(tail, torch.tensor([0, 0, 1]), rate=0.01, steps=2)
    whole = tail.whole(backbone.network, moved)
    by_tail = torch.func.functional_call(tail.network, moved, (tail.inputs,))
    torch.testing.assert_close(whole(pixels), by_tail, atol=1e-5, rtol=1e-4)
    assert not torch.allclose(by_tail, expected, atol=1e-5)


def test_film_moves_scales_and_shifts_only() -> None:
    network = _residual().network
    tail = last_scales(network, tiny.stripes(2, 5, seed=0))
    scales = {
        f"{path}.{name}"
        for path, module in tail.network.body.named_modules(prefix="body")
        if isinstance(module, NORMALISATIONS)
        for name in ("weight", "bias")
    }
    assert set(tail.moving) == scales
    assert len(all_layers(network, tiny.stripes(2, 5, seed=0)).moving) == len(
        list(network.parameters())
    )


def test_a_step_is_as_long_as_the_rate_says() -> None:
    tail = all_layers(tiny.backbone().network, tiny.stripes(4, 5, seed=0))
    moved = descend(tail, torch.tensor([0, 0, 1, 1]), rate=0.01, steps=1)
    for name, value in tail.moving.items():
        if value.norm() > 0:
            share = (moved[name] - value).norm() / value.norm()
            assert share.item() == pytest.approx(0.01, rel=1e-3)
