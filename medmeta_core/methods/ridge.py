"""Ridge regression on the examples in closed form (R2D2).

Bertinetto, Henriques, Torr, Vedaldi: Meta-learning with Differentiable Closed-form Solvers.
ICLR 2019, arXiv:1805.08136. Score: the regressed membership (1 for a condition's own images, 0
for the others') times a scale, so that its softmax is a probability before calibration.

Departures: examples are weighted so that conditions of unequal size count the same, the
intercept is not penalised, and lambda is chosen by exact leave-one-out instead of being learned.
"""

from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY, dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from medmeta_core.embedding import Backbone
from medmeta_core.methods.dual_ridge import dual_solutions
from medmeta_core.methods.heads import LinearHead, balanced_fold_weights
from medmeta_core.methods.hyper_parameters import (
    check_hyper_parameters,
    hyper_parameter,
    hyper_parameters_of,
)

LAMBDAS = torch.logspace(-3.5, 1.5, 11, dtype=torch.float64)
"""Tried for lambda where none is given, in units of the kernel's mean eigenvalue."""

LEAST_SPREAD = 1e-7
"""Of the kernel's mean eigenvalue, in mean squared lengths: examples that are all alike have none
but the rounding of their products, to which nothing may be fitted.
"""

TINY = 1e-100
"""Added to it, where the embeddings themselves are zeros; its inverse is finite."""

UNTESTED = 8
"""Which of LAMBDAS is taken where no condition has an example to spare for leaving out."""


@dataclass(frozen=True, eq=False)
class RidgeSolution:
    """Ridge regressions of m folds.

    Attributes:
        weight: (m, d, n_conditions); `bias` (m, n_conditions).
        penalty: (m,) the lambda chosen.
        errors: (m, n_lambdas) weighted squared leave-one-out errors.
    """

    weight: Tensor
    bias: Tensor
    penalty: Tensor
    errors: Tensor


def solve_ridge(
    embeddings: Tensor, labels: Tensor, keep_masks: Tensor, *, penalty: float | None = None
) -> RidgeSolution:
    """Ridge regressions on the examples of each row of `keep_masks` (m, n), float64.

    Args:
        penalty: lambda in units of the kernel's mean eigenvalue; None chooses among LAMBDAS.
    """
    tried = LAMBDAS if penalty is None else torch.tensor([penalty], dtype=torch.float64)
    embeddings, weights = embeddings.double(), balanced_fold_weights(labels, keep_masks)
    roots, targets = weights.sqrt()[..., None], F.one_hot(labels).double()
    means, shares = weights @ embeddings, weights @ targets
    centred = embeddings - embeddings.mean(0)  # the intercept is free: where zero lies is too
    least = LEAST_SPREAD * embeddings.square().sum(1).mean() + TINY
    scale = _mean_eigenvalues(centred, weights, keep_masks).clamp_min(least)
    penalties = tried * scale[:, None]  # (m, n_lambdas)
    duals, errors = dual_solutions(centred, labels, keep_masks, penalties)
    spare = _can_be_left_out(labels, keep_masks)
    errors = torch.where(spare[:, None], errors, 0).sum(-1)
    best = torch.where(spare.any(1), errors.argmin(1), min(UNTESTED, len(tried) - 1))
    dual = roots * duals[torch.arange(len(keep_masks)), best]  # equation 6
    weight = embeddings.T @ dual
    weight = weight - means[..., None] * dual.sum(1, keepdim=True)  # 0 but for rounding
    bias = shares - (means[:, None] @ weight)[:, 0]
    return RidgeSolution(weight, bias, penalties.gather(1, best[:, None])[:, 0], errors)


def _mean_eigenvalues(embeddings: Tensor, weights: Tensor, keep_masks: Tensor) -> Tensor:
    """(m,) of each fold's kernel of weighted embeddings less their mean, over what it keeps."""
    trace = weights @ embeddings.square().sum(1) - (weights @ embeddings).square().sum(1)
    return trace / keep_masks.sum(1)


def _can_be_left_out(labels: Tensor, keep_masks: Tensor) -> Tensor:
    """Examples (m, n) kept beside another of their condition: leaving out others tells nothing."""
    members = F.one_hot(labels).double()
    return keep_masks & ((keep_masks.double() @ members)[:, labels] > 1)


@dataclass(frozen=True)
class Ridge:
    """Ridge regression in the embedding of a backbone.

    Attributes:
        scale: of the scores.
        penalty: lambda, in units of the kernel's mean eigenvalue over the examples; None chooses
            it among LAMBDAS by exact leave-one-out.
    """

    backbone: Backbone
    _: KW_ONLY
    scale: float = hyper_parameter(5.0, "positive")
    penalty: float | None = hyper_parameter(None, "positive")

    def __post_init__(self) -> None:
        check_hyper_parameters(self)

    @property
    def settings(self) -> Mapping[str, float]:
        """The scale of the scores, and the penalty where it was given."""
        return hyper_parameters_of(self)

    def heads(self, embeddings: Tensor, labels: Tensor, keep_masks: Tensor) -> Iterator[LinearHead]:
        """The regressed memberships, for each row of `keep_masks` (m, n) from one decomposition."""
        solved = solve_ridge(embeddings, labels, keep_masks, penalty=self.penalty)
        weights, biases = self.scale * solved.weight, self.scale * solved.bias
        for weight, bias in zip(weights, biases, strict=True):
            yield LinearHead(weight, bias)
