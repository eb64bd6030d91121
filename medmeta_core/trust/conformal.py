"""The conditions that cannot be ruled out at a stated coverage."""

import numpy as np
from numpy.typing import NDArray

from medmeta_core.trust.cross_validation import CrossValidation

COVERAGE = 0.9


def conformal_set(
    probabilities: NDArray[np.float64], left_out: CrossValidation, *, coverage: float = COVERAGE
) -> tuple[str, ...] | None:
    """Conditions kept by cross-conformal prediction; None where the examples are too few.

    A condition stays while at least 1 - coverage of the left-out examples fit their own label
    no better than the image fits the condition (Vovk 2015, Ann Math Artif Intell 74:9; p-value
    with the image counted in). The left-out scores come from slightly smaller models and images
    of one patient are not independent, so the coverage is aimed at, not guaranteed; it does not
    carry over to other scanners.
    """
    judged = left_out.judged
    alpha = 1 - coverage
    if (judged.sum() + 1) * alpha < 1 - 1e-9:  # 9 examples at 90 %
        return None
    own = left_out.probabilities[judged, left_out.labels[judged]]
    p_values = (1 + (own[None] <= probabilities[:, None]).sum(1)) / (len(own) + 1)
    return tuple(name for name, p in zip(left_out.conditions, p_values, strict=True) if p > alpha)
