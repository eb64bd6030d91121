"""Prototypical networks: an image belongs to the condition whose mean is nearest.

Snell, Swersky, Zemel: Prototypical Networks for Few-shot Learning. NeurIPS 2017,
arXiv:1703.05175. Score: minus the squared Euclidean distance to the condition's prototype,
times the scale in the backbone's card.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from medmeta_core.embedding import Backbone
from medmeta_core.episodes import SupportSet
from medmeta_core.methods.classifier import Classifier


class PrototypeHead(nn.Module):
    """Scores (n, n_conditions) of embeddings (n, d) by distance to prototypes (n_conditions, d)."""

    prototypes: Tensor

    def __init__(self, prototypes: Tensor, scale: float) -> None:
        super().__init__()
        self.register_buffer("prototypes", prototypes)
        self.scale = scale

    def forward(self, embeddings: Tensor) -> Tensor:
        """Equation 2, before the softmax.

        >>> head = PrototypeHead(torch.tensor([[0.0, 0.0], [4.0, 0.0]]), scale=1)
        >>> head(torch.tensor([[1.0, 0.0]])).tolist()
        [[-1.0, -9.0]]
        """
        differences = embeddings[:, None] - self.prototypes[None]  # (n, n_conditions, d)
        return -self.scale * differences.square().sum(-1)


def prototypes(embeddings: Tensor, labels: Tensor, n_conditions: int) -> Tensor:
    """The mean embedding of each condition (equation 1): (n_conditions, d)."""
    members = F.one_hot(labels, n_conditions).T.to(embeddings)  # (n_conditions, n)
    return members @ embeddings / members.sum(1, keepdim=True)


@dataclass(frozen=True)
class Prototypical:
    """Prototypes in the embedding of a backbone."""

    backbone: Backbone

    @property
    def settings(self) -> Mapping[str, float]:
        """The scale of the squared distances."""
        return {"scale": self.backbone.card.scale}

    def fit(self, support: SupportSet) -> Classifier:
        """A classifier by the nearest prototype."""
        everything = torch.ones(1, len(support), dtype=torch.bool)
        return next(self.fit_each(support, everything))

    def fit_each(self, support: SupportSet, kept: Tensor) -> Iterator[Classifier]:
        """One classifier for each row of `kept` (m, n); the examples are embedded once."""
        embeddings, network = self.backbone.embed(support.pixels), self.backbone.network
        for row in kept:
            means = prototypes(embeddings[row], support.labels[row], len(support.conditions))
            yield Classifier(
                conditions=support.conditions,
                embedding=network,
                head=PrototypeHead(means, self.backbone.card.scale),
                saliency_layer=network.saliency_layer,
                embed=self.backbone.embed,
            )
