"""Work outside the page's thread: a few threads, notes for the time after a restart."""

from medmeta_core.jobs.job import Job
from medmeta_core.jobs.jobs import (
    JOBS,
    Jobs,
    Plan,
    add_job,
    find_job,
    find_jobs,
    forget_job,
    forget_lost,
    forget_work_where,
    lost_work,
    start,
)
from medmeta_core.jobs.notes import LostWork

__all__ = [
    "JOBS",
    "Job",
    "Jobs",
    "LostWork",
    "Plan",
    "add_job",
    "find_job",
    "find_jobs",
    "forget_job",
    "forget_lost",
    "forget_work_where",
    "lost_work",
    "start",
]
