"""The use cases, one function each: for pages, jobs, the command line and Python alike.

What reads or writes a workspace takes its store as the first argument (decision 070).
"""

from medmeta_core.casework.adaptation_figures import (
    AdaptationFigures,
    figures_as_json,
    figures_of,
)
from medmeta_core.casework.adapting import Choice, adaptation_of, adapting_job, start_adapting
from medmeta_core.casework.backbones import adding_job, start_fetching, start_importing
from medmeta_core.casework.classifying import (
    Answer,
    answers_of,
    cases_of,
    classifying_job,
    heat_map_job,
    start_classifying,
    start_heat_map,
    waiting_cases,
)
from medmeta_core.casework.comparing import (
    COMPARED,
    Comparison,
    compare,
    newest_of_each_method,
    records_side_by_side,
)
from medmeta_core.casework.demo import open_demo
from medmeta_core.casework.erasing import (
    delete_workspace,
    erase_images,
    erase_lost_database,
    erase_removed,
)
from medmeta_core.casework.examples import (
    cross_validation_of,
    existing_images,
    is_current,
    usable_examples,
)
from medmeta_core.casework.identical_pictures import example_remarks, pictures_of
from medmeta_core.casework.intake import (
    Intake,
    IntakeCount,
    add_items,
    intake_jobs,
    start_intake,
)
from medmeta_core.casework.interrupted_work import (
    can_start_again,
    forget_erased_work,
    interrupted_in,
    start_again,
)
from medmeta_core.casework.last_use import last_use, note_use
from medmeta_core.casework.mapping import EmbeddingMap, Neighbour, map_job, start_map
from medmeta_core.casework.matching_examples import CaseMatch, matches_of
from medmeta_core.casework.preferences import Preferences, change_preferences, preferences_of
from medmeta_core.casework.quality import NOTE, Hint, quality_hints
from medmeta_core.casework.reporting import (
    ReportOrder,
    ReportResult,
    forget_report,
    report_job,
    start_report,
)
from medmeta_core.casework.reviewing import Review, reviews_of, withheld_cases
from medmeta_core.casework.slow_backbone import SlowBackbone, slow_backbone_of
from medmeta_core.casework.stored_answer import HeatMap, LeftOutExamples, StoredAnswer

__all__ = [
    "SlowBackbone",
    "slow_backbone_of",
    "open_demo",
    "Intake",
    "IntakeCount",
    "intake_jobs",
    "start_intake",
    "add_items",
    "NOTE",
    "Hint",
    "quality_hints",
    "COMPARED",
    "AdaptationFigures",
    "Answer",
    "Choice",
    "Comparison",
    "EmbeddingMap",
    "HeatMap",
    "LeftOutExamples",
    "ReportResult",
    "Neighbour",
    "CaseMatch",
    "Preferences",
    "ReportOrder",
    "Review",
    "StoredAnswer",
    "adaptation_of",
    "adapting_job",
    "adding_job",
    "answers_of",
    "can_start_again",
    "cases_of",
    "change_preferences",
    "classifying_job",
    "compare",
    "cross_validation_of",
    "delete_workspace",
    "erase_images",
    "erase_removed",
    "example_remarks",
    "figures_as_json",
    "figures_of",
    "forget_erased_work",
    "erase_lost_database",
    "forget_report",
    "heat_map_job",
    "is_current",
    "last_use",
    "interrupted_in",
    "map_job",
    "newest_of_each_method",
    "note_use",
    "matches_of",
    "pictures_of",
    "preferences_of",
    "records_side_by_side",
    "report_job",
    "reviews_of",
    "start_adapting",
    "start_again",
    "start_classifying",
    "start_fetching",
    "start_heat_map",
    "start_importing",
    "start_map",
    "start_report",
    "existing_images",
    "usable_examples",
    "waiting_cases",
    "withheld_cases",
]
