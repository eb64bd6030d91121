"""How typical an image is of the examples: the ground for "none of these"."""

from dataclasses import dataclass
from math import sqrt

import torch
import torch.nn.functional as F
from scipy.special import stdtr
from torch import Tensor

MIN_SPREAD = 0.3
"""Least spread of the log odds: a few examples by chance alike do not make all else atypical."""

FEWEST = 3
"""Distances without which there is no law of them."""

NO_DISTANCE = 1e-6
"""Cosine distance below which two embeddings are of the same picture; float32 knows no less."""

NOTHING_IN_COMMON = 0.999
"""Cosine distance taken as the largest: at 1 two embeddings share no direction."""


@dataclass(frozen=True)
class Typicality:
    """The distances that examples keep from their nearest fellow, as a law of their log odds.

    A cosine distance d has a ceiling near 1, where two images have nothing in common; its log
    odds log(d / (1 - d)) have none, so that a foreign image stands far outside the law.

    Attributes:
        mean: of the log odds.
        spread: its standard deviation, at least MIN_SPREAD.
        n: examples it rests on; below FEWEST it it is unknown how typical an image is.
    """

    mean: float
    spread: float
    n: int

    @classmethod
    def of(cls, embeddings: Tensor, folds: tuple[int, ...]) -> "Typicality":
        """The law of examples (n, d), each measured to the nearest example of another patient.

        The same picture twice is one example: a distance of 0 tells nothing of other images.
        """
        patients = torch.tensor(folds)
        gaps = distances(embeddings, embeddings)
        is_twin = gaps < NO_DISTANCE
        gaps[(patients[:, None] == patients[None]) | is_twin] = float("inf")
        nearest = gaps.min(1).values[~is_twin.tril(-1).any(1)]
        odds = log_odds(nearest[torch.isfinite(nearest)])
        if len(odds) < FEWEST:
            return cls(0.0, MIN_SPREAD, len(odds))
        return cls(float(odds.mean()), max(float(odds.std()), MIN_SPREAD), len(odds))

    def of_query(self, embedding: Tensor, examples: Tensor) -> float | None:
        """Share in [0, 1] of such images expected to lie farther from the examples (n, d) than
        the image with this embedding (d,) does: the predictive tail of Student's t. None where
        fewer than FEWEST distances are known.
        """
        if self.n < FEWEST:
            return None
        gap = distances(embedding[None], examples).min()
        deviation = (float(log_odds(gap)) - self.mean) / (self.spread * sqrt(1 + 1 / self.n))
        return float(stdtr(self.n - 1, -deviation))


def log_odds(gaps: Tensor) -> Tensor:
    """log(d / (1 - d)) of cosine distances, held within (0, NOTHING_IN_COMMON).

    >>> log_odds(torch.tensor([0.5])).tolist()
    [0.0]
    """
    return gaps.double().clamp(NO_DISTANCE, NOTHING_IN_COMMON).logit()


def distances(embeddings: Tensor, others: Tensor) -> Tensor:
    """Cosine distances (n, m) in [0, 2]."""
    return 1 - F.normalize(embeddings, dim=-1) @ F.normalize(others, dim=-1).T
