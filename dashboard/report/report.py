"""Report: choose the cases, see the report, take it away."""

import streamlit as st

from dashboard import state
from dashboard.engine import store
from dashboard.i18n import t
from dashboard.report.report_cases import choose_cases
from dashboard.report.report_panel import show_report
from dashboard.shared.adaptation_choice import adaptation_or_stop
from dashboard.shared.adding_cases import classify_new_cases
from dashboard.shared.integrity import show_log_state
from dashboard.shared.interrupted_work import show_interrupted_work
from dashboard.shared.job_result import show_job_result
from dashboard.shared.workspace_gate import open_workspace_or_stop
from medmeta_core.casework import (
    ReportOrder,
    change_preferences,
    preferences_of,
    report_job,
    start_report,
    withheld_cases,
)
from medmeta_core.languages import LANGUAGES
from medmeta_core.workspace import AdaptationRecord, Workspace


def draw() -> None:
    """The page."""
    workspace = open_workspace_or_stop()
    st.title(t("report.title"), anchor=False)
    st.markdown(t("report.lead"))
    show_log_state(workspace)
    show_interrupted_work(workspace, goes_on=("classify",))
    record = adaptation_or_stop(workspace)
    is_classifying = classify_new_cases(record)
    order = _order(workspace, record)
    if not order.case_ids and not is_classifying:
        st.info(t("report.no_cases"))
    job = report_job(workspace.id)
    result = job.result if job is not None and job.state == "done" else None
    is_made = result is not None and result.order == order
    if st.button(
        t("report.make"),
        key="make-report",
        type="secondary" if is_made else "primary",
        disabled=is_classifying or (job is not None and job.is_running),
    ):
        change_preferences(store(), workspace.id, operator=order.operator)
        job = start_report(store(), record, order)
    if job is not None and show_job_result(job):
        if withheld_cases(store(), record, workspace) & set(job.result.order.case_ids):
            return  # it was made before the answers were hidden
        if job.result.order != order:
            st.info(t("report.changed"))
        show_report(job.result)


def _order(workspace: Workspace, record: AdaptationRecord) -> ReportOrder:
    left, middle, right = st.columns([3, 2, 1])
    title = left.text_input(
        t("report.report_title"), value=t("report.default_title"), key=f"title-{workspace.id}"
    )
    operator = middle.text_input(
        t("report.operator"),
        value=preferences_of(workspace).operator,
        key=f"report-operator-{workspace.id}",
    )
    spoken = right.selectbox(
        t("report.language"),
        list(LANGUAGES),
        index=list(LANGUAGES).index(state.language()),
        format_func=lambda code: LANGUAGES[code].name,
        key=f"report-language-{workspace.id}",
    )
    verdicts = store().verdicts(workspace.id)
    return ReportOrder(
        title=title.strip() or t("report.default_title"),
        operator=operator.strip(),
        language=spoken,
        case_ids=choose_cases(workspace, record),
        rule=preferences_of(workspace).rule,
        last_verdict=verdicts[-1].id if verdicts else "",
        adaptation_id=record.id,
    )


draw()
