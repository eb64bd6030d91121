"""How typical an image is of the examples: the ground for "none of these"."""

from dataclasses import dataclass
from math import log, sqrt

import torch
import torch.nn.functional as F
from scipy.special import stdtr
from torch import Tensor

MIN_SPREAD = 0.15
"""Least spread of a log distance: a few examples by chance alike do not make all else atypical."""


@dataclass(frozen=True)
class Typicality:
    """The distances that examples keep from their nearest fellow, as a log-normal law.

    Attributes:
        mean: of the log distance.
        spread: its standard deviation, at least MIN_SPREAD.
        n: examples it rests on; below 3 nothing is called atypical.
    """

    mean: float
    spread: float
    n: int

    @classmethod
    def of(cls, embeddings: Tensor, folds: tuple[int, ...]) -> "Typicality":
        """The law of examples (n, d), each measured to the nearest example of another patient."""
        patients = torch.tensor(folds)
        gaps = distances(embeddings, embeddings)
        gaps[patients[:, None] == patients[None]] = float("inf")
        nearest = gaps.min(1).values
        logs = nearest[torch.isfinite(nearest)].double().clamp_min(1e-6).log()
        if len(logs) < 3:
            return cls(0.0, MIN_SPREAD, len(logs))
        return cls(float(logs.mean()), max(float(logs.std()), MIN_SPREAD), len(logs))

    def of_query(self, embedding: Tensor, examples: Tensor) -> float:
        """Share in [0, 1] of such images expected to lie farther from the examples (n, d) than
        the image with this embedding (d,) does: the predictive tail of Student's t.
        """
        if self.n < 3:
            return 1.0
        gap = float(distances(embedding[None], examples).min())
        deviation = (log(max(gap, 1e-6)) - self.mean) / (self.spread * sqrt(1 + 1 / self.n))
        return float(stdtr(self.n - 1, -deviation))


def distances(embeddings: Tensor, others: Tensor) -> Tensor:
    """Cosine distances (n, m) in [0, 2]."""
    return 1 - F.normalize(embeddings, dim=-1) @ F.normalize(others, dim=-1).T
