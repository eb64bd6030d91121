"""Adding images to a workspace: the upload areas, how far the reading is, what was refused."""

from collections import defaultdict
from collections.abc import Sequence

import streamlit as st

from dashboard.engine import store
from dashboard.i18n import Markup, t
from dashboard.shared.intake_end import show_ends
from dashboard.shared.progress import job_progress
from dashboard.shared.uploads import upload_area
from dashboard.state import language
from medmeta_core.casework import Intake, intake_jobs, start_intake
from medmeta_core.imaging import FORMAT_NAMES
from medmeta_core.workspace import RefusalRecord, Role, Workspace

FORGETS_CONDITION = "examples-condition-used"
"""Session state: whether an upload has just taken the condition that was chosen for it."""


def add_examples(workspace: Workspace, conditions: Sequence[str]) -> None:
    """Two upload areas, one for a folder and one for files; each upload starts a job."""
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(t("examples.add.folder_title"))
        folder = upload_area(t("examples.add.folder"), key="examples-folder", of_folder=True)
    with right:
        formats = t("examples.add.formats", formats=FORMAT_NAMES)
        st.markdown(t("examples.add.files_title"), help=formats)
        if st.session_state.pop(FORGETS_CONDITION, False):
            st.session_state["examples-condition"] = None  # it was that upload's alone
        condition = st.selectbox(
            t("examples.add.condition"),
            conditions,
            index=None,
            accept_new_options=True,
            placeholder=t("examples.add.condition_placeholder"),
            key="examples-condition",
        )
        files = upload_area(t("examples.add.files"), key="examples-files")
    if folder or files:
        start_intake(store(), Intake(workspace, Role.EXAMPLE, condition), [*folder, *files])
        st.session_state[FORGETS_CONDITION] = True
        st.rerun()


def follow_intake(intake: Intake) -> bool:
    """Show how far the last intakes are, or what came out of them; whether one still runs."""
    jobs = intake_jobs(intake)
    running = [job for job in jobs if job.state == "running"]
    for job in running:
        job_progress(job)
    if not running:
        show_ends(intake, jobs)
    return bool(running)


def show_refusals(workspace: Workspace) -> None:
    """The files that were not read, by reason, until they are cleared."""
    refusals = store().refusals(workspace.id)
    if not refusals:
        return
    by_reason: dict[str, list[RefusalRecord]] = defaultdict(list)
    for refusal in refusals:
        by_reason[refusal.message_in(language())].append(refusal)
    with st.expander(t("examples.refused", n=len(refusals)), icon=":material/warning:"):
        for reason, members in by_reason.items():
            st.markdown(Markup("**{}**").format(reason))
            st.text("\n".join(refusal.name for refusal in members))
        if st.button(t("examples.clear_refusals"), key="clear-refusals"):
            store().clear_refusals(workspace.id)
            st.rerun()
