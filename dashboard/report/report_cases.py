"""Which cases a report holds: those with an answer that the reviewer may already see."""

import streamlit as st

from dashboard.engine import store
from dashboard.i18n import t
from dashboard.web.answer import short_answer
from medmeta_core.casework import (
    answers_of,
    cases_of,
    matches_of,
    preferences_of,
    withheld_cases,
)
from medmeta_core.trust import under_rule
from medmeta_core.workspace import AdaptationRecord, Workspace


def choose_cases(workspace: Workspace, record: AdaptationRecord) -> tuple[str, ...]:
    """The chosen cases in the order of entry; says how many wait for the reviewer's own word."""
    rule = preferences_of(workspace).rule
    answers = answers_of(store(), record)
    withheld = withheld_cases(store(), record, workspace)
    labels = {
        case.id: f"{case.alias} · {short_answer(under_rule(answers[case.id].prediction, rule))}"
        for case in cases_of(store(), workspace.id)
        if case.id in answers and case.id not in withheld
    }
    matches = matches_of(store(), record, cases_of(store(), workspace.id)).values()
    n_unclassified = sum(not one.is_classified for one in matches)
    if n_unclassified:
        st.info(t("report.unjudged", n=n_unclassified))
    if withheld:
        st.info(t("report.withheld", n=len(withheld)))
    chosen = st.multiselect(
        t("report.cases"),
        list(labels),
        default=list(labels),
        format_func=labels.__getitem__,
        key=f"report-cases-{record.id}-{len(labels)}",
    )
    return tuple(case_id for case_id in labels if case_id in chosen)
