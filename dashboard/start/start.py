"""Start: a demo on the first click, one's own workspaces, a new one, a session file."""

import streamlit as st

from dashboard.engine import store
from dashboard.i18n import Markup, t
from dashboard.shared.erasing import show_unclaimed
from dashboard.shared.uploads import release_session_files, take_content
from dashboard.start.demo_cards import show_demo_cards
from dashboard.start.opening import follow_opening, go_to, open_in_background
from dashboard.start.workspace_list import show_workspaces
from medmeta_core.casework import forget_erased_work
from medmeta_core.workspace import read_session_file


def draw() -> None:
    """The page."""
    st.title(t("start.title"), anchor=False)
    st.markdown(t("start.lead"))
    follow_opening()
    forget_erased_work(store())  # a server may have been killed between the two
    show_unclaimed()
    show_workspaces()
    show_demo_cards()
    _begin()


def _begin() -> None:
    st.subheader(t("start.own"), anchor=False)
    blank, file = st.columns(2, gap="medium")
    with blank.container(border=True, height="stretch"):
        st.markdown(Markup("**{}**").format(t("start.new")))
        name = st.text_input(
            t("start.new_name"), placeholder=t("start.default_name"), key="new-name"
        )
        if st.button(t("start.create"), key="create-workspace", type="primary"):
            go_to(store().create_workspace(name.strip() or t("start.default_name")))
    with file.container(border=True, height="stretch", key="file-area"):
        st.markdown(Markup("**{}**").format(t("start.session_file")))
        _session_file()


def _session_file() -> None:
    turn = st.session_state.setdefault("session-file-turn", 0)
    file = st.file_uploader(t("start.session_file_help"), key=f"session-file-{turn}")
    if file is not None:
        st.session_state["session-file-turn"] = turn + 1
        content = take_content(file)
        release_session_files()
        open_in_background(
            "open_session_file",
            lambda progress: read_session_file(store(), content, progress=progress),
        )


draw()
