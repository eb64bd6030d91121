"""Leave-one-out over the examples; leave-one-patient-out where patients are known."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class CrossValidation:
    """What the method says of each example when that example's patient is left out.

    Attributes:
        conditions: names.
        labels: (n,) the condition of each example.
        probabilities: (n, n_conditions) for each example, judged without its patient; NaN rows
            for examples that could not be left out (the last of their condition).
        n_folds: how many refits; `by_patient` says whether a fold is a patient.
        by_patient: whether patients were known.
    """

    conditions: tuple[str, ...]
    labels: NDArray[np.int64]
    probabilities: NDArray[np.float64]
    n_folds: int
    by_patient: bool
