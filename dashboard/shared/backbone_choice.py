"""Which backbone: available ones that suit the method, and what each is."""

import streamlit as st

from dashboard.i18n import Markup, plain, t, text_or
from medmeta_core.embedding import PUBLISHED, backbone_card, own_names


def choose_backbone(
    suited: tuple[str, ...], *, unsuited: tuple[str, ...], preferred: str, key: str
) -> str:
    """One of the suited backbones; those without weights for the method are named as such."""
    chosen: str = st.radio(
        t("adapt.backbone"),
        suited,
        index=suited.index(preferred) if preferred in suited else 0,
        captions=[_caption(name) for name in suited],
        format_func=lambda name: _title(name, is_preferred=name == preferred),
        label_visibility="collapsed",
        key=key,
        persist_state="session",
    )
    for name in unsuited:
        st.caption(t("adapt.unsuited", name=backbone_name(name)))
    return chosen


def backbone_name(name: str) -> str:
    """The display name of a backbone."""
    return text_or(f"adapt.backbones.{name}.title", name)


def _title(name: str, *, is_preferred: bool) -> Markup:
    title = plain(backbone_name(name))
    return t("adapt.suited", name=title) if is_preferred else title


def _caption(name: str) -> Markup:
    if name not in own_names():
        return plain(text_or(f"adapt.backbones.{name}.caption", ""))
    card = backbone_card(name)
    facts = {"architecture": card.architecture, "side": card.input_side}
    kind = "fetched" if name in PUBLISHED else "own"
    return t(f"adapt.backbones.{kind}.caption", **facts)
