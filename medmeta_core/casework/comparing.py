"""Two adaptations to the same examples, compared example by example."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

from medmeta_core.casework.adaptation_figures import figures_of
from medmeta_core.casework.examples import cross_validation_of
from medmeta_core.methods import METHODS
from medmeta_core.trust import NOT_EVALUATED
from medmeta_core.workspace import AdaptationRecord

COMPARED = {
    "both": (True, True),
    "only_first": (True, False),
    "only_second": (False, True),
    "neither": (False, False),
}
"""Who recognised an example: the first adaptation, the second."""


@dataclass(frozen=True)
class Comparison:
    """Who recognised which example when it was left out.

    Attributes:
        recognised: (by the first, by the second) for each id; examples that one of the two
            could not leave out are not compared.
    """

    recognised: dict[str, tuple[bool, bool]]

    @property
    def n(self) -> int:
        """Examples compared."""
        return len(self.recognised)

    def ids(self, kind: str) -> tuple[str, ...]:
        """The examples of a kind of `COMPARED`."""
        return tuple(i for i, who in self.recognised.items() if who == COMPARED[kind])

    @property
    def chance(self) -> float:
        """How often two equal methods would differ at least so much: McNemar's exact test.

        >>> Comparison(dict.fromkeys(("E1", "E2", "E3"), (True, False))).chance
        0.25
        """
        ones = len(self.ids("only_first")), len(self.ids("only_second"))
        tail: float = sum(comb(sum(ones), k) for k in range(min(ones) + 1)) / 2 ** sum(ones)
        return min(1.0, 2 * tail)


def records_side_by_side(records: Sequence[AdaptationRecord]) -> list[AdaptationRecord]:
    """The newest adaptation and the newest of another method to the same examples, if any.

    They stand in the order of `METHODS`, so that they keep their places when adapted again.
    """
    newest = newest_of_each_method(records)
    pair = [record for record in newest if _rest_on(record) == _rest_on(newest[0])][:2]
    return sorted(pair, key=lambda record: list(METHODS).index(record.method))


def newest_of_each_method(records: Sequence[AdaptationRecord]) -> list[AdaptationRecord]:
    """The last adaptation of each method, the newest first."""
    last = {record.method: record for record in records}
    return sorted(last.values(), key=lambda record: -records.index(record))


def compare(first: AdaptationRecord, second: AdaptationRecord) -> Comparison:
    """The comparison of two adaptations to the same examples."""
    rights = zip(first.image_ids, _recognised(first), _recognised(second), strict=True)
    return Comparison(
        {
            image_id: (one, other)
            for image_id, one, other in rights
            if one is not None and other is not None
        }
    )


def _rest_on(record: AdaptationRecord) -> tuple[object, ...]:
    return record.image_ids, record.labels, figures_of(record).patients


def _recognised(record: AdaptationRecord) -> list[bool | None]:
    """Of each example whether it was recognised when left out; None where not classified."""
    left_out = cross_validation_of(record)
    return [
        None if predicted == NOT_EVALUATED else bool(predicted == label)
        for predicted, label in zip(left_out.predicted, left_out.labels, strict=True)
    ]
