"""What each condition rests on."""

from medmeta_core.reporting.blocks import Block, Paragraph, Section, Subheading, Table
from medmeta_core.reporting.report import Report
from medmeta_core.reporting.report_parts import ConditionSummary, ExampleNote
from medmeta_core.reporting.texts import Texts


def conditions_section(report: Report, texts: Texts) -> Section:
    """Examples and patients of each condition, and every exclusion with its reason."""
    blocks: list[Block] = [Paragraph(texts("conditions.intro")), _counts(report, texts)]
    blocks += [Paragraph(note_words(note, texts), "caution") for note in report.example_notes]
    if any(condition.exclusions for condition in report.conditions):
        blocks += [Subheading(texts("conditions.exclusions")), _exclusions(report, texts)]
    else:
        blocks.append(Paragraph(texts("conditions.no_exclusions"), "quiet"))
    return Section("conditions", texts("conditions.title"), tuple(blocks))


def note_words(note: ExampleNote, texts: Texts) -> str:
    """A remark on examples in a sentence."""
    return texts(
        f"conditions.remarks.{note.rule}",
        n=len(note.aliases),
        examples=", ".join(note.aliases),
        names=", ".join(f"“{name}”" for name in note.conditions),
    )


def _counts(report: Report, texts: Texts) -> Table:
    columns = ("condition", "examples", "patients", "excluded")
    return Table(
        caption=texts("conditions.title"),
        head=tuple(texts(f"conditions.columns.{column}") for column in columns),
        rows=tuple(_count_row(condition, texts) for condition in report.conditions),
        widths=(0.55, 0.15, 0.15, 0.15),
        numeric=frozenset({1, 2, 3}),
    )


def _count_row(condition: ConditionSummary, texts: Texts) -> tuple[str, ...]:
    is_known = condition.n_patients is not None
    patients = str(condition.n_patients) if is_known else texts("not_stated")
    return (condition.name, str(condition.n_examples), patients, str(len(condition.exclusions)))


def _exclusions(report: Report, texts: Texts) -> Table:
    columns = ("example", "condition", "reason")
    return Table(
        caption=texts("conditions.exclusions"),
        head=tuple(texts(f"conditions.exclusion_columns.{column}") for column in columns),
        rows=tuple(
            (alias, condition.name, reason or texts("conditions.no_reason"))
            for condition in report.conditions
            for alias, reason in condition.exclusions
        ),
        widths=(0.14, 0.38, 0.48),
    )
