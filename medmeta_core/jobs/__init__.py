"""Work outside the page's thread: a few threads, notes for the time after a restart."""

from medmeta_core.jobs.job import Job
from medmeta_core.jobs.jobs import (
    JOBS,
    Jobs,
    Plan,
    add_job,
    dismiss_interrupted,
    find_job,
    find_jobs,
    forget_job,
    forget_work_where,
    interrupted_work,
    start,
)
from medmeta_core.jobs.notes import InterruptedWork

__all__ = [
    "JOBS",
    "Job",
    "Jobs",
    "InterruptedWork",
    "Plan",
    "add_job",
    "find_job",
    "find_jobs",
    "forget_job",
    "dismiss_interrupted",
    "forget_work_where",
    "interrupted_work",
    "start",
]
