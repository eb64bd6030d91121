"""`AdaptationFigures`: what the record of an adaptation says besides its examples, and its JSON.

The store keeps plain JSON, because it lies below the methods and their figures; this is the one
place that reads and writes the column `figures` (decision 075).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from medmeta_core.analysis import Adaptation
from medmeta_core.selection import Choice, choice_from_json, choice_to_json
from medmeta_core.trust import CrossValidation, cross_validation_from_json, cross_validation_to_json
from medmeta_core.workspace import AdaptationRecord


@dataclass(frozen=True, eq=False)
class AdaptationFigures:
    """How far an adaptation can be trusted, and what it rests on.

    Attributes:
        cross_validation: of the examples, in the order of the record.
        patients: the pseudonym of each example; None where unknown.
        backbone_sha256: digest of the weights it was made with.
        choice: how "automatic" chose the method; None where it was given.
    """

    cross_validation: CrossValidation
    patients: tuple[str | None, ...]
    backbone_sha256: str
    choice: Choice | None = None

    @classmethod
    def of(cls, adaptation: Adaptation, patients: tuple[str | None, ...]) -> "AdaptationFigures":
        """The figures of an adaptation to examples of these patients."""
        return cls(
            adaptation.cross_validation, patients, adaptation.backbone_sha256, adaptation.choice
        )


def figures_of(record: AdaptationRecord) -> AdaptationFigures:
    """The figures that a record holds."""
    content: Mapping[str, Any] = record.figures
    choice = content.get("choice")
    return AdaptationFigures(
        cross_validation=cross_validation_from_json(content["cross_validation"]),
        patients=tuple(content["patients"]),
        backbone_sha256=content["backbone_sha256"],
        choice=None if choice is None else choice_from_json(choice),
    )


def figures_as_json(figures: AdaptationFigures) -> dict[str, object]:
    """The figures as JSON values; `figures_of` a record that holds them gives them back."""
    choice = figures.choice
    return {
        "cross_validation": cross_validation_to_json(figures.cross_validation),
        "patients": list(figures.patients),
        "backbone_sha256": figures.backbone_sha256,
        **({} if choice is None else {"choice": choice_to_json(choice)}),
    }
