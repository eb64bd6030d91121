"""One temperature for the scores, from the examples themselves and from many tasks."""

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import log
from pathlib import Path
from statistics import fmean
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

PRIOR_FILE = Path(__file__).with_name("temperature_prior.json")


@dataclass(frozen=True)
class TemperaturePrior:
    """A normal law of the log temperature.

    Attributes:
        centre: its mean.
        spread: its standard deviation.
        weight: how much a left-out example counts: below 1, as the examples left out share
            their fellows and are no independent witnesses.
    """

    centre: float = 0.0
    spread: float = 0.7
    weight: float = 1.0


PLAIN = TemperaturePrior()
"""For methods and backbones on which no tasks were measured."""


def temperature_prior(
    method: str, backbone: str, counts: tuple[int, ...], *, path: Path = PRIOR_FILE
) -> TemperaturePrior:
    """The prior for a method on a backbone with so many examples of each condition.

    >>> temperature_prior("ridge", "some-other-backbone", (5, 5))
    TemperaturePrior(centre=0.0, spread=0.7, weight=1.0)
    """
    content = _content(path)
    factors = content["centres"].get(backbone, {}).get(method)
    if factors is None:
        return PLAIN
    ways, shots = log(len(counts) / 3), log(max(1.0, fmean(counts)) / 3)
    terms = zip(factors, (1, ways, shots, ways * shots), strict=True)
    centre = sum(factor * term for factor, term in terms)
    return TemperaturePrior(centre, content["spread"], content["weight"])


@functools.cache
def _content(path: Path) -> Mapping[str, Any]:
    content: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def fit_temperature(scores: Tensor, labels: Tensor, prior: TemperaturePrior = PLAIN) -> float:
    """The temperature that makes left-out scores (n, k) most probable under the prior.

    Temperature scaling (Guo et al. 2017, arXiv:1706.04599, eq. 9) with a log-normal prior, so
    that a handful of examples that all come out right does not make the answer a certainty.
    Rows that are not finite are left aside; without any it is the prior's centre.
    """
    is_scored = torch.isfinite(scores).all(1)
    grid = torch.linspace(-3, 3, 121).double()  # of the log temperature
    scaled = scores[is_scored][None] / grid.exp()[:, None, None]  # (121, n, k)
    log_probabilities = F.log_softmax(scaled.double(), -1)
    log_likelihood = log_probabilities[
        :, torch.arange(int(is_scored.sum())), labels[is_scored]
    ].sum(1)
    posterior = (
        prior.weight * log_likelihood - 0.5 * ((grid - prior.centre) / prior.spread).square()
    )
    return float(grid[posterior.argmax()].exp())
