"""Baseline++: a classifier by the cosine to one learned direction for each condition.

Chen, Liu, Kira, Wang, Huang: A Closer Look at Few-shot Classification. ICLR 2019,
arXiv:1904.04232, section 3.2. Score: the cosine times a scale.

Departures: the directions start at the prototypes, not at random, and all examples are seen at
each step, so that two adaptations to the same examples are equal.
"""

from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY, dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from medmeta_core.embedding import Backbone
from medmeta_core.methods.heads import balanced_fold_weights
from medmeta_core.methods.hyper_parameters import (
    check_hyper_parameters,
    hyper_parameter,
    hyper_parameters_of,
)
from medmeta_core.methods.span import span
from medmeta_core.progress import report


class CosineHead(nn.Module):
    """Scores (n, n_conditions) of embeddings (n, d): scale * cosine to directions (n_c, d)."""

    directions: Tensor

    def __init__(self, directions: Tensor, scale: float) -> None:
        super().__init__()
        self.register_buffer("directions", F.normalize(directions, dim=-1))
        self.scale = scale

    def forward(self, embeddings: Tensor) -> Tensor:
        """Cosines times the scale.

        >>> head = CosineHead(torch.tensor([[2.0, 0.0], [3.0, 4.0]]), scale=10)
        >>> head(torch.tensor([[0.0, 0.5]])).tolist()
        [[0.0, 8.0]]
        """
        return self.scale * F.normalize(embeddings, dim=-1) @ self.directions.T


@dataclass(frozen=True)
class BaselinePlusPlus:
    """A cosine classifier in the embedding of a backbone.

    Attributes:
        scale: of the cosines.
        steps, rate, momentum: of the gradient descent.
    """

    backbone: Backbone
    _: KW_ONLY
    scale: float = hyper_parameter(5.0, "positive")
    steps: int = hyper_parameter(100, "count")
    rate: float = hyper_parameter(0.1, "positive")
    momentum: float = hyper_parameter(0.9, "share")

    def __post_init__(self) -> None:
        check_hyper_parameters(self)

    @property
    def settings(self) -> Mapping[str, float]:
        """The scale of the cosines; number, rate and momentum of the steps."""
        return hyper_parameters_of(self)

    def heads(self, embeddings: Tensor, labels: Tensor, keep_masks: Tensor) -> Iterator[CosineHead]:
        """Cosine heads for the rows of `keep_masks` (m, n), all optimised together."""
        coordinates, axes = span(F.normalize(embeddings, dim=-1))
        weights = balanced_fold_weights(labels, keep_masks)
        for directions in self.fit_directions(coordinates, labels, weights):
            yield CosineHead((directions @ axes).float(), self.scale)

    def fit_directions(self, points: Tensor, labels: Tensor, weights: Tensor) -> Tensor:
        """Directions (m, n_conditions, r) for points (n, r) of length 1, float64.

        Gradient descent with momentum on the cross-entropy under weights (m, n), rows summing to 1.
        """
        targets = F.one_hot(labels).double()
        directions = F.normalize((weights[:, None] * targets.T) @ points, dim=-1)
        velocity = torch.zeros_like(directions)
        for number in range(self.steps):
            report(number / self.steps)
            unit = F.normalize(directions, dim=-1)
            wrong = (self.scale * unit @ points.T).softmax(1) - targets.T  # (m, n_conditions, n)
            slope = self.scale * (weights[:, None] * wrong) @ points
            along = (slope * unit).sum(-1, keepdim=True) * unit
            slope = (slope - along) / directions.norm(dim=-1, keepdim=True)  # of the unit direction
            velocity = self.momentum * velocity - self.rate * slope
            directions = directions + velocity
        return directions
