"""The workspaces of this machine: open, rename, save, delete."""

import streamlit as st

from dashboard import state
from dashboard.engine import store
from dashboard.i18n import Markup, t
from dashboard.shared.downloads import session_file_button
from dashboard.start.opening import go_to
from medmeta_core.casework import delete_workspace, last_use
from medmeta_core.workspace import Role, Workspace

N_SHOWN = 3


def show_workspaces() -> None:
    """All workspaces, the one used last first; nothing where there is none."""
    workspaces = sorted(store().workspaces(), key=last_use, reverse=True)
    if workspaces:
        st.subheader(t("start.workspaces"), anchor=False)
    for workspace in workspaces[:N_SHOWN]:
        _row(workspace)
    if len(workspaces) > N_SHOWN:
        with st.expander(t("start.older", n=len(workspaces) - N_SHOWN), key="older"):
            for workspace in workspaces[N_SHOWN:]:
                _row(workspace)


def _row(workspace: Workspace) -> None:
    with st.container(
        horizontal=True, vertical_alignment="center", border=True, key=f"row-{workspace.id}"
    ):
        with st.container(gap=None):
            name = Markup("**{}**").format(workspace.name)
            st.markdown(Markup("").join([name, *_badges(workspace)]))
            st.caption(_facts(workspace))
        if st.button(t("start.open"), key=f"open-{workspace.id}"):
            go_to(workspace)
        with st.popover("⋯", key=f"more-{workspace.id}", help=t("start.more")):
            _more(workspace)


def _badges(workspace: Workspace) -> list[Markup]:
    marks = {"start.demo": workspace.is_demo, "start.from_file": bool(workspace.opened_from)}
    return [Markup(" :gray-badge[{}]").format(t(key)) for key, holds in marks.items() if holds]


def _facts(workspace: Workspace) -> Markup:
    n = len(store().images(workspace.id, role=Role.EXAMPLE))
    used = last_use(workspace).astimezone(state.timezone())
    last_use_text = t("start.last_use", at=f"{used:%Y-%m-%d %H:%M}")
    return Markup(" · ").join([t("start.n_examples", n=n), last_use_text])


def _more(workspace: Workspace) -> None:
    name = st.text_input(t("start.name"), value=workspace.name, key=f"name-{workspace.id}")
    if name.strip() and name.strip() != workspace.name:
        store().rename_workspace(workspace.id, name.strip())
        st.rerun()
    session_file_button(workspace, key=f"save-{workspace.id}")
    _delete(workspace)


def _delete(workspace: Workspace) -> None:
    is_sure = st.checkbox(t("start.delete_sure"), key=f"sure-{workspace.id}")
    if st.button(t("start.delete"), key=f"delete-{workspace.id}", disabled=not is_sure):
        delete_workspace(store(), workspace.id)
        if state.workspace_id() == workspace.id:
            state.leave_workspace()
        st.rerun()
