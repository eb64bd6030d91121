"""Dropped folders keep their names, which are the conditions."""

from dashboard.web.component import web_component

_keep_folder_names = web_component("folder_drop")


def keep_folder_names() -> None:
    """Teach this tab's upload areas the path of each file in a dropped folder."""
    _keep_folder_names(key="folder-drop", height=1)
