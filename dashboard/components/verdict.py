"""The reviewer's own word on a case: before the answer is shown, and after."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from dashboard.components.incident import told_errors
from dashboard.engine import store
from dashboard.i18n import plain, t
from dashboard.tasks import Said, change_preferences, preferences_of, said_of
from medmeta_core.workspace import AdaptationRecord, StoredImage, VerdictRecord, Workspace

DECISIONS = ("accept", "reject", "changed", "unsure")
NONE_OF_THESE = "none-of-these"


@dataclass(frozen=True)
class Review:
    """A case under review: where, with which adaptation, and what was said so far."""

    workspace: Workspace
    record: AdaptationRecord
    case: StoredImage

    @property
    def said(self) -> Said:
        """What was said of this case under this adaptation."""
        return said_of(self.record, self.workspace.id).get(self.case.id, Said())

    def save(self, decision: str, *, condition: str | None = None, comment: str = "") -> None:
        """Put a verdict into the store."""
        operator = preferences_of(store().workspace(self.workspace.id)).operator
        store().save_verdict(
            self.workspace.id,
            VerdictRecord(
                image_id=self.case.id,
                adaptation_id=self.record.id,
                decision=decision,
                condition=condition,
                comment=comment,
                operator=operator,
            ),
        )


def ask_first(review: Review, conditions: Sequence[str]) -> None:
    """Ask the reviewer for a condition before the answer is shown."""
    st.markdown(f"**{t('verdict.first.title')}**")
    st.caption(t("verdict.first.why"))
    named = st.radio(
        t("verdict.first.label"),
        [*conditions, NONE_OF_THESE],
        index=None,
        format_func=lambda name: t("verdict.first.none") if name == NONE_OF_THESE else name,
        key=f"first-{review.record.id}-{review.case.id}",
        label_visibility="collapsed",
    )
    condition = None if named == NONE_OF_THESE else named
    st.button(
        t("verdict.first.commit"),
        key="commit",
        type="primary",
        disabled=named is None,
        on_click=told_errors()(lambda: review.save("before-reveal", condition=condition)),
    )


def show_verdict(review: Review, conditions: Sequence[str]) -> None:
    """The reviewer's verdict; each change is in the store before the page says so."""
    said = review.said
    last = said.verdict
    form = _Form(review)
    st.subheader(t("verdict.title"), anchor=False)
    if said.first_impression is not None:
        st.caption(t("verdict.first.was", name=plain(_named(said.first_impression))))
    st.segmented_control(
        t("verdict.title"),
        DECISIONS,
        default=last.decision if last else None,
        required=last is not None,  # what is saved cannot be unsaid by a second click
        format_func=lambda decision: t(f"verdict.decisions.{decision}"),
        key=form.key("decision"),
        on_change=form.save,
        label_visibility="collapsed",
    )
    if st.session_state[form.key("decision")] == "changed":
        form.ask_condition(conditions, last.condition if last else None)
    left, right = st.columns([3, 1])
    left.text_input(
        t("verdict.comment"),
        value=last.comment if last else "",
        key=form.key("comment"),
        on_change=form.save,
        disabled=not form.is_complete,
        placeholder=None if form.is_complete else t("verdict.choose_first"),
    )
    with right:
        _ask_operator(review.workspace)
    if last is not None and last.created is not None:
        st.caption(t("verdict.saved", at=last.created.astimezone().strftime("%H:%M:%S")))
    else:
        st.caption(t("verdict.not_yet"))


@dataclass(frozen=True)
class _Form:
    """The widgets of a verdict; what they say goes into the store as soon as it is complete."""

    review: Review

    def key(self, part: str) -> str:
        return f"verdict-{part}-{self.review.record.id}-{self.review.case.id}"

    def ask_condition(self, conditions: Sequence[str], last: str | None) -> None:
        options = list(dict.fromkeys([*conditions, *([last] if last else [])]))
        st.selectbox(
            t("verdict.changed_to"),
            options,
            index=options.index(last) if last else None,
            accept_new_options=True,
            placeholder=t("verdict.choose_or_type"),
            key=self.key("condition"),
            on_change=self.save,
            width=420,
        )

    @property
    def decision(self) -> str | None:
        chosen: str | None = st.session_state[self.key("decision")]
        return chosen

    @property
    def condition(self) -> str | None:
        """What the reviewer changes to; None with any other decision."""
        return st.session_state.get(self.key("condition")) if self.decision == "changed" else None

    @property
    def is_complete(self) -> bool:
        """Whether there is a decision to save; a comment alone would be lost."""
        return self.decision is not None and (self.decision != "changed" or bool(self.condition))

    @told_errors()
    def save(self) -> None:
        if self.decision is None or not self.is_complete:
            return
        comment = st.session_state.get(self.key("comment"), "").strip()
        self.review.save(self.decision, condition=self.condition, comment=comment)


def _ask_operator(workspace: Workspace) -> None:
    key = f"operator-{workspace.id}"

    def save() -> None:
        change_preferences(workspace.id, operator=st.session_state[key].strip())

    known = preferences_of(store().workspace(workspace.id)).operator
    st.text_input(t("verdict.operator"), value=known, key=key, on_change=save)


def _named(verdict: VerdictRecord) -> str:
    return verdict.condition or t("verdict.first.none")
