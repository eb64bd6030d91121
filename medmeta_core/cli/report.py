"""`medmeta report`: a report of new images against a folder of examples."""

import getpass
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from medmeta_core.casework.case_classifier import CaseClassifier
from medmeta_core.casework.image_cases import ImageCase, ImageClassifier
from medmeta_core.casework.image_report import report_on_images
from medmeta_core.casework.report_content import ReportHeading
from medmeta_core.cli.adapting import (
    BackboneName,
    ExamplesFolder,
    Method,
    MinRight,
    MinTypicality,
    adapted_to,
)
from medmeta_core.cli.console import BAD_INPUT, progress_bar, say, tell, write_bytes
from medmeta_core.cli.files import check_files, read_files
from medmeta_core.imaging import Refusal
from medmeta_core.languages import FALLBACK, LANGUAGES
from medmeta_core.progress import Progress
from medmeta_core.reporting import Report
from medmeta_core.reporting.formats import FORMATS, require_format
from medmeta_core.reporting.matching_words import match_sentence
from medmeta_core.reporting.texts import Texts
from medmeta_core.trust import AbstentionRule


def _checked_language(language: str) -> str:
    if language not in LANGUAGES:
        raise typer.BadParameter(f"{language!r} is not one of {', '.join(LANGUAGES)}.")
    return language


ReportLanguage = Annotated[
    str,
    typer.Option(
        metavar="|".join(LANGUAGES), callback=_checked_language, help="Language of the report."
    ),
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
    """Adapt to a folder of examples, classify the files, write a report."""
    require_format(out.name, out.suffix)
    check_files(files)
    rule = AbstentionRule(min_typicality, min_right)
    folder_examples, adaptation = adapted_to(examples, method=method, backbone=backbone)
    heading = ReportHeading(
        title, folder_examples.folder, operator or getpass.getuser(), language, rule
    )
    classifier = ImageClassifier(folder_examples, CaseClassifier(adaptation), rule)
    with progress_bar("Images") as progress:
        items = _items(files, classifier, progress)
        report = report_on_images(folder_examples, adaptation, items=items, heading=heading)
    write_bytes(FORMATS[out.suffix](report), out)
    _tell_matches(report)
    say(f"{out}: {_summary(report)}")
    if not report.cases:
        raise typer.Exit(BAD_INPUT)


def _items(
    files: list[Path], classifier: ImageClassifier, progress: Progress
) -> Iterator[ImageCase | Refusal]:
    """A case for each image, and the refusals."""
    for _, item in read_files(files, progress):
        if isinstance(item, Refusal):
            yield item
        else:
            yield from map(classifier.classify, item.images)


def _tell_matches(report: Report) -> None:
    """A line for each case that is an example, or of a patient among the examples."""
    notes = [(case.alias, case.match, True) for case in report.cases if case.match]
    notes += [(case.alias, case.match, False) for case in report.unclassified]
    for alias, match, is_classified in notes:
        tell(f"{alias}: {match_sentence(match, Texts(FALLBACK), is_classified=is_classified)}")


def _summary(report: Report) -> str:
    """How many images the report holds, and how many inputs could take no part."""
    parts = [f"{len(report.cases)} images"]
    parts += [f"{len(report.unclassified)} not classified"] if report.unclassified else []
    return ", ".join([*parts, f"{len(report.refusals)} refused"])
