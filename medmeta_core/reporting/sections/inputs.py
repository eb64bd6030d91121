"""What came in: refused inputs, and remarks on quality and scope."""

from medmeta_core.reporting.blocks import Block, Paragraph, Section, Subheading, Table
from medmeta_core.reporting.report import CaseReport, Report
from medmeta_core.reporting.texts import Texts
from medmeta_core.reporting.wording import below, remarks_on, typicality


def inputs_section(report: Report, texts: Texts) -> Section:
    """Refused inputs with the rule they broke, then remarks on the cases."""
    blocks: list[Block] = [
        Paragraph(texts("inputs.handling")),
        Subheading(texts("inputs.refused")),
        _refused(report, texts),
        Subheading(texts("inputs.remarks")),
        _remarks(report, texts),
    ]
    return Section("inputs", texts("inputs.title"), tuple(blocks))


def _refused(report: Report, texts: Texts) -> Block:
    if not report.refusals:
        return Paragraph(texts("inputs.no_refused"), "quiet")
    columns = ("input", "rule", "message")
    return Table(
        caption=texts("inputs.refused"),
        head=tuple(texts(f"inputs.refused_columns.{column}") for column in columns),
        rows=tuple((alias, rule, message) for alias, rule, message in report.refusals),
        widths=(0.12, 0.26, 0.62),
    )


def _remarks(report: Report, texts: Texts) -> Block:
    rows = tuple(
        (case.alias, remark)
        for case in report.cases
        for remark in (*_out_of_scope(case, report, texts), *remarks_on(case, texts))
    )
    if not rows:
        return Paragraph(texts("inputs.no_remarks"), "quiet")
    columns = ("case", "remark")
    return Table(
        caption=texts("inputs.remarks"),
        head=tuple(texts(f"inputs.remark_columns.{column}") for column in columns),
        rows=rows,
        widths=(0.12, 0.88),
    )


def _out_of_scope(case: CaseReport, report: Report, texts: Texts) -> tuple[str, ...]:
    typical_share = case.prediction.typicality
    if typical_share is None or typical_share >= report.rule.min_typicality:
        return ()
    limit = f"{report.rule.min_typicality:g}"
    typical = below(typicality(typical_share), limit)
    return (texts("inputs.out_of_scope", typicality=typical, threshold=limit),)
