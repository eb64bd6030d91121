"""Logistic regression on the embeddings: the linear probe.

The yardstick of Chen et al. 2019, arXiv:1904.04232 (their "Baseline"), and of Tian et al. 2020,
arXiv:2003.11539. Score: the logit. Each condition weighs the same, and the penalty is
`penalty` / 2 times the squared weights, against the weighted mean of the cross-entropies.
"""

from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY, dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from medmeta_core.embedding import Backbone
from medmeta_core.methods.heads import LinearHead, balanced_fold_weights
from medmeta_core.methods.hyper_parameters import (
    check_hyper_parameters,
    hyper_parameter,
    hyper_parameters_of,
)
from medmeta_core.methods.span import span
from medmeta_core.progress import report

MAX_STEPS, CLOSE = 500, 1e-9


def fit_logistic(coordinates: Tensor, labels: Tensor, weights: Tensor, *, penalty: float) -> Tensor:
    """Weights (m, r + 1, n_conditions) of m logistic regressions; the last row is the intercept.

    Böhning's bound on the Hessian (1992, doi:10.1007/BF00048682) preconditions all steps, so
    that they need no line search; Nesterov's momentum makes few of them.

    Args:
        coordinates: (n, r) of the examples, float64. labels: (n,).
        weights: (m, n) of the examples in each fold; rows sum to 1.
    """
    design = torch.cat([coordinates, torch.ones(len(coordinates), 1).double()], 1)
    targets = F.one_hot(labels).double()
    ridge = torch.full((design.shape[1],), penalty, dtype=torch.float64)
    ridge[-1] = 0  # the intercept is free
    curvature = 0.5 * design.T @ (weights[..., None] * design)  # (m, r + 1, r + 1)
    steepest = torch.linalg.matrix_norm(curvature, 2).max()
    factor = torch.linalg.cholesky(curvature + torch.diag(ridge))
    root = (penalty / (steepest + penalty)).sqrt()
    momentum = (1 - root) / (1 + root)
    solution = ahead = torch.zeros(len(weights), design.shape[1], targets.shape[1]).double()
    for number in range(MAX_STEPS):
        report(number / MAX_STEPS)
        wrong = weights[..., None] * (
            (design @ ahead).softmax(-1) - targets
        )  # (m, n, n_conditions)
        slope = design.T @ wrong + ridge[:, None] * ahead
        if slope.abs().max() < CLOSE:
            break
        step = ahead - torch.cholesky_solve(slope, factor)
        solution, ahead = step, step + momentum * (step - solution)
    return ahead


@dataclass(frozen=True)
class LinearProbe:
    """Logistic regression in the embedding of a backbone.

    Attributes:
        penalty: on the squared weights.
    """

    backbone: Backbone
    _: KW_ONLY
    penalty: float = hyper_parameter(0.003, "positive")

    def __post_init__(self) -> None:
        check_hyper_parameters(self)

    @property
    def settings(self) -> Mapping[str, float]:
        """The penalty on the weights."""
        return hyper_parameters_of(self)

    def heads(self, embeddings: Tensor, labels: Tensor, keep_masks: Tensor) -> Iterator[LinearHead]:
        """Logistic regressions, for each row of `keep_masks` (m, n) descending together."""
        coordinates, directions = span(embeddings)
        weights = balanced_fold_weights(labels, keep_masks)
        for solution in fit_logistic(coordinates, labels, weights, penalty=self.penalty):
            yield LinearHead(directions.T @ solution[:-1], solution[-1])
