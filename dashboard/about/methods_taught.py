"""What each method does, what its score is, and whose idea it was."""

import streamlit as st

from dashboard.i18n import Markup, t
from dashboard.state import language
from medmeta_core.methods import FAMILIES, METHODS, members


def show_methods() -> None:
    """A short text for every method, by kind."""
    st.markdown(t("about.methods.text"))
    for kind in FAMILIES:
        with st.expander(t(f"adapt.choices.{kind}.title"), key=f"taught-{kind}"):
            st.caption(t(f"adapt.choices.{kind}.caption"))
            for method in members(kind):
                _show(method)
    st.caption(t("about.methods.inner_outer"))


def _show(method: str) -> None:
    about = f"adapt.methods.{method}"
    lines = (
        Markup("**{}**").format(t(f"{about}.title")),
        t(f"{about}.caption"),
        t("about.methods.score", score=t(f"{about}.score")),
        t("about.methods.paper", paper=METHODS[method].cited(language())),
    )
    st.markdown(Markup("  \n").join(lines))
