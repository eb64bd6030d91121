"""Dropped folders keep their names, which are the conditions."""

from pathlib import Path

import streamlit as st

_keep_folder_names = st.components.v2.component(
    "medmeta.folder_drop",
    js=(Path(__file__).parent / "folder_drop.js").read_text(encoding="utf-8"),
)


def keep_folder_names() -> None:
    """Teach this tab's upload areas the path of each file in a dropped folder."""
    _keep_folder_names(key="folder-drop", height=1)
