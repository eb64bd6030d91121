"""The content of a report, the same for a workspace, for the command line and for Python."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

import numpy as np

from medmeta_core.casework.adaptation_figures import figures_of
from medmeta_core.casework.examples import cross_validation_of, patients_of
from medmeta_core.episodes import ExampleRemark
from medmeta_core.explanation import Explanation, overlay_png
from medmeta_core.imaging import MedicalImage, as_png
from medmeta_core.languages import FALLBACK
from medmeta_core.reporting import (
    CaseReport,
    ConditionSummary,
    ExampleNote,
    Exclusion,
    MatchNote,
    RefusedInput,
    Report,
    SimilarPicture,
    UnclassifiedCase,
)
from medmeta_core.trust import AbstentionRule, Prediction
from medmeta_core.versions import versions
from medmeta_core.workspace import AdaptationRecord

PICTURE_SIDE = 768


@dataclass(frozen=True)
class ReportHeading:
    """What a report says of itself.

    Attributes:
        workspace: name of the workspace, or of the folder of the examples.
        rule: the thresholds under which answers name a condition.
    """

    title: str
    workspace: str
    operator: str
    language: str = FALLBACK
    rule: AbstentionRule = AbstentionRule()


class RefusedFile(Protocol):
    """A file that was not read. Contract: `message_in` is free of the file's name."""

    @property
    def rule(self) -> str:
        """Name of the rule that it breaks."""

    def message_in(self, language: str) -> str:
        """The sentence in a language."""


class ReportExample(NamedTuple):
    """An example as a report shows it; its small picture is made where it is needed."""

    alias: str
    thumbnail: Callable[[], bytes]


@dataclass(frozen=True, eq=False)
class ReportAnswer:
    """The answer to a case; `match` says which examples it was classified without."""

    prediction: Prediction
    explanation: Explanation | None
    seconds: float
    match: MatchNote | None = None


@dataclass(frozen=True, eq=False)
class ReportParts:
    """What a report is made of, beside the adaptation.

    Attributes:
        excluded: examples that were set aside, by condition.
    """

    cases: Sequence[CaseReport]
    unclassified: Sequence[UnclassifiedCase] = ()
    refusals: Sequence[RefusedFile] = ()
    example_notes: Sequence[ExampleNote] = ()
    excluded: Mapping[str, Sequence[Exclusion]] = field(default_factory=dict)


def report_of(heading: ReportHeading, record: AdaptationRecord, parts: ReportParts) -> Report:
    """The report of an adaptation on cases, made now."""
    return Report(
        title=heading.title,
        workspace=heading.workspace,
        created=datetime.now(UTC).astimezone(),
        operator=heading.operator,
        conditions=_conditions(record, parts.excluded),
        cases=tuple(parts.cases),
        cross_validation=cross_validation_of(record),
        method=record.method,
        settings=record.settings,
        backbone=record.backbone,
        backbone_sha256=figures_of(record).backbone_sha256,
        rule=heading.rule,
        versions=versions(),
        refusals=tuple(
            RefusedInput(f"R{i}", refused.rule, refused.message_in(heading.language))
            for i, refused in enumerate(parts.refusals, 1)
        ),
        unclassified=tuple(parts.unclassified),
        example_notes=tuple(parts.example_notes),
        language=heading.language,
    )


def case_report(
    image: MedicalImage,
    answer: ReportAnswer,
    *,
    alias: str,
    examples: Sequence[ReportExample | None],
) -> CaseReport:
    """A case with its pictures.

    Args:
        examples: in the order of the adaptation; None for one that is gone.
    """
    explanation = None if answer.explanation is None else _in_8_bits(answer.explanation)
    return CaseReport(
        alias=alias,
        picture_png=as_png(image, max_side=PICTURE_SIDE),
        overlay_png=overlay_png(image, explanation, max_side=PICTURE_SIDE) if explanation else None,
        prediction=answer.prediction,
        explanation=explanation,
        similar=_similar(answer.prediction, examples),
        notes=image.notes,
        seconds=answer.seconds,
        modality=image.modality,
        source_digest=image.source_digest,
        match=answer.match,
    )


def example_notes(
    remarks: Iterable[ExampleRemark], aliases: Sequence[str]
) -> tuple[ExampleNote, ...]:
    """The remarks on examples, which go by their aliases."""
    return tuple(
        ExampleNote(remark.rule, tuple(aliases[i] for i in remark.positions), remark.conditions)
        for remark in remarks
    )


def _similar(
    prediction: Prediction, examples: Sequence[ReportExample | None]
) -> tuple[SimilarPicture, ...]:
    pairs = ((similar, examples[similar.index]) for similar in prediction.similar_cases)
    return tuple(
        SimilarPicture(example.alias, similar.condition, similar.similarity, example.thumbnail())
        for similar, example in pairs
        if example is not None
    )


def _in_8_bits(explanation: Explanation) -> Explanation:
    """The heat map as a workspace stores it, so that its overlay is the same everywhere."""
    levels = (explanation.heat_map * 255).round() / np.float32(255)
    return Explanation(levels, explanation.peak, explanation.condition)


def _conditions(
    record: AdaptationRecord, excluded: Mapping[str, Sequence[Exclusion]]
) -> tuple[ConditionSummary, ...]:
    """What each condition of the adaptation rests on, and what was set aside."""
    used = list(zip(record.labels, patients_of(record), strict=True))
    return tuple(
        ConditionSummary(
            name=name,
            n_examples=record.labels.count(name),
            n_patients=len({patient for label, patient in used if label == name and patient})
            or None,
            exclusions=tuple(excluded.get(name, ())),
        )
        for name in dict.fromkeys(record.labels)
    )
