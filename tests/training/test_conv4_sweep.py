"""The sweep's meta-gradient against plain autograd through the unrolled inner loop."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from medmeta_core.training.conv4.block_passes import library
from medmeta_core.training.conv4.sweep import Batch, Layers, Sweep, meta_gradient

pytestmark = pytest.mark.skipif(library() is None, reason="needs a C compiler")


def _start(width: int = 16, side: int = 36) -> Layers:
    generator = torch.Generator().manual_seed(0)
    layers: Layers = []
    for before in (3, width, width, width):
        weight = torch.randn(width, before, 3, 3, generator=generator) * (2 / (9 * before)) ** 0.5
        gamma = 0.3 * torch.randn(width, generator=generator) + 1
        gamma[0] = -gamma[0]  # a channel whose order normalisation turns
        layers.append((weight, gamma, 0.1 * torch.randn(width, generator=generator)))
    n_features = width * (side // 16) ** 2
    layers.append((0.1 * torch.randn(4, n_features, generator=generator), torch.zeros(4)))
    return layers


def _batch(n: int, *, seed: int, side: int = 36) -> Batch:
    generator = torch.Generator().manual_seed(seed)
    pixels = torch.randn(n, 3, side, side, generator=generator)
    weights = torch.rand(n, generator=generator)
    return Batch(pixels, torch.arange(n) % 4, weights / weights.sum())


def _plain_loss(layers: Layers, batch: Batch, groups: int) -> Tensor:
    x = batch.pixels
    for weight, gamma, beta in layers[:-1]:
        y = torch.conv2d(x, weight, None, 1, 1)
        y = (
            F.group_norm(y, groups, gamma, beta)
            if groups
            else F.batch_norm(y, None, None, gamma, beta, training=True)
        )
        x = F.max_pool2d(y.relu(), 2)
    scores = F.linear(x.flatten(1), *layers[-1])
    return (batch.weights * F.cross_entropy(scores, batch.labels, reduction="none")).sum()


@pytest.mark.parametrize("groups", [0, 8], ids=["batch norm", "group norm"])
def test_it_equals_autograd_through_the_inner_loop(groups: int) -> None:
    start, examples, queries = _start(), _batch(8, seed=1), _batch(12, seed=2)
    leaves = [tuple(t.clone().requires_grad_() for t in layer) for layer in start]
    rates = [[torch.tensor(0.02 + 0.001 * k) for k in range(14)] for _ in range(2)]
    learned = [[rate.clone().requires_grad_() for rate in step] for step in rates]
    importance = [0.25, 0.75]
    layers, total = leaves, torch.zeros(())
    for step, weight in zip(learned, importance, strict=True):
        flat = [t for layer in layers for t in layer]
        slopes = torch.autograd.grad(_plain_loss(layers, examples, groups), flat, create_graph=True)
        moved = iter([t - r * s for t, r, s in zip(flat, step, slopes, strict=True)])
        layers = [tuple(next(moved) for _ in layer) for layer in layers]
        total = total + weight * _plain_loss(layers, queries, groups)
    gradients = torch.autograd.grad(
        total, [t for layer in leaves for t in layer] + [r for step in learned for r in step]
    )

    gradient = meta_gradient(
        Sweep(groups), start, (examples, queries), rates=rates, importance=importance
    )
    flat = [t for layer in gradient.start for t in layer] + [
        r for step in gradient.rates for r in step
    ]
    for slope, expected in zip(flat, gradients, strict=True):
        scale = expected.norm().clamp_min(1e-4)
        assert ((slope - expected).norm() / scale).item() < 1e-3


def test_loss_and_scores_are_those_after_the_last_step() -> None:
    start, examples, queries = _start(), _batch(8, seed=1), _batch(12, seed=2)
    rates = [[torch.tensor(0.0)] * 14]
    gradient = meta_gradient(Sweep(8), start, (examples, queries), rates=rates, importance=[1.0])
    torch.testing.assert_close(gradient.loss, _plain_loss(start, queries, 8), atol=1e-4, rtol=1e-4)
    assert gradient.scores.shape == (12, 4)
