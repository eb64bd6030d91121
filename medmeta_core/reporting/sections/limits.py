"""What the report cannot say."""

from medmeta_core.reporting.blocks import Listing, Section
from medmeta_core.reporting.report import Report
from medmeta_core.reporting.texts import Texts

FIXED = ("purpose", "closed_world", "few_examples", "same_source", "calibration", "heat_map")
THIN = 5
"""Fewer examples than this are named as few."""


def limits_section(report: Report, texts: Texts) -> Section:
    """Limits of any such report, then those found in this one."""
    fixed = tuple(texts(f"limits.fixed.{limit}") for limit in FIXED)
    return Section(
        "limits", texts("limits.title"), (Listing(fixed + _limits_of_report(report, texts)),)
    )


def _limits_of_report(report: Report, texts: Texts) -> tuple[str, ...]:
    counts = [condition.n_examples for condition in report.conditions]
    thin = [condition.name for condition in report.conditions if condition.n_examples < THIN]
    figures = report.cross_validation
    sentences = []
    if thin:
        sentences.append(texts("limits.found.thin", n=THIN, names=", ".join(thin)))
    if counts and min(counts) < max(counts):
        sentences.append(texts("limits.found.uneven", least=min(counts), most=max(counts)))
    if not figures.knows_all_patients or any(c.n_patients is None for c in report.conditions):
        sentences.append(texts("limits.found.patients_unknown"))
    if len(figures.labels) > figures.n_evaluated:
        sentences.append(
            texts("limits.found.unjudged", n=len(figures.labels) - figures.n_evaluated)
        )
    return tuple(sentences)
