"""Which patient ids name a patient: one that an anonymiser wrote into every file does not.

An id that stands under every condition whose patients are stated, two conditions at least, is
taken for no patient. Where several do, patients may truly have all the conditions (an eye each,
say); then only an id that bears more than half of each condition is none (decision 026).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Patients:
    """The patients of examples.

    Attributes:
        known: (n,) the patient of each example; None where not known.
        placeholders: ids that were given and name no patient.
        n_without: examples that bear one of them.
    """

    ids: tuple[str | None, ...]
    placeholders: tuple[str, ...] = ()
    n_without: int = 0

    @property
    def has_one_id_for_all(self) -> bool:
        """Whether one id that names no patient stands in every example."""
        return 0 < self.n_without == len(self.ids) and len(self.placeholders) == 1


def identify_patients(conditions: Sequence[object], patients: Sequence[str | None]) -> Patients:
    """The patients of n examples, each with its condition and the patient stated for it.

    >>> identify_patients(["flu", "flu", "cold"], ["ANON", "ANON", "ANON"]).ids
    (None, None, None)
    >>> identify_patients(["flu", "flu", "cold", "cold"], ["P1", "P2", "P2", "P1"]).ids
    ('P1', 'P2', 'P2', 'P1')
    """
    sizes = Counter(conditions)
    shares = Counter(
        (condition, patient)
        for condition, patient in zip(conditions, patients, strict=True)
        if patient
    )
    stated = {condition for condition, _ in shares}
    everywhere = [
        patient
        for patient in dict.fromkeys(patients)
        if patient and len(stated) > 1 and all(shares[condition, patient] for condition in stated)
    ]
    placeholders = tuple(
        patient
        for patient in everywhere
        if len(everywhere) == 1
        or all(2 * shares[condition, patient] > sizes[condition] for condition in stated)
    )
    ids = tuple(p if p and p not in placeholders else None for p in patients)
    return Patients(ids, placeholders, sum(patient in placeholders for patient in patients))
