"""`medmeta report`: a report of new images against a folder of examples."""

import getpass
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from medmeta_core.analysis import CaseAnalysis, settings_told
from medmeta_core.casework.case_classifier import Judge
from medmeta_core.casework.example_folder import Examples, read_files
from medmeta_core.casework.image_cases import Case, CaseReader
from medmeta_core.cli.adapting import (
    BackboneName,
    ExamplesFolder,
    Method,
    MinRight,
    MinTypicality,
    adapted_to,
)
from medmeta_core.cli.console import progress_bar, say, tell, write_bytes
from medmeta_core.errors import MedMetaError
from medmeta_core.explanation import overlay_png
from medmeta_core.imaging import Refusal, as_png, thumbnail
from medmeta_core.languages import FALLBACK, LANGUAGES
from medmeta_core.progress import Progress
from medmeta_core.reporting import (
    CaseReport,
    ConditionSummary,
    ExampleNote,
    OwnExampleNote,
    RefusedInput,
    Report,
    SimilarPicture,
    UnjudgedCase,
    to_csv,
    to_html,
    to_json,
    to_pdf,
)
from medmeta_core.reporting.matching_words import told_own
from medmeta_core.reporting.texts import Texts
from medmeta_core.trust import AbstentionRule
from medmeta_core.versions import versions

PICTURE_SIDE = 768
FORMATS: dict[str, Callable[[Report], bytes]] = {
    ".pdf": to_pdf,
    ".html": lambda report: to_html(report).encode(),
    ".csv": lambda report: to_csv(report).encode(),
    ".json": lambda report: to_json(report).encode(),
}


def _known(language: str) -> str:
    if language not in LANGUAGES:
        raise typer.BadParameter(f"{language!r} is not one of {', '.join(LANGUAGES)}.")
    return language


ReportLanguage = Annotated[
    str,
    typer.Option(metavar="|".join(LANGUAGES), callback=_known, help="Language of the report."),
]


def report_command(
    files: Annotated[list[Path], typer.Argument(help="Images to report on.")],
    examples: ExamplesFolder,
    out: Annotated[Path, typer.Option(help="report.pdf, .html, .csv or .json.")],
    method: Method = "prototypical",
    backbone: BackboneName = None,
    operator: Annotated[str, typer.Option(help="Who makes the report.")] = "",
    language: ReportLanguage = FALLBACK,
    title: str = "MedMeta",
    min_right: MinRight = AbstentionRule.min_right,
    min_typicality: MinTypicality = AbstentionRule.min_typicality,
) -> None:
    """Adapt to a folder of examples, judge the files, write a report."""
    if out.suffix not in FORMATS:
        raise MedMetaError("output-format", endings=", ".join(FORMATS), found=out.name)
    rule = AbstentionRule(min_typicality, min_right)
    known, adaptation = adapted_to(examples, method=method, backbone=backbone)
    reader = CaseReader(known, Judge(adaptation), rule)
    with progress_bar("Images") as progress:
        cases, unjudged, refused = _cases(files, reader, progress)
    report = Report(
        title=title,
        workspace=examples.name,
        created=datetime.now(UTC).astimezone(),
        operator=operator or getpass.getuser(),
        conditions=_conditions(known),
        cases=tuple(cases),
        cross_validation=adaptation.cross_validation,
        method=adaptation.method,
        settings=settings_told(adaptation),
        backbone=adaptation.backbone,
        backbone_sha256=adaptation.backbone_sha256,
        rule=rule,
        versions=versions(),
        refusals=_refusals((*known.refusals, *refused), language),
        unjudged=tuple(unjudged),
        example_notes=tuple(
            ExampleNote(remark.rule, _aliases(remark.positions)) for remark in known.remarks
        ),
        language=language,
    )
    write_bytes(FORMATS[out.suffix](report), out)
    _tell_of_own_examples(report)
    say(f"{out}: {len(cases)} images, {len(report.refusals)} refused")


def _tell_of_own_examples(report: Report) -> None:
    """A line for each case that is an example, or of a patient among the examples."""
    notes = [(case.alias, case.own, True) for case in report.cases if case.own]
    notes += [(case.alias, case.own, False) for case in report.unjudged]
    for alias, own, is_judged in notes:
        sentence = told_own(own, Texts(FALLBACK), is_judged=is_judged)
        tell(f"{alias}: {sentence}")


def _cases(
    files: list[Path], reader: CaseReader, progress: Progress
) -> tuple[list[CaseReport], list[UnjudgedCase], list[Refusal]]:
    """A case for each image that could be judged, those that could not, and the refusals."""
    cases: list[CaseReport] = []
    unjudged: list[UnjudgedCase] = []
    refused: list[Refusal] = []
    for _, item in read_files(files, progress):
        if isinstance(item, Refusal):
            refused.append(item)
            continue
        for image in item.images:
            alias = f"C{len(cases) + len(unjudged) + 1}"
            case = reader.judged(image, with_heat_map=True)
            own = _own(case)
            if case.found is None and own is not None:
                unjudged.append(UnjudgedCase(alias, own))
            elif case.found is not None:
                cases.append(_case(alias, case, case.found, reader.known))
    return cases, unjudged, refused


def _own(case: Case) -> OwnExampleNote | None:
    if case.own is None:
        return None
    return OwnExampleNote(
        case.own.relation, _aliases(case.own.related), _aliases(case.own.positions)
    )


def _aliases(positions: Sequence[int]) -> tuple[str, ...]:
    return tuple(f"E{i + 1}" for i in positions)


def _case(alias: str, case: Case, found: CaseAnalysis, known: Examples) -> CaseReport:
    image = case.image
    return CaseReport(
        alias=alias,
        picture_png=as_png(image, max_side=PICTURE_SIDE),
        overlay_png=overlay_png(image, found.explanation, max_side=PICTURE_SIDE)
        if found.explanation
        else None,
        prediction=found.prediction,
        explanation=found.explanation,
        similar=tuple(
            SimilarPicture(
                f"E{similar.index + 1}",
                similar.condition,
                similar.similarity,
                thumbnail(known.images[similar.index]),
            )
            for similar in found.prediction.similar_cases
        ),
        notes=image.notes,
        seconds=found.seconds,
        modality=image.modality,
        source_digest=image.source_digest,
        own=_own(case),
    )


def _conditions(known: Examples) -> tuple[ConditionSummary, ...]:
    support = known.support
    patients = [
        {
            group
            for group, label in zip(support.groups, support.labels.tolist(), strict=False)
            if label == k and group
        }
        for k in range(len(support.conditions))
    ]
    return tuple(
        ConditionSummary(name, n, len(groups) or None)
        for name, n, groups in zip(support.conditions, support.counts, patients, strict=True)
    )


def _refusals(refusals: tuple[Refusal, ...], language: str) -> tuple[RefusedInput, ...]:
    return tuple(
        RefusedInput(f"R{i}", refusal.rule, refusal.message_in(language))
        for i, refusal in enumerate(refusals, 1)
    )
