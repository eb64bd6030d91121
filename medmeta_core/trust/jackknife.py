"""How much an answer hangs on single examples."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

EDGE = 1e-6


def jackknife_intervals(
    probabilities: NDArray[np.float64], refits: NDArray[np.float64]
) -> tuple[tuple[float, float], ...]:
    """95 % interval for each of k probabilities from m refits (m, k), each without one fold.

    Jackknife on the logit scale (Efron & Tibshirani 1993, eq. 11.5) with Student's t of m - 1
    degrees of freedom, which tells that five folds know less than thirty; (0, 1) where fewer than
    two refits were possible.
    """
    m = len(refits)
    if m < 2:
        return tuple((0.0, 1.0) for _ in probabilities)
    told, centre = _logit(refits), _logit(probabilities)
    spread = np.sqrt((m - 1) / m * np.square(told - told.mean(0)).sum(0))
    half = stdtrit(m - 1, 0.975) * spread
    low, high = centre - half, centre + half
    return tuple(zip(_share(low).tolist(), _share(high).tolist(), strict=True))


def _logit(p: NDArray[np.float64]) -> NDArray[np.float64]:
    kept = np.clip(p, EDGE, 1 - EDGE)
    return np.asarray(np.log(kept / (1 - kept)))


def _share(logit: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-logit)))
