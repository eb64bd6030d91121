"""One case: the answer, the viewer with the heat map, similar examples, the reviewer's verdict."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import streamlit as st

from dashboard.classify.case_list import CaseListState
from dashboard.classify.matching_words import match_sentence
from dashboard.classify.review import ReviewedCase
from dashboard.classify.thresholds import ask_thresholds
from dashboard.classify.verdict import ask_first, show_verdict
from dashboard.engine import store
from dashboard.i18n import raw_text, t
from dashboard.shared.condition_marks import Mark
from dashboard.shared.erasing import ask_to_erase
from dashboard.shared.job_result import show_job_result
from dashboard.shared.similar_examples import show_similar
from dashboard.web.answer import show_answer
from dashboard.web.viewer import Overlay, show_viewer
from medmeta_core.casework import Answer, HeatMap, Neighbour, heat_map_job, start_heat_map
from medmeta_core.trust import shown_answer, under_rule
from medmeta_core.workspace import Role

STYLE = Path(__file__).with_suffix(".css")


def show_case(review: ReviewedCase, desk: CaseListState, marks: Mapping[str, Mark]) -> None:
    """Draw all that is known of a case."""
    answer = desk.answers.get(review.case.id)
    conditions = list(dict.fromkeys(review.record.labels))
    st.html(STYLE)
    match = desk.matches.get(review.case.id)
    if match is not None:
        st.info(match_sentence(match), icon=":material/content_copy:")
    with st.container(key="case-top"):
        left, right = st.columns([1, 2], gap="medium")
    if answer is None or desk.is_hidden(review.case.id):
        with right:
            show_viewer(review.case, key="viewer")
        with left:
            if answer is None and (match is None or match.is_classified):
                st.caption(t("classify.waiting"))
            elif answer is None:
                _further(review)
            else:
                ask_first(review, conditions)
        return
    rule = desk.preferences.rule
    prediction = under_rule(answer.prediction, rule)
    with left:
        show_answer(prediction, marks, rule, key="answer")
        ask_thresholds(review.workspace, desk.answers.values())
    with right:
        heat_map = _chosen_heat_map(review, answer)
        show_viewer(review.case, key="viewer", overlay=_overlay(heat_map))
    st.subheader(t("classify.similar"), anchor=False)
    _similar(review, answer, marks)
    compared = {name: marks[name] for name in conditions}
    show_verdict(review, shown_answer(prediction, rule), compared)
    _further(review)


def _chosen_heat_map(review: ReviewedCase, answer: Answer) -> HeatMap | None:
    names = [name for name, _ in answer.prediction.ranked]
    chosen = st.selectbox(
        t("classify.heat_map_for"),
        names,
        key=f"heat-map-{review.record.id}-{review.case.id}",
        width=360,
    )
    if answer.heat_map is not None and chosen == answer.heat_map.condition:
        return answer.heat_map
    job = heat_map_job(store(), review.record, case=review.case, condition=chosen)
    again = partial(start_heat_map, store(), review.record, case=review.case, condition=chosen)
    return job.result if show_job_result(job, again) else None


def _overlay(heat_map: HeatMap | None) -> Overlay | None:
    if heat_map is None:
        return None
    text = "classify.heat_map_title" if heat_map.peak > 0 else "classify.heat_map_empty"
    title = raw_text(text, condition=heat_map.condition, peak=f"{heat_map.peak:.2g}")
    return Overlay(heat_map.png, title)


def _similar(review: ReviewedCase, answer: Answer, marks: Mapping[str, Mark]) -> None:
    cases = answer.prediction.similar_cases
    ids = [review.record.image_ids[case.index] for case in cases]
    show_similar(
        [Neighbour(i, case.similarity) for i, case in zip(ids, cases, strict=True)],
        {i: case.condition for i, case in zip(ids, cases, strict=True)},
        marks,
    )


def _further(review: ReviewedCase) -> None:
    conditions = list(dict.fromkeys(review.record.labels))
    with st.container(horizontal=True, key="case-acts"):
        with st.popover(t("classify.make_example"), key="make-example-popover"):
            st.caption(t("classify.make_example_help"))
            condition = st.selectbox(
                t("classify.condition"),
                conditions,
                index=None,
                accept_new_options=True,
                placeholder=t("verdict.choose_or_type"),
                key=f"make-example-{review.case.id}",
            )
            if st.button(
                t("classify.make_example"),
                key="make-example",
                type="primary",
                disabled=not condition,
            ):
                store().move(review.workspace.id, [review.case.id], Role.EXAMPLE, condition)
                st.rerun()
        if st.button(t("classify.remove"), key="remove-case"):
            store().remove(review.workspace.id, [review.case.id])
            st.rerun()
        ask_to_erase(review.workspace, [review.case.id], key="erase-case")
