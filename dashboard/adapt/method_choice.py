"""How to adapt: automatically, by a kind of method, or by two methods side by side."""

import streamlit as st

from dashboard.engine import store
from dashboard.i18n import Markup, t
from dashboard.shared.backbone_choice import backbone_name, choose_backbone
from dashboard.shared.method_families import (
    backbones_shown,
    offered,
    preferred_backbone_of,
    suited_backbones,
)
from dashboard.state import language
from medmeta_core.casework import Choice, change_preferences, preferences_of
from medmeta_core.embedding.files.mirroring import with_or_without_mirrored
from medmeta_core.methods import FAMILIES, METHODS, members
from medmeta_core.selection import AUTOMATIC
from medmeta_core.workspace import Workspace

BOTH = "both"
AT_FIRST = ("prototypical", "maml")
"""The two that stand side by side unless the visitor chooses others."""


def choose_method(workspace: Workspace) -> list[Choice]:
    """What the visitor wants to adapt: one choice, or two side by side."""
    left_right_matters = preferences_of(workspace).left_right_matters
    kinds = [AUTOMATIC, *(kind for kind in FAMILIES if offered(kind)), BOTH]
    kind = st.radio(
        t("adapt.method"),
        kinds,
        captions=[t(f"adapt.choices.{kind}.caption") for kind in kinds],
        format_func=lambda kind: t(f"adapt.choices.{kind}.title"),
        key="adapt-method",
        persist_state="session",
    )
    if kind == BOTH:
        choices = _choose_two(left_right_matters=left_right_matters)
    else:
        method = AUTOMATIC if kind == AUTOMATIC else _choose_in(kind)
        choices = [Choice(method, _choose_backbone(method, left_right_matters=left_right_matters))]
    _ask_left_and_right(workspace, left_right_matters=left_right_matters)
    return choices


def _choose_in(kind: str) -> str:
    names, key = offered(kind), f"adapt-method-{kind}"
    chosen = st.session_state.get(key)
    label = t("adapt.method_in_family", name=_title(chosen if chosen in names else names[0]))
    with st.expander(label, key=f"adapt-methods-{kind}"):
        method: str = st.radio(
            t("adapt.all_methods"),
            names,
            captions=[_described(name) for name in names],
            format_func=_title,
            key=key,
            persist_state="session",
        )
        for name in members(kind):
            if name not in names:
                st.caption(t("adapt.not_offered", name=_title(name)))
    return method


def _ask_left_and_right(workspace: Workspace, *, left_right_matters: bool) -> None:
    replaced = with_or_without_mirrored(left_right_matters=True)
    if all(name == other for name, other in replaced.items()):
        return  # no backbone at hand looks at mirrored views
    key = f"left-right-matters-{workspace.id}"

    def keep() -> None:
        change_preferences(store(), workspace.id, left_right_matters=st.session_state[key])

    st.toggle(
        t("adapt.left_right.label"),
        value=left_right_matters,
        help=t("adapt.left_right.help"),
        key=key,
        on_change=keep,
    )


def _choose_backbone(method: str, *, left_right_matters: bool) -> str:
    suited = suited_backbones(method, left_right_matters=left_right_matters)
    preferred = preferred_backbone_of(method, left_right_matters=left_right_matters)
    key = backbone_key(method, left_right_matters=left_right_matters)
    chosen = st.session_state.get(key, preferred)
    name = backbone_name(chosen if chosen in suited else suited[0])
    with st.expander(t("adapt.backbone_of", name=name), key="adapt-backbone"):
        shown = backbones_shown(left_right_matters=left_right_matters)
        unsuited = tuple(name for name in shown if name not in suited)
        return choose_backbone(suited, unsuited=unsuited, preferred=preferred, key=key)


def backbone_key(method: str, *, left_right_matters: bool) -> str:
    """The widget that asks for the backbone of a method."""
    return f"adapt-backbone-{method}" + ("-unmirrored" if left_right_matters else "")


def _choose_two(*, left_right_matters: bool) -> list[Choice]:
    names = [name for kind in FAMILIES for name in offered(kind)]
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
            st.caption(_described(method))
        chosen.append(method)
    st.caption(t("adapt.own_backbones"))
    return [
        Choice(name, preferred_backbone_of(name, left_right_matters=left_right_matters))
        for name in chosen
    ]


def _title(method: str) -> Markup:
    return t(f"adapt.methods.{method}.title")


def _described(method: str) -> Markup:
    """One sentence, the paper, the time and the backbone."""
    return t(
        "adapt.described",
        caption=t(f"adapt.methods.{method}.caption"),
        paper=METHODS[method].cited(language()),
        cost=t(f"adapt.cost.{METHODS[method].cost}"),
        backbone=backbone_name(preferred_backbone_of(method)),
    )
