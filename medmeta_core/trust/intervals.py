"""Intervals: of a share that was counted, and of an answer that depends on single examples."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

EDGE = 1e-6
MOST_LEVEL = 0.999


@dataclass(frozen=True)
class Spread:
    """How far the log odds of each condition would move with other examples.

    Attributes:
        errors: the standard error of the log odds of each condition.
        degrees: degrees of freedom behind them; 0 where the errors are not known.
    """

    errors: tuple[float, ...]
    degrees: int


def jackknife(refits: NDArray[np.float64], strata: Sequence[tuple[int, ...]]) -> Spread:
    """The spread of k probabilities from m refits (m, k), each without one fold.

    The jackknife for samples drawn from each condition apart (Shao and Tu, The Jackknife and
    Bootstrap, 1995, section 6.2; of one sample: Efron and Tibshirani 1993, eq. 11.5): a refit is
    compared with those that left out a fold of the same conditions. That a condition is found less
    often with one example fewer is no chance of the sample, and does not widen the interval.

    Args:
        strata: of each refit, the conditions whose examples its fold holds.
    """
    logits, n_conditions = _logit(refits), refits.shape[1]
    variance, degrees = np.zeros(n_conditions), 0
    for stratum in set(strata):
        members = logits[[one == stratum for one in strata]]
        m = len(members)
        variance += (m - 1) / m * np.square(members - members.mean(0)).sum(0)
        degrees += m - 1
    return Spread(tuple(np.sqrt(variance).tolist()), degrees)


def bounds(
    probabilities: Sequence[float], spread: Spread, level: float
) -> tuple[tuple[float, float], ...]:
    """Lower and upper bound of each probability, each of which holds at `level`.

    By Student's t on the logit scale, which tells that four folds know less than thirty; (0, 1)
    where the spread is not known.
    """
    if not spread.degrees:
        return tuple((0.0, 1.0) for _ in probabilities)
    centre = _logit(np.asarray(probabilities))
    factor = stdtrit(spread.degrees, min(max(level, 0.5), MOST_LEVEL))
    half = factor * np.asarray(spread.errors)
    return tuple(zip(_share(centre - half), _share(centre + half), strict=True))


def _logit(p: NDArray[np.float64]) -> NDArray[np.float64]:
    clipped = np.clip(p, EDGE, 1 - EDGE)
    return np.asarray(np.log(clipped / (1 - clipped)))


def _share(logit: NDArray[np.float64]) -> list[float]:
    shares: list[float] = (1 / (1 + np.exp(-logit))).tolist()
    return shares


def wilson_interval(successes: float, n: int, *, z: float = 1.959964) -> tuple[float, float]:
    """95 % interval of a proportion (Wilson 1927, JASA 22:209); (0, 1) where n is 0.

    >>> low, high = wilson_interval(8, 10)
    >>> round(low, 3), round(high, 3)
    (0.49, 0.943)
    """
    if n == 0:
        return 0.0, 1.0
    share = successes / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)
