"""What a report says of examples and inputs, by their aliases."""

from dataclasses import dataclass
from typing import NamedTuple


class Exclusion(NamedTuple):
    """An example that was set aside; `alias` as in the gallery ("E12")."""

    alias: str
    reason: str


class RefusedInput(NamedTuple):
    """An input that could not be read; `alias` is a running number ("R1"), never a file's name."""

    alias: str
    rule: str
    message: str


class ExampleNote(NamedTuple):
    """A remark on examples: the core's rule, their aliases, and conditions whose names it is on."""

    rule: str
    aliases: tuple[str, ...]
    conditions: tuple[str, ...] = ()


class MatchNote(NamedTuple):
    """That a case is an example, or of a patient among them: by aliases, and what was left out."""

    relation: str
    aliases: tuple[str, ...]
    left_out: tuple[str, ...]


class UnclassifiedCase(NamedTuple):
    """A case that could not be classified without its own examples."""

    alias: str
    match: MatchNote


class SimilarPicture(NamedTuple):
    """An example near a case: its alias, condition, cosine in [-1, 1] and small picture."""

    alias: str
    condition: str
    similarity: float
    thumbnail: bytes


@dataclass(frozen=True)
class ConditionSummary:
    """What a condition rests on.

    Attributes:
        name: of the condition.
        n_examples: pictures the method adapted to, without the excluded ones.
        n_patients: how many patients these come from; None where no patient is known.
        exclusions: pictures set aside, with the reason given.
    """

    name: str
    n_examples: int
    n_patients: int | None = None
    exclusions: tuple[Exclusion, ...] = ()
