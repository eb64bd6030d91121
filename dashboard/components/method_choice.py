"""Which method and which backbone: one plain sentence each."""

import streamlit as st

from dashboard.i18n import t, text_or
from dashboard.tasks import Choice
from medmeta_core.embedding import backbone_names
from medmeta_core.methods import METHODS

BOTH = "both"


def choose_method() -> list[Choice]:
    """What the visitor wants to adapt: one choice, or all methods side by side."""
    options = [*METHODS, BOTH]
    method = st.radio(
        t("adapt.method"),
        options,
        captions=[t(f"adapt.methods.{option}.caption") for option in options],
        format_func=lambda option: t(f"adapt.methods.{option}.title"),
        key="adapt-method",
        persist_state="session",
    )
    if method == BOTH:
        st.caption(t("adapt.own_backbones"))
        return [Choice(name, entry.backbone) for name, entry in METHODS.items()]
    with st.expander(t("adapt.backbone"), key="adapt-backbone"):
        return [Choice(method, _choose_backbone(method))]


def _choose_backbone(method: str) -> str:
    names = backbone_names()
    suited = METHODS[method].backbone
    return st.radio(
        t("adapt.backbone"),
        names,
        index=names.index(suited) if suited in names else 0,
        captions=[text_or(f"adapt.backbones.{name}.caption", "") for name in names],
        format_func=lambda name: _title(name, is_suited=name == suited),
        key=f"adapt-backbone-{method}",
        persist_state="session",
    )


def _title(name: str, *, is_suited: bool) -> str:
    title = text_or(f"adapt.backbones.{name}.title", name)
    return t("adapt.suited", name=title) if is_suited else title
