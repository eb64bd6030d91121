"""The thresholds under which nothing is named: sliders that take effect at once."""

import streamlit as st

from dashboard.engine import store
from dashboard.i18n import t
from dashboard.tasks import change_preferences, preferences_of
from medmeta_core.workspace import Workspace

LIMITS = {"min_right": (50, 99), "min_typicality": (0, 50)}
"""The lowest and highest value of each slider, in percent."""


def ask_thresholds(workspace: Workspace) -> None:
    """Draw the sliders; a change is kept and applies to every case, without judging anew."""
    known = preferences_of(store().workspace(workspace.id))
    for name, (lowest, highest) in LIMITS.items():
        value = round(100 * getattr(known, name))
        key = f"{name}-{workspace.id}"
        st.slider(
            t(f"classify.{name}.label"),
            min_value=lowest,
            max_value=highest,
            value=min(max(value, lowest), highest),
            format="%d %%",
            help=t(f"classify.{name}.help"),
            key=key,
            on_change=_keep,
            args=(workspace.id, name, key),
        )


def _keep(workspace_id: str, name: str, key: str) -> None:
    change_preferences(workspace_id, **{name: st.session_state[key] / 100})
