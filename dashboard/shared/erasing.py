"""Erasing for good: images that were marked, images removed before, pictures of a lost database."""

from collections.abc import Sequence

import streamlit as st

from dashboard import state
from dashboard.engine import home, store
from dashboard.i18n import Markup, t
from medmeta_core.casework import erase_images, erase_lost_database, erase_removed
from medmeta_core.workspace import Workspace


def ask_to_erase(workspace: Workspace, image_ids: Sequence[str], *, key: str) -> None:
    """A button that says what would be lost, and erases the images once that is confirmed."""
    with st.popover(t("erase.title"), key=f"{key}-popover"):
        st.caption(t("erase.help"))
        if st.button(t("erase.confirm", n=len(image_ids)), key=key, type="primary"):
            erase_images(store(), workspace.id, image_ids)
            state.select(())
            st.rerun()


def ask_to_erase_removed(workspace: Workspace) -> None:
    """The same for all images that were removed; nothing where there is none."""
    n = store().n_removed(workspace.id)
    if not n:
        return
    st.caption(t("erase.removed", n=n))
    if st.button(t("erase.removed_confirm"), key="erase-removed", help=t("erase.help")):
        erase_removed(store(), workspace.id)
        st.rerun()


def show_unclaimed() -> None:
    """What is left of a lost database, and how to put it right; nothing where all is well."""
    n_lost, n = len(store().lost_workspaces()), len(store().unclaimed())
    if not n_lost and not n:
        return
    sentences = [t("erase.lost", n=n_lost)] if n_lost else []
    sentences += [t("erase.unclaimed", n=n, home=str(home()))] if n else []
    st.warning(Markup("\n\n").join([*sentences, t("erase.put_back")]))
    with st.popover(t("erase.give_up"), key="give-up-popover"):
        st.caption(t("erase.give_up_help"))
        if st.button(t("erase.give_up_confirm"), key="give-up", type="primary"):
            erase_lost_database(store())
            st.rerun()
