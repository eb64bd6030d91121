"""Why the automatic choice fell on a method: every candidate with its figures."""

import streamlit as st

from dashboard.i18n import t
from dashboard.shared.number_formats import percent
from medmeta_core.casework import figures_of
from medmeta_core.selection import Candidate
from medmeta_core.workspace import AdaptationRecord


def show_why_chosen(record: AdaptationRecord) -> None:
    """Draw the candidates, if the method was chosen automatically."""
    choice = figures_of(record).choice
    if choice is None:
        return
    title = t("adapt.why.title", method=_title(choice.method))
    with st.expander(title, key=f"why-{record.id}"):
        st.caption(t("adapt.why.text", default=_title(choice.default)))
        rows = [_row(candidate) for candidate in choice.candidates]
        st.dataframe(rows, hide_index=True, height="content", key=f"candidates-{record.id}")


def _row(candidate: Candidate) -> dict[str, str]:
    loss, share = candidate.log_loss, candidate.accuracy
    return {
        t("adapt.why.method"): _title(candidate.method),
        t("adapt.why.reason"): t(f"adapt.why.reasons.{candidate.reason}"),
        t("adapt.why.accuracy"): "–" if share != share else percent(share),  # NaN: none left out
        t("adapt.why.log_loss"): "–" if loss != loss else f"{loss:.2f}",
    }


def _title(method: str) -> str:
    return t(f"adapt.methods.{method}.title")
