"""A case that is itself an example, or of a patient among the examples, and by which ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

Relation = Literal["same-file", "same-picture", "same-patient"]


class Identity(NamedTuple):
    """What tells an image from others.

    Attributes:
        source: sha256 of the bytes it came from.
        picture: equal where two images show the same (`picture_digest`).
        patient: whose it is; None where not known.
    """

    source: str
    picture: str
    patient: str | None = None


@dataclass(frozen=True)
class ExampleMatch:
    """The examples by which a case must not be classified.

    Attributes:
        relation: the closest there is.
        related: positions of the examples that are so related.
        positions: of these and of all further examples of their patients.
    """

    relation: Relation
    related: tuple[int, ...]
    positions: tuple[int, ...]


def match_examples(case: Identity, examples: Sequence[Identity]) -> ExampleMatch | None:
    """The examples that a case is, or is of the same patient as; None where there are none.

    >>> flu = [Identity("a", "1", "P1"), Identity("b", "2", "P1"), Identity("c", "3")]
    >>> match_examples(Identity("a", "1"), flu)
    ExampleMatch(relation='same-file', related=(0,), positions=(0, 1))
    >>> match_examples(Identity("d", "4", "P1"), flu).relation
    'same-patient'
    """
    of_file = {i for i, one in enumerate(examples) if one.source == case.source}
    same = of_file | {i for i, one in enumerate(examples) if one.picture == case.picture}
    patients = {case.patient, *(examples[i].patient for i in same)} - {None}
    of_patient = {i for i, one in enumerate(examples) if one.patient in patients}
    relations: tuple[tuple[Relation, set[int]], ...] = (
        ("same-file", of_file),
        ("same-picture", same),
        ("same-patient", of_patient),
    )
    for relation, related in relations:
        if related:
            return ExampleMatch(relation, tuple(sorted(related)), tuple(sorted(same | of_patient)))
    return None
