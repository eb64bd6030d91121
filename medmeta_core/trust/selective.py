"""Selective classification: how right the answers are that are at least as sure as this one.

Geifman and El-Yaniv: Selective Classification for Deep Neural Networks. NIPS 2017,
arXiv:1705.08500: a threshold on how sure an answer is, chosen so that those above it keep a
promised share right.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from medmeta_core.trust.conformal import p_values
from medmeta_core.trust.cross_validation import CrossValidation
from medmeta_core.trust.prediction import Prediction


def share_right(probabilities: NDArray[np.float64], left_out: CrossValidation) -> float | None:
    """Of the answers at least as sure as this one (n_conditions,), the share expected right.

    The mean first probability over the left-out examples that were classified at least as surely,
    this image counted in. It rises with the first probability, so that naming what reaches a
    level names as many as can be named under it. None where nothing could be left out.
    """
    is_scored = left_out.is_evaluated
    if not is_scored.any():
        return None
    first = float(probabilities.max())
    others = left_out.probabilities[is_scored].max(1)
    surer = others[others >= first]
    return float((surer.sum() + first) / (len(surer) + 1))


def complete(prediction: Prediction, left_out: CrossValidation) -> Prediction:
    """The prediction of an older record with what it lacks, from the left-out examples."""
    if prediction.n_evaluated is not None:
        return prediction
    probabilities = np.asarray(prediction.probabilities)
    return replace(
        prediction,
        share_right=share_right(probabilities, left_out),
        p_values=p_values(probabilities, left_out),
        n_evaluated=left_out.n_evaluated,
    )
