"""Relation network: a small network, learned beforehand, says how well two embeddings go together.

Sung, Yang, Zhang, Xiang, Torr, Hospedales: Learning to Compare: Relation Network for Few-Shot
Learning. CVPR 2018, arXiv:1711.06025. Score: the logit of the relation score (equation 2), which
the paper's sigmoid makes a number between 0 and 1; the softmax over conditions is ours.

Departures: the module compares embedding vectors, not feature maps, and sees the products and
distances of their numbers, not the numbers: else it learns the conditions of the base sets by
heart (mean 5-shot accuracy on three unseen sets 0.44 instead of 0.48). It adds to the cosine what
it has learned, from nothing on. A condition's examples are averaged, not summed, so that unequal
conditions count the same.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from medmeta_core.embedding import Backbone
from medmeta_core.methods.heads import balanced_fold_weights, loaded_part

RELATION = "relation"
WIDTH = 128
START_SCALE = 8.0
"""Of the cosine, before anything is learned."""


class RelationModule(nn.Module):
    """The relation g of two embeddings of length d: one number, a logit."""

    def __init__(self, n_features: int, width: int = WIDTH) -> None:
        super().__init__()
        self.hidden = nn.Linear(2 * n_features, width)
        self.out = nn.Linear(width, 1)
        self.cosine = nn.Linear(1, 1)
        nn.init.zeros_(self.out.weight)
        nn.init.constant_(self.cosine.weight, START_SCALE)

    def forward(self, pairs: Tensor) -> Tensor:
        """Logits (..., 1) of pairs (..., 2 d): prototype, then query."""
        prototype, query = (F.normalize(half, dim=-1) for half in pairs.chunk(2, -1))
        product = prototype * query
        features = torch.cat([product, (prototype - query).abs()], -1)
        learned = self.out(F.relu(self.hidden(features * features.shape[-1] ** 0.5)))
        logits: Tensor = learned + self.cosine(product.sum(-1, keepdim=True))
        return logits


class RelationHead(nn.Module):
    """Scores (n, n_conditions) of embeddings (n, d) by their relation to (n_conditions, d)."""

    prototypes: Tensor

    def __init__(self, module: nn.Module, prototypes: Tensor) -> None:
        super().__init__()
        self.module = module
        self.register_buffer("prototypes", prototypes)

    def forward(self, embeddings: Tensor) -> Tensor:
        """Equation 1, before the sigmoid."""
        n, n_conditions = len(embeddings), len(self.prototypes)
        pairs = torch.cat(
            [
                self.prototypes[None].expand(n, -1, -1),
                embeddings[:, None].expand(-1, n_conditions, -1),
            ],
            -1,
        )  # (n, n_conditions, 2 d)
        scores: Tensor = self.module(pairs)[..., 0]
        return scores


@dataclass(frozen=True)
class Relation:
    """A relation network over the embedding of a backbone, learned on it.

    Its width and scale belong to the weights and cannot be chosen.
    """

    backbone: Backbone

    @property
    def settings(self) -> Mapping[str, float]:
        """The width of the relation module."""
        return {"width": WIDTH}

    def heads(
        self, embeddings: Tensor, labels: Tensor, keep_masks: Tensor
    ) -> Iterator[RelationHead]:
        """The relation to each condition's mean, for each row of `keep_masks` (m, n) at once.

        Raises:
            BackboneError: the backbone has no such weights.
        """
        part = self.backbone.part(RELATION)
        module = loaded_part(RelationModule(self.backbone.n_features), part, RELATION)
        members = F.one_hot(labels)
        shares = balanced_fold_weights(labels, keep_masks)[:, None] * members.T
        for means in members.shape[1] * shares.to(embeddings) @ embeddings:
            yield RelationHead(module, means)
