"""About: what this is for and what not, privacy, methods, models, shortcuts, versions."""

import streamlit as st

from dashboard.about.facts import show_packages, show_shortcuts
from dashboard.about.methods_taught import show_methods
from dashboard.about.model_card import show_backbones
from dashboard.engine import home
from dashboard.i18n import t
from medmeta_core.operating_system import HAS_FORK_SERVER

TEXTS = ("use", "limits", "privacy")


def draw() -> None:
    """The page."""
    st.title(t("about.title"), anchor=False)
    st.markdown(t("about.lead"))
    for name in TEXTS:
        st.subheader(t(f"about.{name}.title"), anchor=False)
        st.markdown(t(f"about.{name}.text", home=str(home())))
    if not HAS_FORK_SERVER:
        st.info(t("about.watched"))
    st.subheader(t("about.methods.title"), anchor=False)
    show_methods()
    st.subheader(t("about.models.title"), anchor=False)
    st.markdown(t("about.models.text"))
    show_backbones()
    st.subheader(t("about.shortcuts.title"), anchor=False)
    show_shortcuts()
    st.subheader(t("about.packages.title"), anchor=False)
    show_packages()


draw()
