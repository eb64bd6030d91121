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
    with stop:
        _stop_button(job)
    while job.state == "running":
        bar.progress(job.fraction, text=_how_far(job))
        job.wait(POLL_SECONDS)
    bar.empty()
    stop.empty()


def _bar(job: Job) -> None:
    if job.state != "running":
        st.rerun()
    st.progress(job.fraction, text=_how_far(job))
    _stop_button(job)


def _how_far(job: Job) -> Markup:
    if job.is_stopping:
        return t("app.stopping")
    return Markup("{} · {:.0%}").format(t(f"jobs.{job.kind}", **job.facts), job.fraction)


def _stop_button(job: Job) -> None:
    """The click is heard before the button is drawn again, which says so at once."""
    st.button(
        t("app.stopping" if job.is_stopping else "app.stop"),
        key=f"stop-{job.id}",
        on_click=job.stop,
        disabled=job.is_stopping,
    )
