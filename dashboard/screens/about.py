"""About: what this is for and what not, the models' facts, privacy, shortcuts, versions."""

import streamlit as st

from dashboard.components.facts import show_backbones, show_packages, show_shortcuts
from dashboard.engine import home
from dashboard.i18n import plain, t

TEXTS = ("use", "limits", "privacy")


def draw() -> None:
    """The page."""
    st.title(t("about.title"), anchor=False)
    st.markdown(t("about.lead"))
    for name in TEXTS:
        st.subheader(t(f"about.{name}.title"), anchor=False)
        st.markdown(t(f"about.{name}.text", home=plain(str(home()))))
    st.subheader(t("about.models.title"), anchor=False)
    st.markdown(t("about.models.text"))
    show_backbones()
    st.subheader(t("about.shortcuts.title"), anchor=False)
    show_shortcuts()
    st.subheader(t("about.packages.title"), anchor=False)
    show_packages()


draw()
