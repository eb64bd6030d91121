"""Class covariances shrunk towards the task's: the Mahalanobis classifier of Simple CNAPS.

Bateni, Goyal, Masrani, Wood, Sigal: Improved Few-Shot Visual Classification. CVPR 2020,
arXiv:1912.03432. Score: minus half the squared Mahalanobis distance to the condition's mean
(equation 1), less the mean of these over the conditions: beyond the examples' span every
condition has the same distance, which is never computed. The feature extractor is not adapted.

Departure: the identity of equation 2 is multiplied by `ridge` times the task's mean variance along
the directions that the examples span; the paper's 1 suits features of length about sqrt(d).
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
from medmeta_core.progress import check_stopped

LEAST_VARIANCE = 1e-9
"""In mean squared lengths: examples that are all alike vary by rounding only."""

TOGETHER = 32
"""Folds whose covariances are in memory at once."""


class MahalanobisHead(nn.Module):
    """Scores (n, n_conditions) of embeddings (n, d).

    Beyond the span of the examples every covariance is the same multiple of the identity: this
    part of the distance is equal for all conditions and drops out with the mean.

    Args:
        directions: (r, d) that the examples span, orthonormal.
        means: (n_conditions, r) in these coordinates.
        precisions: (n_conditions, r, r) inverse covariances.
    """

    directions: Tensor
    means: Tensor
    precisions: Tensor

    def __init__(self, directions: Tensor, means: Tensor, precisions: Tensor) -> None:
        super().__init__()
        self.register_buffer("directions", directions)
        self.register_buffer("means", means)
        self.register_buffer("precisions", precisions)

    def forward(self, embeddings: Tensor) -> Tensor:
        """Equation 1.

        >>> head = MahalanobisHead(torch.eye(1), torch.tensor([[0.0], [4.0]]),
        ...                        torch.tensor([[[1.0]], [[0.5]]]))
        >>> head(torch.tensor([[1.0]])).tolist()
        [[0.875, -0.875]]
        """
        away = (embeddings @ self.directions.T)[:, None] - self.means  # (n, n_conditions, r)
        scores = -0.5 * torch.einsum("ncr,crs,ncs->nc", away, self.precisions, away)
        return scores - scores.mean(1, keepdim=True)


def weighted_covariance(points: Tensor, weights: Tensor) -> Tensor:
    """Covariances (..., r, r) of points (n, r) under weights (..., n) that sum to 1.

    Unbiased where the weights are equal; 0 where all weight lies on one point.
    """
    means = weights @ points
    second = points.T @ (weights[..., None] * points) - means[..., None] * means[..., None, :]
    spread = 1 - weights.square().sum(-1)
    return second / spread.clamp_min(1e-9)[..., None, None] * (spread > 1e-9)[..., None, None]


def shrunk_covariances(
    points: Tensor, labels: Tensor, keep_masks: Tensor, *, ridge: float
) -> tuple[Tensor, Tensor]:
    """Means (m, n_conditions, r) and covariances (m, n_conditions, r, r) of points (n, r).

    Equation 2, with the weight of equation 3: the more examples a condition has, the more its own
    covariance counts.
    """
    members = keep_masks[:, None] * F.one_hot(labels).T.double()  # (m, n_conditions, n)
    counts = members.sum(-1)
    shares = members / counts[..., None]
    per_condition = weighted_covariance(points, shares)
    task = weighted_covariance(points, balanced_fold_weights(labels, keep_masks))
    n_directions = (keep_masks.sum(1) - 1).clamp(1, points.shape[1])
    least = LEAST_VARIANCE * points.square().sum(1).mean() + torch.finfo(torch.float64).tiny
    variance = (task.diagonal(dim1=-2, dim2=-1).sum(-1) / n_directions).clamp_min(least)
    trust = (counts / (counts + 1))[..., None, None]  # equation 3
    floor = ridge * variance[:, None, None] * torch.eye(points.shape[1]).double()
    return shares @ points, trust * per_condition + (1 - trust) * task[:, None] + floor[:, None]


@dataclass(frozen=True)
class ShrinkageCovariance:
    """Mahalanobis distances in the embedding of a backbone.

    Attributes:
        ridge: the multiple of the identity, in mean variances (beta in the paper, which has 1).
    """

    backbone: Backbone
    _: KW_ONLY
    ridge: float = hyper_parameter(3.0, "positive")

    def __post_init__(self) -> None:
        check_hyper_parameters(self)

    @property
    def settings(self) -> Mapping[str, float]:
        """The multiple of the identity, in mean variances."""
        return hyper_parameters_of(self)

    def heads(
        self, embeddings: Tensor, labels: Tensor, keep_masks: Tensor
    ) -> Iterator[MahalanobisHead]:
        """The Mahalanobis distance, for each row of `keep_masks` (m, n), many at once."""
        coordinates, directions = span(embeddings)
        for rows in torch.split(keep_masks, TOGETHER):
            check_stopped()
            means, covariances = shrunk_covariances(coordinates, labels, rows, ridge=self.ridge)
            precisions = torch.cholesky_inverse(torch.linalg.cholesky(covariances))
            for mean, precision in zip(means.float(), precisions.float(), strict=True):
                yield MahalanobisHead(directions.float(), mean, precision)
