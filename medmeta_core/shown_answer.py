"""`ShownAnswer`: what the screen said of an image when somebody classified it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

NAMED = "named"
"""The outcome of an answer that names a condition; else it is the reason why none is named."""

READINGS = ("changed", "none-of-these")
"""Verdicts that say what the reader sees in the image, whatever the answer is."""


@dataclass(frozen=True)
class ShownAnswer:
    """What the screen said of an image when the reviewer classified it.

    Attributes:
        outcome: `NAMED`, or why no condition was named ("not-sure").
        condition: the one named, with its `probability`; both None where none was.
        thresholds: the rule under which it was named or not, by name.
    """

    outcome: str
    condition: str | None = None
    probability: float | None = None
    thresholds: Mapping[str, float | str | None] = field(default_factory=dict)

    def agrees_with(self, other: "ShownAnswer | None") -> bool:
        """Whether both say the same to a reader, so that a verdict on one holds for the other.

        >>> ShownAnswer("named", "SARS", 0.4).agrees_with(ShownAnswer("named", "SARS", 0.8))
        True
        >>> ShownAnswer("not-sure").agrees_with(ShownAnswer("named", "SARS", 0.4))
        False
        """
        return other is not None and (self.outcome, self.condition) == (
            other.outcome,
            other.condition,
        )


def still_holds(decision: str, reviewed: ShownAnswer | None, now: ShownAnswer) -> bool:
    """Whether a verdict need not be asked for again, now that the answer is `now`.

    What a reader sees in an image does not depend on the answer; all else holds for the answer
    that the verdict is on, and for no other.

    >>> still_holds("accept", ShownAnswer("not-sure"), ShownAnswer("named", "SARS", 0.4))
    False
    >>> still_holds("changed", ShownAnswer("not-sure"), ShownAnswer("named", "SARS", 0.4))
    True
    """
    return decision in READINGS or now.agrees_with(reviewed)
