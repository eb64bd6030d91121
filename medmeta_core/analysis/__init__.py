"""`adapt` and `analyse`: the one path that pages, jobs and the command line share."""

from medmeta_core.analysis.adaptation import Adaptation, adapt, settings_with_candidates
from medmeta_core.analysis.case_analysis import NEAR_TIE, CaseAnalysis, analyse, analyse_pixels

__all__ = [
    "NEAR_TIE",
    "Adaptation",
    "CaseAnalysis",
    "adapt",
    "analyse",
    "analyse_pixels",
    "settings_with_candidates",
]
