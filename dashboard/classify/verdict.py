"""The reviewer's own word on a case: before the answer is shown, and after."""

from collections.abc import Mapping, Sequence

import streamlit as st

from dashboard.classify.review import ReviewedCase
from dashboard.classify.verdict_form import NONE_OF_THESE, VerdictForm
from dashboard.classify.verdict_words import verdict_words
from dashboard.engine import store
from dashboard.i18n import Markup, plain, t
from dashboard.shared.condition_marks import Mark
from dashboard.shared.error_messages import show_errors
from medmeta_core.casework import Review, change_preferences, preferences_of
from medmeta_core.shown_answer import ShownAnswer
from medmeta_core.workspace import Workspace


def ask_first(review: ReviewedCase, conditions: Sequence[str]) -> None:
    """Ask the reviewer for a condition before the answer is shown."""
    st.markdown(Markup("**{}**").format(t("verdict.first.title")))
    st.caption(t("verdict.first.why"))
    named = st.radio(
        t("verdict.first.label"),
        [*conditions, NONE_OF_THESE],
        index=None,
        format_func=lambda name: t("verdict.first.none") if name == NONE_OF_THESE else plain(name),
        key=f"first-{review.record.id}-{review.case.id}",
        label_visibility="collapsed",
    )
    condition = None if named == NONE_OF_THESE else named
    st.button(
        t("verdict.first.commit"),
        key="commit",
        type="primary",
        disabled=named is None,
        on_click=show_errors()(lambda: review.save("before-reveal", condition=condition)),
    )


def show_verdict(review: ReviewedCase, answer: ShownAnswer, marks: Mapping[str, Mark]) -> None:
    """The reviewer's verdict on `answer`; each change is in the store before the page says so."""
    history = review.history
    form = VerdictForm(review, answer, marks)
    st.subheader(t("verdict.title"), anchor=False)
    if history.first_impression is not None:
        named = history.first_impression.condition or t("verdict.first.none")
        st.caption(t("verdict.first.was", name=named))
    if history.verdict is not None and (history.given_for is not None or not history.is_on(answer)):
        _tell_of_earlier(history, answer)
    form.ask_decision()
    form.ask_condition()
    left, right = st.columns([3, 1])
    with left:
        form.ask_comment()
    with right:
        _ask_operator(review.workspace)
    st.caption(_when_saved(history, answer))


def _tell_of_earlier(history: Review, answer: ShownAnswer) -> None:
    words = plain(verdict_words(history, answer))
    if history.holds_for(answer):
        st.caption(words)
    else:
        st.warning(t("verdict.judge_again", verdict=words))


def _when_saved(history: Review, answer: ShownAnswer) -> Markup:
    verdict = history.verdict
    if verdict is None or verdict.created is None or not history.holds_for(answer):
        return t("verdict.not_yet")
    return t("verdict.saved", at=verdict.created.astimezone().strftime("%H:%M:%S"))


def _ask_operator(workspace: Workspace) -> None:
    key = f"operator-{workspace.id}"

    def save() -> None:
        change_preferences(store(), workspace.id, operator=st.session_state[key].strip())

    operator = preferences_of(store().workspace(workspace.id)).operator
    st.text_input(t("verdict.operator"), value=operator, key=key, on_change=save)
