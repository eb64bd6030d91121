"""Report → PDF, HTML, CSV and JSON."""

from medmeta_core.reporting.report import (
    CaseReport,
    ConditionSummary,
    Exclusion,
    RefusedInput,
    Report,
    SimilarPicture,
    Verdict,
)

__all__ = [
    "CaseReport",
    "ConditionSummary",
    "Exclusion",
    "RefusedInput",
    "Report",
    "SimilarPicture",
    "Verdict",
]
