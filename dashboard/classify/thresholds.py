"""The thresholds under which nothing is named: sliders that take effect at once."""

from collections.abc import Collection

import streamlit as st

from dashboard.engine import store
from dashboard.i18n import t
from dashboard.shared.number_formats import percent
from medmeta_core.casework import Answer, Preferences, change_preferences, preferences_of
from medmeta_core.trust import under_rule
from medmeta_core.workspace import Workspace

LIMITS = {"min_right": (50, 99), "min_typicality": (0, 50)}
"""The lowest and highest value of each slider, in percent."""


def ask_thresholds(workspace: Workspace, answers: Collection[Answer]) -> None:
    """Draw the sliders; a change is kept and applies to every case, without classifying again.

    Args:
        answers: all that there are, to tell how many of them name a condition.
    """
    preferences = preferences_of(store().workspace(workspace.id))
    for name, (lowest, highest) in LIMITS.items():
        value = round(100 * getattr(preferences, name))
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
        if name == "min_right":
            _promise(preferences, answers)


def _promise(preferences: Preferences, answers: Collection[Answer]) -> None:
    """The promise in words, and how many cases can be named under it."""
    named = [
        under_rule(answer.prediction, preferences.rule).abstention is None for answer in answers
    ]
    share = percent(preferences.min_right)
    st.caption(t("classify.min_right.caption", n=sum(named), of=len(named), share=share))


def _keep(workspace_id: str, name: str, key: str) -> None:
    change_preferences(store(), workspace_id, **{name: st.session_state[key] / 100})
