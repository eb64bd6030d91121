"""A running job on screen: how far it is, and a button that stops it."""

import streamlit as st

from dashboard.i18n import Markup, t
from medmeta_core.jobs import Job

PATIENCE_SECONDS = 1.2
"""A job that ends within this time shows its result at once, without a bar."""

POLL_SECONDS = 0.4


def has_ended(job: Job) -> bool:
    """Whether the job has ended; one that was begun just now is given its moment first."""
    if f"waited-{job.id}" not in st.session_state:
        st.session_state[f"waited-{job.id}"] = True
        job.wait(PATIENCE_SECONDS)
    return job.state != "running"


def job_progress(job: Job) -> None:
    """Progress bar and Stop button of a job; the whole page runs again when the job ends."""
    if has_ended(job):
        st.rerun()
    st.fragment(_bar, run_every=POLL_SECONDS)(job)


def watch(job: Job) -> None:
    """Progress bar and Stop button that this very run of the page keeps until the job ends.

    For jobs after which the page is left: a timer of its own that fires while the next page is
    being drawn could leave that page empty.
    """
    if has_ended(job):
        return
    bar = st.empty()
    stop = st.empty()
    stop.button(t("app.stop"), key=f"stop-{job.id}", on_click=job.stop)
    while job.state == "running":
        fraction = min(max(job.fraction, 0.0), 1.0)
        bar.progress(fraction, text=_how_far(job, fraction))
        job.wait(POLL_SECONDS)
    bar.empty()
    stop.empty()


def _bar(job: Job) -> None:
    if job.state != "running":
        st.rerun()
    fraction = min(max(job.fraction, 0.0), 1.0)
    st.progress(fraction, text=_how_far(job, fraction))
    if st.button(t("app.stop"), key=f"stop-{job.id}"):
        job.stop()
        st.toast(t("app.stopping"))


def _how_far(job: Job, fraction: float) -> Markup:
    return Markup("{} · {:.0%}").format(job.label, fraction)
