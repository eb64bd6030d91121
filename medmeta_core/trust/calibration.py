"""One temperature for the scores, from the examples themselves and from many tasks."""

import torch
import torch.nn.functional as F
from torch import Tensor

from medmeta_core.trust.temperature_prior import PLAIN, TemperaturePrior


def fit_temperature(scores: Tensor, labels: Tensor, prior: TemperaturePrior = PLAIN) -> float:
    """The temperature that makes left-out scores (n, k) most probable under the prior.

    Temperature scaling (Guo et al. 2017, arXiv:1706.04599, eq. 9) with a log-normal prior, so
    that a handful of examples that all come out right does not make the answer a certainty.
    Rows that are not finite are left aside; without any it is the prior's centre.
    """
    judged = torch.isfinite(scores).all(1)
    grid = torch.linspace(-3, 3, 121).double()  # of the log temperature
    scaled = scores[judged][None] / grid.exp()[:, None, None]  # (121, n, k)
    log_probabilities = F.log_softmax(scaled.double(), -1)
    told = log_probabilities[:, torch.arange(int(judged.sum())), labels[judged]].sum(1)
    posterior = prior.weight * told - 0.5 * ((grid - prior.centre) / prior.spread).square()
    return float(grid[posterior.argmax()].exp())
