"""`Prediction`: what is said of one image, and when nothing is said."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from medmeta_core.explanation import SimilarCase
from medmeta_core.short_repr import MAX_OF_A_LIST, ShortRepr, html_table, shortened
from medmeta_core.trust.intervals import Spread


class Abstention(StrEnum):
    """Why no condition is named."""

    NONE_OF_THESE = "none-of-these"
    NOT_SURE = "not-sure"
    NOT_CALIBRATED = "not-calibrated"


class Doubt(StrEnum):
    """What keeps an answer from being sure."""

    SHARE_RIGHT = "share-right"
    TOO_FEW = "too-few"
    SET = "set"
    INTERVAL = "interval"


@dataclass(frozen=True)
class AbstentionRule:
    """The visible thresholds under which no condition is named.

    Attributes:
        min_typicality: in [0, 1]; an image less typical of the examples is "none of these".
        min_right: in [0, 1]; the promise: of the answers that name a condition, at least this
            share is expected to be right. What cannot keep it is "not sure".
    """

    min_typicality: float = 0.05
    min_right: float = 0.8


@dataclass(frozen=True, repr=False)
class Prediction(ShortRepr):
    """The answer for one image.

    Attributes:
        conditions: names, in the order of the support set.
        probabilities: one for each condition, sum 1.
        intervals: lower and upper bound of each probability, from leaving examples out; each
            bound holds at `bound_level`.
        conformal_set: the conditions that cannot be ruled out at `coverage`; None where there
            are too few examples to form one.
        typicality: in [0, 1]; share of leave-one-out examples that lie no nearer to their
            fellows, small where the image resembles none of the examples; None where there are
            too few examples to tell it.
        abstention: why no condition is named, or None.
        similar_cases: nearest first.
        share_right: of the answers at least as sure as this one, the share expected to be right;
            None where no example could be left out, so that nothing is calibrated.
        spread: from which the intervals are made at any level; None in older records.
        p_values: conformal, one for each condition; None where no example could be left out,
            and in older records.
        n_evaluated: left-out examples that the figures rest on; None in older records.
    """

    conditions: tuple[str, ...]
    probabilities: tuple[float, ...]
    intervals: tuple[tuple[float, float], ...]
    conformal_set: tuple[str, ...] | None
    coverage: float
    typicality: float | None
    abstention: Abstention | None
    similar_cases: tuple[SimilarCase, ...]
    share_right: float | None = None
    bound_level: float = 0.975
    spread: Spread | None = None
    p_values: tuple[float, ...] | None = None
    n_evaluated: int | None = None

    @property
    def ranked(self) -> list[tuple[str, float]]:
        """(condition, probability), the most probable first."""
        pairs = zip(self.conditions, self.probabilities, strict=True)
        return sorted(pairs, key=lambda pair: -pair[1])

    @property
    def first(self) -> str:
        """The most probable condition."""
        return self.ranked[0][0]

    @property
    def is_calibrated(self) -> bool:
        """Whether examples could be left out, so that it is known how sure an answer is."""
        return self.share_right is not None

    def _in_short(self) -> Mapping[str, str]:
        condition, probability = self.ranked[0]
        abstention = {"abstention": repr(str(self.abstention))} if self.abstention else {}
        return {
            "first": repr(shortened(condition, MAX_OF_A_LIST)),
            "probability": f"{probability:.3f}",
            "conditions": str(len(self.conditions)),
        } | abstention

    def _repr_html_(self) -> str:
        """For a notebook: the conditions, the most probable first, with their intervals."""
        bounds = dict(zip(self.conditions, self.intervals, strict=False))
        rows = {
            name: f"{probability:.1%}"
            + (f" ({bounds[name][0]:.0%} to {bounds[name][1]:.0%})" if name in bounds else "")
            for name, probability in self.ranked
        }
        title = str(self.abstention) if self.abstention else f"Most similar to {self.first}"
        return html_table(rows, title=title)
