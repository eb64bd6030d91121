"""The one action of the page Adapt: what to adapt, the button, how far it is."""

from collections.abc import Sequence
from typing import Literal

import streamlit as st

from dashboard.adapt.adding_backbone import show_adding_backbone
from dashboard.adapt.method_choice import choose_method
from dashboard.engine import store
from dashboard.i18n import t
from dashboard.shared.job_result import show_job_result
from dashboard.shared.progress import has_ended
from medmeta_core.casework import adapting_job, is_current, start_adapting
from medmeta_core.workspace import AdaptationRecord, StoredImage, Workspace


def show_adapting(
    workspace: Workspace, records: Sequence[AdaptationRecord], examples: Sequence[StoredImage]
) -> None:
    """Draw choice, button and progress; `records` are the adaptations on screen."""
    choices = choose_method()
    show_adding_backbone()
    job = adapting_job(workspace.id)
    is_running = job is not None and job.is_running
    is_settled = bool(records) and is_current(records[0], examples)
    if records and not is_running and not is_settled:
        st.warning(t("adapt.changed"))
    label = t("adapt.again" if records else "adapt.start")
    kind: Literal["primary", "secondary"] = "secondary" if is_settled else "primary"
    if st.button(label, key="adapt", type=kind, disabled=is_running):
        job = start_adapting(store(), workspace.id, choices)
        if has_ended(job):
            st.rerun()
    if job is not None:
        show_job_result(job)
