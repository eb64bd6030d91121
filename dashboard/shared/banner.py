"""What stands above every page: the intended use, the open workspace and the language."""

from contextlib import suppress

import streamlit as st

from dashboard import state
from dashboard.i18n import Markup, t
from medmeta_core.errors import WorkspaceError
from medmeta_core.languages import LANGUAGES


def show_banner() -> None:
    """Draw the banner; a change of language runs the page again."""
    with st.container(
        horizontal=True,
        vertical_alignment="center",
        horizontal_alignment="distribute",
        key="banner",
    ):
        st.markdown(Markup(":orange-badge[{}]").format(t("app.banner")), width="content")
        with suppress(WorkspaceError):  # a page that needs the store tells what it refuses
            _show_open_workspace()
        _language_switch()


def _show_open_workspace() -> None:
    opened = state.workspace()
    if opened is not None:
        with st.container(key="open-workspace", width="content"):
            st.caption(t("app.open_workspace", name=opened.name), width="content")


def _language_switch() -> None:
    spoken = state.language()
    chosen = st.segmented_control(
        t("app.language"),
        list(LANGUAGES),
        default=spoken,
        required=True,
        format_func=lambda code: Markup(LANGUAGES[code].label),
        key="language-switch",
        label_visibility="collapsed",
    )
    if chosen is not None and chosen != spoken:
        state.choose_language(chosen)
        st.rerun()
