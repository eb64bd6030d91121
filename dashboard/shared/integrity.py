"""Whether a workspace is as it was written: looked at when it is opened, told where it is not."""

from typing import cast

import streamlit as st

from dashboard.engine import store
from dashboard.i18n import Markup, plain, t
from dashboard.state import language
from medmeta_core.workspace import Finding, Workspace

KEY = "verified"
"""Where the id of the workspace looked at last stands, with what was found."""


def show_findings(workspace: Workspace) -> None:
    """A warning for all that is not as it was written; nothing where all is."""
    findings = findings_of(workspace)
    if findings:
        messages = [plain(finding.message_in(language())) for finding in findings]
        lines = [Markup("- {}").format(one) for one in messages]
        st.warning(Markup("\n").join([t("integrity.title"), *lines, "", t("integrity.advice")]))


def show_log_state(workspace: Workspace) -> None:
    """That the log was looked at, in one line; nothing where a warning says more."""
    if not findings_of(workspace):
        st.caption(t("integrity.unbroken", n=len(store().audit(workspace.id))))


def findings_of(workspace: Workspace) -> tuple[Finding, ...]:
    """What was found when this tab opened the workspace."""
    cached = st.session_state.get(KEY)
    if cached is None or cached[0] != workspace.id:
        cached = st.session_state[KEY] = (workspace.id, tuple(store().verify(workspace.id)))
    return cast(tuple[Finding, ...], cached[1])
