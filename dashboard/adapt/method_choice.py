"""How to adapt: automatically, by a kind of method, or by two methods side by side."""

import streamlit as st

from dashboard.engine import store
from dashboard.i18n import Markup, t
from dashboard.shared.backbone_choice import backbone_name, choose_backbone
from dashboard.shared.method_families import Offer
from dashboard.state import language
from medmeta_core.casework import Choice, change_preferences
from medmeta_core.embedding import backbone_names
from medmeta_core.embedding.files.mirroring import looks_at_mirrored
from medmeta_core.methods import FAMILIES, METHODS, members
from medmeta_core.selection import AUTOMATIC
from medmeta_core.workspace import Workspace

BOTH = "both"
AT_FIRST = ("prototypical", "maml")
"""The two that stand side by side unless the visitor chooses others."""


def choose_method(workspace: Workspace) -> list[Choice]:
    """What the visitor wants to adapt: one choice, or two side by side."""
    offer = Offer.of(workspace)
    kinds = [AUTOMATIC, *(kind for kind in FAMILIES if offer.methods(kind)), BOTH]
    kind = st.radio(
        t("adapt.method"),
        kinds,
        captions=[t(f"adapt.choices.{kind}.caption") for kind in kinds],
        format_func=lambda kind: t(f"adapt.choices.{kind}.title"),
        key="adapt-method",
        persist_state="session",
    )
    if kind == BOTH:
        choices = _choose_two(offer)
    else:
        method = AUTOMATIC if kind == AUTOMATIC else _choose_in(kind, offer)
        choices = [Choice(method, _choose_backbone(method, offer))]
    _ask_left_and_right(workspace, offer)
    return choices


def _choose_in(kind: str, offer: Offer) -> str:
    names, key = offer.methods(kind), f"adapt-method-{kind}"
    chosen = st.session_state.get(key)
    label = t("adapt.method_in_family", name=_title(chosen if chosen in names else names[0]))
    with st.expander(label, key=f"adapt-methods-{kind}"):
        method: str = st.radio(
            t("adapt.all_methods"),
            names,
            captions=[_described(name, offer) for name in names],
            format_func=_title,
            key=key,
            persist_state="session",
        )
        for name in members(kind):
            if name not in names:
                st.caption(t("adapt.not_offered", name=_title(name)))
    return method


def _ask_left_and_right(workspace: Workspace, offer: Offer) -> None:
    if not any(looks_at_mirrored(name) for name in backbone_names()):
        return
    key = f"left-right-matters-{workspace.id}"

    def keep() -> None:
        change_preferences(store(), workspace.id, left_right_matters=st.session_state[key])

    st.toggle(
        t("adapt.left_right.label"),
        value=offer.left_right_matters,
        help=t("adapt.left_right.help"),
        key=key,
        on_change=keep,
    )


def _choose_backbone(method: str, offer: Offer) -> str:
    suited, preferred = offer.backbones(method), offer.preferred(method)
    key = f"adapt-backbone-{method}" + ("-unmirrored" if offer.left_right_matters else "")
    chosen = st.session_state.get(key, preferred)
    name = backbone_name(chosen if chosen in suited else suited[0])
    with st.expander(t("adapt.backbone_of", name=name), key="adapt-backbone"):
        unsuited = offer.without_weights(method)
        return choose_backbone(suited, unsuited=unsuited, preferred=preferred, key=key)


def _choose_two(offer: Offer) -> list[Choice]:
    names = [name for kind in FAMILIES for name in offer.methods(kind)]
    columns = st.columns(2)
    chosen: list[str] = []
    for column, place, preferred in zip(columns, ("first", "second"), AT_FIRST, strict=True):
        remaining = [name for name in names if name not in chosen]
        with column:
            method = st.selectbox(
                t(f"adapt.{place}_method"),
                remaining,
                index=remaining.index(preferred) if preferred in remaining else 0,
                format_func=_title,
                key=f"adapt-{place}-method",
                persist_state="session",
            )
            st.caption(_described(method, offer))
        chosen.append(method)
    st.caption(t("adapt.own_backbones"))
    return [Choice(name, offer.preferred(name)) for name in chosen]


def _title(method: str) -> Markup:
    return t(f"adapt.methods.{method}.title")


def _described(method: str, offer: Offer) -> Markup:
    """One sentence, the paper, the time and the backbone."""
    return t(
        "adapt.described",
        caption=t(f"adapt.methods.{method}.caption"),
        paper=METHODS[method].cited(language()),
        cost=t(f"adapt.cost.{METHODS[method].cost}"),
        backbone=backbone_name(offer.preferred(method)),
    )
