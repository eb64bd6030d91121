"""The outcome of a job where a page shows it: progress, result, or what went wrong."""

from collections.abc import Callable

import streamlit as st

from dashboard.i18n import t, text_of_error
from dashboard.shared.progress import has_ended, job_progress
from medmeta_core.jobs import Job

NEED_ANOTHER_ADAPTATION = ("backbone-changed", "backbone-missing")
"""Rules under which trying again would fail again."""


def show_job_result(job: Job, again: Callable[[], object] | None = None) -> bool:
    """Whether the job's result is there; else its progress, its error or its stop is drawn.

    Args:
        again: restarts the job, where the page has no other button for that.
    """
    if not has_ended(job):
        job_progress(job)
    elif job.error is not None:
        st.error(text_of_error(job.error))
    elif job.state == "stopped":
        st.info(t("adapt.stopped"))
    has_failed = job.state in ("failed", "stopped")
    if job.error is not None and job.error.rule in NEED_ANOTHER_ADAPTATION:
        _lead_to_adapt(job)
    elif again is not None and has_failed and _asks_again(job):
        again()
        st.rerun()
    return job.state == "done"


def _asks_again(job: Job) -> bool:
    return st.button(t("adapt.try_again"), key=f"again-{job.key}")


def _lead_to_adapt(job: Job) -> None:
    if st.button(t("adapt.go"), key=f"to-adapt-{job.key}", type="primary"):
        st.switch_page("adapt/adapt.py")
