"""One temperature for the scores, from the examples themselves."""

import torch
import torch.nn.functional as F
from torch import Tensor

PRIOR_SPREAD = 0.7
"""Standard deviation of the log temperature before any example is seen."""


def fit_temperature(scores: Tensor, labels: Tensor) -> float:
    """The temperature that makes left-out scores (n, k) most probable; 1 is the prior's centre.

    Temperature scaling (Guo et al. 2017, arXiv:1706.04599, eq. 9) with a log-normal prior, so
    that a handful of examples that all come out right does not make the answer a certainty.
    Rows that are not finite are left aside.
    """
    judged = torch.isfinite(scores).all(1)
    if not bool(judged.any()):
        return 1.0
    grid = torch.linspace(-3, 3, 121)  # of the log temperature
    scaled = scores[judged][None] / grid.exp()[:, None, None]  # (121, n, k)
    log_probabilities = F.log_softmax(scaled.double(), -1)
    told = log_probabilities[:, torch.arange(int(judged.sum())), labels[judged]].sum(1)
    posterior = told - 0.5 * (grid.double() / PRIOR_SPREAD).square()
    return float(grid[posterior.argmax()].exp())
