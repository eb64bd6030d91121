"""What the pages ask of the core: jobs that read the store and save what comes out."""

from dashboard.tasks.adapting import (
    Choice,
    adaptation_of,
    adapting_job,
    cross_validation_of,
    is_current,
    start_adapting,
    still_there,
    usable_examples,
)
from dashboard.tasks.backbones import adding_job, start_fetching, start_importing
from dashboard.tasks.classifying import (
    Answer,
    HeatMap,
    answers_of,
    cases_of,
    classifying_job,
    heat_map_job,
    start_classifying,
    start_heat_map,
    waiting_cases,
)
from dashboard.tasks.comparing import (
    COMPARED,
    Comparison,
    compare,
    newest_of_each_method,
    records_side_by_side,
)
from dashboard.tasks.erasing import delete_workspace, erase_images, erase_removed, give_up_lost
from dashboard.tasks.last_use import last_use, note_use
from dashboard.tasks.lost import can_start_again, forget_erased, lost_here, start_again
from dashboard.tasks.mapping import EmbeddingMap, Neighbour, map_job, start_map
from dashboard.tasks.own_examples import Own, own_examples_of
from dashboard.tasks.pictures import example_remarks, pictures_of
from dashboard.tasks.preferences import Preferences, change_preferences, preferences_of
from dashboard.tasks.reporting import (
    MadeReport,
    ReportOrder,
    forget_report,
    report_job,
    start_report,
)
from dashboard.tasks.reviewing import Review, reviews_of, withheld_cases

__all__ = [
    "COMPARED",
    "Answer",
    "Choice",
    "Comparison",
    "EmbeddingMap",
    "HeatMap",
    "MadeReport",
    "Neighbour",
    "Own",
    "Preferences",
    "ReportOrder",
    "Review",
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
    "forget_erased",
    "give_up_lost",
    "forget_report",
    "heat_map_job",
    "is_current",
    "last_use",
    "lost_here",
    "map_job",
    "newest_of_each_method",
    "note_use",
    "own_examples_of",
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
    "still_there",
    "usable_examples",
    "waiting_cases",
    "withheld_cases",
]
