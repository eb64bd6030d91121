"""Tiny tasks and backbones that tests compute with: real networks, small and seeded."""

import torch

from medmeta_core.embedding import Backbone, EmbeddingNetwork, ModelCard
from medmeta_core.episodes import SupportSet
from medmeta_core.methods.full_context import FullContext
from medmeta_core.methods.relation import RelationModule


def backbone(*, unit_length: bool = True) -> Backbone:
    """A Conv-4 with random weights at 32 px."""
    torch.manual_seed(0)
    network = EmbeddingNetwork("conv4", 32, unit_length=unit_length).eval().requires_grad_(False)
    card = ModelCard("tiny", "conv4", 32, "0" * 64, unit_length=unit_length)
    return Backbone(card, network, torch.zeros(network.n_features), parts(network.n_features))


def parts(n_features: int) -> dict[str, dict[str, torch.Tensor]]:
    """Weights for the methods that learn some of their own: seeded, near plain cosines."""
    relation, context = RelationModule(n_features), FullContext(n_features)
    with torch.no_grad():
        relation.out.weight.normal_(std=0.01)
        relation.cosine.weight.fill_(10.0)
        for up in (context.up_examples, context.up_query):
            up.weight.normal_(std=0.02)
    return {"relation": relation.state_dict(), "matching-fce": context.state_dict()}


def stripes(n: int, period: int, *, seed: int) -> torch.Tensor:
    """Noisy pictures (n, 3, 32, 32) in [0, 1] with stripes of a period in pixels."""
    generator = torch.Generator().manual_seed(seed)
    wave = 0.5 + 0.4 * torch.sin(torch.arange(32) * 2 * torch.pi / period)
    noise = 0.1 * torch.rand(n, 3, 32, 32, generator=generator)
    return (wave.expand(n, 3, 32, 32) + noise).clamp(0, 1)


def support(counts: tuple[int, ...] = (3, 3, 3), *, seed: int = 0) -> SupportSet:
    """A support set whose conditions differ by the period of their stripes."""
    pixels = torch.cat([stripes(n, 3 + 4 * k, seed=seed + k) for k, n in enumerate(counts)])
    labels = torch.repeat_interleave(torch.arange(len(counts)), torch.tensor(counts))
    return SupportSet(pixels, labels, tuple(f"condition {k}" for k in range(len(counts))))
