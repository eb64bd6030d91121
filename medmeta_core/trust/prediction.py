"""`Prediction`: what is said of one image, and when nothing is said."""

from dataclasses import dataclass
from enum import StrEnum

from medmeta_core.explanation import SimilarCase


class Abstention(StrEnum):
    """Why no condition is named."""

    NONE_OF_THESE = "none-of-these"
    NOT_SURE = "not-sure"


@dataclass(frozen=True)
class AbstentionRule:
    """The visible thresholds under which no condition is named.

    Attributes:
        min_typicality: in [0, 1]; an image less typical of the examples is "none of these".
        min_probability: in [0, 1]; a first condition less probable is "not sure".
    """

    min_typicality: float = 0.05
    min_probability: float = 0.5


@dataclass(frozen=True)
class Prediction:
    """The answer for one image.

    Attributes:
        conditions: names, in the order of the support set.
        probabilities: one for each condition, sum 1.
        intervals: 95 % interval of each probability, from leaving examples out.
        conformal_set: the conditions that cannot be ruled out at `coverage`; None where there
            are too few examples to form one.
        typicality: in [0, 1]; share of leave-one-out examples that lie no nearer to their
            fellows, small where the image resembles none of the examples.
        abstention: why no condition is named, or None.
        similar_cases: nearest first.
    """

    conditions: tuple[str, ...]
    probabilities: tuple[float, ...]
    intervals: tuple[tuple[float, float], ...]
    conformal_set: tuple[str, ...] | None
    coverage: float
    typicality: float
    abstention: Abstention | None
    similar_cases: tuple[SimilarCase, ...]

    @property
    def ranked(self) -> list[tuple[str, float]]:
        """(condition, probability), the most probable first."""
        pairs = zip(self.conditions, self.probabilities, strict=True)
        return sorted(pairs, key=lambda pair: -pair[1])

    @property
    def first(self) -> str:
        """The most probable condition."""
        return self.ranked[0][0]
