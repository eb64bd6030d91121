"""Leaving out: how well the examples are distinguished."""

from medmeta_core.reporting.blocks import Block, Matrix, Paragraph, Section, Subheading, Table
from medmeta_core.reporting.report import Report
from medmeta_core.reporting.texts import Texts
from medmeta_core.reporting.wording import counted_percent, interval
from medmeta_core.trust import CrossValidation, Recall


def left_out_section(report: Report, texts: Texts) -> Section:
    """Confusion matrix and Wilson intervals, or why there are none."""
    figures = report.cross_validation
    title = texts("left_out.title")
    if not figures.n_evaluated:
        none = Paragraph(texts("left_out.none"), "caution")
        return Section("left_out", title, (none,), on_new_page=bool(report.cases))
    count = texts("left_out.judged", n=figures.n_evaluated, total=len(figures.labels))
    how = Paragraph(f"{count} {_how(figures, texts)}")
    blocks: list[Block] = [how, Paragraph(_figures(figures, texts))]
    if figures.by_patient and not figures.knows_all_patients:
        patients = texts(
            "left_out.patients_known", known=figures.n_with_patient, n=len(figures.labels)
        )
        blocks.insert(1, Paragraph(patients, "caution"))
    n_unclassified = len(figures.labels) - figures.n_evaluated
    if n_unclassified:
        blocks.append(Paragraph(texts("left_out.unjudged", n=n_unclassified), "caution"))
    blocks += [
        Subheading(texts("left_out.matrix")),
        _matrix(figures, texts),
        Paragraph(texts("left_out.matrix_note"), "quiet"),
        Subheading(texts("left_out.intervals")),
        _intervals(figures, texts),
    ]
    return Section("left_out", title, tuple(blocks), on_new_page=bool(report.cases))


def _how(figures: CrossValidation, texts: Texts) -> str:
    way = "by_patient" if figures.by_patient else "by_example"
    refits = "leave_one_out" if figures.is_leave_one_out else "folds"
    return texts(f"left_out.{refits}.{way}", folds=figures.n_folds)


def _figures(figures: CrossValidation, texts: Texts) -> str:
    if not figures.has_share:
        return texts("left_out.few", correct=figures.n_correct, n=figures.n_evaluated)
    return texts(
        "left_out.figures",
        correct=figures.n_correct,
        n=figures.n_evaluated,
        accuracy=counted_percent(figures.accuracy),
        interval=interval(figures.accuracy_interval),
        balanced=counted_percent(figures.balanced_accuracy),
    )


def _matrix(figures: CrossValidation, texts: Texts) -> Matrix:
    return Matrix(
        caption=texts("left_out.matrix"),
        corner=texts("left_out.matrix_corner"),
        names=figures.conditions,
        counts=tuple(tuple(row) for row in figures.confusion.tolist()),
    )


def _intervals(figures: CrossValidation, texts: Texts) -> Table:
    columns = ("condition", "recognised", "share", "interval")
    return Table(
        caption=texts("left_out.intervals"),
        head=tuple(texts(f"left_out.columns.{column}") for column in columns),
        rows=tuple(
            _interval_row(recall, texts, has_share=figures.has_share) for recall in figures.recall
        ),
        widths=(0.49, 0.16, 0.12, 0.23),
        numeric=frozenset({1, 2, 3}),
    )


def _interval_row(recall: Recall, texts: Texts, *, has_share: bool) -> tuple[str, ...]:
    if not recall.n:
        none = texts("none")
        return (recall.condition, texts("left_out.not_judged"), none, none)
    count = texts("left_out.count", correct=recall.n_correct, n=recall.n)
    if not has_share:
        return (recall.condition, count, texts("none"), texts("none"))
    share = counted_percent(recall.n_correct / recall.n)
    return (recall.condition, count, share, interval(recall.interval))
