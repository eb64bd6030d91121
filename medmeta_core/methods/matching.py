"""Matching networks: every example votes for its condition, the more the likelier it is.

Vinyals, Blundell, Lillicrap, Kavukcuoglu, Wierstra: Matching Networks for One Shot Learning.
NeurIPS 2016, arXiv:1606.04080. Score: the logarithm of the attention that falls on the
condition's examples (equation 1), by the softmax of the cosines times a scale.

Departures: the cosines have a scale (the paper's softmax of bare cosines is nearly flat), and an
example weighs 1 / the number of its condition's examples, so that unequal conditions count the
same. "matching" compares the embeddings as they are; "matching-fce" puts them in the context of
all examples first, see full_context.py.
"""

from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY, dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from medmeta_core.embedding import Backbone
from medmeta_core.methods.full_context import STEPS, FullContext
from medmeta_core.methods.heads import balanced_fold_weights, loaded_part
from medmeta_core.methods.hyper_parameters import (
    check_hyper_parameters,
    hyper_parameter,
    hyper_parameters_of,
)

FULL_CONTEXT = "matching-fce"


class MatchingHead(nn.Module):
    """Scores (n, n_conditions) of embeddings (n, d) by attention over the examples.

    Args:
        examples: (k, d).
        votes: (k, n_conditions) the weight of each example for its condition, else 0.
    """

    examples: Tensor
    log_votes: Tensor

    def __init__(self, examples: Tensor, votes: Tensor, scale: float | Tensor) -> None:
        super().__init__()
        self.register_buffer("examples", examples)
        self.register_buffer("log_votes", votes.log())
        self.scale = scale

    def forward(self, embeddings: Tensor) -> Tensor:
        """Equation 1, its logarithm before the sum over conditions is brought to 1.

        >>> head = MatchingHead(torch.eye(2), torch.eye(2), scale=10)
        >>> head(torch.tensor([[0.6, 0.8]])).tolist()
        [[6.0, 8.0]]
        """
        cosines = F.normalize(embeddings, dim=-1) @ F.normalize(self.examples, dim=-1).T
        votes = self.scale * cosines[..., None] + self.log_votes  # (n, k, n_conditions)
        return votes.logsumexp(1)


class ContextualHead(nn.Module):
    """The same for queries put in the context of the examples first."""

    weights: Tensor

    def __init__(self, context: FullContext, head: MatchingHead, weights: Tensor) -> None:
        super().__init__()
        self.context, self.head = context, head
        self.register_buffer("weights", weights)

    def forward(self, embeddings: Tensor) -> Tensor:
        """Scores (n, n_conditions)."""
        contextual = self.context.queries(embeddings, self.head.examples, self.weights)
        scores: Tensor = self.head(contextual)
        return scores


def contextual_heads(
    context: FullContext, embeddings: Tensor, labels: Tensor, weights: Tensor
) -> Iterator[ContextualHead]:
    """The head for examples (n, d) under each row of weights (m, n); rows sum to 1."""
    scale, members = context.log_scale.exp(), F.one_hot(labels)
    for contextual, row in zip(context.examples(embeddings, weights), weights, strict=True):
        keep_mask = row > 0
        votes = row[keep_mask, None] * members[keep_mask]
        yield ContextualHead(
            context, MatchingHead(contextual[keep_mask], votes, scale), row[keep_mask]
        )


@dataclass(frozen=True)
class Matching:
    """Matching networks in the embedding of a backbone.

    Attributes:
        scale: of the cosines.
    """

    backbone: Backbone
    _: KW_ONLY
    scale: float = hyper_parameter(8.0, "positive")

    def __post_init__(self) -> None:
        check_hyper_parameters(self)

    @property
    def settings(self) -> Mapping[str, float]:
        """The scale of the cosines."""
        return hyper_parameters_of(self)

    def heads(
        self, embeddings: Tensor, labels: Tensor, keep_masks: Tensor
    ) -> Iterator[MatchingHead]:
        """The examples' votes, for each row of `keep_masks` (m, n)."""
        weights, members = (
            balanced_fold_weights(labels, keep_masks).to(embeddings),
            F.one_hot(labels),
        )
        for row, weight in zip(keep_masks, weights, strict=True):
            yield MatchingHead(embeddings[row], weight[row, None] * members[row], self.scale)


@dataclass(frozen=True)
class MatchingInContext:
    """Matching networks with full context embeddings, learned on the backbone.

    Scale and readings belong to the weights: they were learned with these and cannot be chosen.
    """

    backbone: Backbone

    @property
    def settings(self) -> Mapping[str, float]:
        """How often the examples are read."""
        return {"readings": STEPS}

    def heads(
        self, embeddings: Tensor, labels: Tensor, keep_masks: Tensor
    ) -> Iterator[ContextualHead]:
        """The votes of the examples in context, for each row of `keep_masks` (m, n).

        Raises:
            BackboneError: the backbone has no such weights.
        """
        part = self.backbone.part(FULL_CONTEXT)
        context = loaded_part(FullContext(self.backbone.n_features), part, FULL_CONTEXT)
        weights = balanced_fold_weights(labels, keep_masks).to(embeddings)
        with torch.no_grad():
            heads = list(contextual_heads(context, embeddings, labels, weights))
        yield from heads
