"""`adapt` and `analyse`: the one path that pages, jobs and the command line share."""

from medmeta_core.analysis.adaptation import (
    NEAR_TIE,
    Adaptation,
    CaseAnalysis,
    adapt,
    analyse,
    analyse_pixels,
    settings_told,
)

__all__ = [
    "NEAR_TIE",
    "Adaptation",
    "CaseAnalysis",
    "adapt",
    "analyse",
    "analyse_pixels",
    "settings_told",
]
