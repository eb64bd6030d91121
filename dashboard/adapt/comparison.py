"""Two adaptations on the same examples: where they agree and where only one was right."""

import streamlit as st

from dashboard.i18n import t
from dashboard.shared.adaptation_figures import method_title
from dashboard.shared.number_formats import percent
from dashboard.shared.selected_cell import SelectedCell, open_cell
from medmeta_core.casework import COMPARED, compare, cross_validation_of
from medmeta_core.workspace import AdaptationRecord


def show_comparison(first: AdaptationRecord, second: AdaptationRecord) -> None:
    """Draw the four counts, each of which opens its images, and what chance alone would do."""
    compared = compare(first, second)
    names = {"first": method_title(first), "second": method_title(second)}
    st.subheader(t("adapt.compared.title", n=compared.n), anchor=False)
    with st.container(horizontal=True, key="comparison"):
        for kind in COMPARED:
            ids = compared.ids(kind)
            st.button(
                t(f"adapt.compared.{kind}", count=len(ids), **names),
                key=f"compared-{kind}",
                on_click=open_cell,
                args=(SelectedCell(first.id, kind),),
                disabled=not ids,
            )
    st.caption(t("adapt.compared.chance", share=percent(compared.chance)))
    _tell_of_folds(first, second)


def _tell_of_folds(first: AdaptationRecord, second: AdaptationRecord) -> None:
    """More folds leave out fewer examples at a time, so that more are left to learn from."""
    folds = {method_title(r): cross_validation_of(r).n_folds for r in (first, second)}
    fewer, more = sorted(folds, key=folds.__getitem__)
    if folds[fewer] == folds[more]:
        return
    values = {"more": more, "fewer": fewer, "n_more": folds[more], "n_fewer": folds[fewer]}
    st.caption(t("adapt.compared.folds_differ", **values))
