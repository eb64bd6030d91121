"""Classify: new images, what they are most similar to, and the reviewer's own word."""

import streamlit as st

from dashboard.classify.case_list import CaseListState, show_cases
from dashboard.classify.case_view import show_case
from dashboard.classify.review import ReviewedCase
from dashboard.engine import store
from dashboard.i18n import t
from dashboard.shared.adaptation_choice import adaptation_or_stop
from dashboard.shared.adding import follow_intake, show_refusals
from dashboard.shared.adding_cases import ask_for_cases, classify_new_cases
from dashboard.shared.condition_marks import marks_of
from dashboard.shared.error_messages import show_errors
from dashboard.shared.interrupted_work import show_interrupted_work
from dashboard.shared.workspace_gate import open_workspace_or_stop
from medmeta_core.casework import (
    Intake,
    Review,
    answers_of,
    cases_of,
    change_preferences,
    matches_of,
    preferences_of,
    reviews_of,
)
from medmeta_core.workspace import AdaptationRecord, Role, Workspace

REFRESH_SECONDS = 1.5  # while more answers are on their way


def draw() -> None:
    """The page."""
    workspace = open_workspace_or_stop()
    has_cases = bool(cases_of(store(), workspace.id))
    _head(has_cases=has_cases)
    show_interrupted_work(workspace, goes_on=("classify",))
    record = adaptation_or_stop(workspace)
    if has_cases:
        with st.expander(t("classify.add_more"), icon=":material/add:", key="classify-add"):
            ask_for_cases(workspace)
    else:
        st.markdown(t("classify.empty"))
        ask_for_cases(workspace)
    follow_intake(Intake(workspace, Role.CASE))
    show_refusals(workspace)
    is_going_on = classify_new_cases(record)
    if has_cases:
        _ask_commit_first(workspace)
        refresh = REFRESH_SECONDS if is_going_on else None
        st.fragment(_cases, run_every=refresh)(workspace, record)


def _head(*, has_cases: bool) -> None:
    with st.container(
        horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"
    ):
        st.title(t("classify.title"), anchor=False, width="content")
        if has_cases and st.button(t("classify.next"), key="next-report"):
            st.switch_page("report/report.py")


def _ask_commit_first(workspace: Workspace) -> None:
    key = f"commits-first-{workspace.id}"

    def keep() -> None:
        change_preferences(store(), workspace.id, commits_first=st.session_state[key])

    st.toggle(
        t("classify.commits_first"),
        value=preferences_of(workspace).commits_first,
        key=key,
        on_change=keep,
        help=t("classify.commits_first_help"),
    )


@show_errors()
def _cases(workspace: Workspace, record: AdaptationRecord) -> None:
    cases = cases_of(store(), workspace.id)
    if not cases:
        return
    listing = CaseListState(
        cases=cases,
        answers=answers_of(store(), record),
        reviews=reviews_of(store(), record),
        preferences=preferences_of(store().workspace(workspace.id)),
        matches=matches_of(store(), record, cases),
    )
    marks = marks_of(workspace.id, further=record.labels)
    left, right = st.columns([1, 5], gap="medium")
    with left:
        case = show_cases(listing, marks)
    with right:
        show_case(
            ReviewedCase(workspace, record, case, listing.reviews.get(case.id, Review())),
            listing,
            marks,
        )


draw()
