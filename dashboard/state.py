"""The one typed place for session state: ids and view settings, nothing of a patient.

The open workspace, the case that is looked at and the chosen language also stand in the address
(`?w=…&case=…&lang=…`), so that a refresh, a second tab and a restart of the server find them
again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from typing import cast
from zoneinfo import ZoneInfo

import streamlit as st

from dashboard.engine import store
from medmeta_core.errors import WorkspaceError
from medmeta_core.languages import LANGUAGES, language_of_locale
from medmeta_core.workspace import Workspace


@dataclass(frozen=True)
class View:
    """How this visitor looks at things; lost with the tab, which loses nothing of the work.

    Attributes:
        selected: ids of the images marked on the page that is open.
        selection_version: counts the times that something but the gallery marked images, so
            that the gallery knows whose marks are newer.
        page: the page that is open; "" before the first.
        elsewhere: what is marked on the other pages: looking at an image on one page marks it on
            no other.
        image: id of the image in the viewer.
        projection: "pca", "tsne", "umap" or "pca-3d".
    """

    selected: tuple[str, ...] = ()
    selection_version: int = 0
    page: str = ""
    elsewhere: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    image: str | None = None
    projection: str = "pca"


def view() -> View:
    """The view settings of this tab."""
    return cast(View, st.session_state.get("view", View()))


def change_view(**changes: object) -> View:
    """The view settings after some of them have changed."""
    st.session_state["view"] = replace(view(), **changes)  # type: ignore[arg-type]
    return view()


def open_page(page: str) -> None:
    """From now on marks are those of this page; those of the page before are kept for it."""
    before = view()
    if before.page == page:
        return
    if not before.page:
        change_view(page=page)
        return
    change_view(page=page, elsewhere={**before.elsewhere, before.page: before.selected})
    select(before.elsewhere.get(page, ()))


def mark_elsewhere(page: str, image_ids: Iterable[str]) -> None:
    """Mark these images, and no others, on another page."""
    change_view(elsewhere={**view().elsewhere, page: tuple(image_ids)})


def open_case(case_id: str | None) -> None:
    """Look at this case, in this tab and at this address; None for the newest."""
    change_view(image=case_id)
    if case_id is None:
        st.query_params.pop("case", None)
    else:
        st.query_params["case"] = case_id


def select(image_ids: Iterable[str]) -> None:
    """Mark these images on the page that is open."""
    change_view(selected=tuple(image_ids), selection_version=view().selection_version + 1)


def language() -> str:
    """The code of the language that was chosen; else the browser's, else English."""
    chosen = st.session_state.get("language") or st.query_params.get("lang")
    if chosen in LANGUAGES:
        return cast(str, chosen)
    return language_of_locale(st.context.locale)


def choose_language(chosen: str) -> None:
    """Speak this language from now on, in this tab and at this address."""
    st.session_state["language"] = chosen
    st.query_params["lang"] = chosen


def timezone() -> tzinfo:
    """Where the visitor's clock stands."""
    return ZoneInfo(st.context.timezone) if st.context.timezone else UTC


def workspace_id() -> str | None:
    """The id of the open workspace."""
    return cast(str | None, st.session_state.get("workspace_id"))


def workspace() -> Workspace | None:
    """The open workspace; None where none is open or it has been deleted meanwhile.

    Raises:
        WorkspaceError: the disk or the database refuses, so that nobody knows what is open.
    """
    opened = workspace_id()
    if opened is None:
        return None
    try:
        return store().workspace(opened)
    except WorkspaceError as error:
        if error.rule != "unknown-workspace":
            raise
        leave_workspace()
        return None


def enter_workspace(opened: str) -> None:
    """Work in this workspace from now on, in this tab and at this address."""
    if opened != workspace_id():
        st.session_state["workspace_id"] = opened
        st.session_state["view"] = View()
        st.query_params.pop("case", None)
    st.query_params["w"] = opened


def leave_workspace() -> None:
    """No workspace is open any more in this tab."""
    st.session_state.pop("workspace_id", None)
    st.session_state.pop("view", None)
    st.query_params.pop("w", None)
    st.query_params.pop("case", None)


def follow_address() -> None:
    """Take workspace, case and language from the address, or write them back into it.

    The address loses its parameters whenever the visitor goes to another page.
    """
    case = st.query_params.get("case")  # of the workspace in the same address
    if "w" in st.query_params:
        enter_workspace(st.query_params["w"])
    elif workspace_id() is not None:
        st.query_params["w"] = cast(str, workspace_id())
    if workspace_id() is not None:
        open_case(view().image or case)
    if "lang" in st.query_params and "language" not in st.session_state:
        st.session_state["language"] = st.query_params["lang"]
    elif "language" in st.session_state:
        st.query_params["lang"] = st.session_state["language"]
