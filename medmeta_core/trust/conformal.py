"""The conditions that cannot be ruled out at a stated coverage."""

import numpy as np
from numpy.typing import NDArray

from medmeta_core.trust.cross_validation import MIN_EVALUATED, CrossValidation
from medmeta_core.trust.prediction import Prediction

COVERAGE = 0.9


def p_values(
    probabilities: NDArray[np.float64], left_out: CrossValidation
) -> tuple[float, ...] | None:
    """For each condition the share of left-out examples that fit their own label no better than
    the image fits the condition, the image counted in; None where nothing was left out.

    Cross-conformal prediction (Vovk 2015, Ann Math Artif Intell 74:9). The left-out scores come
    from slightly smaller models and images of one patient are not independent, so the coverage
    is aimed at, not guaranteed; it does not carry over to other scanners.
    """
    is_scored = left_out.is_evaluated
    if not is_scored.any():
        return None
    calibration_scores = left_out.probabilities[is_scored, left_out.labels[is_scored]]
    fitting_no_better = (calibration_scores[None] <= probabilities[:, None]).sum(1)
    return tuple(((1 + fitting_no_better) / (len(calibration_scores) + 1)).tolist())


def n_needed(coverage: float) -> int:
    """The fewest left-out examples from which a set of this coverage can rule anything out.

    At least MIN_EVALUATED, as for every reported share.

    >>> n_needed(0.9), n_needed(0.8)
    (9, 5)
    """
    return max(MIN_EVALUATED, int(np.ceil(1 / max(1 - coverage, 1e-3) - 1 - 1e-9)))


def set_at(coverage: float, prediction: Prediction) -> tuple[str, ...] | None:
    """The conditions whose p-value exceeds 1 - coverage; None where the examples are too few.

    The most probable condition is always among them: a set that excludes even that one says
    only that the image is unusual, which typicality says better. Coverage can only grow by it.
    """
    values, n_evaluated = prediction.p_values, prediction.n_evaluated
    if values is None or n_evaluated is None:
        return prediction.conformal_set  # an older record
    if n_evaluated < n_needed(coverage):
        return None
    return tuple(
        name
        for name, p in zip(prediction.conditions, values, strict=True)
        if p > 1 - coverage + 1e-12 or name == prediction.first
    )
