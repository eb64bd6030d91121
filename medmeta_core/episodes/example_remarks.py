"""What to know of examples before they are trusted: one picture twice, names that are alike."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from medmeta_core.episodes.patients import identify_patients
from medmeta_core.imaging.names import similar_names

Rule = Literal[
    "one-patient-id",
    "shared-patient-id",
    "same-picture",
    "same-picture-in-two-conditions",
    "similar-names",
    "cleaned-names",
]


@dataclass(frozen=True)
class ExampleRemark:
    """A remark on some of the examples, by their positions.

    Attributes:
        conditions: whose names the remark is about; empty where it is about none.
    """

    rule: Rule
    positions: tuple[int, ...]
    conditions: tuple[str, ...] = ()


def remarks_on_examples(
    conditions: Sequence[object], *, patients: Sequence[str | None], pictures: Sequence[str]
) -> tuple[ExampleRemark, ...]:
    """The remarks on n examples.

    Args:
        patients: (n,) as stated.
        pictures: (n,) equal where two examples show the same picture (`picture_digest`).
    """
    identified = identify_patients(conditions, patients)
    shared = tuple(i for i, patient in enumerate(patients) if patient in identified.placeholders)
    rule: Rule = "one-patient-id" if identified.has_one_id_for_all else "shared-patient-id"
    by_picture = defaultdict(list)
    for i, picture in enumerate(pictures):
        by_picture[picture].append(i)
    twins = [group for group in by_picture.values() if len(group) > 1]
    in_two = [group for group in twins if len({conditions[i] for i in group}) > 1]
    in_one = [group for group in twins if group not in in_two]
    remarks = (
        ExampleRemark(rule, shared),
        ExampleRemark("same-picture-in-two-conditions", _positions(in_two)),
        ExampleRemark("same-picture", _positions(in_one)),
        remark_on_names("similar-names", _similar(conditions), conditions),
    )
    return tuple(remark for remark in remarks if remark.positions)


def remark_on_names(
    rule: Rule, names: Sequence[str], conditions: Sequence[object]
) -> ExampleRemark:
    """A remark on the names of some conditions; `conditions` (n,) are those of the examples."""
    return ExampleRemark(
        rule, tuple(i for i, name in enumerate(conditions) if name in names), tuple(names)
    )


def _similar(conditions: Sequence[object]) -> list[str]:
    return [name for group in similar_names(map(str, conditions)) for name in group]


def _positions(groups: Sequence[Sequence[int]]) -> tuple[int, ...]:
    return tuple(i for group in groups for i in group)
