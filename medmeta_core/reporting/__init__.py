"""Report → PDF, HTML, CSV and JSON."""

from medmeta_core.reporting.pdf import to_pdf
from medmeta_core.reporting.record import to_json
from medmeta_core.reporting.report import (
    CaseReport,
    GivenFor,
    Report,
    Verdict,
)
from medmeta_core.reporting.report_parts import (
    ConditionSummary,
    ExampleNote,
    Exclusion,
    MatchNote,
    RefusedInput,
    SimilarPicture,
    UnclassifiedCase,
)
from medmeta_core.reporting.sections.checklist import CHECKLIST, ChecklistItem
from medmeta_core.reporting.spreadsheet import to_csv
from medmeta_core.reporting.web_page import to_html

__all__ = [
    "CHECKLIST",
    "CaseReport",
    "ChecklistItem",
    "ConditionSummary",
    "ExampleNote",
    "Exclusion",
    "GivenFor",
    "MatchNote",
    "RefusedInput",
    "Report",
    "SimilarPicture",
    "UnclassifiedCase",
    "Verdict",
    "to_csv",
    "to_html",
    "to_json",
    "to_pdf",
]
