"""What can be saved from a page."""

import re

import streamlit as st

from dashboard.engine import store
from dashboard.i18n import t
from dashboard.server.saved_files import SavedFile
from medmeta_core.workspace import Workspace, write_session_file


def session_file_button(workspace: Workspace, *, key: str) -> None:
    """A button that saves the whole workspace as one file, written when it is pressed."""
    st.download_button(
        t("app.save_session_file"),
        data=lambda: SavedFile(write_session_file(store(), workspace.id)),
        file_name=f"{file_stem(workspace.name)}.medmeta.zip",
        mime="application/zip",
        key=key,
        on_click="ignore",
    )


def file_stem(name: str) -> str:
    """The name as a part of a file name on any system.

    >>> file_stem("Rare/eye: 2")
    'Rare-eye-2'
    """
    return re.sub(r"[^\w-]+", "-", name).strip("-") or "workspace"
