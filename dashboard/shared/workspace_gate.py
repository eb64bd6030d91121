"""What a page shows while no workspace is open."""

import streamlit as st

from dashboard import state
from dashboard.engine import store
from dashboard.i18n import t
from dashboard.shared.integrity import show_findings
from medmeta_core.casework import note_use
from medmeta_core.workspace import Workspace


def open_workspace_or_stop() -> Workspace:
    """The open workspace; where none is open, the way to Start, and the page ends here."""
    opened = state.workspace()
    if opened is None:
        st.info(t("app.no_workspace"))
        if st.button(t("app.go_to_start"), key="go-to-start", type="primary"):
            st.switch_page("start/start.py")
        st.stop()
    show_findings(opened)
    note_use(store(), opened)
    return opened
