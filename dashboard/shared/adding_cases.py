"""New images for Classify: the upload area, and how far they are classified."""

from functools import partial

import streamlit as st

from dashboard import state
from dashboard.engine import store
from dashboard.i18n import t
from dashboard.shared.job_result import show_job_result
from dashboard.shared.uploads import upload_area
from medmeta_core.casework import (
    Intake,
    classifying_job,
    start_classifying,
    start_intake,
    waiting_cases,
)
from medmeta_core.workspace import AdaptationRecord, Role, Workspace


def ask_for_cases(workspace: Workspace) -> None:
    """An upload area; what is dropped is stored by a job."""
    uploads = upload_area(t("classify.drop"), key="classify-files")
    if uploads:
        state.open_case(None)  # the newest is looked at
        start_intake(store(), Intake(workspace, Role.CASE), uploads)
        st.rerun()


def classify_new_cases(record: AdaptationRecord) -> bool:
    """Classify the cases without an answer, the newest first; whether this is still going on."""
    waiting = waiting_cases(store(), record)
    job = classifying_job(record)
    if not waiting:
        return False
    if job is None or job.state == "done":
        job = start_classifying(store(), record, waiting[::-1])
    again = partial(start_classifying, store(), record, waiting[::-1])
    show_job_result(job, again=again)
    return job.state == "running"
