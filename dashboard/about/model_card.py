"""Model cards on screen, in the visitor's language as far as their words are known."""

import re
from typing import Any

import streamlit as st

from dashboard.i18n import Markup, plain, t, text_of_error, text_or
from medmeta_core.embedding import (
    ModelCard,
    backbone_card,
    backbone_names,
    own_names,
    remove_backbone,
)
from medmeta_core.errors import BackboneError

FIRST = ("intended_use", "limits", "origin", "licence", "data", "command", "cost", "figures")
"""Facts that stand in front, in this order, where a card has them."""

HIDDEN = ("trained_on",)
"""Told by `data`, with the licences."""


def show_backbones() -> None:
    """The card of each backbone at hand; the user's own can be removed here."""
    for name in backbone_names():
        try:
            card = backbone_card(name)
        except BackboneError as error:
            st.warning(Markup("{}: {}").format(name, text_of_error(error)))
            continue
        title = Markup("**{}** · {}").format(card.name, card.architecture)
        with st.expander(title, key=f"card-{name}"):
            _show_card(card)
            if name in own_names():
                _offer_removal(name)


def _show_card(card: ModelCard) -> None:
    facts = {name: card.facts[name] for name in FIRST if name in card.facts}
    facts |= {name: value for name, value in card.facts.items() if name not in HIDDEN}
    if card.members:
        fields = ("name", "views", "weight")
        facts["members"] = [{name: one.get(name) for name in fields} for one in card.members]
    side = f"{card.input_side} × {card.input_side}"
    of_file = {"input_side": side, "sha256": card.sha256}
    for name, value in (facts | of_file).items():
        left, right = st.columns([1, 3], gap="small")
        left.markdown(Markup("**{}**").format(_label(name)))
        with right:
            _show_value(value, key=f"{card.name}-{name}")


def _show_value(value: Any, *, key: str) -> None:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        rows = [{_label(name): _text_of(inner) for name, inner in row.items()} for row in value]
        st.dataframe(rows, hide_index=True, height="content", key=key)
    elif isinstance(value, list):
        points = (Markup("- {}").format(_text_of(inner)) for inner in value)
        st.markdown(Markup("\n").join(points) or "–")
    elif isinstance(value, dict):
        pairs = (Markup("{} {}").format(name, _text_of(inner)) for name, inner in value.items())
        st.caption(Markup(" · ").join(pairs))
    else:
        st.markdown(plain(_text_of(value)))


def phrase_key(phrase: str) -> str:
    """The key of a phrase of a card among the texts.

    >>> phrase_key("Not for use on patients.")
    'not-for-use-on-patients'
    """
    return re.sub(r"[^a-z0-9]+", "-", phrase.lower()).strip("-")


def _offer_removal(name: str) -> None:
    with st.popover(t("adapt.more.remove"), key=f"remove-popover-{name}"):
        if st.button(t("adapt.more.remove_sure"), key=f"remove-{name}"):
            remove_backbone(name)
            st.rerun()


def _label(name: str) -> str:
    return text_or(f"about.facts.{name}", name)


def _text_of(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_text_of(inner) for inner in value)
    if isinstance(value, float):
        return f"{value:.4g}"
    text = str(value)
    return text_or(f"about.phrases.{phrase_key(text)}", text)
