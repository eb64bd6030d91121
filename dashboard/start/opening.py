"""Opening what takes a while (a demo set, a session file) and going there when it is ready."""

import uuid
from collections.abc import Callable

import streamlit as st

from dashboard import state
from dashboard.i18n import text_of_error
from dashboard.shared.progress import watch
from medmeta_core.jobs import Plan, find_job, start
from medmeta_core.progress import Progress
from medmeta_core.workspace import Workspace

FIRST_PAGE = "examples/examples.py"


def open_in_background(kind: str, work: Callable[[Progress], Workspace], **facts: object) -> None:
    """Start `work`, a job of this kind; `follow_opening` opens the workspace that comes out."""
    key = f"opening-{uuid.uuid4().hex}"
    start(kind, work, key=key, plan=Plan("intake", facts=facts))
    st.session_state["opening"] = key
    st.rerun()


def follow_opening() -> None:
    """Show how far the opening is; where it has ended well, go to the workspace."""
    job = find_job(st.session_state.get("opening", ""))
    if job is None:
        return
    watch(job)
    st.session_state.pop("opening", None)
    if job.state == "done":
        go_to(job.result)
    elif job.error is not None:
        st.error(text_of_error(job.error))


def go_to(workspace: Workspace) -> None:
    """Open the workspace on its first page."""
    state.enter_workspace(workspace.id)
    st.switch_page(FIRST_PAGE)
