"""What was under way when MedMeta ended: told on the next visit, with a way to start it again."""

from collections.abc import Collection

import streamlit as st

from dashboard.engine import store
from dashboard.i18n import Markup, t
from dashboard.shared.adaptation_figures import method_name, method_title
from dashboard.shared.error_messages import show_errors
from medmeta_core.casework import can_start_again, interrupted_in, start_again
from medmeta_core.jobs import InterruptedWork, dismiss_interrupted
from medmeta_core.workspace import Workspace


def show_interrupted_work(workspace: Workspace, *, goes_on: Collection[str] = ()) -> None:
    """Say which work of a workspace was lost, and offer it again.

    Args:
        goes_on: kinds of work that this page starts again by itself, as it is opened.
    """
    for work in interrupted_in(store(), workspace):
        with show_errors():
            if work.again["kind"] in goes_on:
                st.toast(Markup(" ").join([_description(work), t("lost.goes_on")]))
            else:
                _offer(workspace, work)


def _offer(workspace: Workspace, work: InterruptedWork) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"lost-{work.id}"):
        st.warning(_description(work), width="stretch")
        if can_start_again(work):
            st.button(
                t("lost.again"),
                key=f"lost-again-{work.id}",
                on_click=show_errors()(lambda: start_again(store(), workspace, work)),
            )
        st.button(
            t("lost.dismiss"),
            key=f"lost-dismiss-{work.id}",
            on_click=lambda: dismiss_interrupted(work),
        )


def _description(work: InterruptedWork) -> Markup:
    again = work.again
    kind = again["kind"]
    if kind == "adapt":
        names = t("classify.and").join(method_name(method) for method, _ in again["choices"])
        return t("lost.adapt", methods=names)
    if kind == "fetch":
        return t("lost.fetch", name=again["name"])
    if kind == "intake":
        return t("lost.intake", n=again["n"])
    return t(f"lost.{kind}", method=method_title(store().adaptation(again["adaptation_id"])))
