"""`CrossValidation`: how the method classifies each example when that example is left out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medmeta_core.trust.intervals import wilson_interval

NOT_EVALUATED = -1

MIN_EVALUATED = 5
"""From fewer examples a share says less than their count: "2 of 3", and no percentage."""


@dataclass(frozen=True)
class Recall:
    """How many examples of a condition were recognised, with the 95 % Wilson interval."""

    condition: str
    n_correct: int
    n: int
    interval: tuple[float, float]


@dataclass(frozen=True, eq=False)
class CrossValidation:
    """What the method says of each example when that example's patient is left out.

    Attributes:
        conditions: names.
        labels: (n,) the condition of each example.
        probabilities: (n, n_conditions) for each example, classified without its patient; NaN rows
            for examples that could not be left out (the last of their condition).
        n_folds: how many refits.
        by_patient: whether patients were known, so that a fold leaves out whole patients.
        n_groups: patients of the classified examples, an unknown one counting as one of its own.
        n_with_patient: examples whose patient is known. Both None in older records.
    """

    conditions: tuple[str, ...]
    labels: NDArray[np.int64]
    probabilities: NDArray[np.float64]
    n_folds: int
    by_patient: bool
    n_groups: int | None = None
    n_with_patient: int | None = None

    @property
    def is_leave_one_out(self) -> bool:
        """Whether each fold left out one patient (or example) alone; else several share a fold."""
        if self.n_groups is not None:
            return self.n_folds >= self.n_groups
        return self.by_patient or self.n_folds >= self.n_evaluated

    @property
    def knows_all_patients(self) -> bool:
        """Whether the patient of every example is known."""
        if self.n_with_patient is None:
            return self.by_patient
        return self.n_with_patient == len(self.labels)

    @property
    def is_evaluated(self) -> NDArray[np.bool_]:
        """(n,) whether the example could be left out."""
        return np.asarray(np.isfinite(self.probabilities).all(axis=1))

    @property
    def predicted(self) -> NDArray[np.int64]:
        """(n,) the most probable condition of each example; NOT_EVALUATED where not left out."""
        filled = np.nan_to_num(self.probabilities, nan=-1.0)
        return np.where(self.is_evaluated, filled.argmax(1), NOT_EVALUATED)

    @property
    def confusion(self) -> NDArray[np.int64]:
        """(n_conditions, n_conditions) counts: rows are the labels, columns the answers."""
        k, is_scored = len(self.conditions), self.is_evaluated
        cells = self.labels[is_scored] * k + self.predicted[is_scored]
        return np.bincount(cells, minlength=k * k).reshape(k, k)

    @property
    def n_correct(self) -> int:
        """Examples recognised when left out."""
        return int(self.confusion.trace())

    @property
    def n_evaluated(self) -> int:
        """Examples that could be left out."""
        return int(self.is_evaluated.sum())

    @property
    def has_share(self) -> bool:
        """Whether enough examples were classified for a share to stand in a headline."""
        return self.n_evaluated >= MIN_EVALUATED

    @property
    def accuracy(self) -> float:
        """Share of the classified examples that were recognised; NaN where none was classified."""
        return self.n_correct / self.n_evaluated if self.n_evaluated else float("nan")

    @property
    def accuracy_interval(self) -> tuple[float, float]:
        """95 % Wilson interval of `accuracy`."""
        return wilson_interval(self.n_correct, self.n_evaluated)

    @property
    def recall(self) -> tuple[Recall, ...]:
        """For each condition: recognised, classified, interval."""
        counts = self.confusion
        return tuple(
            Recall(name, int(row[i]), int(row.sum()), wilson_interval(int(row[i]), int(row.sum())))
            for i, (name, row) in enumerate(zip(self.conditions, counts, strict=True))
        )

    @property
    def balanced_accuracy(self) -> float:
        """Mean recall over the conditions that were classified; NaN where none was."""
        shares = [recall.n_correct / recall.n for recall in self.recall if recall.n]
        return float(np.mean(shares)) if shares else float("nan")
