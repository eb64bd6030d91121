"""What can be said of an answer: other things of one that names a condition than of another."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

import streamlit as st

from dashboard.classify.review import ReviewedCase
from dashboard.i18n import Markup, t
from dashboard.shared.condition_marks import Mark
from dashboard.shared.error_messages import show_errors
from medmeta_core.shown_answer import NAMED, ShownAnswer
from medmeta_core.workspace import VerdictRecord

ON_A_NAME = ("accept", "reject", "changed", "unsure")
"""What can be said of an answer that names a condition."""

RIGHTLY_UNNAMED, NONE_OF_THESE, CHANGED = "rightly-unnamed", "none-of-these", "changed"
ANOTHER = "another"
SEES = "sees:"
"""How the choice of a condition begins, so that no condition's name is taken for another choice."""


@dataclass(frozen=True)
class VerdictForm:
    """The widgets of a verdict; what they say goes into the store as soon as it is complete.

    The answer is part of their keys: another answer has widgets of its own, with nothing chosen
    but what holds for it too.

    Attributes:
        marks: the conditions that are compared, each with its symbol.
    """

    review: ReviewedCase
    answer: ShownAnswer
    marks: Mapping[str, Mark]

    def key(self, part: str) -> str:
        answer_key = f"{self.answer.outcome}-{self.answer.condition or ''}"
        digest = sha256(answer_key.encode()).hexdigest()[:8]
        return f"verdict-{part}-{self.review.record.id}-{self.review.case.id}-{digest}"

    @property
    def is_on_a_name(self) -> bool:
        return self.answer.outcome == NAMED

    @property
    def last(self) -> VerdictRecord | None:
        """The verdict that holds for this answer."""
        history = self.review.history
        return history.verdict if history.holds_for(self.answer) else None

    def ask_decision(self) -> None:
        ask = st.segmented_control if self.is_on_a_name else st.pills
        chosen = self._choice_of(self.last)
        ask(
            t("verdict.title"),
            self._choices(),
            default=chosen,
            required=chosen is not None,  # what is saved cannot be unsaid by a second click
            format_func=self._words,
            key=self.key("decision"),
            on_change=self.save,
            label_visibility="collapsed",
        )

    def ask_condition(self) -> None:
        """Which condition it is, where the choice leaves that open."""
        last = self.last.condition if self.last else None
        if self.choice == ANOTHER:
            st.text_input(
                t("verdict.another"),
                value=last or "",
                key=self.key("condition"),
                on_change=self.save,
                width=420,
            )
        elif self.choice == CHANGED:
            options = list(dict.fromkeys([*self.marks, *([last] if last else [])]))
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

    def ask_comment(self) -> None:
        verdict = self.review.history.verdict  # a comment is on the case, whatever the answer
        st.text_input(
            t("verdict.comment"),
            value=verdict.comment if verdict else "",
            key=self.key("comment"),
            on_change=self.save,
            disabled=not self.is_complete,
            placeholder=None if self.is_complete else t("verdict.choose_first"),
        )

    @property
    def choice(self) -> str | None:
        chosen: str | None = st.session_state.get(self.key("decision"))
        return chosen

    @property
    def decision(self) -> str | None:
        """The choice as the store names it."""
        is_condition = self.choice == ANOTHER or (self.choice or "").startswith(SEES)
        return CHANGED if is_condition else self.choice

    @property
    def condition(self) -> str | None:
        """What the reviewer sees instead; None with any decision that names nothing."""
        if self.choice in (CHANGED, ANOTHER):
            return (st.session_state.get(self.key("condition")) or "").strip() or None
        choice = self.choice or ""
        return choice.removeprefix(SEES) if choice.startswith(SEES) else None

    @property
    def is_complete(self) -> bool:
        """Whether there is a decision to save; a comment alone would be lost."""
        return self.decision is not None and (self.decision != CHANGED or bool(self.condition))

    @show_errors()
    def save(self) -> None:
        if self.decision is None or not self.is_complete:
            return
        last = self.review.history.verdict
        earlier = last.comment if last else ""
        comment = st.session_state.get(self.key("comment"), earlier).strip()
        self.review.save(
            self.decision, condition=self.condition, comment=comment, answer=self.answer
        )

    def _choices(self) -> list[str]:
        if self.is_on_a_name:
            return list(ON_A_NAME)
        conditions = [SEES + name for name in self.marks]
        return [RIGHTLY_UNNAMED, *conditions, NONE_OF_THESE, ANOTHER]

    def _choice_of(self, verdict: VerdictRecord | None) -> str | None:
        """The choice by which a verdict would be given on this answer; None where by none."""
        if verdict is None:
            return None
        if self.is_on_a_name:
            is_the_named_one = verdict.condition == self.answer.condition
            is_possible = verdict.decision in ON_A_NAME and not (
                verdict.decision == CHANGED and is_the_named_one
            )
            return verdict.decision if is_possible else None
        if verdict.decision != CHANGED:
            return verdict.decision if verdict.decision in self._choices() else None
        return f"{SEES}{verdict.condition}" if verdict.condition in self.marks else ANOTHER

    def _words(self, choice: str) -> Markup:
        if not choice.startswith(SEES):
            return t(f"verdict.decisions.{choice}")
        name = choice.removeprefix(SEES)
        return Markup("{} {}").format(
            self.marks[name].symbol, name
        )  # no other choice reads like this
