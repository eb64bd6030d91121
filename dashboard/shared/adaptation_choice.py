"""The adaptation that a page shows: the chosen one, else the newest."""

from collections.abc import Sequence

import streamlit as st

from dashboard.engine import store
from dashboard.i18n import raw_text, t
from dashboard.shared.adaptation_figures import backbone_title, method_title
from dashboard.shared.number_formats import percent
from medmeta_core.casework import (
    change_preferences,
    cross_validation_of,
    is_current,
    newest_of_each_method,
    preferences_of,
    usable_examples,
)
from medmeta_core.workspace import AdaptationRecord, Workspace


def adaptation_in_use(workspace: Workspace) -> AdaptationRecord | None:
    """The adaptation that was chosen, else the newest; None where there is none."""
    records = store().adaptations(workspace.id)
    chosen = preferences_of(workspace).adaptation_id
    return next((record for record in records if record.id == chosen), _last(records))


def adaptation_or_stop(workspace: Workspace) -> AdaptationRecord:
    """The adaptation in use, to be chosen where there are several; without any the page ends."""
    record = adaptation_in_use(workspace)
    if record is None:
        st.info(t("adapt.needed"))
        if st.button(t("adapt.go"), key="go-to-adapt", type="primary"):
            st.switch_page("adapt/adapt.py")
        st.stop()
    chosen = _choose(workspace, record)
    if not is_current(chosen, usable_examples(store(), workspace.id)):
        _tell_of_change()
    return chosen


def _choose(workspace: Workspace, record: AdaptationRecord) -> AdaptationRecord:
    records = newest_of_each_method(store().adaptations(workspace.id))
    if record not in records:
        records = [record, *records]
    if len(records) == 1:
        return record
    by_id = {one.id: one for one in records}
    chosen = st.selectbox(
        t("adapt.in_use"),
        list(by_id),
        index=list(by_id).index(record.id),
        format_func=lambda one: _summary(by_id[one]),
        key="adaptation-in-use",
        width=620,
    )
    if chosen != record.id:
        change_preferences(store(), workspace.id, adaptation_id=chosen)
    return by_id[chosen]


def _tell_of_change() -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="examples-changed"):
        st.warning(t("adapt.changed"), width="stretch")
        if st.button(t("adapt.again"), key="adapt-again"):
            st.switch_page("adapt/adapt.py")


def _summary(record: AdaptationRecord) -> str:
    left_out = cross_validation_of(record)
    share = f" ({percent(left_out.accuracy)})" if left_out.has_share else ""
    return raw_text(
        "adapt.told",
        method=method_title(record),
        backbone=backbone_title(record),
        correct=left_out.n_correct,
        n=left_out.n_evaluated,
        share=share,
    )


def _last(records: Sequence[AdaptationRecord]) -> AdaptationRecord | None:
    return records[-1] if records else None
