"""The first page: how many, how well, and what was said of each case."""

from medmeta_core.reporting.blocks import (
    Block,
    KeyFigure,
    KeyFigures,
    Paragraph,
    Section,
    Subheading,
    Table,
)
from medmeta_core.reporting.matching_words import match_summary
from medmeta_core.reporting.report import CaseReport, Report
from medmeta_core.reporting.texts import Texts
from medmeta_core.reporting.verdict_words import verdict_words
from medmeta_core.reporting.wording import (
    counted_percent,
    first_figures,
    interval,
    method_name,
    reviews_of,
)


def summary_section(report: Report, texts: Texts) -> Section:
    """Key figures, how to read the report, and the cases at a glance."""
    blocks: list[Block] = []
    if report.is_demo:
        blocks.append(Paragraph(texts("demo"), "caution"))
    if report.opened_from:
        blocks.append(Paragraph(texts("opened_from", digest=report.opened_from), "caution"))
    if report.log_is_unbroken is False:
        blocks.append(Paragraph(texts("log_broken"), "caution"))
    blocks += [_key_figures(report, texts), Paragraph(texts("summary.how_to_read"))]
    if report.cases:
        blocks += [Subheading(texts("summary.at_a_glance")), _at_a_glance(report, texts)]
    else:
        blocks.append(Paragraph(texts("summary.no_cases"), "caution"))
    return Section("summary", texts("summary.title"), tuple(blocks))


def _key_figures(report: Report, texts: Texts) -> KeyFigures:
    named = sum(case.prediction.abstention is None for case in report.cases)
    n_examples = sum(condition.n_examples for condition in report.conditions)
    by_method = texts("summary.method_note", method=method_name(report, texts))
    return KeyFigures(
        (
            KeyFigure(
                texts("summary.cases"), str(len(report.cases)), texts("summary.named", n=named)
            ),
            KeyFigure(texts("summary.conditions"), str(len(report.conditions)), by_method),
            KeyFigure(texts("summary.examples"), str(n_examples), _patients(report, texts)),
            _accuracy(report, texts),
        )
    )


def _patients(report: Report, texts: Texts) -> str:
    """How many patients: a sum, right where nobody has two conditions; else of how many known."""
    figures = report.cross_validation
    if figures.n_with_patient and not figures.knows_all_patients:
        n_known, n = figures.n_with_patient, len(figures.labels)
        return texts("summary.patients_known", known=n_known, n=n)
    counts = [condition.n_patients for condition in report.conditions]
    if None in counts:
        return texts("summary.patients_unknown")
    return texts("summary.patients", n=sum(count or 0 for count in counts))


def _accuracy(report: Report, texts: Texts) -> KeyFigure:
    figures = report.cross_validation
    if not figures.n_evaluated:
        none = texts("summary.accuracy_none")
        return KeyFigure(texts("summary.accuracy"), texts("none"), none)
    counted = texts("left_out.count", correct=figures.n_correct, n=figures.n_evaluated)
    if not figures.has_share:
        return KeyFigure(texts("summary.accuracy"), counted, texts("summary.accuracy_few"))
    remark = texts(
        "summary.accuracy_note", counted=counted, interval=interval(figures.accuracy_interval)
    )
    return KeyFigure(texts("summary.accuracy"), counted_percent(figures.accuracy), remark)


def _at_a_glance(report: Report, texts: Texts) -> Table:
    return Table(
        caption=texts("summary.at_a_glance"),
        head=tuple(
            texts(f"summary.columns.{column}")
            for column in ("case", "outcome", "probability", "verdict")
        ),
        rows=tuple(_row(case, texts) for case in report.cases),
        widths=(0.09, 0.46, 0.22, 0.23),
    )


def _row(case: CaseReport, texts: Texts) -> tuple[str, ...]:
    outcome = reviews_of(case, texts)
    if case.prediction.abstention is not None:
        outcome = texts(
            "summary.first_in_ranking", outcome=outcome, condition=case.prediction.first
        )
    if case.match:
        outcome = texts("summary.with_own", outcome=outcome, own=match_summary(case.match, texts))
    probability, bounds = first_figures(case)
    figures = f"{probability} ({bounds})" if case.prediction.is_calibrated else texts("none")
    return (case.alias, outcome, figures, verdict_words(case, texts))
