"""A report on images without a workspace, by the same builder as that of a workspace."""

from collections.abc import Iterable, Sequence
from functools import partial

from medmeta_core.analysis import Adaptation, CaseAnalysis
from medmeta_core.casework.adapting import record_of
from medmeta_core.casework.example_folder import FolderExamples
from medmeta_core.casework.image_cases import ImageCase
from medmeta_core.casework.report_content import (
    ReportAnswer,
    ReportExample,
    ReportHeading,
    ReportParts,
    case_report,
    example_notes,
    report_of,
)
from medmeta_core.episodes import ExampleMatch
from medmeta_core.imaging import Refusal, thumbnail
from medmeta_core.reporting import CaseReport, MatchNote, Report, UnclassifiedCase


def report_on_images(
    examples: FolderExamples,
    adaptation: Adaptation,
    *,
    items: Iterable[ImageCase | Refusal],
    heading: ReportHeading,
) -> Report:
    """A report in which examples go by their aliases and cases are C1, C2, … in their order.

    Args:
        items: cases and files that were refused; each is released before the next is asked for.
    """
    aliases = examples.aliases
    report_examples = _report_examples(examples)
    cases: list[CaseReport] = []
    unclassified: list[UnclassifiedCase] = []
    refusals = list(examples.refusals)
    for item in items:
        alias = f"C{len(cases) + len(unclassified) + 1}"
        if isinstance(item, Refusal):
            refusals.append(item)
        elif item.analysis is not None:
            answer = _answer(item, item.analysis, aliases)
            cases.append(case_report(item.image, answer, alias=alias, examples=report_examples))
        elif item.match is not None:
            unclassified.append(UnclassifiedCase(alias, match_note(item.match, aliases)))
    notes = example_notes(examples.remarks, aliases)
    record = record_of(adaptation, examples.names, examples.labels, examples.patients)
    return report_of(heading, record, ReportParts(cases, unclassified, refusals, notes))


def _report_examples(examples: FolderExamples) -> list[ReportExample | None]:
    """The examples with their small pictures; None where the pictures are not available."""
    if not examples.images:
        return [None] * len(examples.aliases)
    pairs = zip(examples.aliases, examples.images, strict=True)
    return [ReportExample(alias, partial(thumbnail, image)) for alias, image in pairs]


def _answer(case: ImageCase, analysis: CaseAnalysis, aliases: Sequence[str]) -> ReportAnswer:
    return ReportAnswer(
        analysis.prediction,
        analysis.explanation,
        analysis.seconds,
        match_note(case.match, aliases) if case.match else None,
    )


def match_note(match: ExampleMatch, aliases: Sequence[str]) -> MatchNote:
    """A match by the aliases of the examples."""
    return MatchNote(
        match.relation,
        tuple(aliases[i] for i in match.related),
        tuple(aliases[i] for i in match.positions),
    )
